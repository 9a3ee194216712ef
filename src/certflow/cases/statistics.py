"""Figures about cases for those who may see them all (catalogue B11). All are read afresh."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import median
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, String, and_, case, cast, func, select, text

from certflow.calendar.models import Deadline
from certflow.cases import versions
from certflow.cases.models import Case, DueTimer, HumanTask, ProcessVersion
from certflow.cases.scope import visible
from certflow.core.actor import Actor
from certflow.core.clock import SHANGHAI
from certflow.core.db import Session
from certflow.core.text import Text

MONTHS = 24
SAMPLE = 5000
"""Medians are taken over the newest closed cases and tasks, this many at most."""
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Among:
    """Which cases the figures are about: those of one service, those submitted since a day."""

    service: str = ""
    since: date | None = None

    def seen_by(self, actor: Actor) -> ColumnElement[bool]:
        """Return the condition that a case belongs to them and that the actor may see it."""
        conditions = [visible(actor)]
        if self.service:
            conditions.append(Case.service == self.service)
        if self.since is not None:
            conditions.append(Case.submitted_at >= datetime.combine(self.since, time(), SHANGHAI))
        return and_(*conditions)


ALL = Among()


class StageFigure(NamedTuple):
    """How many open cases wait at a stage, and how many tasks there are late."""

    element: str
    name: Text
    open: int
    overdue: int


class MonthFigure(NamedTuple):
    """Cases submitted and closed in a month of Shanghai."""

    month: date
    submitted: int
    closed: int


class CycleFigure(NamedTuple):
    """How long something takes: the middle one of `number`, in days (calendar or working)."""

    name: Text
    number: int
    days: float


@dataclass(frozen=True)
class VersionFigure:
    """One published version and the open cases that run on it."""

    id: int
    key: str
    title: Text
    number: int
    active: bool
    published_at: datetime
    note: str
    author_id: int | None
    running: int


def by_stage(session: Session, actor: Actor, at: datetime, among: Among = ALL) -> list[StageFigure]:
    """Count open cases by the stage they wait at, in the order of the process."""
    stages = cast(Case.stages, String)
    rows = session.execute(
        select(func.max(Case.version_id), func.max(Case.id), func.count())
        .where(among.seen_by(actor), Case.state == "open")
        .group_by(Case.service, stages)
    ).all()
    waiting = {case.id: case.stages for case in _cases(session, [row[1] for row in rows])}
    counts: dict[str, int] = defaultdict(int)
    version_of: dict[str, int] = {}
    for version_id, case_id, count in rows:
        for element in waiting.get(case_id, []):
            counts[element] += count
            version_of[element] = max(version_id, version_of.get(element, 0))
    late = _late(session, actor, at, among)
    found = [
        StageFigure(
            element,
            versions.loaded(session, version_of[element]).name_of(element),
            count,
            late.get(element, 0),
        )
        for element, count in counts.items()
    ]
    orders = {one: _order(session, one) for one in set(version_of.values())}
    return sorted(found, key=lambda one: orders[version_of[one.element]].get(one.element, 99))


def by_month(
    session: Session, actor: Actor, today: date, months: int = MONTHS, among: Among = ALL
) -> list[MonthFigure]:
    """Count cases submitted and closed in each of the last months, in one statement."""
    firsts = _firsts(today, months)
    edges = [datetime.combine(first, time(), SHANGHAI) for first in firsts]

    def month_of(moment: Any) -> ColumnElement[int]:
        """Return the place of its month, -1 for one before them all: a few comparisons a case."""
        return case(*((moment < edge, place - 1) for place, edge in enumerate(edges)), else_=months)

    submitted, closed = month_of(Case.submitted_at), month_of(Case.closed_at)
    rows = session.execute(
        select(submitted.label("submitted"), closed.label("closed"), func.count())
        .where(among.seen_by(actor), Case.submitted_at.is_not(None))
        .group_by(text("submitted"), text("closed"))
    )
    begun, ended = Counter[int](), Counter[int]()
    for in_, out, number in rows:
        begun[in_] += number
        ended[out] += number
    return [MonthFigure(first, begun[n], ended[n]) for n, first in enumerate(firsts[:-1])]


def stage_times(session: Session, actor: Actor, among: Among = ALL) -> list[CycleFigure]:
    """Return the median of days a task was open, by stage, the slowest first."""
    rows = session.execute(
        select(HumanTask.element, HumanTask.opened_at, HumanTask.closed_at, Case.version_id)
        .join(Case, Case.id == HumanTask.case_id)
        .where(HumanTask.state == "done", Case.submitted_at.is_not(None), among.seen_by(actor))
        .order_by(HumanTask.id.desc())
        .limit(SAMPLE)
    ).all()
    spans: dict[str, list[float]] = defaultdict(list)
    names: dict[str, Text] = {}
    for element, opened_at, closed_at, version_id in rows:
        spans[element].append(days_between(opened_at, closed_at))
        names.setdefault(element, versions.loaded(session, version_id).name_of(element))
    found = [CycleFigure(names[key], len(days), median(days)) for key, days in spans.items()]
    return sorted(found, key=lambda one: -one.days)


def evaluation_days(
    session: Session, actor: Actor, among: Among = ALL, key: str = "evaluation"
) -> CycleFigure | None:
    """Return the median of working days used of a deadline in closed cases (C7)."""
    used = session.scalars(
        select(Deadline.used)
        .join(Case, Case.id == Deadline.case_id)
        .where(among.seen_by(actor), Case.state == "closed", Deadline.key == key)
        .order_by(Deadline.id.desc())
        .limit(SAMPLE)
    ).all()
    return CycleFigure(Text("评价", "Evaluation"), len(used), median(used)) if used else None


def published_versions(session: Session) -> list[VersionFigure]:
    """Return every published version, the newest first, with the open cases that run on it."""
    running = (
        select(Case.version_id, func.count().label("cases"))
        .where(Case.state != "closed")
        .group_by(Case.version_id)
        .subquery()
    )
    rows = session.execute(
        select(ProcessVersion, running.c.cases)
        .outerjoin(running, running.c.version_id == ProcessVersion.id)
        .order_by(ProcessVersion.key, ProcessVersion.number.desc())
    ).all()
    return [_version(session, version, cases or 0) for version, cases in rows]


def timers_standing(session: Session, at: datetime) -> dict[str, object]:
    """Tell how many timers wait, are late or held, and since when the oldest late one is."""
    late = (DueTimer.due_at <= at) & DueTimer.held.is_(False)
    row = session.execute(
        select(
            func.count(),
            func.count().filter(late),
            func.count().filter(DueTimer.held.is_(True)),
        ).select_from(DueTimer)
    ).one()
    oldest = session.scalar(select(func.min(DueTimer.due_at)).where(late))
    following = session.scalar(select(func.min(DueTimer.due_at)).where(DueTimer.due_at > at))
    return {
        "waiting": row[0],
        "late": row[1],
        "held": row[2],
        "oldest": oldest,
        "next": following,
    }


def days_between(start: datetime | None, end: datetime | None) -> float:
    """Return the calendar days, with fractions, from one instant to another."""
    return (end - start) / _DAY if start and end else 0.0


def _version(session: Session, version: ProcessVersion, running: int) -> VersionFigure:
    loaded = versions.loaded(session, version.id)
    return VersionFigure(
        version.id,
        version.key,
        Text.read(loaded.settings["title"]),
        version.number,
        version.active,
        version.published_at,
        version.note,
        version.author_id,
        running,
    )


def _late(session: Session, actor: Actor, at: datetime, among: Among) -> dict[str, int]:
    rows = session.execute(
        select(HumanTask.element, func.count())
        .join(Case, Case.id == HumanTask.case_id)
        .where(HumanTask.state == "open", HumanTask.due_at <= at, among.seen_by(actor))
        .where(Case.state == "open")
        .group_by(HumanTask.element)
    )
    return {row[0]: row[1] for row in rows}


def _cases(session: Session, case_ids: Sequence[int]) -> list[Case]:
    return list(session.scalars(select(Case).where(Case.id.in_(case_ids))))


def _order(session: Session, version_id: int) -> dict[str, int]:
    """Return the stages of a service in the order in which service.json tells them."""
    stages = versions.loaded(session, version_id).settings.get("stages", {})
    return {element: index for index, element in enumerate(stages)}


def _firsts(today: date, months: int) -> list[date]:
    """Return the first days of the last `months` months, and of the month after."""
    last = today.year * 12 + today.month
    return [date((n - 1) // 12, (n - 1) % 12 + 1, 1) for n in range(last - months + 1, last + 2)]
