"""Whoever is complained of never learns who complained (D4): every page, answer, paper, file name.

Somebody complained of who holds every role of the platform, and everybody of a body complained
of, walk every page that they can reach; nothing there may hold a mark of the complainants.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from itertools import product
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import ColumnElement, false, select, true
from werkzeug.test import TestResponse

from certflow.app import create_app
from certflow.cases import concealing, evidence, inbox, scope
from certflow.cases.models import Case, CaseParty, HumanTask
from certflow.core import clock
from certflow.core import settings as settings_
from certflow.core.actor import Actor
from certflow.core.db import Model, db, transaction, writing
from certflow.core.files import StoredFile
from certflow.web.edge import COOKIE
from factories.cast import START
from factories.databases import make_settings
from factories.house import routes
from factories.shielded import CLERK_NAME, LOGIN, NAME, ONLOOKERS, PAPERS, Town, settle

LINK = re.compile(r'(?:href|action|src|data-[a-z-]+)="(/[^"#]*)')
SKIPPED = re.compile(r"^/(static|logout|login|locale|role|admin/organisations)\b")
"""The register of organisations lists everybody's people, whoever complained or did not."""
MOST_PAGES = 30


@pytest.fixture(scope="module", params=["person", "body"])
def town(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    """One town a kind of accused: a colleague of the association may see complaints about others."""
    folder = tmp_path_factory.mktemp("shield")
    app = create_app(make_settings(f"sqlite:///{folder}/test.db", folder))
    app.config.update(RATELIMIT_ENABLED=False, WTF_CSRF_ENABLED=False)
    settings_.install(app.extensions["certflow"])
    clock.freeze(START)
    with app.app_context(), writing():
        Model.metadata.create_all(db.engine)
        with transaction() as session:
            found = settle(session, app, request.param)
    yield found
    clock.reset()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(autouse=True)
def at_the_start(town: Town) -> Iterator[None]:
    settings_.install(town.app.extensions["certflow"])  # type: ignore[attr-defined]
    clock.freeze(START)
    yield
    clock.reset()


@dataclass
class Found:
    """A mark of a complainant, where it stood."""

    who: str
    address: str
    mark: str


def walk(town: Town, who: str, start: list[str] | None = None) -> list[Found]:
    """Open every page and every API answer that somebody can reach; return the marks found.

    It begins at every address there is, or at `start`, and follows the links.
    """
    token, bearer = town.eyes[who]
    client = town.app.test_client()  # type: ignore[attr-defined]
    client.set_cookie(COOKIE, token)
    programs = town.app.test_client()  # type: ignore[attr-defined]
    waiting, seen, found = start or addresses(town), set(), []
    most = len(waiting) + MOST_PAGES
    while waiting and len(seen) < most:
        address = waiting.pop(0)
        if address in seen:
            continue
        seen.add(address)
        answer = look(programs, address, bearer) if "/api/" in address else look(client, address)
        words = words_of(answer)
        town.probes += len(town.marks)
        found += [Found(who, address, name) for name in marks_in(town, words)]
        if answer.mimetype == "text/html" and answer.status_code == 200:
            waiting += links(words)
    return found


def look(client: FlaskClient, address: str, bearer: str = "") -> TestResponse:
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    return client.get(address, headers=headers, buffered=True)


def addresses(town: Town) -> list[str]:
    """Every address without a variable part, and those of everything in the complaints."""
    found = []
    for route in sorted(routes(town.app)):  # type: ignore[arg-type]
        method, address = route.split(" ", 1)
        parts = re.findall(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", address)
        if method != "GET" or SKIPPED.match(address) or address == "/":
            continue
        if all(part in town.ids for part in parts):
            found += [filled(address, one) for one in product(*(town.ids[p] for p in parts))]
    return found


def filled(address: str, values: tuple[object, ...]) -> str:
    for value in values:
        address = re.sub(r"<[^>]+>", str(value), address, count=1)
    return address


def links(words: str) -> list[str]:
    return [unescape(one) for one in LINK.findall(words) if not SKIPPED.match(one)]


def words_of(answer: TestResponse) -> str:
    """What an answer says: its head, its text, the text inside a PDF or a workbook."""
    head = unescape(str(answer.headers))
    content = answer.get_data()
    if content[:5] == b"%PDF-":
        reader = PdfReader(io.BytesIO(content))
        pages = "".join(page.extract_text() for page in reader.pages)
        return f"{head}{pages}{reader.metadata}"
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            return head + "".join(
                book.read(name).decode("utf-8", "ignore") for name in book.namelist()
            )
    return head + unescape(content.decode("utf-8", "replace"))


def marks_in(town: Town, words: str) -> list[str]:
    text = words.casefold()
    spelt = {name: (mark.casefold(), quote(mark).casefold()) for name, mark in town.marks.items()}
    return [name for name, ways in spelt.items() if any(way in text for way in ways)]


def readable(found: list[Found]) -> list[str]:
    return sorted(f"{one.who} {one.address}: {one.mark}" for one in found)


def test_no_page_paper_or_file_name_tells_who_complained(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    town.probes = 0
    found = [one for who in town.eyes for one in walk(town, who)]
    with capsys.disabled():
        print(
            f"\nshield: {town.probes} probes of {len(town.eyes)} people in their roles, {len(found)} marks"
        )
    assert readable(found) == [], "\n".join(readable(found)[:40])


def test_a_search_for_the_complainant_finds_nothing(town: Town) -> None:
    """What is not shown cannot be guessed either: a search by name must not find the case."""
    with town.app.app_context():  # type: ignore[attr-defined]
        numbers = list(db.session().scalars(select(Case.number).where(Case.id.in_(town.cases))))
        db.session.remove()
    hits = []
    for who, (token, _bearer) in town.eyes.items():
        client = town.app.test_client()  # type: ignore[attr-defined]
        client.set_cookie(COOKIE, token)
        for view in ("inbox?view=mine&", "inbox?view=group&", "inbox?view=done&", "cases?"):
            for words in (NAME, CLERK_NAME):
                page = client.get(f"/office/{view}q={quote(words)}").get_data(as_text=True)
                hits += [f"{who} {view}" for number in numbers if str(number) in page]
    assert hits == []


def test_nobody_complained_of_can_take_a_task_of_the_association(town: Town) -> None:
    let_in = []
    with town.app.app_context():  # type: ignore[attr-defined]
        inner = select(HumanTask.id).where(
            HumanTask.case_id.in_(town.cases), HumanTask.state == "open", HumanTask.role != "party"
        )
        tasks = list(db.session().scalars(inner))
        db.session.remove()
    for who, (token, _bearer) in town.eyes.items():
        client = town.app.test_client()  # type: ignore[attr-defined]
        client.set_cookie(COOKIE, token)
        for task in tasks:
            for way in ("claim", "release"):
                answer = client.post(f"/tasks/{task}/{way}")
                if answer.status_code not in {403, 404}:
                    let_in.append(f"{who} {way} {task}: {answer.status_code}")
    assert let_in == []


def test_nobody_complained_of_learns_from_the_trail_that_there_is_a_case(town: Town) -> None:
    with town.app.app_context():  # type: ignore[attr-defined]
        of_party = select(CaseParty.case_id).where(CaseParty.part == "party")
        inner = select(Case.id, Case.number).where(Case.id.in_(of_party), Case.id != town.own)
        against = {row[0]: row[1] for row in db.session().execute(inner)}
        db.session.remove()
    who = next(one for one in town.eyes if one.endswith("as system_admin"))
    client = town.app.test_client()  # type: ignore[attr-defined]
    client.set_cookie(COOKIE, town.eyes[who][0])
    asked = [f"number={one}" for one in against.values()]
    asked += [f"chain=case/{one}" for one in against]
    for query in [*asked, f"user={quote(LOGIN)}"]:
        page = client.get(f"/admin/audit?{query}").get_data(as_text=True)
        assert "没有符合条件" in page, query
    for case_id in against:
        client.post("/admin/audit/verify", data={"chain": f"case/{case_id}"})
        assert "没有找到这条记录链" in client.get("/admin/audit").get_data(as_text=True)


LISTS = (
    "/office/cases?q={}",
    "/office/cases/export.csv?q={}",
    "/admin/tasks?q={}",
    "/admin/audit?number={}",
    "/admin/audit/export.csv?number={}",
)


@pytest.mark.parametrize("role", [*ONLOOKERS, "expert"])
def test_who_only_looks_on_reads_the_complaint_without_the_name(town: Town, role: str) -> None:
    """Complaints and the appeals about them: pages, lists, exports, letters, the trail.

    A file keeps the name its owner gave it.
    """
    token, bearer = town.onlookers[role]
    client, programs = town.app.test_client(), town.app.test_client()  # type: ignore[attr-defined]
    client.set_cookie(COOKIE, token)
    with town.app.app_context():  # type: ignore[attr-defined]
        query = select(Case.number).where(Case.id.in_(town.cases))
        numbers = list(db.session().scalars(query))
        db.session.remove()
    pages = [one for one in addresses(town) if re.search(r"/\d", one)]
    found = []
    for address in pages + [one.format(number) for one in LISTS for number in numbers]:
        answer = look(programs, address, bearer) if "/api/" in address else look(client, address)
        marks = marks_in(town, words_of(answer))
        found += [Found(role, address, one) for one in marks if not one.startswith("file")]
    assert readable(found) == [], "\n".join(readable(found)[:40])


def nobody_against(_actor: Actor) -> ColumnElement[bool]:
    return true()


def test_without_the_guard_of_cases_it_would_be_seen(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scope, "_not_against", nobody_against)
    who = next(one for one in town.eyes if one.endswith("as reviewer"))
    found = walk(town, who, [f"/cases/{town.cases[0]}?tab=files"])
    assert {one.mark.split()[0] for one in found} >= {"name", "file"}


def test_without_the_shield_of_appeals_it_would_be_seen(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(concealing, "shielding", lambda _session, _case: None)
    client = town.app.test_client()  # type: ignore[attr-defined]
    client.set_cookie(COOKIE, town.onlookers["expert"][0])
    assert marks_in(town, words_of(look(client, f"/cases/{town.cases[-1]}")))


def test_without_the_neutral_file_names_it_would_be_seen(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what is disclosed is renamed: a complainant's file shown as it is would be found."""
    with town.app.app_context(), writing():  # type: ignore[attr-defined]
        with transaction() as session:
            shown = [one for case in town.cases for one in evidence.disclosed_files(session, case)]
            kept = {one.id: one.name for one in shown}
            for one in shown:
                one.name = PAPERS[0]
        try:
            who = next(one for one in town.eyes if one.endswith(("as applicant", "as body_staff")))
            found = walk(town, who, [f"/tasks/{one}" for one in town.ids["task_id"]])
            assert f"file {PAPERS[0]}" in {one.mark for one in found}
        finally:
            with transaction() as session:
                for file_id, name in kept.items():
                    session.get_one(StoredFile, file_id).name = name


def test_without_the_guard_of_the_inbox_it_would_be_seen(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "against", lambda _user_id: select(Case.id).where(false()))
    who = next(one for one in town.eyes if one.endswith("as complaints_office"))
    found = walk(town, who, ["/office/inbox?view=group"])
    assert {one.mark.split()[0] for one in found} >= {"name"}
