"""From the engine's state to rows: open tasks, timers, stages, the end of a case."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from certflow.accounts.roles import ORGANISATION_ROLES
from certflow.calendar import queries as calendar
from certflow.calendar.models import WORKING_DAYS, Deadline
from certflow.calendar.operations.deadlines import end_deadline
from certflow.cases import notices
from certflow.cases.models import Case, DueTimer, HumanTask
from certflow.cases.versions import Loaded
from certflow.core import audit, clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.expressions import compile_expression
from certflow.engine.runner import OpenTask, Run

END_OF_TIME = datetime(9999, 12, 31, tzinfo=UTC)


def project(session: Session, case: Case, loaded: Loaded, run: Run, actor: Actor) -> None:
    """Bring the case's tasks, timers, stages and state in line with the engine."""
    opened = _tasks(session, case, loaded, run)
    _timers(session, case, run)
    passed = [event.element for event in run.log if event.kind in {"completed", "fired"}]
    case.visited = sorted({*case.visited, *passed})
    waiting = [task.element for task in run.open_tasks]
    case.stages = sorted({*waiting, *run.waiting_messages}) if not run.finished else []
    if run.finished and case.state != "closed":
        close(session, case, run.end or "closed", actor)
    session.flush()
    entered = [event.element for event in run.log if event.kind == "entered"]
    told = notices.on_entering(session, case, loaded.settings, entered, actor)
    for task in opened:
        if (task.element, task.role) not in told:
            notices.on_task(session, case, task, actor)


def close(session: Session, case: Case, outcome: str, actor: Actor) -> None:
    """End a case: nothing of it waits any longer."""
    case.state, case.outcome, case.closed_at = "closed", outcome, clock.now()
    case.stages = []
    for task in _open_rows(session, case):
        _shut(task, "cancelled")
    for timer in session.scalars(select(DueTimer).where(DueTimer.case_id == case.id)):
        session.delete(timer)
    for key in session.scalars(select(Deadline.key).where(Deadline.case_id == case.id)):
        end_deadline(session, case.id, key, case.closed_at, actor=actor, chain=case)
    audit.record(session, "case.closed", actor, chain=case, element=outcome)


def pool_of(role: str, organisation_id: int | None) -> str:
    """Return the name of the group that may claim a task."""
    return f"{role}@{organisation_id}" if role in ORGANISATION_ROLES else role


def _tasks(session: Session, case: Case, loaded: Loaded, run: Run) -> list[HumanTask]:
    rows = {row.engine_id: row for row in _open_rows(session, case)}
    waiting = {task.id: task for task in run.open_tasks}
    for engine_id in rows.keys() - waiting.keys():
        _shut(rows[engine_id], "cancelled")
    opened = [
        _new_task(session, case, loaded, run, waiting[engine_id])
        for engine_id in sorted(waiting.keys() - rows.keys())
    ]
    session.add_all(opened)
    return opened


def _open_rows(session: Session, case: Case) -> list[HumanTask]:
    if case.id is None:
        return []
    query = select(HumanTask).where(HumanTask.case_id == case.id, HumanTask.state == "open")
    return list(session.scalars(query))


def _shut(task: HumanTask, state: str) -> None:
    task.state, task.closed_at = state, clock.now()


def _new_task(
    session: Session, case: Case, loaded: Loaded, run: Run, waiting: OpenTask
) -> HumanTask:
    at = clock.now()
    deadline = str(waiting.properties.get("deadline", ""))
    due = _due(session, case, waiting, at)
    return HumanTask(
        case_id=case.id,
        engine_id=waiting.id,
        element=waiting.element,
        name=loaded.name_of(waiting.element).as_json(),
        form=waiting.form,
        service=case.service,
        role=waiting.role,
        pool=pool_of(waiting.role, case.organisation_id),
        assignee_id=_assignee(case, run, waiting),
        state="open",
        deadline_key=deadline,
        opened_at=at,
        opened_in=case.version,
        due_at=due,
        sort_at=due or END_OF_TIME,
    )


def _due(session: Session, case: Case, waiting: OpenTask, at: datetime) -> datetime | None:
    """Return the earlier of the task's own days and the end of the deadline it belongs to."""
    found = []
    if key := waiting.properties.get("deadline"):
        deadline = calendar.find_deadline(session, case.id, str(key))
        found.append(deadline.due_at if deadline else None)
    if days := waiting.properties.get("due"):
        found.append(calendar.due_after(session, at, int(str(days)), WORKING_DAYS))
    return min((due for due in found if due is not None), default=None)


def _assignee(case: Case, run: Run, waiting: OpenTask) -> int | None:
    source = waiting.properties.get("assignee")
    if source:
        names: dict[str, Any] = dict(run.data)
        if item_name := waiting.properties.get("item"):
            names[str(item_name)] = waiting.item
        found = compile_expression(str(source)).evaluate(names)
        return int(str(found))
    return case.applicant_id if waiting.role == "applicant" else None


def _timers(session: Session, case: Case, run: Run) -> None:
    query = select(DueTimer).where(DueTimer.case_id == case.id)
    rows = {row.engine_id: row for row in session.scalars(query)}
    waiting = {timer.id: timer for timer in run.timers}
    for engine_id in rows.keys() - waiting.keys():
        session.delete(rows[engine_id])
    for engine_id in sorted(waiting.keys() - rows.keys()):
        timer = waiting[engine_id]
        session.add(
            DueTimer(
                case_id=case.id, engine_id=timer.id, element=timer.element, due_at=timer.due_at
            )
        )
