"""When a timer is due: ISO 8601 texts and dates turned into one absolute instant."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from certflow.core.clock import SHANGHAI
from certflow.core.expressions import ExpressionError, compile_expression
from certflow.core.text import Text

DURATION: Final = re.compile(
    r"P(?!$)(?:(?P<years>\d{1,3})Y)?(?:(?P<months>\d{1,4})M)?(?:(?P<weeks>\d{1,4})W)?"
    r"(?:(?P<days>\d{1,5})D)?(?:T(?=\d)(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,7})M)?"
    r"(?:(?P<seconds>\d{1,9})S)?)?"
)
CYCLE: Final = re.compile(r"R(?P<times>\d{0,4})/(?P<every>P.+)")
INSTANT: Final = re.compile(r"\d{4}-\d{2}-\d{2}(T.+)?")


@dataclass(frozen=True)
class Schedule:
    """A timer's next instant; a cycle also has what repeats it (`every`) and how often (`left`)."""

    due: datetime
    every: str = ""
    left: int | None = None


def literal(text: str) -> str | None:
    """Return a timer text that modelers write bare (P10D, R3/P1D, 2026-01-01), else None."""
    whole = (DURATION, CYCLE, INSTANT)
    return text if any(pattern.fullmatch(text) for pattern in whole) else None


def value_of(text: str, names: dict[str, object], now: datetime) -> object:
    """Return what the author's timer text gives: itself when bare, else the expression's value."""
    bare = literal(text)
    return bare if bare is not None else compile_expression(text).evaluate(names, now=now)


def schedule(kind: str, value: object, now: datetime) -> Schedule:
    """Return when a timer that is reached at `now` is due (UTC).

    `kind` is duration, date or cycle. `value` is a date, an aware or naive (then Shanghai)
    datetime, a length of time, or ISO text. Raises ExpressionError for anything else.
    """
    try:
        if kind == "cycle":
            return _cycle(value, now)
        if isinstance(value, str) and DURATION.fullmatch(value):
            return Schedule(after(now, value))
        if isinstance(value, timedelta):
            return Schedule((now + value).astimezone(UTC))
        return Schedule(_instant(value))
    except (ValueError, OverflowError, TypeError) as error:
        raise _unclear(value) from error


def next_round(schedule: Schedule, now: datetime) -> Schedule | None:
    """Return a cycle's next instant after `now`: periods missed meanwhile are not made up for."""
    if not schedule.every:
        return None
    due, passed = _first_after(after(schedule.due, schedule.every), schedule.every, now)
    if schedule.left is None:
        return Schedule(due, schedule.every)
    left = schedule.left - 1 - passed
    return Schedule(due, schedule.every, left) if left > 0 else None


def _first_after(due: datetime, every: str, now: datetime) -> tuple[datetime, int]:
    """Return the first instant of a rhythm after `now`, and how many were passed over."""
    passed, step = 0, after(due, every) - due
    if due <= now and not re.match(r"P\d+[YM]", every):
        passed = (now - due) // step + 1
        due += passed * step
    while due <= now:
        due, passed = after(due, every), passed + 1
    return due, passed


def after(start: datetime, duration: str) -> datetime:
    """Return the instant an ISO duration after `start`; months are calendar months in Shanghai."""
    found = DURATION.fullmatch(duration)
    if found is None:
        raise _unclear(duration)
    parts = {name: int(value or 0) for name, value in found.groupdict().items()}
    moved = _months(start.astimezone(SHANGHAI), parts.pop("years") * 12 + parts.pop("months"))
    return (moved + timedelta(**parts)).astimezone(UTC)


def _months(start: datetime, months: int) -> datetime:
    if not months:
        return start
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    day = min(start.day, monthrange(year, month + 1)[1])
    return start.replace(year=year, month=month + 1, day=day)


def _cycle(value: object, now: datetime) -> Schedule:
    text = f"PT{int(value.total_seconds())}S" if isinstance(value, timedelta) else str(value)
    found = CYCLE.fullmatch(text)
    every = found["every"] if found else text
    times = int(found["times"]) if found and found["times"] else None
    due = after(now, every)
    if due - now < timedelta(minutes=1) or times == 0:
        raise _unclear(value)
    return Schedule(due, every, times)


def _instant(value: object) -> datetime:
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time(), SHANGHAI)
    if not isinstance(value, datetime):
        raise _unclear(value)
    return (value if value.tzinfo else value.replace(tzinfo=SHANGHAI)).astimezone(UTC)


def _unclear(value: object) -> ExpressionError:
    shown = str(value)[:60]
    return ExpressionError(
        Text(
            f"“{shown}”不是时间或时长；请写成 P10D、PT2H 或 2026-01-01。",
            f"“{shown}” is no time or duration; write P10D, PT2H or 2026-01-01.",
        )
    )
