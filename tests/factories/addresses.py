"""Real addresses for the routes of the application: every part of an address has a known meaning."""

import re

from factories.neighbours import Neighbours

PART = re.compile(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>")
OPEN_PARTS = {
    "key": "registration",
    "kind": "education",
    "day": "2026-12-31",
    "year": "2027",
    "filename": "dist/manifest.json",
    "part": "stamp",
    "name": "apply",
    "page": "overview",
    "exam_id": "1",
    "table": "marks",
    "import_id": "1",
    "number": "1",
    "release_id": "1",
    "what": "people",
    "organisation_id": "1",
    "puzzle": "1763600000.0000000000000000.000000000000000000000000",
    "migration_id": "1",
    "deed": "suspend",
    "replay_id": "1",
    "trial_id": "1",
}
"""Parts of addresses that name nothing that belongs to a person, and a value that exists."""

MOST = 10
BODIES: dict[str, dict[str, object]] = {
    "/withdraw": {"reason": "材料还不齐"},
    "/complete": {"outcome": "submit", "data": {}, "seen": 1},
    "/draft": {"data": {}, "page": ""},
}
"""Well-formed bodies for the API's commands, so that a refusal is about whose thing it is."""


def body(route: str) -> dict[str, object]:
    """Return the JSON body for a route of the API; empty for all others."""
    wanted = BODIES.get("/" + route.rsplit("/", 1)[1]) if " /api/" in route else None
    return {"json": wanted} if wanted else {}


def parts(route: str) -> list[str]:
    """Return the names of the variable parts of a route ("GET /cases/<int:case_id>")."""
    return PART.findall(route)


def unknown(route: str, home: Neighbours) -> list[str]:
    """Return the parts of which nobody has said whether they name somebody's belongings."""
    known = {*OPEN_PARTS, *home.owned, "check_code"}
    return [part for part in parts(route) if part not in known]


def addresses(route: str, home: Neighbours) -> list[str]:
    """Return the addresses of a route with the first applicant's own ids, one a belonging."""
    rule = route.split(" ", 1)[1]
    found = [rule]
    for part in parts(route):
        # Versions of a process are numbered as orders are, but they are nobody's belongings.
        owned = [] if (part, rule[:8]) == ("number", "/studio/") else home.owned.get(part)
        values = spread(owned or [_open_value(part, home)])
        found = [
            PART.sub(lambda match, one=one: str(one), address, count=1)  # type: ignore[misc]
            for address in found
            for one in values
        ]
    return found


def spread(values: list[object]) -> list[object]:
    """Return at most MOST of the values, evenly chosen."""
    return values[:: -(-len(values) // MOST)]


def _open_value(part: str, home: Neighbours) -> str:
    return home.check_code if part == "check_code" else OPEN_PARTS[part]
