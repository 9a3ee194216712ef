"""A live installation on loopback and a real Chromium, for the tests that use the pages."""

import os
import shutil
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import update
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from browser.pages import Person, Site
from browser.rooms import Rooms
from certflow import demo
from certflow.accounts.models import Person as Holder
from certflow.accounts.models import User
from certflow.accounts.operations import grant_role
from certflow.app import create_app
from certflow.core import clock
from certflow.core import settings as settings_
from certflow.core.db import Model, Session, db, transaction, writing
from certflow.demo import people, records
from certflow.personnel.queries import records_of
from certflow.sandbox_gateway import create_gateway
from certflow.studio import shipping
from certflow.studio.models import Draft, Release
from factories.cast import ROOT, START, publish_registration
from factories.databases import make_settings

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--lang=zh-CN",
]
APPLICANTS = tuple(f"user{n:03d}" for n in (*range(12, 121, 12), *range(240, 289, 12)))
"""People of the first body (liu.guanlan's); those of the story have nothing in the demo either."""
COLLEAGUE = "user132"
"""An expert of that body."""


class _Quiet(WSGIRequestHandler):
    def log(self, *_ignored: object) -> None:
        """Write nothing."""


@contextmanager
def _served() -> Iterator[tuple[BaseWSGIServer, str]]:
    """Serve an application, given later, on a free loopback port."""
    server = make_server("127.0.0.1", 0, Flask("later"), threaded=True, request_handler=_Quiet)
    server.daemon_threads = True  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    with _served() as (web, base_url), _served() as (bank, gateway_url):
        plain = make_settings(f"sqlite:///{folder}/site.db", folder)
        settings = replace(plain, base_url=base_url, gateway_url=gateway_url)
        app = create_app(settings)
        clock.freeze(START)
        with app.app_context(), writing():
            Model.metadata.create_all(db.engine)
            with transaction() as session:
                publish_registration(session)
            if os.environ.get("CERTFLOW_SCREENSHOTS"):
                with transaction() as session:
                    shipping.sync(session, ROOT)
                demo.load()
            with transaction() as session:
                _populate(session)
        web.app = app
        bank.app = create_gateway(settings, folder / "gateway.db")
        yield Site(app, base_url, gateway_url, folder)
    clock.reset()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="session")
def rooms(site: Site) -> Rooms:
    """Cases in every stage."""
    return Rooms.furnish(site)


def _populate(session: Session) -> None:
    """Make the demo's people where the demo is not loaded; give the tests' applicants a library."""
    if not session.query(User).count():
        people.settle(session, clock.now())
    for login in APPLICANTS:
        holder = _holder(session, login)
        if records_of(session, holder.id):  # the demo has been here
            continue
        user_id = holder.user_id or 0
        body = people.BODIES[0][0]
        records.fill_library(session, holder.id, user_id, "QMS", body=body)
        records.pass_exams(session, holder.id, "QMS")
    grant_role(session, _holder(session, COLLEAGUE).user_id or 0, "expert", clock.now())


def _holder(session: Session, login: str) -> Holder:
    user = session.query(User).filter_by(login_name=login).one()
    return session.query(Holder).filter_by(user_id=user.id).one()


@pytest.fixture(autouse=True)
def at_the_start(site: Site) -> None:
    """Every test begins at the same hour: in Chinese, with the site's settings, nobody's drafts about."""
    settings_.install(site.app.extensions["certflow"])
    clock.freeze(START)
    with site.app.app_context(), transaction() as session:
        session.execute(update(User).values(locale="zh"))
        session.execute(update(Draft).where(Draft.state == "open").values(state="discarded"))
        asked = Release.state.in_(("asked", "approved"))
        session.execute(update(Release).where(asked).values(state="withdrawn"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=QUIET, env=os.environ | {"LANGUAGE": "zh_CN"}
        )
        yield chromium
        chromium.close()


FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport]:
    """Remember that a test failed, so that its last pages can be kept."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture
def meet(
    site: Site, browser: Browser, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator["Meet"]:
    """Give people a browser of their own; any console error or failed request fails the test."""
    people_met: list[Person] = []
    yield Meet(site, browser, people_met)
    faults = [fault for person in people_met for fault in person.faults]
    for number, person in enumerate(people_met):
        if request.node.stash.get(FAILED, False) and not person.page.is_closed():
            picture = tmp_path / f"{number}-{person.login or 'visitor'}.png"
            person.page.screenshot(path=picture, full_page=True)
            print(f"{person.page.url}: {picture}")
        person.leave()
    assert faults == []


class Meet:
    """Called with a login name: returns that person in a fresh browser context."""

    def __init__(self, site: Site, browser: Browser, met: list[Person]) -> None:
        self._site, self._browser, self._met = site, browser, met

    def __call__(self, login: str = "", *, width: int = 1280, locale: str = "zh") -> Person:
        context = self._browser.new_context(
            viewport={"width": width, "height": 900},
            locale="en-GB" if locale == "en" else "zh-CN",
            accept_downloads=True,
        )
        context.set_default_timeout(30_000)
        person = Person(self._site, context, login, locale)
        self._met.append(person)
        return person


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    """A PDF to upload as evidence."""
    path = tmp_path / "审核计划.pdf"
    path.write_bytes(records.proof())
    return path
