"""Planted personal data: where they must not turn up after a run of requests (J1-J3)."""

import io
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass, field, replace
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import quote

from sqlalchemy import select
from werkzeug.test import TestResponse

from certflow.accounts.models import Person, User
from certflow.core import settings as settings_
from certflow.core.logs import configure_logs
from certflow.core.outbox import OutboxItem
from factories.house import House
from factories.people import PASSWORD
from factories.probing.browsing import crawl, csrf_token, visits
from factories.probing.guessing import aside
from factories.probing.tally import Tally

if TYPE_CHECKING:
    from pathlib import Path

LINK = re.compile(r'(?:href|action|src)="([^"#]*)')
LAID_DOWN = ("mail", "sms")
"""Folders in which an installation without servers lays messages down, to be looked at."""
FAILING = "/healthz"


@dataclass
class Places:
    """What a run left behind, as texts by place."""

    logs: str = ""
    urls: set[str] = field(default_factory=set)


def marks(house: House) -> dict[str, str]:
    """Return what must turn up nowhere: documents, phones, addresses, passwords, login names' keys."""
    with aside(house.app) as session:
        found = {"password": PASSWORD}
        for number, person in enumerate(session.scalars(select(Person))):
            found[f"document {number}"] = person.document_number
            found |= {f"phone {number}": person.phone} if person.phone else {}
        for user in session.scalars(select(User)):
            found |= {f"mail {user.id}": user.email} if user.email else {}
    found |= {f"login of {one}": token for one, token in house.tokens.items()}
    return found | {f"bearer of {one}": token for one, token in house.bearers.items()}


def run(house: House, most: int = 40) -> Places:
    """Let everybody look round, sign in rightly and wrongly, search for people, and views fail."""
    places = Places()
    with listened(house, places):
        for role, whose in visits(house):
            for answer in crawl(house, role, whose, most):
                places.urls |= urls(answer)
        told = marks(house)
        searched = [value for name, value in told.items() if name.startswith(("doc", "phone"))]
        for value in searched[:10]:
            places.urls |= urls(_posted(house, "reviewer", "/search", {"q": value}))
        for value in [told["password"], *searched[:5], "lin@example.org"]:
            form = {"name": value, "password": told["password"]}
            places.urls |= urls(_posted(house, "visitor", "/login", form))
            places.urls |= urls(_posted(house, "visitor", "/recover/password", {"phone": value}))
        _fail(house, " ".join(searched[:3]))
    return places


def search(house: House, places: Places) -> Tally:
    """Look for every mark in every place: log, addresses, waiting effects, files, the database."""
    found, told = Tally(), marks(house)
    with aside(house.app) as session:
        queued = " ".join(
            f"{one.payload} {one.dedupe_key}" for one in session.scalars(select(OutboxItem))
        )
    texts = {"log": places.logs, "addresses": "\n".join(places.urls), "queue": queued}
    blobs = {name: text.encode() for name, text in texts.items()} | dict(files(house))
    for place, content in blobs.items():
        for name, mark in told.items():
            there = mark.encode() in content or quote(mark).encode() in content
            found.note(f"{name} in {place}", right=not there)
    return found


def files(house: House) -> Iterator[tuple[str, bytes]]:
    """Give every file of the installation, the database among them; not what it laid down to send."""
    folder: Path = house.app.extensions["certflow"].data_dir
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.relative_to(folder).parts[0] not in LAID_DOWN:
            yield str(path.relative_to(folder)), path.read_bytes()


def urls(answer: TestResponse) -> set[str]:
    """Return the addresses of an answer: its own, where it leads, the links of its page."""
    found = {answer.request.full_path, answer.headers.get("Location", "")}
    if answer.mimetype == "text/html":
        found |= {unescape(one) for one in LINK.findall(answer.get_data(as_text=True))}
    return found


@contextmanager
def listened(house: House, places: Places) -> Iterator[None]:
    """Write every log line of the platform and of the libraries into `places`."""
    heard = io.StringIO()
    handler = logging.StreamHandler(heard)
    root = logging.getLogger()
    level, settings = root.level, settings_.current()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    with redirect_stderr(heard):
        configure_logs(replace(settings, mode="production"))
        try:
            yield
        finally:
            root.removeHandler(handler)
            root.setLevel(level)
            places.logs += heard.getvalue()
    configure_logs(house.app.extensions["certflow"])
    sys.stderr.flush()


def _posted(house: House, role: str, path: str, form: dict[str, str]) -> TestResponse:
    browser = house.client(role)
    return browser.post(path, data={"csrf_token": csrf_token(browser), **form})


def _fail(house: House, detail: str) -> None:
    """Let a page fail while it holds personal data: the log says where, not what."""
    view = house.app.view_functions["public.healthz"]

    def failing() -> str:
        held = {"person": detail}
        raise LookupError(len(held["person"]))

    failing.access = view.access  # type: ignore[attr-defined]
    house.app.view_functions["public.healthz"] = failing
    try:
        house.client().get(FAILING)
    finally:
        house.app.view_functions["public.healthz"] = view
