"""Whom a person practises with, as register and certificates show it (catalogue C8, D2)."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from sqlalchemy import select

from certflow.accounts.changes import move_person
from certflow.accounts.models import Person
from certflow.accounts.queries import get_organisation, person_of_user
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.outbox import enqueue
from certflow.core.text import NOTHING, Text
from certflow.personnel.models import Certificate
from certflow.personnel.queries import CertificateEntry, certificate_view, certificates_of

HELD = ("valid", "suspended")
NOT_CERTIFIED = Text(
    "只有持有有效注册证书的认证人员可以办理。",
    "Only certified persons, who hold a certificate in force, can apply for this.",
)
NO_BODY = Text(
    "您还没有执业机构，不需要转换。请联系认证机构的管理员加入名册。",
    "You have no practising body yet. Ask the administrator of a certification body to add you.",
)
NONE_IN_FORCE = Text(
    "您没有可以注销的有效证书。", "You hold no certificate in force that could be cancelled."
)
OVER = Text("这张证书已经失效，不用再注销。", "This certificate is no longer in force.")
ENDED = Text(
    "这张证书已经注销或换发，不能再批准注销。请选择不予注销，并说明原因。",
    "This certificate was cancelled or replaced meanwhile. Refuse its cancellation and say why.",
)
_MOVING = Text("批准后变更执业机构的证书", "Certificates that will show the new body")
_BODIES = Text("从{from_.zh}转入{to.zh}。", "From {from_.en} to {to.en}.")
_CERTIFICATE = Text("证书", "Certificate")
_UNTIL = Text("有效期至 {day}", "Valid until {day}")
_COLUMNS = (
    Text("证书编号", "Certificate"),
    Text("领域与级别", "Field and grade"),
    Text("有效期至", "Valid until"),
)


def live_certificates(session: Session, person_id: int, on: date) -> list[Certificate]:
    """Return the certificates that make somebody a certified person on a day, oldest first."""
    query = select(Certificate).where(
        Certificate.person_id == person_id,
        Certificate.state.in_(HELD),
        Certificate.valid_until >= on,
    )
    return list(session.scalars(query.order_by(Certificate.id)))


def change_practising_body(
    session: Session, person: Person, organisation_id: int, on: date, actor: Actor, cause: str
) -> list[Certificate]:
    """Let register and live certificates show another body, all in this transaction (D2).

    `cause` names what it rests on ("case/12"). The paper is made again; the old one is no
    longer given out.
    """
    move_person(session, person, organisation_id, actor, cause)
    certificates = live_certificates(session, person.id, on)
    for one in certificates:
        one.organisation_id = organisation_id
    print_again(session, certificates, cause)
    return certificates


def print_again(session: Session, certificates: Iterable[Certificate], cause: str) -> None:
    """Have e-certificates made anew because something that they show has changed."""
    for one in certificates:
        one.pdf_file_id = None
        payload = {"certificate_id": one.id}
        enqueue(session, "certificate_pdf", f"certificate_pdf/{one.id}/{cause}", payload)
    session.flush()


Table = tuple[Text, tuple[Text, ...], tuple[tuple[Text, ...], ...], Text]
"""What an exhibit shows: title, columns, rows, a note below."""


def moving(session: Session, person_id: int, from_body: int, to_body: int, on: date) -> Table:
    """Return what a transfer changes: the certificates, and both bodies."""
    rows = tuple(_row(one) for one in _live(session, person_id, on))
    names = {"from_": _name(session, from_body), "to": _name(session, to_body)}
    return _MOVING, _COLUMNS, rows, _BODIES.filled(**names)


def shown(session: Session, certificate_id: int, on: date) -> Table:
    """Return a certificate for who decides about it."""
    one = certificate_view(session, certificate_id, on)
    return _CERTIFICATE, _COLUMNS, (_row(one),) if one else (), NOTHING


class ToGiveUp(NamedTuple):
    """A certificate to be given up; why it cannot be applied for, or no longer be granted."""

    id: str
    name: Text
    until: Text
    refusal: Text | None
    ended: Text | None


def to_give_up(session: Session, user_id: int, on: date, only: str = "") -> list[ToGiveUp]:
    """Return a person's live certificates, or `only` the one asked for."""
    person = person_of_user(session, user_id)
    if person is None:
        return []
    live = {one.id for one in live_certificates(session, person.id, on)}
    return [
        ToGiveUp(
            str(one.id),
            _called(one),
            _UNTIL.filled(day=one.valid_until),
            None if one.id in live else OVER,
            ENDED if one.state in {"cancelled", "replaced"} else None,
        )
        for one in certificates_of(session, person.id, on)
        if (str(one.id) == only if only else one.id in live)
    ]


def _live(session: Session, person_id: int, on: date) -> list[CertificateEntry]:
    live = {one.id for one in live_certificates(session, person_id, on)}
    return [one for one in certificates_of(session, person_id, on) if one.id in live]


def _row(one: CertificateEntry) -> tuple[Text, ...]:
    kind = Text(f"{one.field.zh}，{one.grade.zh}", f"{one.field.en}, {one.grade.en}")
    until = str(one.valid_until)
    return Text(one.number, one.number), kind, Text(until, until)


def _called(one: CertificateEntry) -> Text:
    return Text(
        f"{one.field_key} {one.grade.zh} {one.number}",
        f"{one.field_key} {one.grade.en} {one.number}",
    )


def _name(session: Session, organisation_id: int) -> Text:
    body = get_organisation(session, organisation_id)
    return Text(body.name, body.name_en or body.name) if body else NOTHING
