"""Days and lengths of time of the expression language, with calendar months as FEEL has them.

Wrong texts raise ValueError, which the language tells as its own error.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, overload

from certflow.core.clock import SHANGHAI

_DURATION: Final = re.compile(
    r"(?P<minus>-)?P(?=\d|T\d)(?:(?P<years>\d{1,4})Y)?(?:(?P<months>\d{1,5})M)?"
    r"(?:(?P<weeks>\d{1,5})W)?(?:(?P<days>\d{1,6})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,6})M)?(?:(?P<seconds>\d{1,8})S)?)?"
)


@dataclass(frozen=True, order=True)
class Months:
    """A length of time in calendar months: FEEL's years and months duration."""

    count: int

    def __str__(self) -> str:
        """Return it as ISO 8601 writes it: P3Y, P1Y6M, P0M."""
        years, months = divmod(abs(self.count), 12)
        parts = f"{years}Y" * bool(years) + f"{months}M" * bool(months or not years)
        return f"{'-' if self.count < 0 else ''}P{parts}"

    def __neg__(self) -> "Months":
        """Return the same length backwards."""
        return Months(-self.count)


def read_duration(text: object) -> Months | timedelta:
    """Read "P3Y", "P1Y6M" (calendar months) or "P90D", "P2W", "PT8H" (a fixed length)."""
    if isinstance(text, (Months, timedelta)):
        return text
    found = _DURATION.fullmatch(str(text))
    if found is None:
        raise ValueError('a duration is written like "P3Y", "P18M" or "P90D"')
    sign = -1 if found["minus"] else 1
    given = {
        name: int(value) for name, value in found.groupdict().items() if value not in (None, "-")
    }
    months = given.pop("years", 0) * 12 + given.pop("months", 0)
    if given and (found["years"] or found["months"]):
        raise ValueError("years and months do not mix with days and hours")
    return timedelta(**given) * sign if given else Months(months * sign)


@overload
def shifted(day: datetime, months: Months) -> datetime: ...
@overload
def shifted(day: date, months: Months) -> date: ...
def shifted(day: date, months: Months) -> date:
    """Return the same day so many months later, or the month's last day where there is none."""
    years, month = divmod(day.year * 12 + day.month - 1 + months.count, 12)
    last = monthrange(years, month + 1)[1]
    return day.replace(year=years, month=month + 1, day=min(day.day, last))


def months_between(since: object, until: object) -> Months:
    """Return the full months between two days: FEEL's years and months duration(from, to)."""
    first, last = read_date(since), read_date(until)
    if last < first:
        return -months_between(last, first)
    count = (last.year - first.year) * 12 + last.month - first.month
    return Months(count - (shifted(first, Months(count)) > last))


def read_date(value: object) -> date:
    """Read "2026-03-01" or a full instant (then its day in Shanghai)."""
    if isinstance(value, str):
        read = datetime.fromisoformat(value)
        return (read if read.tzinfo is None else read.astimezone(SHANGHAI)).date()
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).date()
    if isinstance(value, date):
        return value
    raise ValueError('a date is written like "2026-03-01"')


def read_instant(value: object) -> datetime:
    """Read "2026-03-01T09:00:00"; without a zone it is Shanghai's time, a day its beginning."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=SHANGHAI)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=SHANGHAI)
    raise ValueError('an instant is written like "2026-03-01T09:00:00"')
