"""Where the cases of a process wait and how long its steps take (catalogue H8)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from statistics import median, quantiles
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from certflow.cases.calling import CALLED
from certflow.cases.models import Case, CaseLink, DueTimer, HumanTask
from certflow.cases.versions import loaded
from certflow.core.db import Session
from certflow.core.incidents import Incident
from certflow.core.text import Text

SAMPLE = 5_000
"""Times are taken over the newest finished tasks, this many at most."""
SHOWN = 20
_DAY = 86_400


class Heat(NamedTuple):
    """A step: cases waiting now, since when the longest, how many late; days it usually takes.

    `median` and `slow` (nine of ten are faster) are None where nothing has finished yet.
    """

    element: str
    name: Text
    waiting: int
    since: datetime | None
    late: int
    finished: int
    median: float | None
    slow: float | None


class Queue(NamedTuple):
    """A group's queue: tasks nobody has claimed, and since when the oldest waits."""

    role: str
    waiting: int
    since: datetime


class Waiting(NamedTuple):
    """A case and what it waits for since when, or until when."""

    case_id: int
    number: str | None
    name: Text
    at: datetime
    held: bool = False


def heat(session: Session, key: str, at: datetime) -> list[Heat]:
    """Return the steps at which people or called services work, in the order of the newest diagram."""
    newest = session.scalar(select(func.max(Case.version_id)).where(Case.service == key))
    if newest is None:
        return []
    version = loaded(session, newest)
    elements = version.definition.elements.values()
    called = Counter(one.called for one in elements if one.kind == "callActivity")
    # A service that two steps call: nothing says which of them opened a case, so neither counts it.
    calls = {one.called: one.id for one in elements if called[one.called] == 1}
    now = _waiting_now(session, key, at) | _called_now(session, key, calls)
    spans = _spans(session, key) | _called_spans(session, key, calls)
    order = [one.id for one in elements if one.kind in {"userTask", "callActivity"}]
    gone = sorted((now.keys() | spans.keys()) - set(order))
    return [
        _heat(element, version.name_of(element), now.get(element), spans.get(element, ()))
        for element in [*order, *gone]
    ]


def queues(session: Session, key: str) -> list[Queue]:
    """Return the groups with tasks that nobody has claimed, the longest wait first."""
    query = (
        select(HumanTask.role, func.count(), func.min(HumanTask.opened_at))
        .where(*_open(key), HumanTask.assignee_id.is_(None))
        .group_by(HumanTask.role)
        .order_by(func.min(HumanTask.opened_at))
    )
    return [Queue(*row) for row in session.execute(query)]


def longest(session: Session, key: str) -> list[Waiting]:
    """Return the tasks that have waited longest."""
    query = (
        select(Case.id, Case.number, HumanTask.name, HumanTask.opened_at)
        .join(Case, Case.id == HumanTask.case_id)
        .where(*_open(key), Case.state == "open")
        .order_by(HumanTask.opened_at)
        .limit(SHOWN)
    )
    rows = session.execute(query)
    return [Waiting(case_id, number, Text.read(name), at) for case_id, number, name, at in rows]


def timers(session: Session, key: str) -> list[Waiting]:
    """Return the timers that are due next, those overdue or held first."""
    query = (
        select(
            Case.id, Case.number, Case.version_id, DueTimer.element, DueTimer.due_at, DueTimer.held
        )
        .join(Case, Case.id == DueTimer.case_id)
        .where(Case.service == key)
        .order_by(DueTimer.due_at)
        .limit(SHOWN)
    )
    return [
        Waiting(case_id, number, loaded(session, version_id).name_of(element), due_at, held)
        for case_id, number, version_id, element, due_at, held in session.execute(query)
    ]


def incidents(session: Session, key: str) -> list[tuple[Incident, str | None]]:
    """Return what failed in cases of a process and waits for somebody, with the case numbers."""
    query = (
        select(Incident, Case.number)
        .join(Case, Case.id == Incident.case_id)
        .where(Case.service == key, Incident.resolved_at.is_(None))
        .order_by(Incident.id.desc())
        .limit(SHOWN)
    )
    return [(incident, number) for incident, number in session.execute(query)]


def _open(key: str) -> tuple[ColumnElement[bool], ...]:
    return HumanTask.service == key, HumanTask.state == "open"


def _waiting_now(session: Session, key: str, at: datetime) -> dict[str, tuple[int, datetime, int]]:
    query = (
        select(
            HumanTask.element,
            func.count(),
            func.min(HumanTask.opened_at),
            func.count().filter(HumanTask.due_at < at),
        )
        .where(*_open(key))
        .group_by(HumanTask.element)
    )
    return {
        element: (number, since, late) for element, number, since, late in session.execute(query)
    }


def _spans(session: Session, key: str) -> dict[str, list[float]]:
    """Return how many days finished tasks were open, by step."""
    query = (
        select(HumanTask.element, HumanTask.opened_at, HumanTask.closed_at)
        .where(HumanTask.service == key, HumanTask.state == "done")
        .order_by(HumanTask.id.desc())
        .limit(SAMPLE)
    )
    spans: dict[str, list[float]] = defaultdict(list)
    for element, opened_at, closed_at in session.execute(query):
        if closed_at is not None:
            spans[element].append((closed_at - opened_at).total_seconds() / _DAY)
    return spans


_CALLER = aliased(Case)


def _called(key: str, services: Iterable[str]) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions for the cases of services that were called by a process."""
    calls = select(CaseLink.case_id).join(_CALLER, _CALLER.id == CaseLink.other_id)
    by_us = calls.where(CaseLink.kind == CALLED, _CALLER.service == key)
    return Case.service.in_(services), Case.id.in_(by_us)


def _called_now(
    session: Session, key: str, calls: Mapping[str, str]
) -> dict[str, tuple[int, datetime, int]]:
    columns = Case.service, func.count(), func.min(Case.created_at)
    query = select(*columns).where(*_called(key, calls), Case.state != "closed")
    rows = session.execute(query.group_by(Case.service)) if calls else ()
    return {calls[service]: (number, since, 0) for service, number, since in rows}


def _called_spans(session: Session, key: str, calls: Mapping[str, str]) -> dict[str, list[float]]:
    """Return how many days called cases took, by the step that called them."""
    query = select(Case.service, Case.created_at, Case.closed_at).where(
        *_called(key, calls), Case.closed_at.is_not(None)
    )
    spans: dict[str, list[float]] = defaultdict(list)
    rows = session.execute(query.order_by(Case.id.desc()).limit(SAMPLE)) if calls else ()
    for service, begun, closed in rows:
        if closed is not None:
            spans[calls[service]].append((closed - begun).total_seconds() / _DAY)
    return spans


def _heat(
    element: str, name: Text, now: tuple[int, datetime, int] | None, spans: Sequence[float]
) -> Heat:
    waiting, since, late = now or (0, None, 0)
    many = len(spans) > 1
    return Heat(
        element,
        name,
        waiting,
        since,
        late,
        len(spans),
        median(spans) if spans else None,
        quantiles(spans, n=10)[-1] if many else (spans[0] if spans else None),
    )
