"""What the association may do about somebody's conduct after a complaint (catalogue D4, D6)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from certflow.accounts.models import Organisation, Person
from certflow.accounts.queries import members
from certflow.accounts.roles import ORGANISATION_ROLES
from certflow.core.actor import SYSTEM, Actor
from certflow.core.clock import SHANGHAI
from certflow.core.db import Session
from certflow.core.text import Text
from certflow.notifications.operations import NewNotice, notify
from certflow.personnel import queries
from certflow.personnel.credit import KINDS
from certflow.personnel.models import Certificate
from certflow.personnel.operations import add_credit_entry, set_certificate_state
from certflow.personnel.periods import months_after

ABOVE = frozenset({"association", "regulator"})
"""Kinds of organisation about which there is nobody here to complain to."""
NONE = "none"
WORDS_ONLY = {
    NONE: Text("不采取", "None"),
    "admonished": Text("书面警示（写入通知书）", "Admonished in writing (in the letter)"),
}
"""Measures against a body, which has no credit file: what is said to it stands in its letter."""
CREDIT = {NONE: Text("不记入", "None")} | {
    key: Text(f"{KINDS[key].title.zh}：{KINDS[key].effect.zh}", f"{KINDS[key].title.en}: {KINDS[key].effect.en}")
    for key in ("warning", "breach", "serious")
}  # fmt: skip
UNKNOWN = Text("没有找到，请核对姓名和证书编号。", "Not found: check name and certificate number.")
OWN = Text("不能投诉自己或本机构。", "You cannot complain about yourself or your own body.")
OTHER = Text("补充时不能改换投诉对象。", "Whom it is about cannot be changed now.")
RESTORED = Text(
    "证书 {number} 的暂停期已满，从今天起恢复有效。",
    "The suspension of certificate {number} is over; it is valid again from today.",
)


@dataclass(frozen=True)
class Measures:
    """What was decided: an entry in the credit file, what becomes of which certificates.

    `case_id` and `basis` say what it rests on; the person reads `words`, the association `basis`.
    """

    credit: str
    words: str
    months: int | None
    state: str
    certificates: Collection[int]
    suspended_for: int
    case_id: int
    basis: str
    files: Sequence[str] = ()

    @property
    def taken(self) -> bool:
        """Whether anything is done at all: what there is to appeal."""
        return self.credit != NONE or self.state != NONE


@dataclass(frozen=True)
class Subject:
    """Whom a complaint is about: a person, with the account if there is one, or a body."""

    person_id: int | None = None
    user_id: int | None = None
    organisation_id: int | None = None

    def is_one_of(self, user_id: int, organisation_id: int | None) -> bool:
        """Whether it is this user, or the organisation for which the user complains."""
        if self.organisation_id is not None:
            return self.organisation_id == organisation_id
        return self.user_id == user_id

    def named(self) -> dict[str, int | None]:
        """Return it as the variables of a process."""
        return {
            "party_person": self.person_id,
            "party_user": self.user_id,
            "party_organisation": self.organisation_id,
        }


def subject_of(session: Session, data: Mapping[str, Any], on: date) -> Subject | None:
    """Find whom a complaint names: a person by name and certificate number, or a body by its id.

    A wrong name is answered like a wrong number (C13).
    """
    if data.get("subject") == "body":
        body = session.get(Organisation, int(data["body"]))
        return Subject(organisation_id=body.id) if body else None
    name, number = str(data.get("person_name")), str(data.get("certificate_number"))
    entry = queries.lookup_certificate(session, number, name, on)
    certificate = session.get(Certificate, entry.id) if entry else None
    person = session.get(Person, certificate.person_id) if certificate else None
    return Subject(person.id, person.user_id) if person else None


def can_be_asked(session: Session, subject: Subject) -> bool:
    """Whether somebody has an account with which to make a statement."""
    if subject.organisation_id is None:
        return subject.user_id is not None
    return any(members(session, role, subject.organisation_id) for role in ORGANISATION_ROLES)


def credit_measures(person_id: int | None) -> Mapping[str, Text]:
    """Return the measures there are against a person, or against a body."""
    return WORDS_ONLY if person_id is None else CREDIT


def read_measures(
    said: Mapping[str, Any], case_id: int, number: str, files: Sequence[str]
) -> Measures:
    """Read what a decision says; the evidence is only what the person was shown anyway."""
    return Measures(
        credit=str(said.get("credit") or NONE),
        words=str(said.get("credit_text") or ""),
        months=said.get("months"),
        state=str(said.get("certificate_measure") or NONE),
        certificates=frozenset(int(one) for one in said.get("certificates") or []),
        suspended_for=int(said.get("suspended_for") or 0),
        case_id=case_id,
        basis=basis_of(number),
        files=tuple(files),
    )


def basis_of(number: str) -> str:
    """Return what trail and credit file name as the basis of what a complaint led to."""
    return f"投诉 {number}"


def certificates_at_stake(session: Session, person_id: int | None) -> list[Certificate]:
    """Return the certificates of a person that can still be suspended or cancelled."""
    query = select(Certificate).where(
        Certificate.person_id == person_id, Certificate.state.in_(("valid", "suspended"))
    )
    return list(session.scalars(query.order_by(Certificate.id)))


def at_stake(session: Session, person_id: int | None) -> list[tuple[str, Text]]:
    """Return them as what there is to choose: id and number."""
    found = certificates_at_stake(session, person_id)
    return [(str(one.id), Text(one.number, one.number)) for one in found]


def discipline(
    session: Session, person_id: int | None, measures: Measures, on: date, actor: Actor
) -> None:
    """Carry out what was decided about a person (not a body); certificates show it at once."""
    if person_id is None:
        return
    if measures.credit in KINDS:
        months = measures.months or 12 * KINDS[measures.credit].years
        add_credit_entry(
            session,
            person_id,
            measures.credit,
            Text(measures.words, measures.words),
            on,
            expires_on=months_after(on, months) if months else None,
            case_id=measures.case_id,
            basis=measures.basis,
            files=measures.files,
            actor=actor,
        )
    if measures.state != NONE:
        for one in certificates_at_stake(session, person_id):
            if one.id in measures.certificates:
                _decide_on(session, one, measures, on, actor)


def lift_suspensions(session: Session, at: datetime) -> int:
    """Let certificates be valid again whose suspension is over, and tell their holders.

    One that expired meanwhile stays so, and nothing is said.
    """
    on = at.astimezone(SHANGHAI).date()
    over = select(Certificate).where(
        Certificate.state == "suspended", Certificate.suspended_until < on
    )
    lifted = list(session.scalars(over.with_for_update()))
    for one in lifted:
        reason = f"暂停至 {one.suspended_until} 期满"
        set_certificate_state(session, one, "valid", SYSTEM, reason)
        one.suspended_until = None
        if queries.state_on(one, on) == "expired":
            continue
        person = session.get_one(Person, one.person_id)
        notice = NewNotice(
            kind="certificate.restored",
            role="applicant",
            text=RESTORED.filled(number=one.number),
            link="/my/certificates",
        )
        notify(session, [person.user_id] if person.user_id else [], notice, at)
    return len(lifted)


def _decide_on(
    session: Session, one: Certificate, measures: Measures, on: date, actor: Actor
) -> None:
    suspended, until = one.state == "suspended", one.suspended_until
    set_certificate_state(session, one, measures.state, actor, measures.basis)
    ends = months_after(on, measures.suspended_for) if measures.suspended_for else None
    if suspended and ends is not None:  # the one that is there does not end sooner by it
        ends = max(ends, until) if until else None
    one.suspended_until = ends if measures.state == "suspended" else None
