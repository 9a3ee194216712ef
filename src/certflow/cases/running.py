"""What lets a case run on without a form: timers, messages, a retry after a failure."""

from sqlalchemy import select, update

from certflow.cases.errors import not_resting
from certflow.cases.models import Case, DueTimer
from certflow.cases.turn import Turn, act, lock
from certflow.core import clock
from certflow.core.actor import SYSTEM, Actor
from certflow.core.db import Session
from certflow.core.incidents import resolve


def due_timers(session: Session, case_id: int | None = None, limit: int = 100) -> list[int]:
    """Return the timers that are due now, the oldest first: of one case, or of all."""
    query = select(DueTimer.id).where(DueTimer.due_at <= clock.now(), DueTimer.held.is_(False))
    if case_id is not None:
        query = query.where(DueTimer.case_id == case_id)
    return list(session.scalars(query.order_by(DueTimer.due_at).limit(limit)))


def fire_timer(session: Session, timer_id: int) -> bool:
    """Fire a due timer in its case's turn; False when it is gone, held or not due (any more)."""
    timer = session.get(DueTimer, timer_id)
    if timer is None:
        return False
    engine_id, element = timer.engine_id, timer.element
    lock(session, timer.case_id)
    now = DueTimer.id == timer_id, DueTimer.due_at <= clock.now(), DueTimer.held.is_(False)
    if session.scalar(select(DueTimer.id).where(*now)) is None:  # the lock was waited for
        return False

    def change(turn: Turn) -> None:
        turn.record("timer.fired", element=element)
        turn.run.fire(engine_id)

    act(session, timer.case_id, SYSTEM, change)
    return True


def send(session: Session, case_id: int, message: str, actor: Actor = SYSTEM) -> Case:
    """Send a message into a case, for example that its order was paid."""

    def change(turn: Turn) -> None:
        turn.record("message.received", element=message)
        turn.run.send(message, {})

    return act(session, case_id, actor, change)


def retry(session: Session, actor: Actor, case_id: int) -> Case:
    """Let a case run on from the step that failed (catalogue H8).

    Raises:
        Conflict: it is suspended; it has to be resumed first.
        StepFailed, BudgetExceeded: the step fails again; roll back.

    """

    def change(turn: Turn) -> None:
        not_resting(turn.case)
        turn.record("case.retried")
        turn.run.advance()
        for kind in ("case.step", "case.timer"):
            resolve(session, kind, turn.case.chain_key)
        session.execute(update(DueTimer).where(DueTimer.case_id == case_id).values(held=False))

    return act(session, case_id, actor, change)
