"""Types something wrong into every field of every form, and looks what the page says (issue 2 §4)."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatch
from io import BytesIO
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from certflow.accounts import puzzles
from certflow.core.db import db
from certflow.demo import records
from factories.addresses import addresses
from factories.house import House, routes
from factories.people import PASSWORD, resident_number
from factories.probing.browsing import somebody
from factories.probing.fields import (
    CHINESE,
    MOMENTS,
    ODD,
    Control,
    Form,
    forms_in,
    kept,
    page,
    standing_at,
    summary_leads_to,
)
from factories.probing.submitting import NEEDS_NONE, statements

REFUSED = 422
TRIED = {"recovery_code"}
"""Tables of which a row would have been written had what was typed been right."""
LANGUAGES = ("zh", "en")
PLAIN: dict[str, str] = {
    "date": "2026-11-25",
    "time": "09:30",
    "datetime-local": "2026-12-25T09:00",
    "number": "60",
    "email": "probe@example.org",
    "tel": "13911112222",
    "url": "https://example.org/in",
    "password": "Heron-8-by-river",
}
NAMED: dict[str, str] = {
    "present": PASSWORD,
    "old": PASSWORD,
    "login_name": "probe.seven",
    "document_number": resident_number(77),
    "uscc": "91350211M000100Y46",
    "tax_number": "91350211M000100Y46",
    "contact_phone": "13911112222",
}
"""What is right in a field of this name; the other fields get something that fits their kind."""


@dataclass
class Place:
    """Where a form stands, who fills it in, and what its fields want to be right.

    `press` is the button; `fill` names values that the page's own do not give, None a field that
    is not shown then; `session` is what the browser remembers.
    """

    address: str
    who: tuple[str, str]
    fill: dict[str, Any] = field(default_factory=dict)
    press: dict[str, str] = field(default_factory=dict)
    session: dict[str, Any] = field(default_factory=dict)


@dataclass
class Probe:
    """One form of the house, filled in rightly except for one field at a time."""

    house: House
    route: str
    client: FlaskClient
    place: Place
    form: Form
    faults: list[str] = field(default_factory=list)
    tried: int = 0
    touched: list[str] = field(default_factory=list)
    remembered: dict[str, Any] = field(default_factory=dict)

    @property
    def controls(self) -> list[Control]:
        """The fields that are filled in here; those that only some answers show are left out."""
        return [one for one in self.form.controls if one.name not in self.hidden]

    @property
    def hidden(self) -> set[str]:
        """The names of fields that the page does not show with these answers."""
        return {name for name, value in self.place.fill.items() if value is None}

    def right(self) -> dict[str, Any]:
        """Return what a person would send who makes no mistake."""
        values = dict(self.form.values)
        for one in self.controls:
            if not values.get(one.name):
                values[one.name] = _right(one)
        values |= {name: value for name, value in self.place.fill.items() if value is not None}
        if values.get("puzzle"):
            with self.house.app.app_context():
                values["captcha"] = puzzles._digits(values["puzzle"])
        return values | self.place.press

    def send(self, values: dict[str, Any]) -> TestResponse:
        """Send the form with these values; what is None is left out."""
        data: MultiDict[str, Any] = MultiDict()
        for name, value in values.items():
            many = value if isinstance(value, list) else [value]
            for one in many:
                if isinstance(one, bytes):
                    data.add(name, (BytesIO(one), "paper.pdf"))
                elif one is not None:
                    data.add(name, one)
        multipart = any(one.kind == "file" for one in self.form.controls)
        kind = "multipart/form-data" if multipart else "application/x-www-form-urlencoded"
        action = self.form.action or self.place.address
        return self.client.post(action, data=data, content_type=kind, buffered=True)

    def afresh(self, language: str = "zh") -> None:
        """Stand before the form as at first, in a language: nothing was posted, nothing counted."""
        if self.touched:
            restore(self.house)
            self.touched.clear()
        with self.client.session_transaction() as session:
            session.clear()
            session.update({**self.remembered, "locale": language})


def _right(one: Control) -> Any:
    if one.kind == "file":
        return None if one.optional else records.proof()
    if one.options:
        return one.options[0] if one.kind in {"select", "radio"} else [one.options[0]]
    if one.kind == "box":
        return [one.element.get("value", "on")]
    fitting = NAMED.get(one.name) or PLAIN.get(one.kind, "Seven sample words")
    return fitting[: one.most] if one.most else fitting


def mistakes(probe: Probe, pardoned: dict[tuple[str, str], str]) -> None:
    """Make each mistake in turn and note what the page does not do about it."""
    with statements(probe.house.app) as written:
        probe.touched = written
        for number, one in enumerate(probe.controls):
            mistaken = [
                (what, wrong)
                for what, wrong in one.wrongs()
                if not any(fnmatch(one.name, name) and fnmatch(what, why) for name, why in pardoned)
            ]
            for turn, (what, wrong) in enumerate(mistaken):
                turns = (LANGUAGES[(number + turn) % 2],)  # two mistakes are told in two languages
                for language in turns if len(mistaken) > 1 else LANGUAGES:
                    probe.afresh(language)
                    sent = probe.right() | {one.name: wrong}
                    answer = probe.send(sent)
                    probe.tried += 1
                    said = f"{one.name} {what} ({language}): "
                    faults = _looked_at(probe, one, sent, answer, language)
                    faults += _changed(set(written) - NEEDS_NONE - TRIED)
                    probe.faults += [said + fault for fault in faults]


def _looked_at(
    probe: Probe, one: Control, sent: dict[str, Any], answer: TestResponse, language: str
) -> list[str]:
    if answer.status_code != REFUSED:
        return [f"answered {answer.status_code} {answer.headers.get('Location', '')}"]
    root, faults = page(answer.get_data(as_text=True)), []
    sentences = standing_at(root, one)
    if not sentences and one.kind != "picks":  # rows of a list: the summary leads to the list
        faults.append("nothing stands at the field")
    faults += [
        f"said in the other language: {sentence}"
        for sentence in sentences
        if bool(CHINESE.search(sentence)) != (language == "zh")
    ]
    if not summary_leads_to(root, one):
        faults.append("the summary does not lead to the field")
    lost = [each.name for each in probe.controls if not kept(root, each, sent.get(each.name))]
    return faults + ([f"lost: {lost}"] if lost else [])


def _changed(tables: set[str]) -> list[str]:
    return [f"changed {sorted(tables)}"] if tables else []


def oddities(probe: Probe) -> None:
    """Send what no keyboard types: the page may refuse it, but it may not break over it."""
    texts = [one.name for one in probe.controls if one.kind not in {"file", "password"}]
    garbled = dict.fromkeys(texts, "a\x00b\x0b\ufffe\U000e0001c")
    moments = [one.name for one in probe.controls if one.kind in MOMENTS | {"number"}]
    tries = [garbled, *(dict.fromkeys(moments, odd) for odd in ODD if moments)]
    hidden = {name: "x" for name in probe.form.values if name not in texts}
    for wrong in [*tries, hidden, dict.fromkeys(probe.right())]:
        answer = probe.send(probe.right() | wrong)
        probe.tried += 1
        if answer.status_code >= 500 or "BAD_VALUE" in answer.headers.get("X-Problem", ""):
            probe.faults.append(f"{wrong}: answered {answer.status_code}")


def places_of(house: House, route: str, known: dict[str, Place]) -> Iterator[Place]:
    """Give the pages where a route's form may stand: said, at its own address, or above it."""
    if route in known:
        yield known[route]
        return
    pages, who = routes(house.app), somebody(house, route)
    rule = route.split(" ", 1)[1]
    while rule:
        if f"GET {rule}" in pages:
            for address in addresses(f"GET {rule}", house.home):
                yield Place(address, who)
        rule = rule.rpartition("/")[0]


def found(house: House, route: str, known: dict[str, Place]) -> Iterator[Probe]:
    """Give the forms that post to a route, each with the page on which it was found."""
    for place in places_of(house, route, known):
        client = house.client(*place.who)
        with client.session_transaction() as session:
            session.update(place.session)
        answer = client.get(place.address, buffered=True)
        if answer.mimetype != "text/html" or answer.status_code != 200:
            continue
        for form in forms_in(page(answer.get_data(as_text=True))):
            if route_of(house.app, form.action or place.address) == route:
                probe = Probe(house, route, client, place, form)
                with client.session_transaction() as session:
                    probe.remembered = dict(session)
                yield probe


def route_of(app: Flask, address: str) -> str:
    """Return the route that takes a form ("POST /office/staff"); empty when none does."""
    path = re.sub(r"[?#].*", "", address)
    try:
        rule, _values = app.url_map.bind("localhost").match(path, method="POST", return_rule=True)
    except HTTPException:
        return ""
    return f"POST {rule.rule}"


@contextmanager
def as_before(house: House) -> Iterator[None]:
    """Put the database back afterwards as it was."""
    _copy(_live(house), _live(house).with_suffix(".kept"))
    try:
        yield
    finally:
        restore(house)


def restore(house: House) -> None:
    """Put the database back as it was when it was kept."""
    with house.app.app_context():
        db.session.remove()
        db.engine.dispose()
    _copy(_live(house).with_suffix(".kept"), _live(house))


def _live(house: House) -> Path:
    with house.app.app_context():
        return Path(str(db.engine.url.database))


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as read, closing(sqlite3.connect(target)) as write:
        read.backup(write)
