"""Where a person adds what a rule lacks: from the place a rule names to the address of its page."""

from flask import url_for

_PAGES = {
    "cases": "portal.cases",
    "certificates": "portal.certificates",
    "credit": "portal.credit",
    "exams": "portal.exams",
    "profile": "portal.profile",
}


def place_url(place: str) -> str:
    """Return the address of "record/<id>", "profile/<kind>" or a page; "" for no place of its own."""
    name, _, rest = place.partition("/")
    if name == "record" and rest.isdecimal():
        return url_for("portal.edit_record", record_id=int(rest))
    if name in _PAGES:
        return url_for(_PAGES[name], kind=rest) if rest else url_for(_PAGES[name])
    return ""
