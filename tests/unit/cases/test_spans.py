"""A number of days, in words."""

import pytest

from certflow.cases.words import span


@pytest.mark.parametrize(
    ("number", "unit", "zh", "en"),
    [
        (1, "working_days", "1 个工作日", "1 working day"),
        (5, "working_days", "5 个工作日", "5 working days"),
        (1, "calendar_days", "1 天", "1 day"),
        (30, "calendar_days", "30 天", "30 days"),
    ],
)
def test_one_day_is_one_day(number: int, unit: str, zh: str, en: str) -> None:
    assert span(number, unit) == (zh, en)
