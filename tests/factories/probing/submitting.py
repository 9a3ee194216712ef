"""Fills in and submits the forms of every page, and looks whether the trail tells of it (J6)."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.exceptions import HTTPException

from certflow.core.db import db
from certflow.core.limits import limiter
from factories.addresses import addresses
from factories.house import House, is_api, routes
from factories.people import PASSWORD
from factories.probing.browsing import visits
from factories.probing.calling import may, reviewed
from factories.probing.tally import Tally

WRITTEN = re.compile(r'^\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.IGNORECASE)
NEEDS_NONE = frozenset(
    {
        # The trail itself, counts, tries, what is to be sent, what was read.
        "audit_event", "audit_chain", "login_session", "login_attempt", "known_device",
        "spent_puzzle", "verification_code", "number_sequence", "case_command", "outbox_item",
        "notice", "payment_notice", "studio_draft_visitor",
        # What somebody works on before it counts; that it counts then is told of.
        "form_draft", "stored_file", "group_filing", "group_filing_row", "studio_draft", "studio_draft_part",
        "table_import", "table_import_row",
        # Trials of processes, which happen in a world of their own.
        "studio_trial",
    }
)  # fmt: skip
"""Tables that may be written without a row in the trail."""
LEFT_OUT = re.compile(r"^/(logout|account/logins|password|language|role|static|developer)\b")
UNTOLD = frozenset({"/account/second-factor/start", "/language"})
"""A secret that counts from its confirmation on, which is told of; the language of one's pages."""
VALUES = {
    "date": "2026-11-25",
    "number": "1",
    "email": "probe@example.org",
    "tel": "13911112222",
    "datetime-local": "2026-11-25T09:00",
    "password": PASSWORD,
}


@dataclass
class Form:
    """A form of a page: where it goes, what would be sent."""

    action: str
    values: dict[str, str] = field(default_factory=dict)


class _Forms(HTMLParser):
    """Reads the forms that write from a page, filled in where they are empty."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._form: Form | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            writes = told.get("method", "").lower() == "post"
            self._form = Form(told.get("action", "")) if writes else None
            self.found += [self._form] if self._form else []
        elif self._form is not None and told.get("name"):
            self._take(tag, told)
        elif self._form is not None and tag == "option" and self._select and told.get("value"):
            self._form.values.setdefault(self._select, told["value"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""

    def _take(self, tag: str, told: dict[str, str]) -> None:
        assert self._form is not None
        name, kind = told["name"], told.get("type", "text")
        self._select = name if tag == "select" else ""
        if tag == "textarea":
            self._form.values[name] = "已核对，情况属实，同意办理。"
        elif tag == "input" and kind in {"radio", "checkbox"}:
            self._form.values.setdefault(name, told.get("value", "on"))
        elif tag == "input" and kind != "file":
            self._form.values[name] = told.get("value") or VALUES.get(kind, "示例 abc")
        elif tag == "button" and told.get("value"):
            self._form.values.setdefault(name, told["value"])


def forms_of(page: str) -> list[Form]:
    """Return the forms of a page that write."""
    reader = _Forms()
    reader.feed(page)
    return reader.found


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    """Collect the tables that are written, in the order of the statements; a rollback empties it."""
    written: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if (table := WRITTEN.match(statement)) is not None:
            written.append(table[1])

    def undone(_connection: Any) -> None:
        written.clear()

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    event.listen(engine, "rollback", undone)
    try:
        yield written
    finally:
        event.remove(engine, "before_cursor_execute", note)
        event.remove(engine, "rollback", undone)


def submissions(
    house: House, each: int = 3, who: list[tuple[str, str]] | None = None
) -> tuple[Tally, set[str]]:
    """Submit every form of the pages that people may open, once a route and role.

    Of each route `each` addresses are opened. Return what the trail missed, and the routes whose
    forms wrote something. The house is another afterwards.
    """
    found, wrote, done = Tally(), set[str](), set[tuple[str, str]]()
    limiter.enabled = False
    with statements(house.app) as written:
        for role, whose in who or visits(house):
            client = house.client(role, whose)
            for address, form in _filled(house, role, client, each):
                route = _route(house.app, address)
                if LEFT_OUT.match(address) or route in {"", *UNTOLD} or (role, route) in done:
                    continue
                written.clear()
                answer = client.post(address, data=form.values)
                if answer.status_code >= 400:
                    continue
                done.add((role, route))
                told = set(written) - NEEDS_NONE
                if told:
                    wrote.add(route)
                    said = f"{role} POST {route}: {sorted(told)}"
                    found.note(said, right="audit_event" in written)
    limiter.enabled = True
    return found, wrote


def _filled(house: House, role: str, client: FlaskClient, each: int) -> Iterator[tuple[str, Form]]:
    """Give the forms of the pages that a role may open, with where they go."""
    listed = reviewed()
    for route in routes(house.app):
        if not route.startswith("GET ") or is_api(route) or route not in listed:
            continue
        if not may(listed, route, role):
            continue
        for address in addresses(route, house.home)[:each]:
            page = client.get(address, buffered=True)
            for form in _forms(page):
                yield form.action or address, form


def _forms(page: Any) -> list[Form]:
    html = page.mimetype == "text/html" and page.status_code == 200
    return forms_of(page.get_data(as_text=True)) if html else []


def _route(app: Flask, address: str) -> str:
    path = address.partition("?")[0]
    try:
        rule, _values = app.url_map.bind("localhost").match(path, method="POST", return_rule=True)
    except HTTPException:
        return ""
    return str(rule.rule)
