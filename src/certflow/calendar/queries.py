"""Working days, and how a deadline's clock stands. Days are days in Shanghai.

One rule counts them all: a day belongs to a clock when the clock was running as that day began.
So the day on which it starts or runs on is not counted, the day after is day 1, the day on which
it is paused is counted, and the budget ends at 24:00 of its last day (C6, C7).
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

from chinese_calendar import constants
from sqlalchemy import bindparam, select

from certflow.calendar.models import CALENDAR_DAYS, CalendarDay, Deadline
from certflow.core.clock import SHANGHAI
from certflow.core.db import Session
from certflow.core.text import Text

_WEEKEND = 5
_SEED_YEARS = range(
    min(constants.holidays).year,
    max(constants.holidays).year + 1,
)
_HOLIDAY_NAMES = {
    holiday.value: Text(holiday.chinese, holiday.value) for holiday in constants.Holiday
}
_CACHE = "certflow.calendar"


@dataclass(frozen=True)
class Day:
    """One day of the calendar. `source` is "week", "official" or "staff"."""

    date: date
    working: bool
    name: Text
    source: str


@dataclass(frozen=True)
class DeadlineClock:
    """How a deadline stands at one instant; what the ruler draws.

    `used`, `left` and `total` are days of the deadline's `unit`; `used` goes past `total` when it
    is late. `overdue_by` is the number of days late, at least 1 as soon as it is late at all.
    `official` is false when it was reckoned over a year without an official calendar: a page
    then says that the date may still move.
    """

    key: str
    unit: str
    state: str
    used: int
    left: int
    total: int
    due_at: datetime | None
    paused_since: datetime | None
    reason: Text | None
    overdue_by: int
    official: bool

    @property
    def overdue(self) -> bool:
        """Whether the budget is used up and the clock was not stopped in time."""
        return self.overdue_by > 0

    @property
    def last_day(self) -> date | None:
        """The last day on which the work is still in time; none while the clock stands still."""
        return None if self.due_at is None else day_of(self.due_at) - timedelta(days=1)


class WorkingDays:
    """Counts working days: the platform's rows first, then the known years, then the week."""

    def __init__(self, rows: Iterable[Any] = ()) -> None:
        """Take rows with the columns of CalendarDay."""
        self._own: dict[int, dict[date, Any]] = defaultdict(dict)
        for row in rows:
            self._own[row.day.year][row.day] = row
        self._imported = {
            year
            for year, own in self._own.items()
            if any(row.source == "official" for row in own.values())
        }
        self._years: dict[int, tuple[int, ...]] = {}

    def day(self, date_: date) -> Day:
        """Return what is known of one day."""
        row = self._own.get(date_.year, {}).get(date_)
        if row is not None:
            return Day(date_, row.kind == "working", Text.read(row.name), row.source)
        return _week_day(date_) if date_.year in self._imported else _seed_day(date_)

    def is_official(self, year: int) -> bool:
        """Whether the year's holidays are known, not merely guessed from weekends."""
        return year in _SEED_YEARS or year in self._imported

    def between(self, start: date, end: date) -> int:
        """Count the working days after `start` up to and including `end`."""
        first, last = sorted((start.year, end.year))
        whole = sum(len(self._year(year)) for year in range(first, last))
        between = whole if start.year == first else -whole
        return between + self._in_year(end) - self._in_year(start)

    def add(self, start: date, days: int) -> date:
        """Return the `days`-th working day after `start`; `start` itself for 0.

        A negative number counts back: as many working days lie after the answer, up to `start`.
        """
        if days == 0:
            return start
        year, index = start.year, bisect_right(self._year(start.year), start.toordinal()) - 1 + days
        while index < 0:
            year -= 1
            index += len(self._year(year))
        while index >= len(self._year(year)):
            index -= len(self._year(year))
            year += 1
        return date.fromordinal(self._year(year)[index])

    def _in_year(self, day: date) -> int:
        """Count the working days of a year up to and including one of its days."""
        return bisect_right(self._year(day.year), day.toordinal())

    def _year(self, year: int) -> tuple[int, ...]:
        if year not in self._own:
            return _seed_year(year)
        if year not in self._years:
            self._years[year] = tuple(
                day.toordinal() for day in _days_of(year) if self.day(day).working
            )
        return self._years[year]


def working_days(session: Session) -> WorkingDays:
    """Return the calendar with the platform's own rows; one query a transaction."""
    kept = session.info.get(_CACHE)
    if kept is not None and kept[0] is session.get_transaction():
        found: WorkingDays = kept[1]
        return found
    calendar = WorkingDays(session.execute(_DAYS))
    session.info[_CACHE] = (session.get_transaction(), calendar)
    return calendar


_DAYS = select(CalendarDay.day, CalendarDay.kind, CalendarDay.name, CalendarDay.source)


def forget(session: Session) -> None:
    """Let the next reading see days edited in this transaction."""
    session.info.pop(_CACHE, None)


def days_of_year(session: Session, year: int) -> list[Day]:
    """Return all days of a year, for the page on which staff edit the calendar."""
    calendar = working_days(session)
    return [calendar.day(day) for day in _days_of(year)]


def is_working_day(session: Session, day: date) -> bool:
    """Whether people work on `day`: make-up Saturdays do, public holidays do not (C7)."""
    return working_days(session).day(day).working


def is_official(session: Session, year: int) -> bool:
    """Whether the holidays of `year` are entered; if not, pages warn that dates may move."""
    return working_days(session).is_official(year)


def add_working_days(session: Session, start: date, days: int) -> date:
    """Return the `days`-th working day after `start` (the day after is the first candidate)."""
    return working_days(session).add(start, days)


def due_after(session: Session, at: datetime, length: int, unit: str) -> datetime:
    """Return the instant at which `length` days that begin at `at` are over."""
    return end_of(last_day(working_days(session), day_of(at), length, unit))


def clock_of(session: Session, deadline: Deadline, at: datetime) -> DeadlineClock:
    """Return how one deadline stands at `at` (aware)."""
    return read_clock(working_days(session), deadline, at)


def clocks_of(
    session: Session, case_ids: Iterable[int], at: datetime
) -> dict[int, dict[str, DeadlineClock]]:
    """Return the clocks of many cases by case and key, in two queries whatever their number."""
    calendar = working_days(session)
    found: dict[int, dict[str, DeadlineClock]] = defaultdict(dict)
    for deadline in session.scalars(_DEADLINES, {"cases": list(case_ids)}):
        found[deadline.case_id][deadline.key] = read_clock(calendar, deadline, at)
    return dict(found)


_DEADLINES = (
    select(Deadline)
    .where(Deadline.case_id.in_(bindparam("cases", expanding=True)))
    .order_by(Deadline.id)
)


def find_deadline(session: Session, case_id: int, key: str) -> Deadline | None:
    """Return a case's deadline of that key, if it ever ran."""
    return session.scalar(_DEADLINE, {"case": case_id, "key": key})


_DEADLINE = select(Deadline).where(
    Deadline.case_id == bindparam("case"), Deadline.key == bindparam("key")
)


def day_of(at: datetime) -> date:
    """Return the day in Shanghai on which an instant lies."""
    return at.astimezone(SHANGHAI).date()


def end_of(day: date) -> datetime:
    """Return 24:00 in Shanghai of a day: the first instant that is too late."""
    return datetime.combine(day + timedelta(days=1), time(), SHANGHAI)


def days_used(calendar: WorkingDays, deadline: Deadline, at: datetime) -> int:
    """Count the days that a running clock has used by `at`, those of earlier runs included.

    Once it is late it has used at least a day too many, even if that day is no working day.
    """
    run = _count(calendar, deadline.unit, deadline.resumed_on, day_of(at))
    used = deadline.used + max(0, run)
    late = deadline.due_at is not None and at >= deadline.due_at
    return max(used, deadline.length + 1) if late else used


def last_day(calendar: WorkingDays, start: date, days: int, unit: str) -> date:
    """Return the last of `days` days that begin to count on the day after `start`."""
    return start + timedelta(days=days) if unit == CALENDAR_DAYS else calendar.add(start, days)


def _count(calendar: WorkingDays, unit: str, start: date, end: date) -> int:
    return (end - start).days if unit == CALENDAR_DAYS else calendar.between(start, end)


def read_clock(calendar: WorkingDays, deadline: Deadline, at: datetime) -> DeadlineClock:
    """Return how a deadline stands at `at`, by a calendar already at hand."""
    running = deadline.state == "running"
    used = days_used(calendar, deadline, at) if running else deadline.used
    reason = deadline.paused_reason if deadline.state == "paused" else None
    return DeadlineClock(
        key=deadline.key,
        unit=deadline.unit,
        state=deadline.state,
        used=used,
        left=max(0, deadline.length - used),
        total=deadline.length,
        due_at=deadline.due_at,
        paused_since=deadline.paused_at if deadline.state == "paused" else None,
        reason=None if reason is None else Text.read(reason),
        overdue_by=max(0, used - deadline.length),
        official=_is_official(calendar, deadline, at),
    )


def _is_official(calendar: WorkingDays, deadline: Deadline, at: datetime) -> bool:
    if deadline.unit == CALENDAR_DAYS:
        return True
    end = day_of(deadline.due_at or at).year
    return all(calendar.is_official(y) for y in range(deadline.started_on.year, end + 1))


def _days_of(year: int) -> list[date]:
    first, after = date(year, 1, 1), date(year + 1, 1, 1)
    return [first + timedelta(days=n) for n in range((after - first).days)]


def _seed_day(day: date) -> Day:
    holidays: Mapping[date, str] = constants.holidays
    workdays: Mapping[date, str] = constants.workdays
    known = holidays.get(day) or workdays.get(day)
    if known is None:
        return _week_day(day)
    return Day(day, day in workdays, _HOLIDAY_NAMES[known], "official")


def _week_day(day: date) -> Day:
    return Day(day, day.weekday() < _WEEKEND, Text("", ""), "week")


@cache
def _seed_year(year: int) -> tuple[int, ...]:
    return tuple(day.toordinal() for day in _days_of(year) if _seed_day(day).working)
