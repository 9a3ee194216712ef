"""The one clock. Times are UTC inside and Asia/Shanghai for people; tests move it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


class _Clock:
    fixed: datetime | None = None
    offset = timedelta(0)


def now() -> datetime:
    """Return the present instant, aware, in UTC."""
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
def frozen(at: datetime) -> Iterator[None]:
    """Stop the clock at `at` for the length of a block."""
    before = (_Clock.fixed, _Clock.offset)
    freeze(at)
    try:
        yield
    finally:
        _Clock.fixed, _Clock.offset = before
