"""How a deadline's clock stands: the rule of the day's beginning (C6, C7)."""

from datetime import date, datetime, timedelta

import pytest

from certflow.calendar.models import CALENDAR_DAYS, WORKING_DAYS, Deadline
from certflow.calendar.queries import (
    DeadlineClock,
    WorkingDays,
    day_of,
    end_of,
    last_day,
    read_clock,
)
from certflow.core.clock import SHANGHAI

CALENDAR = WorkingDays()


def at(month: int, day: int, hour: int = 9, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI)


def running(start: datetime, length: int, unit: str, used: int = 0) -> Deadline:
    day = day_of(start)
    due_at = end_of(last_day(CALENDAR, day, length - used, unit))
    return Deadline(
        key="k",
        unit=unit,
        length=length,
        state="running",
        used=used,
        started_on=day,
        resumed_on=day,
        resumed_at=start,
        due_at=due_at,
    )


def read(deadline: Deadline, moment: datetime) -> DeadlineClock:
    return read_clock(CALENDAR, deadline, moment)


def test_the_day_of_the_payment_is_not_counted_and_the_next_working_day_is_day_1() -> None:
    deadline = running(at(9, 30), 30, WORKING_DAYS)
    assert read(deadline, at(9, 30, 23, 59)).used == 0
    assert read(deadline, at(10, 7)).used == 0
    assert read(deadline, at(10, 8, 0, 0)).used == 1


@pytest.mark.parametrize(
    ("start", "unit", "length", "last"),
    [
        (at(11, 2), WORKING_DAYS, 30, date(2026, 12, 14)),
        (at(9, 30), WORKING_DAYS, 3, date(2026, 10, 10)),  # ends on a make-up Saturday
        (at(11, 2), CALENDAR_DAYS, 60, date(2027, 1, 1)),
    ],
)
def test_the_last_day_is_in_time_until_midnight_and_late_from_then_on(
    start: datetime, unit: str, length: int, last: date
) -> None:
    deadline = running(start, length, unit)
    before = datetime.combine(last, datetime.min.time(), SHANGHAI) + timedelta(hours=23, minutes=59)
    on_the_last_day = read(deadline, before)
    just_after = read(deadline, before + timedelta(minutes=1))
    assert on_the_last_day.last_day == last
    assert (on_the_last_day.used, on_the_last_day.left) == (length, 0)
    assert (on_the_last_day.overdue, just_after.overdue) == (False, True)
    assert (on_the_last_day.overdue_by, just_after.overdue_by) == (0, 1)


def test_a_clock_that_ran_out_on_friday_is_late_on_saturday() -> None:
    deadline = running(at(11, 19), 1, WORKING_DAYS)
    assert not read(deadline, at(11, 20, 23, 59)).overdue
    assert read(deadline, at(11, 21, 0, 0)).overdue_by == 1
    assert read(deadline, at(11, 23)).overdue_by == 1
    assert read(deadline, at(11, 24)).overdue_by == 2


def test_one_minute_to_midnight_is_another_day_in_utc_but_not_here() -> None:
    deadline = running(at(11, 2, 0, 1), 10, CALENDAR_DAYS)
    assert read(deadline, at(11, 2, 23, 59)).used == 0
    assert read(deadline, at(11, 3, 0, 1)).used == 1


def test_a_standing_clock_does_not_move_and_has_no_end() -> None:
    deadline = running(at(11, 2), 30, WORKING_DAYS)
    deadline.state, deadline.used, deadline.due_at = "paused", 12, None
    deadline.paused_at, deadline.paused_reason = at(11, 18), {"zh": "整改中", "en": "Correcting"}
    clock = read(deadline, at(12, 31))
    assert (clock.used, clock.left, clock.due_at, clock.last_day) == (12, 18, None, None)
    assert clock.paused_since == at(11, 18)
    assert clock.reason == ("整改中", "Correcting")


def test_a_clock_into_a_year_without_a_notice_says_so() -> None:
    assert read(running(at(11, 2), 30, WORKING_DAYS), at(11, 3)).official
    assert not read(running(at(12, 20), 30, WORKING_DAYS), at(12, 21)).official
    assert read(running(at(12, 20), 30, CALENDAR_DAYS), at(12, 21)).official
