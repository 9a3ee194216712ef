"""A case is suspended and resumed: between the two nothing of it moves by itself (H8)."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from certflow.calendar.models import Deadline
from certflow.calendar.operations.deadlines import resume_deadline
from certflow.cases import following
from certflow.cases.intervening import tell_applicant, under_way
from certflow.cases.models import Case, DueTimer
from certflow.cases.standstill import stop_clocks
from certflow.cases.turn import Turn, act, lock
from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Conflict
from certflow.core.given import reason_of
from certflow.core.text import Text


def suspend(session: Session, actor: Actor, case_id: int, reason: str) -> Case:
    """Let a case rest: nobody works on it, its timers and deadlines stand still.

    Raises:
        Invalid: no reason is given.
        Conflict: it is not under way, or suspended already.

    """
    reason = reason_of(reason)

    def change(turn: Turn) -> None:
        case = turn.case
        under_way(case)
        if case.suspension is not None:
            raise Conflict(Text("这件业务已经暂停。", "The case is suspended already."))
        mine = DueTimer.case_id == case.id
        failed = select(DueTimer.engine_id).where(mine, DueTimer.held.is_(True))
        rest = {"at": clock.now().isoformat(), "why": reason, "paused": [], "begun": {}}
        case.suspension = {**rest, "failed": sorted(session.scalars(failed))}
        stop_clocks(turn)
        session.execute(update(DueTimer).where(mine).values(held=True))
        turn.record("case.suspended", after={"deadlines": case.suspension["paused"]}, reason=reason)
        tell_applicant(session, case, "suspended")

    return act(session, case_id, actor, change)


def resume(session: Session, actor: Actor, case_id: int, reason: str) -> Case:
    """Let work on a suspended case go on; each timer is due as much later as it rested.

    Deadlines that are over or gone by now, or that the process itself has paused, stay so.

    Raises:
        Invalid: no reason is given.
        Conflict: it is not suspended.

    """
    reason = reason_of(reason)
    case, at = lock(session, case_id), clock.now()
    if case.suspension is None:
        raise Conflict(Text("这件业务没有暂停。", "The case is not suspended."))
    rest = case.suspension
    session.flush()
    _let_timers_go(session, case, rest, at)
    rested = _resting(session, case, rest)

    def change(turn: Turn) -> None:
        turn.case.suspension = None
        for key in rested:
            resume_deadline(session, case.id, key, at, actor=actor, chain=turn.trail)
        turn.record("case.resumed", before={"deadlines": rested}, reason=reason)
        tell_applicant(session, turn.case, "resumed")

    act(session, case, actor, change)
    for deadline in _deadlines(session, case, rested):
        following.move_tasks(session, deadline)
        following.move_timers(session, deadline)
    return case


def _let_timers_go(session: Session, case: Case, rest: dict[str, Any], at: datetime) -> None:
    """Let timers wait on; those whose firing had failed before wait for whoever retries them."""
    for timer in session.scalars(select(DueTimer).where(DueTimer.case_id == case.id)):
        since = datetime.fromisoformat(rest["begun"].get(timer.engine_id, rest["at"]))
        timer.due_at += at - since
        timer.held = timer.engine_id in rest["failed"]
    session.flush()


def _resting(session: Session, case: Case, rest: dict[str, Any]) -> list[str]:
    """Return the deadlines that still stand still for the suspension alone."""
    return [one.key for one in _deadlines(session, case, rest["paused"]) if one.state == "paused"]


def _deadlines(session: Session, case: Case, keys: list[str]) -> list[Deadline]:
    mine = Deadline.case_id == case.id, Deadline.key.in_(keys)
    return list(session.scalars(select(Deadline).where(*mine).order_by(Deadline.key)))
