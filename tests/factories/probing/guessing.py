"""Guessing passwords, codes and captchas: what gets through under the limits, whom it hurts (H1-H6).

Every probe runs in a transaction that is rolled back. `Guesses.looked_at` is what a guesser gets
out of it; the limits must hold and the owner must still get in.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flask import Flask

from certflow.accounts import codes, devices, puzzles, second_factor, sign_in, throttle
from certflow.accounts.codes import Ask
from certflow.accounts.models import User
from certflow.core import settings as settings_
from certflow.core.db import Session, db, writing
from certflow.core.errors import Invalid, TooMany
from factories.people import PASSWORD
from factories.probing.tally import Tally

HOME, NEW_PLACE = "203.0.113.7", "198.51.100.9"
PHONE = "13900000001"
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Guesses:
    """How many guesses were made in a quarter of an hour, how many were looked at, how many may be."""

    how: str
    made: int
    looked_at: int
    most: int

    def __str__(self) -> str:
        return f"{self.how}: {self.looked_at} of {self.made} looked at (at most {self.most})"


@contextmanager
def aside(app: Flask) -> Iterator[Session]:
    """Give a session whose changes are all forgotten."""
    with app.app_context(), writing():
        session = db.session()
        try:
            yield session
        finally:
            session.rollback()
            db.session.remove()


def passwords(
    app: Flask, login: str, at: datetime, times: int = 1000
) -> tuple[Tally, list[Guesses]]:
    """Guess in three ways within 15 minutes; after each the owner signs in from three places."""
    one = [(login, "192.0.2.1")] * times
    many_places = [(login, f"192.0.{number % 250}.1") for number in range(times)]
    spray = [(f"somebody{number}", "192.0.2.1") for number in range(times)]
    office = [(login, HOME)] * times
    ways = (
        ("one address, one account", one, throttle.PER_PAIR),
        ("many addresses, one account", many_places, throttle.PER_ACCOUNT),
        ("one address, many accounts", spray, throttle.PER_ADDRESS),
        ("the owner's own address", office, throttle.PER_PAIR),
    )
    found, told = Tally(), []
    for how, tries, most in ways:
        with aside(app) as session:
            browser = _settled(session, login, at)
            looked = sum(_looked_at(session, name, place, at) for name, place in tries)
            found.note(f"{how}: {looked} looked at", right=0 < looked <= most)
            told.append(Guesses(how, times, looked, most))
            found += _owner(session, login, browser, at, how)
    return found, told


def _settled(session: Session, login: str, at: datetime) -> str:
    """Let the owner have signed in at home, in a browser of theirs, ten days ago."""
    before = at - timedelta(days=10)
    user = sign_in.verify(session, login, PASSWORD, before, HOME)
    assert user is not None
    return devices.remember(session, user.id, "", before)


def _looked_at(session: Session, name: str, place: str, at: datetime) -> bool:
    with suppress(TooMany):
        assert sign_in.verify(session, name, "wrong-9-password", at, place) is None
        return True
    return False


def _owner(session: Session, login: str, browser: str, at: datetime, how: str) -> Tally:
    """Sign in with the right password: at home in a known browser, elsewhere, with a captcha."""
    found = Tally()
    ways: tuple[tuple[str, str, dict[str, object]], ...] = (
        ("a known browser at home", HOME, {"device": browser}),
        ("a known browser elsewhere", NEW_PLACE, {"device": browser}),
        ("a captcha from a new place", NEW_PLACE, {"proved": True}),
    )
    for place, address, options in ways:
        user = None
        with suppress(TooMany):
            user = sign_in.verify(session, login, PASSWORD, at, address, **options)  # type: ignore[arg-type]
        found.note(f"{how}: the owner is locked out of {place}", right=user is not None)
    return found


def second_factors(app: Flask, login: str, at: datetime, times: int = 200) -> tuple[Tally, Guesses]:
    """Guess authenticator codes from many addresses, with the right password in hand."""
    found, looked = Tally(), 0
    with aside(app) as session:
        user = session.query(User).filter_by(login_name=login).one()
        factor = second_factor.start(session, user.id, at)
        factor.confirmed_at = at
        for number in range(times):
            with suppress(TooMany):
                try:
                    second_factor.check(session, user, "none", at, f"192.0.{number % 100}.1")
                except Invalid:
                    looked += 1
    most = throttle.PER_ACCOUNT
    found.note(f"{looked} codes looked at", right=0 < looked <= most)
    return found, Guesses("authenticator codes", times, looked, most)


def text_codes(app: Flask, at: datetime, times: int = 1000) -> tuple[Tally, Guesses]:
    """Guess the codes of one phone for a day, asking for a new one whenever there is one to have."""
    looked, made, most = 0, 0, codes.PER_TARGET_DAY * codes.MOST_WRONG
    ask, found = Ask("reset", "sms", PHONE, "thief", "192.0.2.1"), Tally()
    with aside(app) as session:
        code, now = None, at
        for number in range(times):
            now = at + number * (codes.DAY - MINUTE) / times
            with suppress(TooMany):
                fresh = ask._replace(address=f"192.0.{number % 250}.1")
                code = codes.issue(session, fresh, now)
            for _ in range(codes.MOST_WRONG + 1):
                if code is not None:
                    made += 1
                    looked += _compared(session, code, ask, now)
    found.note(f"{looked} guesses at codes compared", right=0 < looked <= most)
    return found, Guesses("codes of one phone in a day", made, looked, most)


def _compared(session: Session, code: codes.Proof, ask: Ask, at: datetime) -> bool:
    """Type a wrong code in; say whether it was compared at all."""
    before = code.wrong
    wrong = f"{(int(codes.digits_of(code)) + 1) % 10**codes.DIGITS:06d}"
    with suppress(Invalid):
        codes.prove(session, code.id, ask, wrong, at)
        raise AssertionError("a wrong code was taken")
    return code.wrong > before


def flooding(app: Flask, at: datetime, times: int = 1000) -> Tally:
    """Ask for messages all day: to one phone, from one address, for everybody at once."""
    found, budget = Tally(), 100
    ways = (
        ("one phone", lambda n: (PHONE, f"192.0.{n % 250}.{n // 250}"), codes.PER_TARGET_DAY),
        ("one address", lambda n: (f"139{n:08d}", "192.0.2.1"), codes.PER_ADDRESS_DAY),
        ("everybody", lambda n: (f"139{n:08d}", f"192.0.{n % 250}.{n // 250}"), budget),
    )
    before = settings_.current()
    for how, of, most in ways:
        settings_.install(replace(before, sms_per_day=budget))
        sent = 0
        with aside(app) as session:
            for number in range(times):
                phone, address = of(number)
                ask = Ask("sign_up", "sms", phone, "browser", address)
                with suppress(TooMany):
                    codes.issue(session, ask, at + number * (codes.DAY - MINUTE) / times)
                    sent += 1
        settings_.install(before)
        found.tried += times
        if not 0 < sent <= most:
            found.failed.append(f"{how}: {sent} messages of {times} asked for")
    return found


def misused_codes(app: Flask, at: datetime) -> Tally:
    """Use a right code where it does not belong, twice, too late, after a newer one."""
    ask, found = Ask("reset", "sms", PHONE, "mine", "192.0.2.1"), Tally()
    wrong = {
        "another phone": {"target": "13900000002"},
        "another purpose": {"purpose": "sign_up"},
        "another browser": {"browser": "theirs"},
        "another channel": {"channel": "mail"},
    }
    for how, changes in wrong.items():
        with aside(app) as session:
            code = codes.issue(session, ask, at)
            found.note(how, right=not _proves(session, code, ask._replace(**changes), at))
    with aside(app) as session:
        code = codes.issue(session, ask, at)
        found.note("the right one is refused", right=_proves(session, code, ask, at))
        found.note("twice", right=not _proves(session, code, ask, at))
        newer = codes.issue(session, ask, at + codes.PAUSE)
        found.note("too late", right=not _proves(session, newer, ask, at + 2 * codes.PAUSE))
        latest = codes.issue(session, ask, at + 2 * codes.PAUSE)
        found.note("an older one", right=not _proves(session, newer, ask, at + 2 * codes.PAUSE))
        for _ in range(codes.MOST_WRONG):
            _compared(session, latest, ask, at + 2 * codes.PAUSE)
        found.note("a dead one", right=not _proves(session, latest, ask, at + 2 * codes.PAUSE))
    return found


def _proves(session: Session, code: codes.Proof, ask: Ask, at: datetime) -> bool:
    with suppress(Invalid):
        codes.prove(session, code.id, ask, codes.digits_of(code), at)
        return True
    return False


def captchas(app: Flask, at: datetime, times: int = 200) -> Tally:
    """Answer captchas wrongly, twice, from another browser, too late, forged; sums without end."""
    found = Tally()
    with aside(app) as session:
        for number in range(times):
            name = puzzles.new_puzzle("b", at).name
            guess = f"{(int(puzzles._digits(name)) + 1 + secrets.randbelow(9998)) % 10**5:05d}"
            found.note(f"guess {number}", right=not _solves(session, name, at, typed=guess))
            found.note("answered anew", right=not _right(session, name, at))
        for how, changes in {"other browser": {"browser": "c"}, "too late": {"wait": 11}}.items():
            found.note(
                how, right=not _right(session, puzzles.new_puzzle("b", at).name, at, **changes)
            )  # type: ignore[arg-type]
        used = puzzles.new_puzzle("b", at).name
        found.note("the right one is refused", right=_right(session, used, at))
        found.note("used again", right=not _right(session, used, at))
        forged = used[:-1] + ("0" if used[-1] != "0" else "1")
        for name in (forged, "", ".", "1.2", "9" * 200):
            found.note(f"made up {name[:9]!r}", right=not _right(session, name, at))
        sums = [puzzles.new_puzzle("b", at).name for _ in range(puzzles.SUMS_PER_HOUR * 3)]
        solved = sum(_solves(session, one, at, total=str(puzzles._sum(one)[2])) for one in sums)
        found.note(f"{solved} sums solved", right=0 < solved <= puzzles.SUMS_PER_HOUR)
    return found


def _right(session: Session, name: str, at: datetime, *, browser: str = "b", wait: int = 0) -> bool:
    return _solves(session, name, at + wait * MINUTE, typed=puzzles._digits(name), browser=browser)


def _solves(
    session: Session,
    name: str,
    at: datetime,
    *,
    typed: str = "",
    total: str = "",
    browser: str = "b",
) -> bool:
    with suppress(Invalid):
        puzzles.solve(session, name, browser, typed, total, "192.0.2.1", at)
        return True
    return False
