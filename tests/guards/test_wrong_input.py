"""Wrong input of every form gets its message at its field, in both languages (issues 2 §4, 5 §5).

Each route that takes a form is looked up on its page; its fields are read from the page, so that
a new form or field is tried without anybody writing it down. What answers otherwise than with 422
and a sentence at the field stands in `PARDONED` with the reason.
"""

import pytest

from certflow.core import settings
from certflow.core.limits import limiter
from factories.addresses import addresses
from factories.house import House
from factories.probing.browsing import somebody
from factories.probing.calling import reviewed
from factories.probing.furnished import furnish
from factories.probing.mistyping import Place, as_before, found, mistakes, oddities

PARDONED: dict[str, dict[tuple[str, str], str]] = {
    "POST /narrow": {("q", "*"): "nothing typed shows the whole list, too much is cut"},
    "POST /search": {
        ("q", "*"): "nothing, or too much, finds nothing; the page says how to search"
    },
    "POST /account/notices": {("channel", "empty"): "no mail and no text messages are a choice"},
    "POST /studio/<key>/scenarios/<name>": {
        (name, "*"): "a test may expect what never comes; run, it fails and says so"
        for name in ("then.*", "outcome.*", "outcome", "add")
    },
    "POST /admin/permissions": {("permission", "empty"): "who may do nothing only looks"},
}
"""Fields that take what is wrong elsewhere, by (name, what is wrong; "*" is anything), with the reason."""
BY_SCRIPT = "JSON, sent by a script of ours: it has no form, see the test below"
HIDDEN = "a button with hidden fields, in the head of pages or on one that the house does not have"
NO_FORM: dict[str, str] = {
    "POST /payments/notice": "the payment provider's signed notice",
    "POST /files": "one file, sent by a script; what is wrong is told beside it",
    "POST /sign-up/check": BY_SCRIPT,
    "POST /tasks/<int:task_id>/draft": BY_SCRIPT,
    "POST /studio/<key>/draft/compare": BY_SCRIPT,
    "POST /studio/<key>/draft/condition": BY_SCRIPT,
    "POST /studio/<key>/draft/fields": BY_SCRIPT,
    "POST /studio/<key>/draft/parts/<path:part>": BY_SCRIPT,
    "POST /studio/<key>/draft/preview": BY_SCRIPT,
    "POST /studio/<key>/draft/records": BY_SCRIPT,
    "POST /studio/<key>/draft/tables/<name>/examine": BY_SCRIPT,
    "POST /studio/<key>/draft/visit": BY_SCRIPT,
    **dict.fromkeys(
        (
            "POST /admin/audit/verify",
            "POST /announcements/<int:announcement_id>/withdraw",
            "POST /admin/imports/<int:import_id>",
            "POST /language",
            "POST /logout",
            "POST /role",
            "POST /my/invitations",
            "POST /office/filing/<int:filing_id>/retry",
            "POST /office/inbox/release",
            "POST /office/people/import/<int:import_id>",
            "POST /office/people/invitations/withdraw",
            "POST /studio/<key>/release/<int:release_id>/withdraw",
            "POST /studio/trials/<int:trial_id>/renew",
            "POST /tasks/<int:task_id>/claim",
            "POST /tasks/<int:task_id>/release",
            "POST /webhooks/<int:webhook_id>/resume",
        ),
        HIDDEN,
    ),
}
ROUTES = [one for one in reviewed() if one.startswith("POST ") and " /api/" not in one]


def test_what_is_excepted_is_there() -> None:
    assert PARDONED.keys() | NO_FORM.keys() <= set(ROUTES)


@pytest.fixture(scope="module")
def places(built: House) -> dict[str, Place]:
    """The house furnished; where those forms stand whose own address does not tell it."""
    settings.install(built.app.extensions["certflow"])
    return furnish(built)


@pytest.fixture
def untouched(house: House, places: dict[str, Place], monkeypatch: pytest.MonkeyPatch):
    """The house without the CSRF check, put back as it was after each form."""
    monkeypatch.setitem(house.app.config, "WTF_CSRF_ENABLED", False)
    monkeypatch.setattr(limiter, "enabled", False)
    with as_before(house):
        yield house


@pytest.mark.parametrize("route", ROUTES)
def test_wrong_input_is_told_at_its_field(
    untouched: House, places: dict[str, Place], route: str
) -> None:
    forms = list(found(untouched, route, places))
    if route in NO_FORM:
        assert not any(one.controls for one in forms), "this has a form after all"
        return
    assert forms, (
        "on which page does its form stand? say it in `furnished`, or here why it has none"
    )
    asking = next((one for one in forms if one.controls), None)
    if asking is not None:
        mistakes(asking, PARDONED.get(route, {}))
        oddities(asking)
        assert not asking.faults, "\n".join(asking.faults)


HOSTILE = (
    b"",
    b"{",
    b"[]",
    b'"text"',
    b"\xff\xfe",
    b"[" * 3_000,
    b'{"content": ' + b"[" * 900 + b"]" * 900 + b"}",
    b'{"part": {"a": [1]}, "content": 7, "revision": "x", "locale": [], "data": 1, "posted": {}}',
    b'{"part": "\\ud800", "name": "a\\u0000b", "xml": "\\udfff", "decision": [], "title": 7}',
    b'{"content": {"title": {"zh": "\\ud800\\u0000"}}, "revision": 1, "text": "\\ud800"}',
)


@pytest.mark.parametrize("route", [one for one, why in NO_FORM.items() if why is BY_SCRIPT])
def test_a_script_that_sends_nonsense_is_told_so(
    untouched: House, places: dict[str, Place], route: str
) -> None:
    """What only scripts of ours send is refused in words too, never with an error of ours."""
    role, whose = somebody(untouched, route)
    client = untouched.client(role, whose)
    broken, answered = [], set()
    for key in ("feedback", "registration"):
        address = addresses(route, untouched.home)[0].replace("registration", key)
        for body in HOSTILE:
            kind = "multipart/form-data" if route[-5:] == "draft" else "application/json"
            answer = client.post(address, data=body, content_type=kind)
            answered.add(answer.status_code)
            if answer.status_code >= 500:
                broken.append((address, body[:60], answer.status_code))
    assert broken == []
    named = route.endswith("/draft/fields")  # nonsense names no form there: 404 is the answer
    assert named or answered - {401, 403, 404}, answered
