"""Whether answers tell who is registered: by their words, by the time they take (H2, H10)."""

import re
import secrets
import statistics
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from certflow.accounts import passwords, sign_in
from certflow.accounts.models import Person, User
from certflow.core import settings as settings_
from certflow.core.errors import TooMany
from factories.house import House
from factories.people import PASSWORD
from factories.probing.browsing import csrf_token
from factories.probing.guessing import aside
from factories.probing.tally import Tally

if TYPE_CHECKING:
    from flask.testing import FlaskClient

_CHANGING = re.compile(r"(?:csrf_token|puzzle)\"[^>]*value=\"[^\"]*\"|/captcha/[\w.]+|[\w.-]{40,}")
_ASKED = re.compile(r"[一二三四五六七八九十]加[一二三四五六七八九十]等于几")
BAR_MS = 5.0


def same_words(house: House) -> Tally:
    """Ask the open pages the same about somebody registered and about nobody; compare the answers."""
    found = Tally()
    login, phone, document, nobody, no_phone = _known(house)
    asked: dict[str, tuple[str, dict[str, str], dict[str, str]]] = {
        "login": ("/login", {"name": login, "password": "x"}, {"name": nobody, "password": "x"}),
        "login by phone": (
            "/login",
            {"name": _another_phone(house), "password": "x"},
            {"name": no_phone, "password": "x"},
        ),
    }
    for path in ("/sign-up/phone", "/recover/password", "/recover/phone"):
        told = {"_do": "send", "name": login, "document_number": document}
        told["document_type"] = "resident_id"
        asked[path] = (path, {**told, "phone": phone}, {**told, "phone": no_phone})
        wrong = {**told, "_do": "", "code": "000000"}
        asked[f"{path}, code"] = (path, {**wrong, "phone": phone}, {**wrong, "phone": no_phone})
    for how, (path, known, unknown) in asked.items():
        answers = [_posted(house.app, path, form) for form in (known, unknown)]
        found.note(how, right=_washed(answers[0], known) == _washed(answers[1], unknown))
    for answers in (_tokens(house, login), _tokens(house, phone)):
        found.note("/api/v1/tokens", right=answers == _tokens(house, nobody))
    return found


def _known(house: House) -> tuple[str, str, str, str, str]:
    owner = house.home.owner
    with aside(house.app) as session:
        login = session.get_one(User, owner.user_id).login_name
        person = session.get_one(Person, owner.person_id)
        return login, person.phone or "", person.document_number, "niemand", "13911112222"


def _another_phone(house: House) -> str:
    """Return a phone of somebody for whom no wrong password was counted yet."""
    with aside(house.app) as session:
        owner = house.home.owner.user_id
        others = select(Person).where(Person.user_id.is_not(None), Person.user_id != owner)
        return next(one.phone for one in session.scalars(others) if one.phone)


def _posted(app: Flask, path: str, form: dict[str, str]) -> TestResponse:
    """Post from a place of its own: what was counted before must not show."""
    browser: FlaskClient = app.test_client()
    browser.environ_base["REMOTE_ADDR"] = f"10.{secrets.randbelow(250)}.{secrets.randbelow(250)}.7"
    return browser.post(path, data={"csrf_token": csrf_token(browser), **form})


def _washed(answer: TestResponse, form: dict[str, str]) -> tuple[int, str, str]:
    """Return an answer without what differs every time, and without what was asked."""
    text = _ASKED.sub("", _CHANGING.sub("", answer.get_data(as_text=True)))
    for typed in form.values():
        text = text.replace(f'value="{typed}"', "")
    return answer.status_code, answer.headers.get("Location", ""), text


def _tokens(house: House, name: str) -> tuple[int, str]:
    sent = {"login_name": name, "password": "x"}
    answer = house.client().post("/api/v1/tokens", json=sent)
    return answer.status_code, answer.get_data(as_text=True)


def same_time(
    app: Flask, login: str, at: datetime, rounds: int = 15, cost: tuple[int, int] = (2, 19_456)
) -> float:
    """Return by how many milliseconds a wrong password takes longer or shorter for a known name.

    Medians of turns taken in one process, with hashes that cost what those of real people do.
    """
    before = settings_.current()
    settings_.install(replace(before, argon2_time_cost=cost[0], argon2_memory_kib=cost[1]))
    spent: dict[str, list[float]] = {login: [], "niemand": []}
    try:
        with aside(app) as session:
            user = session.query(User).filter_by(login_name=login).one()
            user.password_hash = passwords.hash_password(PASSWORD)
            session.flush()
            for number in range(rounds + 2):
                for name, times in spent.items():
                    times.append(_timed(lambda n=name, i=number: _tried(session, n, at, i)))  # type: ignore[misc]
    finally:
        settings_.install(before)
    medians = [statistics.median(times[2:]) for times in spent.values()]
    return abs(medians[0] - medians[1])


def _tried(session: object, name: str, at: datetime, number: int) -> None:
    with suppress(TooMany):
        sign_in.verify(session, name, "wrong-9-password", at, f"192.0.2.{number}")  # type: ignore[arg-type]


def _timed(action: Callable[[], None]) -> float:
    begun = time.process_time()
    action()
    return (time.process_time() - begun) * 1000
