"""Clocks of cases: start, pause, run on, end (C6, C7)."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select

from certflow.calendar import errors, queries
from certflow.calendar.models import WORKING_DAYS, Deadline
from certflow.core import audit
from certflow.core.actor import SYSTEM, Actor
from certflow.core.audit import Chain
from certflow.core.db import Session
from certflow.core.errors import Conflict, NotFound
from certflow.core.text import Text

Listener = Callable[[Session, Deadline], None]
Locker = Callable[[Session, int], object]

_listeners: list[Listener] = []
_lockers: list[Locker] = []


def on_due_moved(listener: Listener) -> Listener:
    """Call `listener` when an edited calendar moves the end of a running deadline."""
    if listener not in _listeners:
        _listeners.append(listener)
    return listener


def lock_case_with(locker: Locker) -> Locker:
    """Let `locker` lock a case (its id) before a deadline of it is locked and moved.

    Everybody locks cases before their deadlines, so two transactions never wait for each other.
    """
    if locker not in _lockers:
        _lockers.append(locker)
    return locker


def start_deadline(
    session: Session,
    case_id: int,
    key: str,
    length: int,
    unit: str,
    at: datetime,
    *,
    actor: Actor = SYSTEM,
    chain: Chain | None = None,
) -> Deadline:
    """Start a clock of `length` days of `unit` at `at`; day 1 is the day after.

    A clock is started once: a step that is entered again finds it as it stands. `chain` is the
    locked case row whose audit trail tells of it.
    """
    found = queries.find_deadline(session, case_id, key)
    if found is not None:
        return found
    day = queries.day_of(at)
    deadline = Deadline(
        case_id=case_id,
        key=key,
        unit=unit,
        length=length,
        state="running",
        started_on=day,
        used=0,
        resumed_on=day,
        resumed_at=at,
        due_at=queries.due_after(session, at, length, unit),
    )
    session.add(deadline)
    session.flush()
    _tell(session, "deadline.started", deadline, actor, chain)
    return deadline


def pause_deadline(
    session: Session,
    case_id: int,
    key: str,
    at: datetime,
    reason: Text,
    *,
    actor: Actor = SYSTEM,
    chain: Chain | None = None,
) -> Deadline:
    """Let a clock stand still from `at`, and say why; a clock that stands still stays as it is.

    Raises:
        NotFound: it never ran.
        Conflict: it is over.

    """
    deadline = _open_deadline(session, case_id, key)
    if deadline.state == "paused":
        return deadline
    deadline.used = queries.days_used(queries.working_days(session), deadline, at)
    deadline.state, deadline.due_at = "paused", None
    deadline.paused_at, deadline.paused_reason = at, reason.as_json()
    _tell(session, "deadline.paused", deadline, actor, chain)
    return deadline


def resume_deadline(
    session: Session,
    case_id: int,
    key: str,
    at: datetime,
    *,
    length: int | None = None,
    unit: str | None = None,
    actor: Actor = SYSTEM,
    chain: Chain | None = None,
) -> Deadline:
    """Let a clock run on with what is left; with `length` and `unit`, start one that never ran.

    So several rounds share one budget (C6). With nothing left it is due at the end of the day.

    Raises:
        NotFound: it never ran and no length is given.
        Conflict: it is over.

    """
    if length is not None and unit is not None:
        never_ran = queries.find_deadline(session, case_id, key) is None
        if never_ran:
            return start_deadline(session, case_id, key, length, unit, at, actor=actor, chain=chain)
    deadline = _open_deadline(session, case_id, key)
    if deadline.state == "running":
        return deadline
    deadline.state, deadline.resumed_at, deadline.resumed_on = "running", at, queries.day_of(at)
    deadline.due_at = _due_at(session, deadline)
    deadline.paused_at = deadline.paused_reason = None
    _tell(session, "deadline.resumed", deadline, actor, chain)
    return deadline


def end_deadline(
    session: Session,
    case_id: int,
    key: str,
    at: datetime,
    *,
    actor: Actor = SYSTEM,
    chain: Chain | None = None,
) -> Deadline:
    """Stop a clock for good because its work is done; one that is over stays as it is.

    Raises:
        NotFound: it never ran.

    """
    return _stop(session, _deadline(session, case_id, key), "ended", at, actor, chain)


def lapse_deadline(
    session: Session,
    case_id: int,
    key: str,
    at: datetime,
    *,
    actor: Actor = SYSTEM,
    chain: Chain | None = None,
) -> Deadline:
    """Mark that a budget ran out before the work was done (C6: closed as not corrected).

    Raises:
        NotFound: it never ran.
        Conflict: it stands still or is not yet due.

    """
    deadline = _deadline(session, case_id, key)
    due = deadline.due_at
    if deadline.state == "paused" or (deadline.state == "running" and due and at < due):
        raise Conflict(errors.NOT_YET_DUE)
    return _stop(session, deadline, "lapsed", at, actor, chain)


def follow_calendar(session: Session, actor: Actor) -> None:
    """Move the ends of running deadlines to where the edited calendar puts them."""
    query = (
        select(Deadline)
        .where(Deadline.state == "running", Deadline.unit == WORKING_DAYS)
        .order_by(Deadline.case_id)
    )
    for deadline in session.scalars(query).all():
        if _due_at(session, deadline) != deadline.due_at:
            _move(session, deadline, actor)


def _move(session: Session, deadline: Deadline, actor: Actor) -> None:
    for locker in _lockers:
        locker(session, deadline.case_id)
    session.refresh(deadline, with_for_update=True)
    due = _due_at(session, deadline)
    if deadline.state != "running" or due == deadline.due_at:
        return
    deadline.due_at = due
    _tell(session, "deadline.moved", deadline, actor, None)
    for listener in _listeners:
        listener(session, deadline)


def _due_at(session: Session, deadline: Deadline) -> datetime:
    left = deadline.length - deadline.used
    calendar = queries.working_days(session)
    return queries.end_of(queries.last_day(calendar, deadline.resumed_on, left, deadline.unit))


def _deadline(session: Session, case_id: int, key: str) -> Deadline:
    found = queries.find_deadline(session, case_id, key)
    if found is None:
        raise NotFound(errors.NO_SUCH_CLOCK)
    return found


def _open_deadline(session: Session, case_id: int, key: str) -> Deadline:
    deadline = _deadline(session, case_id, key)
    if deadline.state in {"ended", "lapsed"}:
        raise Conflict(errors.CLOCK_IS_OVER)
    return deadline


def _stop(
    session: Session,
    deadline: Deadline,
    state: str,
    at: datetime,
    actor: Actor,
    chain: Chain | None,
) -> Deadline:
    if deadline.state in {"ended", "lapsed"}:
        return deadline
    if deadline.state == "running":
        deadline.used = queries.days_used(queries.working_days(session), deadline, at)
    deadline.state, deadline.ended_at = state, at
    deadline.paused_at = deadline.paused_reason = None
    _tell(session, f"deadline.{state}", deadline, actor, chain)
    return deadline


def _tell(
    session: Session, action: str, deadline: Deadline, actor: Actor, chain: Chain | None
) -> None:
    session.flush()
    after = {
        "state": deadline.state,
        "used": deadline.used,
        "length": deadline.length,
        "due_at": deadline.due_at.isoformat() if deadline.due_at else None,
    }
    audit.record(
        session,
        action,
        actor,
        chain=chain,
        subject=f"deadline/{deadline.id}",
        element=deadline.key,
        after=after,
        reason=(deadline.paused_reason or {}).get("zh", ""),
    )
