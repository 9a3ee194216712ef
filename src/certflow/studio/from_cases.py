"""Finished real cases that could become tests, and making one (catalogue H5).

A case is listed by its number, its end and what it would add; who it is about stays unsaid.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select

from certflow.cases import versions
from certflow.cases.models import Case, ProcessVersion
from certflow.core.db import Session
from certflow.core.errors import AppError, NotFound
from certflow.core.text import Text
from certflow.studio import anonymise, beginning, scenario_shape, scenarios
from certflow.studio.cast import APPLICANTS

LOOKED_AT: Final = 200
LISTED: Final = 8


@dataclass(frozen=True)
class Finished:
    """A finished case: how it ended, when, and how many elements only it would reach."""

    id: int
    number: str
    outcome: Text
    closed_at: datetime | None
    adds: int


def finished(session: Session, key: str, covered: Collection[str]) -> list[Finished]:
    """Return finished cases of a process, those first that reach what no test reaches yet."""
    query = (
        select(Case)
        .where(Case.service == key, Case.state == "closed")
        .order_by(Case.closed_at.desc(), Case.id.desc())
        .limit(LOOKED_AT)
    )
    found: list[Finished] = []
    seen = set(covered)
    cases = list(session.scalars(query))
    while cases and len(found) < LISTED:
        best = max(cases, key=lambda one: len({*one.visited, one.outcome} - seen))
        cases.remove(best)
        new = {element for element in (*best.visited, best.outcome) if element} - seen
        seen |= new
        found.append(_listed(session, best, len(new)))
    return found


def _listed(session: Session, case: Case, adds: int) -> Finished:
    loaded = versions.loaded(session, case.version_id)
    outcome = loaded.name_of(case.outcome) if case.outcome else Text.read("")
    return Finished(case.id, case.number or "", outcome, case.closed_at, adds)


def end_of(session: Session, key: str, case_id: int) -> Text:
    """Return how a case of this process ended; NotFound when there is no such case."""
    case = session.get(Case, case_id)
    if case is None or case.service != key:
        raise NotFound
    return _listed(session, case, 0).outcome


def make(session: Session, key: str, case_id: int, title: Text) -> dict[str, Any]:
    """Make a test of a finished case; where it can go that way here, its steps say where it waits.

    Raises:
        NotFound: there is no such case of this process.
        Invalid: the case has not ended.

    """
    case = session.get(Case, case_id)
    if case is None or case.service != key:
        raise NotFound
    content = session.get_one(ProcessVersion, case.version_id).bundle
    neighbours = scenarios.neighbours_of(session, key)
    furthest, steps = None, -1
    for scenario in _tries(session, case_id, title):
        result = scenarios.run_one(key, content, "", scenario, neighbours)
        if result.passed:
            return _watched(key, content, scenario, neighbours)
        if len(result.steps) > steps:
            furthest, steps = scenario, len(result.steps)
    return furthest or {}


def _tries(session: Session, case_id: int, title: Text) -> Iterator[dict[str, Any]]:
    """Tell the case's way by each who may have started it; first with what was chosen by name.

    What is offered here can have other names: another decision that is appealed goes on elsewhere.
    """
    for keys in (True, False):
        scenario = anonymise.from_case(session, case_id, title, keys=keys)
        first, *rest = scenario["steps"]
        words = APPLICANTS if first["as"] in APPLICANTS else (first["as"],)
        for word in words:
            yield {**scenario, "steps": [{**first, "as": word}, *rest]}


def _watched(
    key: str, content: Mapping[str, Any], scenario: dict[str, Any], neighbours: Mapping[str, Any]
) -> dict[str, Any]:
    """Note after each step where the case waits, and the whole way, as expectations."""
    at, title = scenario_shape.starts_at(scenario), Text.read(scenario["title"])
    try:
        with beginning.fresh(key, content, at, neighbours) as box:
            script = [box.do(step).as_json() for step in scenario["steps"]]
            return scenarios.recorded(title, at, script, box)
    except AppError:
        return scenario
