"""Somebody's wrong guesses never keep the owner out: a known browser and a captcha get in (H1)."""

from contextlib import suppress

import pytest

from certflow.accounts import devices, sign_in, throttle
from certflow.core.errors import TooMany
from factories.people import NINE, PASSWORD

OFFICE, ELSEWHERE = "203.0.113.7", "198.51.100.9"


@pytest.fixture
def browser(session, lin):
    return devices.remember(session, lin.id, "", NINE)


def guess(session, times, addresses=(OFFICE,)):
    for number in range(times):
        with suppress(TooMany):
            sign_in.verify(session, "lin", "wrong", NINE, addresses[number % len(addresses)])


def enters(session, address=OFFICE, **options):
    try:
        return sign_in.verify(session, "lin", PASSWORD, NINE, address, **options) is not None
    except TooMany:
        return False


def test_who_guesses_in_the_same_office_does_not_lock_the_owner_s_browser(session, browser):
    guess(session, 40)
    assert not enters(session)
    assert enters(session, device=browser)


def test_the_browser_of_somebody_else_is_worth_nothing(session, lin, browser):
    guess(session, 5)
    assert not enters(session, device="another token")


def test_a_known_browser_has_five_tries_like_everybody(session, browser):
    for _ in range(5):
        assert sign_in.verify(session, "lin", "wrong", NINE, OFFICE, device=browser) is None
    assert not enters(session, device=browser)


def test_while_many_addresses_guess_a_captcha_lets_the_owner_in_from_a_new_place(session, lin):
    places = [f"192.0.2.{n}" for n in range(20)]
    guess(session, 60, places)
    assert not enters(session, ELSEWHERE)
    assert enters(session, ELSEWHERE, proved=True)


def test_with_captchas_there_is_a_limit_too(session, lin, monkeypatch):
    monkeypatch.setattr(throttle, "PER_ACCOUNT_PROVED", 55)
    guess(session, 60, [f"192.0.2.{n}" for n in range(20)])
    for number in range(10):
        tried = throttle.guess(f"id:{lin.id}", f"192.0.3.{number}", proved=True)
        throttle.count(session, tried, NINE, succeeded=False)
    assert not enters(session, ELSEWHERE, proved=True)


def test_browsers_that_nobody_uses_are_forgotten(session, lin, browser):
    assert devices.known(session, lin.id, browser, NINE) is not None
    assert devices.known(session, lin.id, browser, NINE + devices.KEPT) is None
    devices.forget(session, NINE + devices.KEPT)
    assert devices.remember(session, lin.id, browser, NINE) == browser
