"""Guessing, flooding, telling who is registered: the limits hold, the owner gets in (H1-H6).

Each guard has its control: with a limit switched off it must be red.
"""

import pytest

from certflow.accounts import codes, devices, passwords, puzzles, throttle
from certflow.core import clock
from certflow.core.limits import limiter
from certflow.core.text import Text
from certflow.web import auth
from factories.house import House
from factories.probing import guessing, telling

LOGIN, TIMES = "stranger.teacher", 120
FAR = 10**9


@pytest.fixture(autouse=True)
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiter, "enabled", False)


def test_few_guessed_passwords_are_looked_at_and_the_owner_gets_in(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    found, told = guessing.passwords(house.app, LOGIN, clock.now(), TIMES)
    with capsys.disabled():
        print("\n" + "\n".join(map(str, told)))
    assert found.failed == []


@pytest.mark.parametrize("limit", ["PER_PAIR", "PER_ADDRESS", "PER_ACCOUNT"])
def test_without_a_limit_it_would_be_seen(
    house: House, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    before = getattr(throttle, limit)
    locked = throttle.locked

    def deaf(session, tried, at):
        setattr(throttle, limit, FAR)
        try:
            return locked(session, tried, at)
        finally:
            setattr(throttle, limit, before)

    monkeypatch.setattr(throttle, "locked", deaf)
    assert guessing.passwords(house.app, LOGIN, clock.now(), TIMES)[0].failed


def test_without_known_browsers_an_owner_would_be_locked_out(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "known", lambda *_: None)
    failed = guessing.passwords(house.app, LOGIN, clock.now(), TIMES)[0].failed
    assert any("locked out of a known browser" in one for one in failed)


def test_an_authenticator_without_a_limit_would_be_seen(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "locked", lambda *_: False)
    assert guessing.second_factors(house.app, LOGIN, clock.now(), TIMES)[0].failed


def test_few_guessed_codes_are_looked_at(house: House) -> None:
    at = clock.now()
    assert guessing.second_factors(house.app, LOGIN, at, TIMES)[0].failed == []
    assert guessing.text_codes(house.app, at, TIMES)[0].failed == []
    assert guessing.flooding(house.app, at, TIMES * 2).failed == []
    assert guessing.misused_codes(house.app, at).failed == []
    assert guessing.captchas(house.app, at, 20).failed == []


def test_codes_without_their_bounds_would_be_seen(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = clock.now()
    monkeypatch.setattr(codes, "_alive", lambda *_: True)
    monkeypatch.setattr(puzzles, "_spend", lambda *_: True)
    assert len(guessing.misused_codes(house.app, at).failed) > 5
    assert guessing.captchas(house.app, at, 20).failed
    monkeypatch.setattr(codes, "_within_budgets", lambda *_: None)
    assert len(guessing.flooding(house.app, at, TIMES * 2).failed) == 3
    assert guessing.text_codes(house.app, at, TIMES)[0].failed


def test_no_answer_tells_who_is_registered(house: House) -> None:
    assert telling.same_words(house).failed == []


def test_an_answer_that_tells_would_be_seen(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    verify, wrong = auth.sign_in.verify, auth.WRONG

    def chatty(session, name, *rest, **options):
        registered = auth.queries.find_user(session, name) is not None
        monkeypatch.setattr(auth, "WRONG", Text("密码不对。", "") if registered else wrong)
        return verify(session, name, *rest, **options)

    monkeypatch.setattr(auth.sign_in, "verify", chatty)
    assert {"login", "login by phone"} <= set(telling.same_words(house).failed)


def test_no_time_tells_who_is_registered(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    apart = telling.same_time(house.app, LOGIN, clock.now(), 7)
    with capsys.disabled():
        print(f"\na known name takes {apart:.2f} ms more or less")
    assert apart < telling.BAR_MS


def test_a_time_that_tells_would_be_seen(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    verify = passwords.verify
    monkeypatch.setattr(
        passwords, "verify", lambda known, typed: bool(known and verify(known, typed))
    )
    assert telling.same_time(house.app, LOGIN, clock.now(), 5) > telling.BAR_MS
