"""From the engine's state to rows: open tasks, timers, stages, the end of a case."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, update

from certflow.accounts.roles import ORGANISATION_ROLES
from certflow.calendar import queries as calendar
from certflow.calendar.models import WORKING_DAYS, Deadline
from certflow.calendar.operations.deadlines import end_deadline
from certflow.cases import notices
from certflow.cases.models import Case, DueTimer, HumanTask
from certflow.cases.versions import Loaded
from certflow.core import clock
from certflow.core.db import Session
from certflow.core.expressions import ExpressionError, compile_expression
from certflow.core.text import Text
from certflow.engine.errors import StepFailed
from certflow.engine.runner import OpenTask, Run

if TYPE_CHECKING:
    from certflow.cases.turn import Turn

END_OF_TIME = datetime(9999, 12, 31, tzinfo=UTC)
NOBODY = Text("找不到办理人。", "There is nobody to do it.")


def project(turn: "Turn") -> list[HumanTask]:
    """Bring the case's tasks, timers, stages and state in line; return the tasks now opened."""
    case, run = turn.case, turn.run
    opened = _tasks(turn)
    _timers(turn)
    passed = [event.element for event in run.log if event.kind in {"completed", "fired"}]
    case.visited = sorted({*case.visited, *passed})
    waiting = [task.element for task in run.open_tasks]
    case.stages = sorted({*waiting, *run.waiting_messages}) if not run.finished else []
    if run.finished and case.state != "closed":
        close(turn, run.end or "closed")
    return opened


def tell(turn: "Turn", opened: list[HumanTask]) -> None:
    """Tell everybody concerned: what service.json says, and whoever a new task waits for."""
    session, case = turn.session, turn.case
    entered = [event.element for event in turn.run.log if event.kind == "entered"]
    told = notices.on_entering(session, case, turn.loaded.settings, entered, turn.actor)
    for task in opened:
        if (task.element, task.role) not in told:
            notices.on_task(session, case, task, turn.actor)


def close(turn: "Turn", outcome: str) -> None:
    """End a case: its clocks stop."""
    case, session = turn.case, turn.session
    case.state, case.outcome, case.closed_at = "closed", outcome, clock.now()
    keys = select(Deadline.key).where(
        Deadline.case_id == case.id, Deadline.state.in_(("running", "paused"))
    )
    for key in session.scalars(keys):
        end_deadline(session, case.id, key, case.closed_at, actor=turn.actor, chain=turn.trail)
    turn.record("case.closed", element=outcome)


def pool_of(role: str, organisation_id: int | None) -> str:
    """Return the name of the group that may claim a task."""
    return f"{role}@{organisation_id}" if role in ORGANISATION_ROLES else role


def _tasks(turn: "Turn") -> list[HumanTask]:
    case, waiting = turn.case, {task.id: task for task in turn.run.open_tasks}
    gone = turn.waited - waiting.keys() - turn.done
    if gone:
        turn.session.execute(
            update(HumanTask)
            .where(HumanTask.case_id == case.id, HumanTask.engine_id.in_(gone))
            .values(state="cancelled", closed_at=clock.now())
        )
    dues: dict[tuple[str, str], datetime | None] = {}
    opened = []
    for engine_id in sorted(waiting.keys() - turn.waited):
        task = waiting[engine_id]
        by = str(task.properties.get("deadline", "")), str(task.properties.get("due", ""))
        if by not in dues:
            dues[by] = _due(turn.session, case, *by)
        opened.append(_new_task(case, turn.loaded, turn.run, task, dues[by]))
    turn.session.add_all(opened)
    return opened


def _new_task(
    case: Case, loaded: Loaded, run: Run, waiting: OpenTask, due: datetime | None
) -> HumanTask:
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
        deadline_key=str(waiting.properties.get("deadline", "")),
        opened_at=clock.now(),
        opened_in=case.version,
        due_at=due,
        sort_at=due or END_OF_TIME,
    )


def _due(session: Session, case: Case, deadline_key: str, days: str) -> datetime | None:
    """Return the earlier of a task's own working days and the end of its deadline."""
    found = []
    if deadline_key:
        deadline = calendar.find_deadline(session, case.id, deadline_key)
        found.append(deadline.due_at if deadline else None)
    if days:
        found.append(calendar.due_after(session, clock.now(), int(days), WORKING_DAYS))
    return min((due for due in found if due is not None), default=None)


def _assignee(case: Case, run: Run, waiting: OpenTask) -> int | None:
    source = waiting.properties.get("assignee")
    if source:
        names: dict[str, Any] = dict(run.data)
        if item_name := waiting.properties.get("item"):
            names[str(item_name)] = waiting.item
        try:
            return int(str(compile_expression(str(source)).evaluate(names)))
        except (ExpressionError, ValueError) as error:
            raise StepFailed(waiting.element, NOBODY) from error
    return case.applicant_id if waiting.role == "applicant" else None


def _timers(turn: "Turn") -> None:
    waiting = {timer.id: timer for timer in turn.run.timers}
    gone = turn.timed - waiting.keys()
    if gone:
        turn.session.execute(
            delete(DueTimer).where(DueTimer.case_id == turn.case.id, DueTimer.engine_id.in_(gone))
        )
    turn.session.add_all(
        DueTimer(case_id=turn.case.id, engine_id=one.id, element=one.element, due_at=one.due_at)
        for engine_id, one in sorted(waiting.items())
        if engine_id not in turn.timed
    )
