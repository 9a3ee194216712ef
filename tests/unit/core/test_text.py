"""A sentence takes days, times, lists and texts in the form of each language (catalogue I3)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from certflow.core import clock
from certflow.core.text import (
    Text,
    dated,
    day_text,
    days_text,
    lately_text,
    moment_text,
    month_text,
)

LATE = datetime(2026, 11, 20, 17, 30, tzinfo=UTC)
"""Half past one on the next day in Shanghai."""


def test_a_day_is_the_day_in_shanghai() -> None:
    assert day_text(date(2026, 11, 2)) == Text("2026-11-02", "2 Nov 2026")
    assert day_text(LATE) == Text("2026-11-21", "21 Nov 2026")
    assert moment_text(LATE) == Text("2026-11-21 01:30", "21 Nov 2026, 01:30")
    assert month_text(LATE) == Text("2026-11", "Nov 2026")


def test_a_moment_of_today_is_its_hour() -> None:
    with clock.frozen(LATE):
        assert lately_text(LATE - timedelta(hours=1)).en == "00:30"
        assert lately_text(LATE - timedelta(hours=2)).en == "20 Nov 2026, 23:30"


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (date(2026, 3, 1), date(2026, 3, 1), Text("2026-03-01", "1 Mar 2026")),
        (date(2026, 3, 1), date(2026, 4, 2), Text("2026-03-01 至 04-02", "1 Mar to 2 Apr 2026")),
        (
            date(2026, 12, 31),
            date(2027, 1, 2),
            Text("2026-12-31 至 2027-01-02", "31 Dec 2026 to 2 Jan 2027"),
        ),
    ],
)
def test_days_say_once_what_they_have_in_common(first: date, last: date, words: Text) -> None:
    assert days_text(first, last) == words


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        ("2025-09-08", Text("2025-09-08", "8 Sep 2025")),
        ("2025-09", Text("2025-09", "Sep 2025")),
        ("2025-13-01", Text("2025-13-01", "2025-13-01")),
        ("", Text("", "")),
        ("待定", Text("待定", "待定")),
    ],
)
def test_a_stored_day_is_written_out_and_what_is_none_stays(stored: str, words: Text) -> None:
    assert dated(stored) == words


def test_places_are_filled_with_what_each_language_writes() -> None:
    words = Text("{what}：{day}，{numbers}，{at}，{n}", "{what}: {day}; {numbers}; {at}; {n}")
    what, numbers = Text("申请", "application"), ["1", Text("二", "two")]
    told = words.filled(what=what, day=date(2026, 11, 2), numbers=numbers, at=LATE, n=3)
    assert told.zh == "申请：2026-11-02，1、二，2026-11-21 01:30，3"
    assert told.en == "application: 2 Nov 2026; 1, two; 21 Nov 2026, 01:30; 3"


def test_a_place_with_a_form_of_its_own_keeps_it() -> None:
    assert Text("{day:%Y}", "{day:%m}").filled(day=date(2026, 11, 2)) == Text("2026", "11")
