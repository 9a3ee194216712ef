"""Large imports: read, tried, carried out piece by piece in the background (catalogue A12).

A kind brings its columns, a function that judges rows and one that carries good rows out; it is
registered once (`register`). Whoever sends a file gets an answer at once; `core.bulk_work` does
the rest, a piece a transaction. What it is about names a row (`Judged.key`): a second row about
the same is refused, and one that the platform knows already says nothing new.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import and_, delete, or_, select

from certflow.core import audit
from certflow.core.actor import SYSTEM, Actor
from certflow.core.bulk_models import BulkImport, BulkKey, BulkPiece, BulkProblem
from certflow.core.crypto import encrypt
from certflow.core.db import Session
from certflow.core.errors import Conflict, Invalid, NotFound
from certflow.core.filenames import safe_name
from certflow.core.imports import REASON, Upload
from certflow.core.settings import current
from certflow.core.table_reading import BULK, EMPTY, TOO_LARGE, Column, Row, row_of, stream_lines
from certflow.core.text import Text

SEALED = "bulk_import.file"
"""What a waiting file is encrypted for."""
UNDER_WAY = ("reading", "checking", "carrying")
_BATCH = 1000
NOT_NOW = Text(
    "这次导入的状态已经变化，请刷新页面后再操作。",
    "This import has moved on meanwhile. Reload the page and try again.",
)


@dataclass(frozen=True)
class Judged:
    """What is to be done for a row, or why it cannot be; neither when it says nothing new."""

    row: Row
    data: Mapping[str, Any] | None = None
    problem: Text | None = None
    key: str = ""


Judge = Callable[[Session, Sequence[Row]], Iterable[Judged]]
Carry = Callable[[Session, Sequence[Mapping[str, Any]], datetime, Actor], Sequence[Text | None]]


@dataclass(frozen=True)
class Kind:
    """A kind of import; `sample` is a row that its template shows, cells with | between."""

    key: str
    title: Text
    hint: Text
    columns: tuple[Column, ...]
    sample: str
    judge: Judge
    carry: Carry


kinds: dict[str, Kind] = {}


def register(kind: Kind) -> Kind:
    """Let a kind of import be chosen."""
    kinds[kind.key] = kind
    return kind


def begin(session: Session, kind: Kind, upload: Upload, at: datetime, actor: Actor) -> BulkImport:
    """Take a file in, to be read in the background; of a text the head is looked at now.

    A large workbook takes seconds to open: nobody waits for that, nor does the database.

    Raises:
        Invalid: when it is too large, or a text that is no table or lacks a column.

    """
    content = upload.stream.read(BULK.sent + 1)
    if not content or len(content) > BULK.sent:
        raise Invalid(TOO_LARGE if content else EMPTY)
    workbook = content.startswith(b"PK")
    head = () if workbook else head_of(stream_lines(content, BULK), kind.columns)
    made = BulkImport(
        kind=kind.key,
        file_name=safe_name(upload.name, ".xlsx" if workbook else ".csv"),
        sha256=hashlib.sha256(content).hexdigest(),
        head=list(head),
        state="reading",
        paused=False,
        created_by=actor.user_id,
        created_at=at,
    )
    session.add(made)
    session.flush()
    path = path_of(made.id)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encrypt(content, SEALED))
    _record(session, made, "import.begun", actor, sha256=made.sha256)
    return made


def head_of(
    lines: Iterator[tuple[int, tuple[str, ...]]], columns: Sequence[Column]
) -> tuple[str, ...]:
    """Take the head off a table; Invalid, in plain words, when it lacks a column."""
    first = next(lines, None)
    if first is None:
        raise Invalid(EMPTY)
    row_of(0, (), first[1], columns)
    return first[1]


def path_of(import_id: int) -> Path:
    """Return where a file waits, encrypted, until it is in pieces."""
    return folder() / f"{import_id}.sealed"


def folder() -> Path:
    """Return where the files wait."""
    return current().data_dir / "imports"


def find(session: Session, import_id: int, *, lock: bool = False) -> BulkImport:
    """Return an import; NotFound when there is none."""
    made = session.get(BulkImport, import_id, with_for_update=lock or None, populate_existing=lock)
    if made is None:
        raise NotFound
    return made


def listed(session: Session, limit: int = 30) -> list[BulkImport]:
    """Return the imports, the newest first."""
    return list(session.scalars(select(BulkImport).order_by(BulkImport.id.desc()).limit(limit)))


def accept(session: Session, import_id: int, actor: Actor) -> BulkImport:
    """Have the good rows carried out; a second time changes nothing.

    Raises:
        Conflict: when the file has not been checked, or was discarded.

    """
    made = find(session, import_id, lock=True)
    if made.state in {"carrying", "accepted"}:
        return made
    _expect(made, "checked")
    made.state, made.position = "carrying", 0
    _record(session, made, "import.accepted", actor, good=made.good)
    return made


def pause(session: Session, import_id: int, actor: Actor, *, on: bool) -> BulkImport:
    """Stop an import after the piece in hand, or go on where it was."""
    made = find(session, import_id, lock=True)
    _expect(made, *UNDER_WAY)
    made.paused, made.fault = on, None
    _record(session, made, "import.stopped" if on else "import.resumed", actor, at=made.position)
    return made


def discard(session: Session, import_id: int, at: datetime, actor: Actor) -> BulkImport:
    """Forget a file that nothing has been carried out of."""
    made = find(session, import_id, lock=True)
    _expect(made, "reading", "checking", "checked", "unreadable")
    close(session, made, "discarded", at)
    session.execute(delete(BulkProblem).where(BulkProblem.import_id == made.id))
    _record(session, made, "import.discarded", actor)
    return made


def close(session: Session, made: BulkImport, state: str, at: datetime) -> None:
    """End an import: only its bad rows are kept. The file goes once this is committed."""
    made.state, made.closed_at, made.paused = state, at, False
    for table in (BulkPiece, BulkKey):
        session.execute(delete(table).where(table.import_id == made.id))
    session.flush()


def forget(session: Session, before: datetime) -> int:
    """Forget the rows of files that nobody came back for; return how many files they were.

    One that was left stopped half-way stays as far as it came.
    """
    stopped = and_(BulkImport.state.in_(UNDER_WAY), BulkImport.paused)
    idle = or_(BulkImport.state.in_(("checked", "accepted", "unreadable")), stopped)
    stale = list(session.scalars(select(BulkImport).where(BulkImport.created_at < before, idle)))
    for made in stale:
        if made.closed_at is None:
            close(session, made, "accepted" if made.done else "discarded", before)
            _record(session, made, "import.forgotten", SYSTEM, done=made.done)
        session.execute(delete(BulkProblem).where(BulkProblem.import_id == made.id))
    return len(stale)


def problems(session: Session, made: BulkImport, limit: int | None = None) -> Iterator[BulkProblem]:
    """Yield the bad rows in the order of the file, a batch at a time."""
    query = select(BulkProblem).where(BulkProblem.import_id == made.id)
    ordered = query.order_by(BulkProblem.number).limit(limit)
    yield from session.scalars(ordered.execution_options(yield_per=_BATCH))


def given_back(
    session: Session, made: BulkImport, locale: str
) -> tuple[list[str], Iterator[list[str]]]:
    """Return the bad rows as they came, with the reason beside each, ready to be written."""
    kept = [n for n, title in enumerate(made.head) if title not in {REASON.zh, REASON.en}]
    head = [made.head[place] for place in kept]
    rows = (
        [*(one.cells[place] for place in kept), Text.read(one.problem).of(locale)]
        for one in problems(session, made)
    )
    return [*head, REASON.of(locale)], rows


def _expect(made: BulkImport, *states: str) -> None:
    if made.state not in states:
        raise Conflict(NOT_NOW)


def _record(session: Session, made: BulkImport, action: str, actor: Actor, **after: Any) -> None:
    told = {"kind": made.kind, **after}
    audit.record(session, action, actor, subject=f"import/{made.id}", after=told)
    session.flush()
