"""Services and certification bodies side by side: open, late, how they ended, how long (B11)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from statistics import median
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, false, func, or_, select

from certflow.accounts.models import Organisation
from certflow.cases import versions
from certflow.cases.models import Case
from certflow.cases.statistics import ALL, SAMPLE, Among
from certflow.cases.worklists import is_overdue
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.text import Text

_DAY = timedelta(days=1)
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


def by_service(
    session: Session, actor: Actor, at: datetime, among: Among = ALL
) -> list[ServiceFigure]:
    """Return the figures of each service that has cases, in the order of the catalogue."""
    state = func.count().filter
    rows = session.execute(
        select(
            Case.service,
            func.max(Case.version_id),
            state(Case.state == "open"),
            state(is_overdue(at)),
            state(Case.state == "closed"),
        )
        .where(among.seen_by(actor), Case.state != "draft")
        .group_by(Case.service)
    ).all()
    outcomes, spans = _outcomes(session, actor, among), _spans(session, actor, among)
    found = [_service(session, row, outcomes[row[0]], spans[row[0]]) for row in rows]
    places = {one.bundle.key: place for place, one in enumerate(versions.services(session))}
    return sorted(found, key=lambda one: (places.get(one.key, len(places)), one.key))


def by_body(
    session: Session, actor: Actor, at: datetime, limit: int = 50, among: Among = ALL
) -> list[BodyFigure]:
    """Count cases by certification body, the busiest first."""
    state = func.count().filter
    opened = state(Case.state == "open")
    rows = session.execute(
        select(
            Organisation.name,
            Organisation.name_en,
            opened,
            state(is_overdue(at)),
            state(Case.state == "closed"),
            state(ended_well(session)),
        )
        .join(Organisation, Organisation.id == Case.organisation_id)
        .where(among.seen_by(actor))
        .group_by(Organisation.id, Organisation.name, Organisation.name_en)
        .order_by(opened.desc(), Organisation.name)
        .limit(limit)
    )
    return [BodyFigure(Text(row[0], row[1] or row[0]), *row[2:]) for row in rows]


def ended_well(session: Session) -> ColumnElement[bool]:
    """Return the condition that a case ended as its service calls good (service.json)."""
    good = {
        (loaded.bundle.key, key)
        for loaded in versions.services(session)
        for key, outcome in loaded.settings.get("outcomes", {}).items()
        if outcome.get("kind") == "good"
    }
    return or_(false(), *(and_(Case.service == one, Case.outcome == key) for one, key in good))


def percentile(days: Sequence[float], part: float) -> float:
    """Return the smallest of the values that `part` of them do not exceed (nearest rank)."""
    ordered = sorted(days)
    return ordered[ceil(part * len(ordered)) - 1] if ordered else 0.0


def _service(
    session: Session, row: Any, outcomes: Sequence[tuple[str, int]], days: Sequence[float]
) -> ServiceFigure:
    key, version_id, opened, overdue, closed = row
    loaded = versions.loaded(session, version_id)
    kinds = loaded.settings.get("outcomes", {})
    ended = [
        Ended(loaded.name_of(one), kinds.get(one, {}).get("kind") == "good", number)
        for one, number in outcomes
    ]
    return ServiceFigure(
        key=key,
        title=Text.read(loaded.settings["title"]),
        open=opened,
        overdue=overdue,
        closed=closed,
        outcomes=tuple(sorted(ended, key=lambda one: (not one.good, -one.number))),
        sample=len(days),
        median=median(days) if days else 0.0,
        slow=percentile(days, _SLOW),
    )


def _outcomes(session: Session, actor: Actor, among: Among) -> dict[str, list[tuple[str, int]]]:
    rows = session.execute(
        select(Case.service, Case.outcome, func.count())
        .where(among.seen_by(actor), Case.state == "closed", Case.outcome.is_not(None))
        .group_by(Case.service, Case.outcome)
    )
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for service, outcome, number in rows:
        found[service].append((str(outcome), number))
    return found


def _spans(session: Session, actor: Actor, among: Among) -> dict[str, list[float]]:
    """Return the days from submission to the end of the newest closed cases of each service."""
    newest = func.row_number().over(partition_by=Case.service, order_by=Case.closed_at.desc())
    ranked = (
        select(Case.service, Case.submitted_at, Case.closed_at, newest.label("place"))
        .where(among.seen_by(actor), Case.state == "closed", Case.submitted_at.is_not(None))
        .subquery()
    )
    rows = session.execute(
        select(ranked.c.service, ranked.c.submitted_at, ranked.c.closed_at).where(
            ranked.c.place <= SAMPLE
        )
    )
    found: dict[str, list[float]] = defaultdict(list)
    for service, submitted_at, closed_at in rows:
        found[service].append((closed_at - submitted_at) / _DAY)
    return found
