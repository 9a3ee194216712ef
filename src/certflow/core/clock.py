"""The one clock. Times are UTC inside and Asia/Shanghai for people; tests move it.

A trial of a process has a clock of its own (`own`): nobody outside its block ever sees it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


class _Clock:
    fixed: datetime | None = None
    offset = timedelta(0)


_own: ContextVar[datetime | None] = ContextVar("own_clock", default=None)


def now() -> datetime:
    """Return the present instant, aware, in UTC."""
    if (own_time := _own.get()) is not None:
        return own_time
    return (_Clock.fixed or datetime.now(UTC)) + _Clock.offset


def today() -> date:
    """Return the present day in Shanghai."""
    return now().astimezone(SHANGHAI).date()


def freeze(at: datetime) -> None:
    """Stop the clock at `at` (aware)."""
    _Clock.fixed, _Clock.offset = at.astimezone(UTC), timedelta(0)


def move(delta: timedelta) -> None:
    """Move the clock by `delta`, frozen or running."""
    _Clock.offset += delta


def reset() -> None:
    """Go back to the machine's clock."""
    _Clock.fixed, _Clock.offset = None, timedelta(0)


@contextmanager
def own(at: datetime) -> Iterator[None]:
    """Give this block, and no other request or thread, a clock of its own that stands at `at`."""
    token = _own.set(at.astimezone(UTC))
    try:
        yield
    finally:
        _own.reset(token)


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    """Stop the clock at `at` for the length of a block."""
    before = (_Clock.fixed, _Clock.offset)
    freeze(at)
    try:
        yield
    finally:
        _Clock.fixed, _Clock.offset = before
