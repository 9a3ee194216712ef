"""A trial's clock: moved by days, to the next timer or deadline; what becomes due happens (H5)."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import select

from certflow.calendar.models import Deadline
from certflow.cases import reminding
from certflow.cases.errors import BudgetExceeded, StepFailed
from certflow.cases.models import DueTimer
from certflow.cases.running import due_timers, fire_timer
from certflow.core.db import keep
from certflow.core.errors import Invalid
from certflow.core.incidents import raise_incident
from certflow.core.text import Text
from certflow.studio.failing import Failure, failure_of

if TYPE_CHECKING:
    from certflow.studio.sandbox import Sandbox

MOST_DAYS: Final = 3660
MOST_STOPS: Final = 200
INSTANT: Final = timedelta(minutes=1)
NO_TIMER = Text("现在没有在走的定时器。", "No timer is running now.")
NO_DEADLINE = Text("现在没有在走的时限。", "No deadline is running now.")
HOW_LONG = Text("请填 1 到 3660 天。", "Please give 1 to 3,660 days.")


class Coming(NamedTuple):
    """The next timer and the next deadline: what they are called, and when."""

    timer: str
    timer_at: datetime | None
    deadline: str
    deadline_at: datetime | None


def coming(sandbox: "Sandbox") -> Coming:
    """Return what the clock could be moved to."""
    timer, deadline = _next_timer(sandbox), _next_deadline(sandbox)
    return Coming(
        timer.element if timer else "",
        timer.due_at if timer else None,
        deadline.key if deadline else "",
        deadline.due_at if deadline else None,
    )


def wait(sandbox: "Sandbox", move: dict[str, Any]) -> list[Failure]:
    """Move the clock: {"days": 3}, {"until": "timer"} or {"until": "deadline"}.

    With "element" it is the timer of that element that is waited for.

    Raises:
        Invalid: there is no timer or deadline to wait for, or no sensible length.

    """
    failures: list[Failure] = []
    target = _target(sandbox, move)
    for _ in range(MOST_STOPS):
        stop = _next_stop(sandbox)
        if stop is None or stop > target:
            break
        sandbox.at = max(sandbox.at, stop)
        failures += _fire(sandbox)
        _remind(sandbox)
    sandbox.at = max(sandbox.at, target)
    return failures


def _next_stop(sandbox: "Sandbox") -> datetime | None:
    """Return the next instant at which something happens by itself: a timer, a reminder."""
    timer, case = _next_timer(sandbox), sandbox.case
    query = select(Deadline.remind_at).where(
        Deadline.case_id == (case.id if case else 0),
        Deadline.state == "running",
        Deadline.remind_at > sandbox.at,
    )
    remind_at = sandbox.session.scalar(query.order_by(Deadline.remind_at).limit(1))
    stops = [one for one in (timer.due_at if timer else None, remind_at) if one is not None]
    return min(stops, default=None)


def _target(sandbox: "Sandbox", move: dict[str, Any]) -> datetime:
    until = move.get("until")
    if until == "timer":
        timer = _next_timer(sandbox, str(move.get("element") or ""))
        if timer is None:
            raise Invalid(NO_TIMER)
        return max(sandbox.at, timer.due_at)
    if until == "deadline":
        deadline = _next_deadline(sandbox)
        if deadline is None or deadline.due_at is None:
            raise Invalid(NO_DEADLINE)
        return max(sandbox.at, deadline.due_at + INSTANT)
    days = move.get("days")
    if not isinstance(days, int) or not 0 < days <= MOST_DAYS:
        raise Invalid(HOW_LONG)
    return sandbox.at + timedelta(days=days)


def _next_timer(sandbox: "Sandbox", element: str = "") -> DueTimer | None:
    case = sandbox.case
    if case is None:
        return None
    query = select(DueTimer).where(DueTimer.case_id == case.id, DueTimer.held.is_(False))
    if element:
        query = query.where(DueTimer.element == element)
    return sandbox.session.scalar(query.order_by(DueTimer.due_at, DueTimer.id).limit(1))


def _next_deadline(sandbox: "Sandbox") -> Deadline | None:
    case = sandbox.case
    if case is None:
        return None
    query = select(Deadline).where(
        Deadline.case_id == case.id, Deadline.state == "running", Deadline.due_at >= sandbox.at
    )
    return sandbox.session.scalar(query.order_by(Deadline.due_at).limit(1))


def _fire(sandbox: "Sandbox") -> list[Failure]:
    """Fire what is due now, as the background does: a failing timer is held with an incident."""
    session, failures = sandbox.session, []
    with sandbox.inside():
        case_id = sandbox.the_case.id
        for timer_id in due_timers(session, case_id):
            try:
                fire_timer(session, timer_id)
                keep(session)
            except (StepFailed, BudgetExceeded) as error:
                session.rollback()
                session.expire_all()
                failures.append(failure_of(error))
                timer = session.get_one(DueTimer, timer_id)
                timer.held = True
                told = {"subject": f"case/{case_id}", "element": timer.element}
                raise_incident(session, "case.timer", str(error), case_id=case_id, **told)
                keep(session)
    return failures


def _remind(sandbox: "Sandbox") -> None:
    """Send what is to be said about deadlines by now."""
    with sandbox.inside():
        reminding.remind(sandbox.session)
        keep(sandbox.session)
