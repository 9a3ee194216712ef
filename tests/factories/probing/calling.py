"""Calls by people who may and who may not: role x route x method, and others' belongings (G1-G3)."""

import json
from pathlib import Path

from flask import Flask
from werkzeug.test import TestResponse

from certflow.accounts.roles import ROLES
from certflow.core.access import PUBLIC, SIGNED_IN
from factories.addresses import OPEN_PARTS, addresses, body, parts
from factories.house import VISITOR, WHO, House, routes
from factories.neighbours import MARKER
from factories.probing.tally import Tally

LIST = Path(__file__).parents[2] / "guards" / "access_matrix.json"
WORDS = {PUBLIC: "PUBLIC", SIGNED_IN: "SIGNED_IN"}
EVERY_CASE = frozenset(
    {
        "reviewer",
        "approver",
        "complaints_office",
        "finance",
        "regulator",
        "process_admin",
        "system_admin",
    }
)
"""Roles whose work is every submitted case of the platform (cases/scope.py READS_ALL)."""
PERSONAL = frozenset({"notice_id", "record_id", "login_id", "my_token_id", "webhook_id"})
"""Belongings that are nobody else's business, whatever the role."""
OF_THE_PLATFORM = frozenset(
    {"incident_id", "refund_id", "version_id", "token_id", "announcement_id"}
)
"""Rows that only the roles of the route handle; they belong to no applicant or body."""
OF_PEOPLE = frozenset({"person_id"})
"""People, whom the offices of the association deal with whatever their case (accounts/searching.py)."""
DEALS_WITH_PEOPLE = frozenset({"exam_office"})
OF_THE_ASSOCIATION = frozenset({"exam_office", "training_office"})
STAFF_NEWS = f"{MARKER}：内部公告"
"""The heading of an announcement that the association's staff may read, on their pages too."""

Matrix = dict[str, list[str]]


def reviewed() -> Matrix:
    """Return the reviewed list: who may call which route."""
    return {
        route: roles if isinstance(roles, list) else [roles]
        for route, roles in json.loads(LIST.read_text()).items()
    }


def differences(app: Flask, matrix: Matrix) -> list[str]:
    """Say where the application and the list differ; empty when they are one."""
    declared = {
        route: sorted(WORDS.get(role, role) for role in roles)
        for route, roles in routes(app).items()
    }
    unlisted = [f"not in the list: {route} {declared[route]}" for route in declared.keys() - matrix]
    gone = [f"not in the application: {route}" for route in matrix.keys() - declared]
    changed = [
        f"{route}: the view says {declared[route]}, the list {sorted(matrix[route])}"
        for route in declared.keys() & matrix
        if declared[route] != sorted(matrix[route])
    ]
    return sorted([*unlisted, *gone, *changed])


def may(matrix: Matrix, route: str, role: str) -> bool:
    """Whether the list lets a role, a permission's holder or a visitor call a route."""
    roles = matrix[route]
    if "PUBLIC" in roles or role == VISITOR:
        return "PUBLIC" in roles
    return bool({"SIGNED_IN", role, role.partition(":")[0]} & set(roles))


def turned_away(answer: TestResponse) -> bool:
    """Whether an answer lets nobody in: refused, not found, or sent to the login."""
    to_login = answer.status_code == 302 and "/login" in answer.headers["Location"]
    return to_login or answer.status_code in {400, 401, 403, 404}


def outsiders(house: House, matrix: Matrix, every: int = 1) -> Tally:
    """Let everybody call what the list does not let them; whoever gets in has failed."""
    found, number = Tally(), 0
    for route in routes(house.app):
        address = addresses(route, house.home)[0]
        for role in (VISITOR, *WHO):
            if route not in matrix or may(matrix, route, role):
                continue
            number += 1
            if number % every:
                continue
            answer = house.call(role, route, address)
            said = f"{role} {route}: {answer.status_code}"
            found.note(said, right=turned_away(answer))
    return found


def must_not_find(role: str, names: set[str]) -> bool:
    """Whether a stranger of a role must get "not found" for another's belongings."""
    if names <= OF_THE_PLATFORM or not names:
        return False
    if names & PERSONAL:
        return True
    if names <= OF_PEOPLE and role in DEALS_WITH_PEOPLE:
        return False
    return role not in EVERY_CASE


def strangers(house: House, matrix: Matrix, every: int = 1) -> Tally:
    """Let everybody ask for what belongs to the first applicant; all but "not found" has failed."""
    found, number = Tally(), 0
    for route in routes(house.app):
        names = set(parts(route)) & set(house.home.owned)
        for role in ROLES:
            if route not in matrix or not may(matrix, route, role):
                continue
            if not must_not_find(role, names):
                continue
            for address in addresses(route, house.home):
                number += 1
                if number % every:
                    continue
                answer = house.call(role, route, address, **body(route))
                said = f"{role} {route} {address}: {answer.status_code}"
                found.note(said, right=answer.status_code == 404)
    return found


def marks(house: House) -> list[str]:
    """Return by what the first applicant and their cases and orders would be known."""
    return [MARKER, *house.home.numbers, *map(str, house.home.owned["number"])]


def pages_of_strangers(house: House, matrix: Matrix) -> Tally:
    """Search every page of people who are no part of it for the first applicant's marks (G10)."""
    home, found = house.home, Tally()
    for route in routes(house.app):
        if not route.startswith("GET ") or "PUBLIC" in matrix[route]:
            continue
        if set(parts(route)) - (set(OPEN_PARTS) - set(home.owned)):
            continue  # whoever asks for another's thing by its number reads that number again
        for role in sorted(set(ROLES) - EVERY_CASE):
            if not may(matrix, route, role):
                continue
            for query in ("", f"?q={home.numbers[0][:-1]}", "?view=all", "?view=group"):
                answer = house.call(role, route, addresses(route, home)[0] + query)
                text = answer.get_data(as_text=True)
                if role in OF_THE_ASSOCIATION:
                    text = text.replace(STAFF_NEWS, "")
                seen = [mark for mark in marks(house) if mark in text]
                found.note(f"{role} {route}{query}: {seen}", right=not seen)
    return found
