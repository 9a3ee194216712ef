from datetime import date

import pytest

from certflow.core.expression_times import Months
from certflow.personnel.periods import covered_months, full_months, last_day, within, years_after


def test_a_period_of_three_years_ends_the_day_before_its_anniversary():
    assert last_day(date(2026, 11, 20), 3) == date(2029, 11, 19)
    assert last_day(date(2028, 2, 29), 3) == date(2031, 2, 28)
    assert last_day(date(2025, 3, 1), 3) == date(2028, 2, 29)


def test_a_leap_day_has_its_anniversary_on_the_28th():
    assert years_after(date(2024, 2, 29), 5) == date(2029, 2, 28)
    assert years_after(date(2024, 2, 29), 4) == date(2028, 2, 29)


@pytest.mark.parametrize(
    ("day", "inside"),
    [
        (date(2023, 11, 20), True),
        (date(2023, 11, 19), False),
        (date(2026, 11, 20), True),
        (date(2026, 11, 21), False),
    ],
)
def test_exactly_three_years_ago_is_still_within(day, inside):
    assert within(day, Months(36), date(2026, 11, 20)) is inside


@pytest.mark.parametrize(
    ("until", "months"),
    [
        (date(2027, 11, 19), 11),
        (date(2027, 11, 20), 12),
        (date(2026, 11, 20), 0),
        (date(2026, 1, 1), 0),
    ],
)
def test_a_month_counts_when_it_is_full(until, months):
    assert full_months(date(2026, 11, 20), until) == months


def test_months_covered_twice_count_once_and_gaps_do_not():
    january, march = (date(2026, 1, 1), date(2026, 1, 31)), (date(2026, 3, 1), date(2026, 3, 31))
    quarter = (date(2026, 1, 1), date(2026, 3, 31))
    assert covered_months([january]) == 1
    assert covered_months([january, march]) == 2
    assert covered_months([march, quarter, january]) == 3
    assert covered_months([(date(2026, 2, 1), date(2026, 1, 1))]) == 0
    assert covered_months([]) == 0
