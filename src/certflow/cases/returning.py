"""What called cases and their callers tell each other: outbox handlers (H1).

Each locks one case only. Told again, or told of what is past, they change nothing.
"""

from typing import Any

from certflow.cases import operating
from certflow.cases.calling import CLOSED, FORSAKEN
from certflow.cases.errors import BudgetExceeded, StepFailed
from certflow.cases.models import Case
from certflow.cases.paying import lock_together
from certflow.cases.turn import Turn, act, holding, lock, looked_at
from certflow.cases.versions import ENDS, loaded
from certflow.core.actor import SYSTEM
from certflow.core.db import Session
from certflow.core.outbox import handler
from certflow.engine.runner import Call


@handler(CLOSED)
def give_back(session: Session, payload: dict[str, Any]) -> None:
    """Let a caller go on behind a called case that is over.

    Where a step behind it fails, the caller has its result and waits with an incident.
    """
    told = payload["caller_id"], payload["case_id"]
    try:
        with session.begin_nested():
            go_on(session, *told)
    except (StepFailed, BudgetExceeded) as failed:
        session.expire_all()
        with holding(str(failed)):
            go_on(session, *told)


def go_on(session: Session, caller_id: int, called_id: int) -> None:
    """Let a caller go on with what came of a called case; a draft that is gone was withdrawn.

    Raises:
        StepFailed, BudgetExceeded: a step behind it fails; roll back.

    """
    called = session.get(Case, called_id)
    if (called is not None and called.state != "closed") or session.get(Case, caller_id) is None:
        return
    call = _call(session, lock(session, caller_id), called_id)
    if call is None:
        return
    outcome = str(called.outcome) if called else "withdrawn"
    result = {"outcome": outcome, "number": called.number if called else None, "case": called_id}
    ended = loaded(session, called.version_id).name_of(outcome) if called else ENDS[outcome]

    def change(turn: Turn) -> None:
        turn.called.discard(called_id)
        told = {**result, "said": ended.as_json()}
        turn.record("case.called_closed", element=call.element, after=told)
        turn.run.give_back(call.id, result)

    act(session, caller_id, SYSTEM, change)


@handler(FORSAKEN)
def end_called(session: Session, payload: dict[str, Any]) -> None:
    """End a called case for which its caller waits no more, as its caller ended."""
    called = session.get(Case, payload["case_id"])
    caller = session.get(Case, payload["caller_id"])
    if called is None or (caller is not None and _call(session, caller, called.id) is not None):
        return
    lock_together(session, called)
    if lock(session, called.id).state == "closed":
        return
    withdrawn = caller is None or caller.outcome == "withdrawn"
    outcome = "withdrawn" if withdrawn else "cancelled"
    number = (caller and caller.number) or ""
    operating.cancel(session, SYSTEM, called.id, number, outcome=outcome, told="forsaken")


def _call(session: Session, caller: Case, called_id: int) -> Call | None:
    """Return the call with which a case waits for a called one, if it does."""
    calls = looked_at(session, caller).run.calls
    return next((one for one in calls if one.case == called_id), None)
