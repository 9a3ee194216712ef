"""What people type: what is too much, no day, no reason; all of it told at once."""

from datetime import date, datetime

import pytest

from certflow.core.clock import SHANGHAI
from certflow.core.errors import Invalid
from certflow.core.given import SAY_WHY, day_of, moment_of, reason_of, refuse, wrong_in
from certflow.core.text import Text

NEEDED = Text("请填写", "Fill in")


@pytest.mark.parametrize("told", ["", "  ", "\u3000\n"])
def test_blanks_are_nothing(told) -> None:
    assert wrong_in(told, 5, NEEDED) == NEEDED
    assert wrong_in(told, 5) is None


def test_what_is_too_long_says_by_how_much() -> None:
    found = wrong_in(" 一二三四五六 ", 5, NEEDED)
    assert found is not None
    assert (found.zh, found.en) == (
        "最多 5 个字，现在有 6 个",
        "At most 5 characters, now there are 6",
    )


def test_everything_that_is_wrong_is_refused_at_once() -> None:
    with pytest.raises(Invalid) as error:
        refuse({"name": NEEDED, "day": None, "reason": SAY_WHY})
    assert error.value.fields == {"name": NEEDED, "reason": SAY_WHY}
    refuse({"name": None})


def test_a_reason_stands_at_its_field_unless_none_is_needed() -> None:
    with pytest.raises(Invalid) as error:
        reason_of(" ", NEEDED, field="remark")
    assert error.value.fields == {"remark": NEEDED}
    assert reason_of(" ", None) == ""
    assert reason_of(" 材料不齐 ") == "材料不齐"


@pytest.mark.parametrize("told", ["", "明天", "2026-02-30", "0001-01-01", "9999-12-31", "1e9"])
def test_a_day_that_nobody_means_is_none(told) -> None:
    assert day_of(told) is None
    assert moment_of(f"{told}T09:00") is None


def test_an_instant_is_one_of_shanghai() -> None:
    assert day_of(" 2026-11-20 ") == date(2026, 11, 20)
    assert moment_of("2026-11-20T09:00") == datetime(2026, 11, 20, 9, tzinfo=SHANGHAI)


def test_a_message_without_a_field_stands_where_one_says() -> None:
    assert Invalid(NEEDED).at("file") == {"file": NEEDED}
    assert Invalid(SAY_WHY, {"name": NEEDED}).at("file") == {"name": NEEDED}
