"""Captchas: of one browser, for ten minutes, answered once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from certflow.accounts import puzzles, throttle
from certflow.core import settings
from certflow.core.errors import Invalid
from factories.people import NINE

HERE = "203.0.113.7"


def solve(session, name, *, typed="", total="", browser="b", at=NINE):
    puzzles.solve(session, name, browser, typed, total, HERE, at)


def made():
    name = puzzles.new_puzzle("b", NINE).name
    return name, puzzles._digits(name), str(puzzles._sum(name)[2])


def refused(session, field="captcha", **answer):
    with pytest.raises(Invalid) as error:
        solve(session, **answer)
    return set(error.value.fields) == {field}


def test_the_digits_of_the_picture_are_right_once(session):
    name, digits, _ = made()
    solve(session, name, typed=digits)
    assert refused(session, name=name, typed=digits)


def test_so_is_the_sum_in_words(session):
    name, _, total = made()
    assert "等于几" in puzzles.new_puzzle("b", NINE).question.zh
    solve(session, name, total=total)
    assert refused(session, "captcha_sum", name=name, total=total)


def test_a_wrong_answer_spends_the_puzzle_too(session):
    name, digits, _ = made()
    assert refused(session, name=name, typed="00000" if digits != "00000" else "1")
    assert refused(session, name=name, typed=digits)


def test_none_of_another_browser_too_old_forged_or_missing_counts(session):
    name, digits, _ = made()
    assert refused(session, name=name, typed=digits, browser="c")
    name, digits, _ = made()
    assert refused(session, name=name, typed=digits, at=NINE + timedelta(minutes=10))
    forged = name[:-1] + ("0" if name[-1] != "0" else "1")
    assert refused(session, name=forged, typed=puzzles._digits(forged))
    for broken in ("", ".", "1.2", "x" * 100):
        assert refused(session, name=broken, typed="12345")
    name, *_ = made()
    assert refused(session, name=name)


def test_sums_have_a_budget_an_hour_pictures_have_none(session):
    for _ in range(puzzles.SUMS_PER_HOUR):
        name, _, total = made()
        solve(session, name, total=total)
    name, _, total = made()
    assert refused(session, "captcha_sum", name=name, total=total)
    name, digits, _ = made()
    solve(session, name, typed=digits)


def test_only_its_own_browser_sees_the_picture(app):
    with app.app_context():
        name = puzzles.new_puzzle("b", NINE).name
        assert puzzles.picture(name, "b", NINE).startswith(b"\x89PNG")
        assert puzzles.picture(name, "c", NINE) is None


def test_a_captcha_is_asked_after_a_wrong_password_or_always(session, lin, monkeypatch):
    assert not puzzles.wanted(session, "lin", NINE, HERE)
    throttle.count(session, throttle.guess(f"id:{lin.id}", HERE), NINE, succeeded=False)
    assert puzzles.wanted(session, "lin", NINE, HERE)
    assert not puzzles.wanted(session, "lin", NINE, "203.0.113.8")
    always = replace(settings.current(), captcha="always")
    monkeypatch.setattr(settings._Current, "settings", always)
    assert puzzles.wanted(session, "nobody", NINE, "203.0.113.8")
    assert replace(always, captcha="", mode="production").captcha_always


def test_one_line_has_one_budget_of_sums_however_many_addresses(session):
    for n in range(puzzles.SUMS_PER_HOUR):
        name, _, total = made()
        puzzles.solve(session, name, "b", "", total, f"2001:db8::{n:x}", NINE)
    name, _, total = made()
    with pytest.raises(Invalid) as error:
        puzzles.solve(session, name, "b", "", total, "2001:db8::ffff", NINE)
    assert error.value.message == puzzles.SUMS_USED_UP
