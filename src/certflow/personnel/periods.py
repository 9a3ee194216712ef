"""Spans of calendar years and months, as the registration rules count them."""

from collections.abc import Iterable
from datetime import date, timedelta

_DAY = timedelta(days=1)


def years_after(day: date, years: int) -> date:
    """Return the same day `years` later; 28 February where there is no 29th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def within(day: date, years: int, on: date) -> bool:
    """Tell whether `day` lies in the `years` before `on`; exactly as many years ago still does."""
    return day <= on <= years_after(day, years)


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
