"""Who may call what: one reviewed list, the views' declarations, and real calls (design §6).

`access_matrix.json` names every method and address with who may call it: PUBLIC, SIGNED_IN or
roles. A new route is red until somebody has written it down there.
"""

from collections.abc import Iterator

import pytest
from sqlalchemy import true

from browser.every_page import NONE
from certflow.accounts.models import User
from certflow.accounts.operations import disable
from certflow.cases import worklists
from certflow.core import clock
from certflow.core.access import PUBLIC
from certflow.core.actor import SYSTEM
from certflow.core.db import transaction
from factories.addresses import addresses, parts, unknown
from factories.house import VISITOR, WHO, WRITES, House, routes
from factories.probing.calling import (
    differences,
    may,
    outsiders,
    pages_of_strangers,
    reviewed,
    strangers,
    turned_away,
)

ENDINGS = frozenset(
    {
        "POST /logout",
        "POST /account/logins/end-others",
        "DELETE /api/v1/tokens/current",
    }
)
"""Calls that end the caller's own login: the others could not be made after them."""


@pytest.fixture(scope="module")
def matrix() -> dict[str, list[str]]:
    return reviewed()


@pytest.fixture
def unguarded(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """The house without the CSRF check, so that every call reaches the access check."""
    monkeypatch.setitem(house.app.config, "WTF_CSRF_ENABLED", False)
    return house


def test_the_list_and_the_views_say_the_same(house: House, matrix: dict[str, list[str]]) -> None:
    assert differences(house.app, matrix) == []


def test_every_view_declares_who_may_call_it(house: House) -> None:
    assert [route for route, roles in routes(house.app).items() if not roles] == []


def test_every_role_of_the_list_is_a_role(matrix: dict[str, list[str]]) -> None:
    named = {role for roles in matrix.values() for role in roles}
    assert named <= {"PUBLIC", "SIGNED_IN", *WHO}


def test_a_view_without_a_declaration_would_be_seen(
    house: House, matrix: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(house.app.view_functions["portal.profile"], "access")
    assert differences(house.app, matrix) == [
        "GET /my/profile: the view says [], the list ['applicant']"
    ]
    assert house.client("applicant").get("/my/profile").status_code == 403


def test_a_route_that_is_not_in_the_list_would_be_seen(
    house: House, matrix: dict[str, list[str]]
) -> None:
    shorter = {route: roles for route, roles in matrix.items() if route != "GET /my/profile"}
    longer = {**shorter, "GET /nowhere": ["PUBLIC"]}
    assert differences(house.app, longer) == [
        "not in the application: GET /nowhere",
        "not in the list: GET /my/profile ['applicant']",
    ]


def test_whoever_is_not_in_the_list_is_turned_away(
    unguarded: House, matrix: dict[str, list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    found = outsiders(unguarded, matrix)
    with capsys.disabled():
        print(f"\naccess: {found.tried} calls by people who may not, {len(found.failed)} let in")
    assert found.failed == []


def test_removing_the_check_would_be_seen(
    unguarded: House, matrix: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    view = unguarded.app.view_functions["portal.profile"]
    monkeypatch.setattr(view, "access", frozenset({PUBLIC}))
    assert not turned_away(unguarded.call("applicant", "GET /my/profile", "/my/profile"))
    assert not turned_away(unguarded.call(VISITOR, "GET /verify", "/verify"))


def test_every_part_of_an_address_is_known(house: House) -> None:
    strange = {route: unknown(route, house.home) for route in routes(house.app)}
    assert {route: names for route, names in strange.items() if names} == {}


def test_strangers_find_nothing_of_anothers(
    unguarded: House, matrix: dict[str, list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    before = unguarded.digest()
    found = strangers(unguarded, matrix)
    with capsys.disabled():
        print(f"\nIDOR: {found.tried} probes, {len(found.failed)} answered otherwise than 404")
    assert found.failed == []
    assert unguarded.digest() == before


def test_the_owner_does_find_them(unguarded: House) -> None:
    """The control: the same addresses answer their owner, so a 404 above means something."""
    home, owner = unguarded.home, unguarded.client("applicant", "owner")
    reached = {
        part
        for route in routes(unguarded.app)
        if route.startswith("GET ") and len(parts(route)) == 1
        for part in parts(route)
        if part in home.owned
        for address in addresses(route, home)
        if owner.get(address).status_code < 400
    }
    assert reached >= {"case_id", "task_id", "file_id", "number", "certificate_id", "record_id"}


def test_nothing_of_anothers_stands_on_a_strangers_page(
    unguarded: House, matrix: dict[str, list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    found = pages_of_strangers(unguarded, matrix)
    with capsys.disabled():
        print(f"\nleaks: {found.tried} pages searched for marks, {len(found.failed)} found")
    assert found.failed == []


def test_a_mark_on_a_strangers_page_would_be_seen(
    unguarded: House, matrix: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worklists, "visible", lambda _actor: true())
    cases = "GET /office/cases"
    only = {route: roles if route == cases else ["PUBLIC"] for route, roles in matrix.items()}
    assert pages_of_strangers(unguarded, only).failed


def _reading_first(route: str) -> tuple[bool, str]:
    method = route.split(" ", 1)[0]
    return (method in WRITES, route)


def _admitted(house: House, matrix: dict[str, list[str]]) -> Iterator[tuple[str, str, str]]:
    """Return every route with everybody who may call it: whose belongings they hold, their role."""
    for route in sorted(matrix.keys() - ENDINGS, key=_reading_first):
        for role in (VISITOR, *WHO):
            for whose in ("stranger", "owner") if may(matrix, route, role) else ():
                if whose == "stranger" or (whose, role) in house.tokens:
                    yield route, whose, role


def test_whoever_is_in_the_list_is_let_to_the_view(
    unguarded: House, matrix: dict[str, list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    shut_out, tried, served, pages = [], 0, set(), set()
    for route, whose, role in _admitted(unguarded, matrix):
        tried += 1
        answer = unguarded.call(role, route, addresses(route, unguarded.home)[0], whose)
        if answer.status_code in {401, 403, 405} or answer.status_code >= 500:
            shut_out.append(f"{role} {route}: {answer.status_code}")
        if answer.status_code < 400:
            served.add(route)
        if answer.status_code == 200 and answer.mimetype == "text/html":
            pages.add(route)
    with capsys.disabled():
        print(f"\naccess: {tried} calls by people who may; {len(served)} routes answered")
    assert shut_out == []
    assert "GET /road" in pages
    assert pages & {f"GET {rule}" for rule in NONE} == set(), "these are pages: look at them"


def test_a_closed_account_is_out_at_once(unguarded: House) -> None:
    client = unguarded.client("teacher")
    assert client.get("/notices").status_code == 200
    with unguarded.app.app_context(), transaction() as session:
        user = session.get_one(User, unguarded.home.strangers["teacher"].user_id)
        disable(session, user, clock.now(), SYSTEM, "left")
    assert turned_away(client.get("/notices"))
