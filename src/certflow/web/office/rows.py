"""The rows of the inbox, put together in a handful of statements whatever their number."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from certflow.calendar.queries import clocks_of, working_days
from certflow.cases import queries, versions, worklists
from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.text import Text
from certflow.web.office.due import Due, due_of

_KEY = "%Y%m%dT%H%M%S%f"


@dataclass(frozen=True)
class Row:
    """One task of a list. `own`: the worker applied for this case and has to stand back."""

    id: int
    case_id: int
    number: str
    applicant: str
    title: Text
    place: Text
    due: Due
    body: Text | None
    assignee: str
    mine: bool
    own: bool
    closed_at: datetime | None

    @property
    def claimable(self) -> bool:
        """Whether nobody has it and the worker may take it."""
        return not self.assignee and not self.own


def rows_of(session: Session, actor: Actor, tasks: Sequence[Any]) -> list[Row]:
    """Return what the page shows of tasks: names, stage, due date and ruler."""
    at = clock.now()
    names = worklists.names_on(session, actor, [task.id for task in tasks])
    clocks = clocks_of(session, [task.case_id for task in tasks], at)
    calendar = working_days(session)
    found = []
    for task in tasks:
        case, who = task.case, names[task.id]
        loaded = versions.loaded(session, case.version_id)
        found.append(
            Row(
                id=task.id,
                case_id=case.id,
                number=case.number or "",
                applicant=who.applicant,
                title=Text.read(case.title),
                place=loaded.name_of(task.element),
                due=due_of(calendar, task, clocks.get(case.id, {}), at),
                body=who.body,
                assignee=who.assignee,
                mine=task.assignee_id == actor.user_id,
                own=case.applicant_id == actor.user_id,
                closed_at=task.closed_at,
            )
        )
    return found


def key_of(at: datetime, row_id: int) -> str:
    """Write the place of a row in the list into an address."""
    return f"{at.astimezone(UTC).strftime(_KEY)}-{row_id}"


def read_key(value: str) -> tuple[datetime, int] | None:
    """Read a place from an address; what cannot be read is the beginning of the list."""
    moment, _, row_id = value.partition("-")
    try:
        return datetime.strptime(moment, _KEY).replace(tzinfo=UTC), int(row_id)
    except ValueError:
        return None


PAGE = queries.PAGE
