"""Services and certification bodies side by side: open, late, how they ended, how long (B11)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from statistics import median
from typing import Any, NamedTuple

from sqlalchemy import func, literal, select

from certflow.accounts.models import Organisation
from certflow.cases import versions
from certflow.cases.models import Case
from certflow.cases.queries import is_overdue
from certflow.cases.statistics import ALL, SAMPLE, Among, days_between
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.text import Text

_SLOW = 0.9
"""Nine of ten cases ended within the 90th percentile."""


class Ended(NamedTuple):
    """How many cases ended in one way; `good` as the service calls it."""

    name: Text
    good: bool
    number: int


@dataclass(frozen=True)
class ServiceFigure:
    """The cases of one service. The days from submission to the end are calendar days."""

    key: str
    title: Text
    open: int
    overdue: int
    closed: int
    outcomes: tuple[Ended, ...]
    sample: int
    median: float
    slow: float

    @property
    def good(self) -> int:
        """How many cases ended as the service calls good."""
        return sum(one.number for one in self.outcomes if one.good)


class BodyFigure(NamedTuple):
    """The cases of one certification body."""

    name: Text
    open: int
    overdue: int
    closed: int
    good: int


class Group(NamedTuple):
    """The cases of one service and body that are in one state and ended in one way."""

    service: str
    body_id: int | None
    state: str
    outcome: str | None
    version_id: int
    number: int


@dataclass(frozen=True)
class Sheet:
    """All that services and bodies are counted from: groups, and how many are late of each."""

    groups: Sequence[Group]
    late: Mapping[tuple[str, int | None], int]

    def totals(self) -> dict[str, int]:
        """Return how many cases are open, overdue and closed."""
        return {
            "open": _number(self.groups, "open"),
            "overdue": sum(self.late.values()),
            "closed": _number(self.groups, "closed"),
        }


def read(session: Session, actor: Actor, at: datetime, among: Among = ALL) -> Sheet:
    """Go through the cases once, however much is made of it."""
    by = (Case.service, Case.organisation_id, Case.state, Case.outcome)
    seen = among.seen_by(actor), Case.state != "draft"
    found = select(*by, func.max(Case.version_id), func.count()).where(*seen).group_by(*by)
    groups = [Group(*row) for row in session.execute(found)]
    of_whom = by[:2]
    late = select(*of_whom, func.count()).where(*seen, is_overdue(at)).group_by(*of_whom)
    return Sheet(groups, {(row[0], row[1]): row[2] for row in session.execute(late)})


def by_service(
    session: Session, actor: Actor, sheet: Sheet, among: Among = ALL
) -> list[ServiceFigure]:
    """Return the figures of each service that has cases, in the order of the catalogue."""
    services = _grouped(sheet.groups, "service")
    spans = _spans(session, actor, list(services), among)
    found = [_service(session, key, groups, sheet, spans[key]) for key, groups in services.items()]
    places = {one.bundle.key: place for place, one in enumerate(versions.services(session))}
    return sorted(found, key=lambda one: (places.get(one.key, len(places)), one.key))


def by_body(session: Session, sheet: Sheet, limit: int = 50) -> list[BodyFigure]:
    """Count cases by certification body, the busiest first."""
    bodies = _grouped([one for one in sheet.groups if one.body_id], "body_id")
    good = _good_ends(session, sheet.groups)
    columns = Organisation.id, Organisation.name, Organisation.name_en
    names = session.execute(select(*columns).where(Organisation.id.in_(bodies))).all()
    found = [
        BodyFigure(
            name=Text(name, name_en or name),
            open=_number(bodies[body_id], "open"),
            overdue=sum(number for key, number in sheet.late.items() if key[1] == body_id),
            closed=_number(bodies[body_id], "closed"),
            good=sum(one.number for one in bodies[body_id] if (one.service, one.outcome) in good),
        )
        for body_id, name, name_en in names
    ]
    return sorted(found, key=lambda one: (-one.open, one.name.zh))[:limit]


def _grouped(groups: Iterable[Group], by: str) -> dict[Any, list[Group]]:
    found: dict[Any, list[Group]] = defaultdict(list)
    for one in groups:
        found[getattr(one, by)].append(one)
    return found


def _number(groups: Iterable[Group], state: str) -> int:
    return sum(one.number for one in groups if one.state == state)


def _good_ends(session: Session, groups: Sequence[Group]) -> set[tuple[str, str | None]]:
    """Return with which outcome a service's case ended as the service calls good (service.json)."""
    return {
        (service, key)
        for service, own in _grouped(groups, "service").items()
        for key, outcome in _outcomes(session, own).items()
        if outcome.get("kind") == "good"
    }


def _outcomes(session: Session, groups: Sequence[Group]) -> dict[str, dict[str, Any]]:
    """Return a service's outcomes, as its newest version that has a case describes them."""
    settings = _newest(session, groups).settings
    return dict(settings.get("outcomes", {}))


def _newest(session: Session, groups: Sequence[Group]) -> versions.Loaded:
    return versions.loaded(session, max(one.version_id for one in groups))


def percentile(days: Sequence[float], part: float) -> float:
    """Return the smallest of the values that `part` of them do not exceed (nearest rank)."""
    ordered = sorted(days)
    return ordered[ceil(part * len(ordered)) - 1] if ordered else 0.0


def _service(
    session: Session, key: str, groups: Sequence[Group], sheet: Sheet, days: Sequence[float]
) -> ServiceFigure:
    loaded, kinds = _newest(session, groups), _outcomes(session, groups)
    ends: Counter[str] = Counter()
    for one in groups:
        if one.state == "closed" and one.outcome is not None:
            ends[one.outcome] += one.number
    ended = [
        Ended(loaded.name_of(one), kinds.get(one, {}).get("kind") == "good", number)
        for one, number in ends.items()
    ]
    return ServiceFigure(
        key=key,
        title=Text.read(loaded.settings["title"]),
        open=_number(groups, "open"),
        overdue=sum(number for of, number in sheet.late.items() if of[0] == key),
        closed=_number(groups, "closed"),
        outcomes=tuple(sorted(ended, key=lambda one: (not one.good, -one.number))),
        sample=len(days),
        median=median(days) if days else 0.0,
        slow=percentile(days, _SLOW),
    )


def _spans(
    session: Session, actor: Actor, services: Sequence[str], among: Among
) -> dict[str, list[float]]:
    """Return the days from submission to the end of the newest closed cases of each service.

    A service at a time: the index knows its newest, and a condition in the open.
    """
    closed = literal("closed", literal_execute=True)
    seen = among.seen_by(actor), Case.state == closed, Case.submitted_at.is_not(None)
    return {
        service: [
            days_between(submitted_at, closed_at)
            for submitted_at, closed_at in session.execute(
                select(Case.submitted_at, Case.closed_at)
                .where(*seen, Case.service == service)
                .order_by(Case.closed_at.desc())
                .limit(SAMPLE)
            )
        ]
        for service in services
    }
