"""Which days work, and how they are counted (C7)."""

from datetime import UTC, date, datetime

import pytest

from certflow.calendar.models import CalendarDay
from certflow.calendar.queries import WorkingDays, end_of

SEEDED = WorkingDays()


def row(day: date, kind: str, source: str = "official") -> CalendarDay:
    return CalendarDay(day=day, kind=kind, name={"zh": "元旦", "en": "New Year"}, source=source)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 9, 30), True),  # the day before National Day
        (date(2026, 10, 1), False),
        (date(2026, 10, 7), False),
        (date(2026, 10, 8), True),
        (date(2026, 10, 10), True),  # a make-up Saturday
        (date(2026, 9, 20), True),  # a make-up Sunday
        (date(2026, 10, 17), False),  # a plain Saturday
        (date(2026, 2, 16), False),  # Spring Festival, a Monday
    ],
)
def test_the_state_councils_days_of_2026_are_known(day: date, works: bool) -> None:
    assert SEEDED.day(day).working is works


def test_weekends_alone_would_get_these_days_wrong() -> None:
    by_the_week = [date(2026, 10, 1).weekday() < 5, date(2026, 10, 10).weekday() < 5]
    assert by_the_week == [True, False]
    assert [SEEDED.day(date(2026, 10, d)).working for d in (1, 10)] == [False, True]


def test_a_holiday_says_its_name_in_both_languages() -> None:
    assert SEEDED.day(date(2026, 10, 1)).name == ("国庆节", "National Day")


def test_a_year_without_a_notice_follows_the_week_and_is_not_official() -> None:
    assert SEEDED.day(date(2027, 1, 1)).working
    assert not SEEDED.day(date(2027, 1, 2)).working
    assert SEEDED.is_official(2026)
    assert not SEEDED.is_official(2027)


def test_an_entered_year_is_official_and_only_its_own_rows_count() -> None:
    entered = WorkingDays([row(date(2027, 1, 1), "rest"), row(date(2027, 1, 3), "working")])
    assert entered.is_official(2027)
    assert not entered.day(date(2027, 1, 1)).working
    assert entered.day(date(2027, 1, 3)).working
    assert entered.between(date(2026, 12, 31), date(2027, 1, 4)) == 2


def test_an_entered_year_replaces_the_known_one_as_a_whole() -> None:
    entered = WorkingDays([row(date(2026, 1, 1), "rest")])
    assert entered.day(date(2026, 10, 1)).working


def test_a_single_correction_by_staff_leaves_the_rest_of_the_year() -> None:
    corrected = WorkingDays([row(date(2026, 11, 20), "rest", "staff")])
    assert not corrected.day(date(2026, 11, 20)).working
    assert not corrected.day(date(2026, 10, 1)).working
    assert not WorkingDays([row(date(2027, 3, 1), "rest", "staff")]).is_official(2027)


def test_days_are_counted_after_the_first_up_to_the_last() -> None:
    assert SEEDED.between(date(2026, 9, 30), date(2026, 10, 10)) == 3  # 8, 9 and Saturday 10
    assert SEEDED.between(date(2026, 10, 10), date(2026, 9, 30)) == -3
    assert SEEDED.between(date(2026, 10, 3), date(2026, 10, 3)) == 0


def test_adding_and_counting_are_each_others_inverse_over_three_years() -> None:
    for start in (date(2026, 1, 3), date(2026, 9, 30), date(2026, 12, 25), date(2027, 2, 28)):
        for days in range(1, 300, 7):
            end = SEEDED.add(start, days)
            assert SEEDED.day(end).working
            assert SEEDED.between(start, end) == days


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        (date(2026, 9, 30), 1, date(2026, 10, 8)),
        (date(2026, 10, 3), 0, date(2026, 10, 3)),
        (date(2026, 10, 12), -1, date(2026, 10, 10)),
        (date(2027, 1, 1), -1, date(2026, 12, 31)),
        (date(2026, 12, 31), 1, date(2027, 1, 1)),
        (date(2026, 11, 20), 30, date(2027, 1, 1)),  # until the notice of 2027 is entered
    ],
)
def test_working_days_are_added(start: date, days: int, expected: date) -> None:
    assert SEEDED.add(start, days) == expected


def test_a_day_ends_at_midnight_in_shanghai() -> None:
    assert end_of(date(2026, 10, 8)) == datetime(2026, 10, 8, 16, tzinfo=UTC)
