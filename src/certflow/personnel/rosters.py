"""The people of a certification body with their certificates, and what runs out next (B4, C8, D1)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, exists, func, not_, select

from certflow.accounts.models import Person
from certflow.core.db import Session
from certflow.core.text import Text
from certflow.personnel.fields import FIELDS, GRADES
from certflow.personnel.models import Certificate
from certflow.personnel.queries import state_on

AHEAD = 90
"""So many days ahead a body is shown what runs out."""
STATES = ("valid", "expiring", "suspended", "expired", "cancelled", "none")


class Held(NamedTuple):
    """A certificate of a colleague; `state` as on the day asked."""

    id: int
    number: str
    field: Text
    grade: Text
    valid_until: date
    state: str

    @property
    def title(self) -> Text:
        """What it is for, as "质量管理体系 实习审核员"."""
        return Text(f"{self.field.zh} {self.grade.zh}", f"{self.field.en}, {self.grade.en}")

    def days_left(self, on: date) -> int:
        """Count the days until it runs out; the last day is 0."""
        return (self.valid_until - on).days


@dataclass(frozen=True)
class Colleague:
    """Somebody who practises with a body, with the certificates that name the body."""

    person_id: int
    user_id: int | None
    name: str
    pinyin: str
    archive_number: str
    certificates: tuple[Held, ...]


@dataclass(frozen=True)
class RosterFilter:
    """Whom to list: `text` part of a name or of a certificate's number; `state` one of STATES."""

    text: str = ""
    state: str = ""


class RosterFigures(NamedTuple):
    """How many people a body has, and how many certificates of theirs stand how."""

    people: int
    valid: int
    expiring: int


def roster(
    session: Session,
    organisation_id: int,
    wanted: RosterFilter,
    on: date,
    limit: int,
    offset: int = 0,
) -> tuple[list[Colleague], int]:
    """Return a page of a body's people by name, and how many there are; three statements."""
    conditions = [Person.organisation_id == organisation_id]
    if text := wanted.text.strip():
        conditions.append(_speaks_of(text, organisation_id))
    if wanted.state in STATES:
        conditions.append(_stands(wanted.state, organisation_id, on))
    total = session.scalar(select(func.count()).select_from(Person).where(*conditions)) or 0
    query = select(Person).where(*conditions).order_by(Person.name, Person.id)
    people = list(session.scalars(query.limit(limit).offset(offset)))
    held = _held(session, organisation_id, [one.id for one in people], on)
    return [
        Colleague(
            one.id, one.user_id, one.name, one.pinyin, one.archive_number, tuple(held[one.id])
        )
        for one in people
    ], total


def figures(session: Session, organisation_id: int, on: date) -> RosterFigures:
    """Count a body's people, their valid certificates and those that run out within AHEAD days."""
    ours = select(func.count()).select_from(Person).where(Person.organisation_id == organisation_id)
    certificates = select(
        func.count().filter(_state("valid", on)), func.count().filter(_state("expiring", on))
    ).where(Certificate.organisation_id == organisation_id)
    valid, soon = session.execute(certificates).one()
    return RosterFigures(session.scalar(ours) or 0, valid, soon)


def running_out(session: Session, organisation_id: int, on: date) -> list[tuple[str, Held]]:
    """Return who holds what runs out within AHEAD days, the next one first."""
    rows = session.execute(
        select(Person.name, Certificate)
        .join(Person, Person.id == Certificate.person_id)
        .where(Certificate.organisation_id == organisation_id, _state("expiring", on))
        .order_by(Certificate.valid_until, Person.name, Certificate.id)
    )
    return [(name, _shown(certificate, on)) for name, certificate in rows]


def _state(state: str, on: date) -> ColumnElement[bool]:
    """Return the condition that a certificate stands so on a day; see `queries.state_on`."""
    until, valid = Certificate.valid_until, Certificate.state == "valid"
    if state == "valid":
        return and_(valid, until >= on)
    if state == "expiring":
        return and_(
            Certificate.state.in_(("valid", "suspended")),
            until >= on,
            until <= on + timedelta(days=AHEAD),
        )
    return and_(valid, until < on) if state == "expired" else Certificate.state == state


def _stands(state: str, organisation_id: int, on: date) -> ColumnElement[bool]:
    ours = (Certificate.person_id == Person.id, Certificate.organisation_id == organisation_id)
    if state == "none":
        return not_(exists().where(*ours, _state("valid", on)))
    return exists().where(*ours, _state(state, on))


def _speaks_of(text: str, organisation_id: int) -> ColumnElement[bool]:
    numbered = exists().where(
        Certificate.person_id == Person.id,
        Certificate.organisation_id == organisation_id,
        Certificate.number.icontains(text, autoescape=True),
    )
    named = Person.name.icontains(text, autoescape=True)
    return named | Person.pinyin.icontains(text, autoescape=True) | numbered


def _held(
    session: Session, organisation_id: int, person_ids: Sequence[int], on: date
) -> dict[int, list[Held]]:
    query = (
        select(Certificate)
        .where(
            Certificate.person_id.in_(person_ids),
            Certificate.organisation_id == organisation_id,
            Certificate.state != "replaced",
        )
        .order_by(Certificate.valid_until.desc(), Certificate.id.desc())
    )
    found: dict[int, list[Held]] = defaultdict(list)
    for certificate in session.scalars(query):
        found[certificate.person_id].append(_shown(certificate, on))
    return found


def _shown(certificate: Certificate, on: date) -> Held:
    return Held(
        certificate.id,
        certificate.number,
        FIELDS[certificate.field].title,
        GRADES[certificate.grade],
        certificate.valid_until,
        state_on(certificate, on),
    )
