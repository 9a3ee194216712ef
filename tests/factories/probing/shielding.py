"""Whether anything tells whose name is concealed: complainants, candidates, experts (C5, D4, E10).

Somebody from whom a name is kept walks every page, answer, paper and file that they can reach.
"""

import io
import re
import zipfile
from dataclasses import dataclass
from html import unescape
from itertools import product
from urllib.parse import quote

from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select
from werkzeug.test import TestResponse

from certflow.cases.models import Case
from certflow.core.db import db
from certflow.web.edge import COOKIE
from factories.house import routes
from factories.probing.tally import Tally
from factories.shielded import CLERK_NAME, NAME, Town

LINK = re.compile(r'(?:href|action|src|data-[a-z-]+)="(/[^"#]*)')
SKIPPED = re.compile(r"^/(static|logout|login|locale|role|admin/organisations)\b")
"""The register of organisations lists everybody's people, whoever complained or did not."""
MOST_PAGES = 30
LISTS = (
    "/office/cases?q={}",
    "/office/cases/export.csv?q={}",
    "/admin/tasks?q={}",
    "/admin/audit?number={}",
    "/admin/audit/export.csv?number={}",
)
SEARCHES = ("inbox?view=mine&", "inbox?view=group&", "inbox?view=done&", "cases?")


@dataclass
class Found:
    """A mark of somebody concealed, where it stood."""

    who: str
    address: str
    mark: str

    def __str__(self) -> str:
        return f"{self.who} {self.address}: {self.mark}"


def walks(town: Town, every: int = 1) -> Tally:
    """Let everybody from whom a name is kept walk about; of the addresses take every n-th."""
    found, town.probes = Tally(), 0
    for who in town.eyes:
        start = addresses(town)[::every]
        found.failed += sorted(map(str, walk(town, who, start, MOST_PAGES // every)))
    found.tried = town.probes
    return found


def searches(town: Town) -> Tally:
    """Search for the complainants by name: that must not find a case either."""
    found, numbers = Tally(), numbers_of(town)
    for who, (token, _bearer) in town.eyes.items():
        client = browser(town, token)
        for view, words in product(SEARCHES, (NAME, CLERK_NAME)):
            page = client.get(f"/office/{view}q={quote(words)}").get_data(as_text=True)
            hits = [number for number in numbers if number in page]
            found.note(f"{who} {view}: {hits}", right=not hits)
    return found


def onlookers(town: Town, role: str, every: int = 1) -> Tally:
    """Let somebody who may read the complaint, but not the name, read all there is of it.

    Complaints and the appeals about them: pages, lists, exports, letters, the trail. A file keeps
    the name its owner gave it.
    """
    token, bearer = town.onlookers[role]
    client, programs, found = browser(town, token), browser(town), Tally()
    pages = [one for one in addresses(town) if re.search(r"/\d", one)]
    lists = [one.format(number) for one in LISTS for number in numbers_of(town)]
    for address in (pages + lists)[::every]:
        answer = look(programs, address, bearer) if "/api/" in address else look(client, address)
        marks = [one for one in marks_in(town, words_of(answer)) if not one.startswith("file")]
        found.note(f"{role} {address}: {marks}", right=not marks)
    return found


def walk(
    town: Town, who: str, start: list[str] | None = None, follow: int = MOST_PAGES
) -> list[Found]:
    """Open every page and every API answer that somebody can reach; return the marks found.

    It begins at every address there is, or at `start`, and follows so many links.
    """
    token, bearer = town.eyes[who]
    client, programs = browser(town, token), browser(town)
    waiting, seen, found = list(start or addresses(town)), set(), []
    most = len(waiting) + follow
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


def browser(town: Town, token: str = "") -> FlaskClient:
    """Return a browser, in which somebody is signed in when their token is given."""
    client = town.app.test_client()
    if token:
        client.set_cookie(COOKIE, token)
    return client


def look(client: FlaskClient, address: str, bearer: str = "") -> TestResponse:
    """Open an address, as a program when its token is given."""
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    return client.get(address, headers=headers, buffered=True)


def numbers_of(town: Town) -> list[str]:
    """Return the numbers of the cases in which a name is concealed."""
    with town.app.app_context():
        numbers = db.session().scalars(select(Case.number).where(Case.id.in_(town.cases))).all()
        db.session.remove()
    return [one for one in numbers if one]


def addresses(town: Town) -> list[str]:
    """Every address without a variable part, and those of everything in the cases."""
    found = []
    for route in sorted(routes(town.app)):
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
