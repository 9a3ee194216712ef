"""Tasks follow the deadlines they belong to: an edited calendar moves both (catalogue C7)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from certflow.calendar.models import WORKING_DAYS, Deadline
from certflow.calendar.operations import on_due_moved
from certflow.calendar.queries import due_after
from certflow.cases import versions
from certflow.cases.models import HumanTask
from certflow.core.db import Session


@on_due_moved
def move_tasks(session: Session, deadline: Deadline) -> None:
    """Give the open tasks of a deadline its new end, so that lists sort and colour by it."""
    if deadline.due_at is None:
        return
    query = (
        select(HumanTask)
        .options(joinedload(HumanTask.case))
        .where(
            HumanTask.case_id == deadline.case_id,
            HumanTask.deadline_key == deadline.key,
            HumanTask.state == "open",
        )
    )
    for task in session.scalars(query):
        task.due_at = task.sort_at = _earlier(session, task, deadline.due_at)
    session.flush()


def _earlier(session: Session, task: HumanTask, end: datetime) -> datetime:
    """Return the deadline's end, or the end of the task's own days where that is earlier."""
    elements = versions.loaded(session, task.case.version_id).definition.elements
    days = elements[task.element].properties.get("due") if task.element in elements else None
    if not days:
        return end
    return min(end, due_after(session, task.opened_at, int(str(days)), WORKING_DAYS))
