"""What stands still while a case is suspended, also what begins only then (H8).

The process can go on under a suspension: a payment arrives, a neighbour case ends. What that
starts is stopped at once and noted in `Case.suspension`, so that resuming finds all of it.
"""

from typing import TYPE_CHECKING

from sqlalchemy import select

from certflow.calendar.models import Deadline
from certflow.calendar.operations.deadlines import pause_deadline
from certflow.core import clock
from certflow.core.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from certflow.cases.models import Case
    from certflow.cases.turn import Turn

RESTS = Text("业务暂停办理", "The case is suspended")


def stop_clocks(turn: "Turn") -> None:
    """Let every deadline of a suspended case that runs stand still, and note which."""
    case = turn.case
    if case.suspension is None:
        return
    query = select(Deadline.key).where(Deadline.case_id == case.id, Deadline.state == "running")
    running = sorted(turn.session.scalars(query))
    for key in running:
        pause_deadline(
            turn.session, case.id, key, clock.now(), RESTS, actor=turn.actor, chain=turn.trail
        )
    if running:
        paused = sorted({*case.suspension["paused"], *running})
        case.suspension = {**case.suspension, "paused": paused}


def take_over(case: "Case", deadline: Deadline, reason: Text) -> None:
    """Let the process itself pause a deadline that stands still for the suspension so far.

    It then does not run on when the case is resumed, but when the process says so.
    """
    rest = case.suspension
    if rest is not None and deadline.key in rest["paused"]:
        paused = [key for key in rest["paused"] if key != deadline.key]
        case.suspension = {**rest, "paused": paused}
        deadline.paused_reason = reason.as_json()


def note_begun(turn: "Turn", engine_ids: "Iterable[str]") -> None:
    """Note since when timers of a suspended case wait that began under the suspension."""
    case = turn.case
    begun = dict.fromkeys(engine_ids, clock.now().isoformat())
    if case.suspension is not None and begun:
        case.suspension = {**case.suspension, "begun": {**case.suspension["begun"], **begun}}
