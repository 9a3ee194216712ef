"""Experts of the association: in which fields, until when (catalogue A10, C5, D5)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select

from certflow.accounts.models import Person
from certflow.accounts.operations import grant_role, remove_role
from certflow.accounts.queries import grants_of
from certflow.core import audit
from certflow.core.actor import SYSTEM, Actor
from certflow.core.clock import SHANGHAI
from certflow.core.db import Session
from certflow.core.text import NOTHING, Text, day_text
from certflow.personnel.credit import KINDS
from certflow.personnel.fields import FIELDS, GRADES
from certflow.personnel.models import Certificate, ExpertAppointment
from certflow.personnel.periods import last_day
from certflow.personnel.practising import Table, live_certificates
from certflow.personnel.queries import live_credit_entries

EXPERT = "expert"
_FORMAL = Text("正式审核员：{fields}", "Formal auditor: {fields}")
_APPOINTED = Text("聘期内：{fields}", "Appointed: {fields}")
_NONE = Text("无", "None")
_TITLE = Text("申请领域", "Fields applied for")
_COLUMNS = (
    Text("领域", "Field"),
    Text("现有证书", "Certificate held"),
    Text("现有聘任", "Appointed until"),
)


class Term(NamedTuple):
    """A field in which somebody is appointed, and the last day of it."""

    field: Text
    until: date


def appoint_expert(
    session: Session,
    user_id: int,
    fields: Iterable[str],
    years: int,
    at: datetime,
    *,
    case_id: int | None = None,
    actor: Actor = SYSTEM,
) -> list[ExpertAppointment]:
    """Appoint somebody as an expert in some fields for a term; the role comes with it (D5).

    Once a case, however often it is called.
    """
    known = select(ExpertAppointment).where(ExpertAppointment.case_id == case_id)
    if case_id is not None and (found := list(session.scalars(known))):
        return found
    on = at.astimezone(SHANGHAI).date()
    until = last_day(on, years)
    rows = [
        ExpertAppointment(
            user_id=user_id, field=field, starts_on=on, ends_on=until, case_id=case_id
        )
        for field in fields
    ]
    session.add_all(rows)
    session.flush()
    after = {"fields": [one.field for one in rows], "until": until.isoformat()}
    audit.record(session, "expert.appointed", actor, subject=f"user/{user_id}", after=after)
    if EXPERT not in grants_of(session, user_id):
        grant_role(session, user_id, EXPERT, at, actor=actor)
    return rows


def appointments_of(session: Session, user_id: int, on: date) -> list[ExpertAppointment]:
    """Return the appointments of somebody that count on a day, by field."""
    query = select(ExpertAppointment).where(
        ExpertAppointment.user_id == user_id,
        ExpertAppointment.starts_on <= on,
        ExpertAppointment.ends_on >= on,
    )
    return list(session.scalars(query.order_by(ExpertAppointment.field, ExpertAppointment.id)))


def terms(session: Session, user_id: int, on: date) -> list[Term]:
    """Return in which fields somebody is appointed on a day, and until when, for people to read."""
    found = appointments_of(session, user_id, on)
    return [Term(FIELDS[one.field].title, one.ends_on) for one in found]


def expert_fields(session: Session, user_ids: Collection[int], on: date) -> dict[int, Text]:
    """Return the fields in which each of some experts is appointed on a day, in one text."""
    query = select(ExpertAppointment.user_id, ExpertAppointment.field).where(
        ExpertAppointment.user_id.in_(set(user_ids)),
        ExpertAppointment.starts_on <= on,
        ExpertAppointment.ends_on >= on,
    )
    held: dict[int, set[str]] = defaultdict(set)
    for user_id, field in session.execute(query):
        held[user_id].add(field)
    return {
        user_id: Text(*(sign.join(key for key in FIELDS if key in keys) for sign in ("、", ", ")))
        for user_id, keys in held.items()
    }


def end_appointments(session: Session, at: datetime, busy: Collection[int] = ()) -> int:
    """Deal once with every term that ran out: with the last one the expert role goes (D5).

    Who is `busy` with evaluations keeps the role until they are done.
    """
    on = at.astimezone(SHANGHAI).date()
    over = select(ExpertAppointment).where(
        ExpertAppointment.ends_on < on,
        ExpertAppointment.closed_at.is_(None),
        ExpertAppointment.user_id.not_in(busy),
    )
    ended = list(session.scalars(over))
    for one in ended:
        one.closed_at = at
    session.flush()
    for user_id in {one.user_id for one in ended}:
        if not appointments_of(session, user_id, on):
            remove_role(session, user_id, EXPERT, SYSTEM)
    return len(ended)


def figures(
    session: Session, person: Person, fields: Sequence[str], on: date
) -> tuple[dict[str, int], dict[str, Text]]:
    """Work out what the conditions of an appointment ask, and what the self-check says of it (D5)."""
    held = live_certificates(session, person.id, on)
    formal = [f for f in fields if any(c.field == f and _formal(c) for c in held)]
    present = {one.field for one in appointments_of(session, person.user_id or 0, on)}
    appointed = [field for field in fields if field in present]
    entries = live_credit_entries(session, person.id, on)
    serious = [one for one in entries if one.kind in KINDS and KINDS[one.kind].serious]
    values = {
        "formal_fields": len(formal),
        "not_appointed": int(not appointed),
        "no_serious_entry": int(not serious),
    }
    return values, {
        "formal_fields": _listed(_FORMAL, formal),
        "not_appointed": _listed(_APPOINTED, appointed),
    }


def standing(session: Session, person: Person, fields: Sequence[str], on: date) -> Table:
    """Return what a person holds in some fields, for who decides on the appointment."""
    held = {one.field: one for one in live_certificates(session, person.id, on)}
    until = {one.field: one for one in appointments_of(session, person.user_id or 0, on)}
    rows = tuple(
        (FIELDS[field].title, _held(held.get(field)), _until(until.get(field))) for field in fields
    )
    return _TITLE, _COLUMNS, rows, NOTHING


def _formal(certificate: Certificate) -> bool:
    return certificate.grade == "formal" and certificate.state == "valid"


def _held(one: Certificate | None) -> Text:
    if one is None:
        return _NONE
    grade = GRADES[one.grade]
    return Text(f"{grade.zh} {one.number}", f"{grade.en} {one.number}")


def _until(one: ExpertAppointment | None) -> Text:
    return day_text(one.ends_on) if one else _NONE


def _listed(words: Text, fields: Sequence[str]) -> Text:
    return words.filled(fields=fields) if fields else _NONE
