"""From the engine's state to rows: open tasks, timers, stages, the end of a case."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm.attributes import set_committed_value

from certflow.accounts.roles import ORGANISATION_ROLES
from certflow.calendar import queries as calendar
from certflow.calendar.models import WORKING_DAYS, Deadline
from certflow.calendar.operations.deadlines import end_deadline
from certflow.cases import calling, notices
from certflow.cases.models import Case, DueTimer, HumanTask
from certflow.cases.parties import take_part
from certflow.cases.registry import PARTY
from certflow.cases.standstill import note_begun, stop_clocks
from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session, table_of
from certflow.core.expressions import ExpressionError, compile_expression
from certflow.core.prepared import Prepared
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
    stop_clocks(turn)
    opened = _tasks(turn)
    _timers(turn)
    passed = [event.element for event in run.log if event.kind in {"completed", "fired"}]
    case.visited = sorted({*case.visited, *passed})
    calling.let_go(turn)
    case.stages = sorted(run.waits_at)
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
    """End a case: its clocks stop, and with it a suspension."""
    case, session = turn.case, turn.session
    case.suspension = None
    case.state, case.outcome, case.closed_at = "closed", outcome, clock.now()
    keys = select(Deadline.key).where(
        Deadline.case_id == case.id, Deadline.state.in_(("running", "paused"))
    )
    for key in session.scalars(keys):
        end_deadline(session, case.id, key, case.closed_at, actor=turn.actor, chain=turn.trail)
    turn.record("case.closed", element=outcome)
    calling.tell_caller(session, case)


def finish(session: Session, task: HumanTask, outcome: str, actor: Actor, at: datetime) -> None:
    """Note who did a task, when and how: in its row and on the object at hand."""
    done = {
        "state": "done",
        "outcome": outcome,
        "closed_at": at,
        "closed_by": actor.user_id,
        "assignee_id": actor.user_id,
    }
    _FINISH.run(session, {"done_task": task.id, **done})
    for name, value in done.items():
        set_committed_value(task, name, value)


def pool_of(role: str, organisation_id: int | None) -> str:
    """Return the name of the group that may claim a task: a role, of an organisation if it is one's.

    An organisation may also be the applicant or the other party of a case.
    """
    of_organisation = role in ORGANISATION_ROLES or (
        role in {"applicant", PARTY} and organisation_id is not None
    )
    return f"{role}@{organisation_id}" if of_organisation else role


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
        opened.append(_new_task(turn, task, dues[by]))
    _open(turn.session, opened)
    return opened


def _open(session: Session, opened: list[HumanTask]) -> None:
    """Write new tasks and note their ids, which notices lead to."""
    rows = [{name: one for name, one in vars(task).items() if name in _TASKS.c} for task in opened]
    made = _INSERT_TASKS.run(session, *rows) if rows else ()
    for task, (task_id,) in zip(opened, made, strict=True):
        task.id = task_id


_TASKS = table_of(HumanTask)
_INSERT_TASKS = Prepared(insert(_TASKS).returning(_TASKS.c.id))
_FINISH = Prepared(update(_TASKS).where(_TASKS.c.id == bindparam("done_task")))
# Every action closes a task and opens one; the unit of work takes twice the time for it.


def _new_task(turn: "Turn", waiting: OpenTask, due: datetime | None) -> HumanTask:
    case, role = turn.case, waiting.role
    organisation_id, assignee_id = _whose(turn, waiting)
    return HumanTask(
        case_id=case.id,
        engine_id=waiting.id,
        element=waiting.element,
        name=turn.loaded.name_of(waiting.element).as_json(),
        form=waiting.form,
        service=case.service,
        role=role,
        pool=pool_of(role, organisation_id),
        assignee_id=assignee_id,
        state="open",
        outcome="",
        deadline_key=str(waiting.properties.get("deadline", "")),
        blind=role == PARTY or waiting.properties.get("blind") == "true",
        opened_at=clock.now(),
        opened_in=case.version,
        due_at=due,
        sort_at=due or END_OF_TIME,
    )


def _whose(turn: "Turn", waiting: OpenTask) -> tuple[int | None, int | None]:
    """Return the organisation whose people may do a task, and who has it from the start."""
    case, run = turn.case, turn.run
    if waiting.role == "applicant":
        return case.applicant_organisation_id, case.applicant_id
    named = _named(run, waiting, "organisation")
    organisation_id = named if waiting.role == PARTY else named or case.organisation_id
    if named is not None and waiting.role != PARTY:
        take_part(turn.session, case.id, "body", organisation_id=named)
    assignee_id = _named(run, waiting, "assignee")
    nobody = assignee_id is None and (
        organisation_id is None if waiting.role == PARTY else "assignee" in waiting.properties
    )
    if nobody:
        raise StepFailed(waiting.element, NOBODY)
    return organisation_id, assignee_id


def _due(session: Session, case: Case, deadline_key: str, days: str) -> datetime | None:
    """Return the earlier of a task's own working days and the end of its deadline."""
    found = []
    if deadline_key:
        deadline = calendar.find_deadline(session, case.id, deadline_key)
        runs = deadline is not None and deadline.state == "running"
        found.append(deadline.due_at if deadline and runs else None)
    if days:
        found.append(calendar.due_after(session, clock.now(), int(days), WORKING_DAYS))
    return min((due for due in found if due is not None), default=None)


def _named(run: Run, waiting: OpenTask, name: str) -> int | None:
    """Return the id that a property's expression gives, None when there is none."""
    source = waiting.properties.get(name)
    if not source:
        return None
    names: dict[str, Any] = dict(run.data)
    if item_name := waiting.properties.get("item"):
        names[str(item_name)] = waiting.item
    try:
        found = compile_expression(str(source)).evaluate(names)
        return int(str(found)) if found else None
    except (ExpressionError, ValueError) as error:
        raise StepFailed(waiting.element, NOBODY) from error


def _timers(turn: "Turn") -> None:
    waiting = {timer.id: timer for timer in turn.run.timers}
    gone = turn.timed - waiting.keys()
    if gone:
        turn.session.execute(
            delete(DueTimer).where(DueTimer.case_id == turn.case.id, DueTimer.engine_id.in_(gone))
        )
    begun = [waiting[engine_id] for engine_id in sorted(waiting.keys() - turn.timed)]
    note_begun(turn, [one.id for one in begun])
    case_id, held = turn.case.id, turn.case.suspension is not None
    turn.session.add_all(
        DueTimer(
            case_id=case_id, engine_id=one.id, element=one.element, due_at=one.due_at, held=held
        )
        for one in begun
    )
