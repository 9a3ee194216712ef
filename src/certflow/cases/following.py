"""What follows a deadline that an edited calendar moves: tasks, reminders, timers (C7)."""

import re
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from certflow.calendar.models import WORKING_DAYS, Deadline
from certflow.calendar.operations import lock_case_with, on_due_moved
from certflow.calendar.queries import due_after
from certflow.cases import reminding, versions
from certflow.cases.models import DueTimer, HumanTask
from certflow.cases.turn import Turn, lock
from certflow.core import clock
from certflow.core.actor import SYSTEM
from certflow.core.db import Session
from certflow.core.expressions import compile_expression
from certflow.engine.diagram import Element
from certflow.engine.timers import schedule, value_of

lock_case_with(lock)


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


@on_due_moved
def move_timers(session: Session, deadline: Deadline) -> None:
    """Move the reminder, the variables `<key>_due` and `<key>_reminder`, and timers set by them.

    The variables matter to timers that are yet to be reached. A reminder that has gone out does
    not go out again.
    """
    case = lock(session, deadline.case_id)
    if case.state != "open" or deadline.due_at is None:
        return
    turn = Turn(session, case, SYSTEM, versions.loaded(session, case.version_id))
    turn.restore()
    if deadline.remind_at is not None:
        reminding.plan(session, deadline, turn.loaded.settings)
    elif deadline.due_at > clock.now():
        deadline.late_told = False
    elements = turn.loaded.definition.elements
    moved = {f"{deadline.key}_due": deadline.due_at}
    before = _remind_before(elements.values(), deadline.key)
    if before is not None:
        moved[f"{deadline.key}_reminder"] = reminding.reminder_of(session, deadline, before)
    data = turn.run.data
    data |= {name: at.isoformat() for name, at in moved.items() if name in data}
    case.run = turn.run.dump()
    for timer in session.scalars(select(DueTimer).where(DueTimer.case_id == case.id)):
        timing = elements[timer.element].timing if timer.element in elements else None
        if timing is not None and moved.keys() & set(re.findall(r"\w+", timing.text)):
            now = clock.now()
            timer.due_at = schedule(timing.kind, value_of(timing.text, data, now), now).due
    session.flush()


def _remind_before(elements: Iterable[Element], key: str) -> int | None:
    """Return how long before its end the diagram itself reminds of a deadline, if it does."""
    for element in elements:
        told = element.properties
        if f"'{key}'" in (told.get("key"), told.get("resume")) and "remind_before" in told:
            return int(str(compile_expression(told["remind_before"]).evaluate({})))
    return None


def _earlier(session: Session, task: HumanTask, end: datetime) -> datetime:
    """Return the deadline's end, or the end of the task's own days where that is earlier."""
    elements = versions.loaded(session, task.case.version_id).definition.elements
    days = elements[task.element].properties.get("due") if task.element in elements else None
    if not days:
        return end
    return min(end, due_after(session, task.opened_at, int(str(days)), WORKING_DAYS))
