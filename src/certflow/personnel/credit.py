"""What can stand in a credit file, and what it affects (catalogue D6)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from certflow.accounts.models import Person
from certflow.core.actor import Actor
from certflow.core.clock import SHANGHAI
from certflow.core.db import Session
from certflow.core.errors import Forbidden, Invalid, NotFound
from certflow.core.files import StoredFile
from certflow.core.text import Text
from certflow.notifications.operations import NewNotice, notify
from certflow.personnel.models import Certificate, CreditEntry
from certflow.personnel.operations import add_credit_entry

_MOST = 500


@dataclass(frozen=True)
class CreditKind:
    """A kind of entry. `serious` ones may stop an application as long as they count.

    `years` is how long such an entry usually counts, 0 for good; `state` is its badge.
    """

    title: Text
    effect: Text
    state: str
    serious: bool = False
    years: int = 0


KINDS: dict[str, CreditKind] = {
    "award": CreditKind(
        Text("表彰", "Award"),
        Text("供评价时参考。", "Taken into account in evaluations."),
        "passed",
    ),
    "warning": CreditKind(
        Text("警示", "Warning"),
        Text(
            "有效期内，评价人员和年度确认会看到。",
            "While it counts, evaluators and annual confirmations see it.",
        ),
        "due",
        years=1,
    ),
    "breach": CreditKind(
        Text("违规", "Breach of rules"),
        Text(
            "有效期内，注册和年度确认会重点审查。",
            "While it counts, registrations and confirmations are looked at closely.",
        ),
        "mend",
        years=2,
    ),
    "serious": CreditKind(
        Text("严重失信", "Serious breach of trust"),
        Text(
            "有效期内，注册申请可能不予受理。",
            "While it counts, applications for registration may be refused.",
        ),
        "overdue",
        serious=True,
        years=5,
    ),
}


def kind_of(key: str) -> CreditKind:
    """Return a kind of entry; one that is not known any more shows its key."""
    return KINDS.get(key) or CreditKind(Text(key, key), Text("", ""), "closed")


@dataclass(frozen=True, kw_only=True)
class NewEntry:
    """What somebody of the association wants to enter; `text` is what the person reads."""

    kind: str
    text: str
    basis: str
    expires_on: date | None
    files: tuple[str, ...] = ()


NO_KIND = Text("请选择类别。", "Choose the kind.")
NO_TEXT = Text(
    "请写 5 至 500 个字，本人会看到。", "Write 5 to 500 characters; the person reads it."
)
NO_BASIS = Text(
    "请写明记入的依据，最多 500 个字。", "Say what it rests on, in 500 characters at most."
)
NO_FILE = Text("警示、违规和失信要有证据，请上传文件。", "This kind needs evidence: upload a file.")
PAST = Text("有效期应当晚于今天。", "The expiry must lie after today.")
MEND = Text("还有 {count} 处需要修改。", "{count} places need mending.")
OWN_FILE = Text(
    "这是您本人的信用档案，不能由您记入。",
    "This is your own credit file; somebody else has to enter it.",
)
TOLD = Text(
    "您的信用档案新增了一条记录（{kind.zh}）。", "Your credit file has a new entry ({kind.en})."
)


def enter(
    session: Session,
    person_id: int,
    new: NewEntry,
    at: datetime,
    actor: Actor,
    wrong: Mapping[str, Text] | None = None,
) -> CreditEntry:
    """Enter something into a person's credit file and tell the person (D6).

    `wrong` is what could not even be read, by field.

    Raises:
        NotFound: there is no such person.
        Forbidden: it is the actor's own.
        Invalid: with a sentence a field.

    """
    person, on = session.get(Person, person_id), at.astimezone(SHANGHAI).date()
    if person is None:
        raise NotFound
    if person.user_id == actor.user_id:
        raise Forbidden(OWN_FILE)
    errors = {**dict(_wrong(new, on)), **(wrong or {})}
    if errors:
        raise Invalid(MEND.filled(count=len(errors)), errors)
    entry = add_credit_entry(
        session,
        person_id,
        new.kind,
        Text(new.text, new.text),
        on,
        expires_on=new.expires_on,
        basis=new.basis,
        files=new.files,
        actor=actor,
    )
    if person.user_id is not None:
        text = TOLD.filled(kind=KINDS[new.kind].title)
        notice = NewNotice(kind="credit.entered", role="applicant", text=text, link="/credit")
        notify(session, [person.user_id], notice, at)
    return entry


def _wrong(new: NewEntry, on: date) -> Iterator[tuple[str, Text]]:
    if new.kind not in KINDS:
        yield "kind", NO_KIND
    if not 5 <= len(new.text) <= _MOST:  # noqa: PLR2004 - fewer say nothing
        yield "text", NO_TEXT
    if not 0 < len(new.basis) <= _MOST:
        yield "basis", NO_BASIS
    if new.expires_on is not None and new.expires_on <= on:
        yield "expires_on", PAST
    if new.kind in KINDS and KINDS[new.kind].years and not new.files:
        yield "evidence", NO_FILE


def find_people(session: Session, text: str, limit: int = 20) -> list[Person]:
    """Find people by the beginning of the name, the archive or a certificate number."""
    wanted = text.strip()
    if not wanted:
        return []
    holders = select(Certificate.person_id).where(Certificate.number == wanted.upper())
    query = select(Person).where(
        Person.name.startswith(wanted, autoescape=True)
        | (Person.archive_number == wanted)
        | Person.id.in_(holders)
    )
    return list(session.scalars(query.order_by(Person.name, Person.id).limit(limit)))


def credit_evidence(
    session: Session, entry_id: int, file_id: str, person_id: int | None
) -> StoredFile:
    """Return an evidence file of an entry; `person_id` limits it to that person's file.

    Raises:
        NotFound: in every other case.

    """
    entry = session.get(CreditEntry, entry_id)
    if entry is None or file_id not in entry.files or person_id not in (None, entry.person_id):
        raise NotFound
    return session.get_one(StoredFile, file_id)
