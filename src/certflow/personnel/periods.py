"""Spans of calendar years and months, as the registration rules count them."""

from calendar import monthrange
from collections.abc import Iterable
from datetime import date, timedelta

from certflow.core.expression_times import Months, shifted

_DAY = timedelta(days=1)


def years_after(day: date, years: int) -> date:
    """Return the same day `years` later; 28 February where there is no 29th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def months_after(day: date, months: int) -> date:
    """Return the same day `months` later; the month's last day where there is no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    length = monthrange(day.year + years, month + 1)[1]
    return date(day.year + years, month + 1, min(day.day, length))


def within(day: date, validity: Months, on: date) -> bool:
    """Tell whether `day` lies that long before `on` at most; exactly that long ago still does."""
    return day <= on <= shifted(day, validity)


def last_day(first: date, years: int) -> date:
    """Return the last day of a period of `years` that begins on `first`."""
    later = years_after(first, years)
    return later - _DAY if later.day == first.day else later


def full_months(since: date, until: date) -> int:
    """Count the full months between two days; never negative."""
    months = (until.year - since.year) * 12 + until.month - since.month
    if until.day < since.day:
        months -= 1
    return max(months, 0)


def covered_months(spans: Iterable[tuple[date, date]]) -> int:
    """Count the full months that the spans cover together; a day covered twice counts once."""
    merged: list[tuple[date, date]] = []
    for start, end in sorted(span for span in spans if span[0] <= span[1]):
        if merged and start <= merged[-1][1] + _DAY:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return sum(full_months(start, end + _DAY) for start, end in merged)
