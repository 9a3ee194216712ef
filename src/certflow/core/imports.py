"""Imports from tables: a dry run first, then the good rows; the bad ones go back (A12, issue 3 §4).

A kind of import brings its columns, a function that judges rows and one that carries good rows
out; the rest is here. Nothing is changed by a dry run, and accepting twice changes nothing twice.
Cells are kept encrypted until the import is closed; after that only those of bad rows are.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, delete, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from certflow.core.actor import Actor
from certflow.core.crypto import EncryptedJson
from certflow.core.db import Json, Model, Session, UtcDateTime, table_of
from certflow.core.errors import Conflict, NotFound
from certflow.core.filenames import LONGEST, safe_name
from certflow.core.table_reading import Column, Readable, Row, read_table
from certflow.core.text import Text

REASON = Text("退回原因", "Reason")
REPLACED = Text(
    "这次导入已被后来上传的文件替代，没有任何改动。请查看最新的检查结果。",
    "A later upload has replaced this import; nothing was changed. See the latest check.",
)


class TableImport(Model):
    """A file that was checked. `state` is "checked", "accepted" or "discarded".

    `subject` names what it is for ("exam/3"); `good`, `bad` and `same` count its rows: to be
    carried out, faulty, and saying only what is known already.
    """

    __tablename__ = "table_import"
    __table_args__ = (Index("ix_table_import_kind_subject", "kind", "subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(80))
    file_name: Mapped[str] = mapped_column(String(LONGEST))
    sha256: Mapped[str] = mapped_column(String(64))
    head: Mapped[list[str]] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(16), default="checked")
    good: Mapped[int]
    bad: Mapped[int]
    same: Mapped[int]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class TableImportRow(Model):
    """A row of a checked file: `data` is what is to be done, `problem` why it cannot be."""

    __tablename__ = "table_import_row"

    import_id: Mapped[int] = mapped_column(ForeignKey("table_import.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    cells: Mapped[list[str] | None] = mapped_column(EncryptedJson("table_import_row.cells"))
    data: Mapped[dict[str, Any] | None] = mapped_column(Json(none_as_null=True))
    problem: Mapped[dict[str, str] | None] = mapped_column(Json(none_as_null=True))


@dataclass(frozen=True)
class Upload:
    """A file that somebody sent."""

    stream: Readable
    name: str


@dataclass(frozen=True)
class Verdict:
    """What is to be done for a row, or why it cannot be; neither when it says nothing new."""

    row: Row
    data: dict[str, Any] | None = None
    problem: Text | None = None


@dataclass(frozen=True)
class Rejected:
    """A bad row of the report."""

    number: int
    cells: tuple[str, ...]
    problem: Text


Judge = Callable[[Sequence[Row]], Iterable[Verdict]]
CarryOut = Callable[[Sequence[dict[str, Any]]], Sequence[Text | None]]


def check_table(
    session: Session,
    kind: str,
    subject: str,
    upload: Upload,
    columns: Sequence[Column],
    judge: Judge,
    at: datetime,
    actor: Actor,
) -> TableImport:
    """Read a file and judge its rows: the dry run. One not yet accepted is replaced by it.

    Raises:
        Invalid: when the file as a whole cannot be read; the sentence says what to do.

    """
    digest = hashlib.sha256()
    table = read_table(_Digesting(upload.stream, digest), columns)
    verdicts = list(judge(table.rows))
    for stale in _open_imports(session, kind, subject):
        _close(session, stale, "discarded", at)
    made = TableImport(
        kind=kind,
        subject=subject,
        file_name=safe_name(upload.name, _ending(upload.name)),
        sha256=digest.hexdigest(),
        head=list(table.head),
        state="checked",
        good=sum(one.data is not None for one in verdicts),
        bad=sum(one.problem is not None for one in verdicts),
        same=sum(one.data is None and one.problem is None for one in verdicts),
        created_by=actor.user_id,
        created_at=at,
    )
    session.add(made)
    session.flush()
    rows = [_as_row(made.id, one) for one in verdicts if one.data or one.problem]
    if rows:
        session.execute(insert(table_of(TableImportRow)), rows)
    return made


def accept_import(
    session: Session, made: TableImport, carry_out: CarryOut, at: datetime
) -> TableImport:
    """Carry the good rows out; a second time changes nothing.

    A row that meanwhile cannot be carried out any more joins the bad ones with the reason.

    Raises:
        Conflict: when a later upload has taken its place.

    """
    made = session.get_one(TableImport, made.id, with_for_update=True, populate_existing=True)
    if made.state == "accepted":
        return made
    if made.state == "discarded":
        raise Conflict(REPLACED)
    query = select(TableImportRow.number, TableImportRow.data).where(
        TableImportRow.import_id == made.id, TableImportRow.problem.is_(None)
    )
    rows = session.execute(query.order_by(TableImportRow.number)).all()
    problems = carry_out([dict(row.data or {}) for row in rows])
    for row, problem in zip(rows, problems, strict=True):
        if problem is not None:
            found = session.get_one(TableImportRow, (made.id, row.number))
            found.problem, found.data = problem.as_json(), None
            made.good, made.bad = made.good - 1, made.bad + 1
    session.flush()
    _close(session, made, "accepted", at)
    return made


def discard_import(session: Session, made: TableImport, at: datetime) -> None:
    """Forget a checked file; one that was accepted, even just now, stays as it is."""
    made = session.get_one(TableImport, made.id, with_for_update=True, populate_existing=True)
    if made.state == "checked":
        _close(session, made, "discarded", at)


def forget_rows(session: Session, before: datetime) -> int:
    """Forget the rows of files that nobody has dealt with since; return how many files they were.

    What was accepted stays accepted; the bad rows can no longer be fetched.
    """
    kept = select(TableImportRow.import_id).distinct()
    query = select(TableImport).where(TableImport.created_at < before, TableImport.id.in_(kept))
    stale = list(session.scalars(query))
    for made in stale:
        if made.state == "checked":
            made.state, made.closed_at = "discarded", before
        session.execute(delete(TableImportRow).where(TableImportRow.import_id == made.id))
    session.flush()
    return len(stale)


def find_import(session: Session, import_id: int, kind: str, subject: str) -> TableImport:
    """Return an import of this kind for this subject.

    Raises:
        NotFound: when there is none.

    """
    made = session.get(TableImport, import_id)
    if made is None or (made.kind, made.subject) != (kind, subject):
        raise NotFound
    return made


def imports_of(session: Session, kind: str, subject: str, limit: int = 20) -> list[TableImport]:
    """Return the imports for a subject that count, the newest first."""
    query = select(TableImport).where(
        TableImport.kind == kind, TableImport.subject == subject, TableImport.state != "discarded"
    )
    return list(session.scalars(query.order_by(TableImport.id.desc()).limit(limit)))


def rejected_rows(session: Session, made: TableImport, limit: int | None = None) -> list[Rejected]:
    """Return the bad rows in the order of the file."""
    query = select(TableImportRow).where(
        TableImportRow.import_id == made.id, TableImportRow.problem.is_not(None)
    )
    rows = session.scalars(query.order_by(TableImportRow.number).limit(limit))
    return [
        Rejected(row.number, tuple(row.cells or ()), Text.read(row.problem or "")) for row in rows
    ]


def given_back(
    session: Session, made: TableImport, locale: str
) -> tuple[list[str], Iterator[list[str]]]:
    """Return the bad rows as they came, with the reason beside each, ready to be written.

    A column of reasons from an earlier round is replaced.
    """
    known = {REASON.zh, REASON.en}
    kept = [place for place, title in enumerate(made.head) if title not in known]
    head = [made.head[place] for place in kept]
    rows = (
        [*(one.cells[place] for place in kept), one.problem.of(locale)]
        for one in rejected_rows(session, made)
    )
    return [*head, REASON.of(locale)], rows


class _Digesting:
    """A stream that is digested while it is read."""

    def __init__(self, stream: Readable, digest: Any) -> None:
        self.stream, self.digest = stream, digest

    def read(self, size: int = -1, /) -> bytes:
        piece = self.stream.read(size)
        self.digest.update(piece)
        return piece


def _ending(name: str) -> str:
    lower = name.lower()
    return next((one for one in (".csv", ".txt") if lower.endswith(one)), ".xlsx")


def _as_row(import_id: int, one: Verdict) -> dict[str, Any]:
    return {
        "import_id": import_id,
        "number": one.row.number,
        "cells": list(one.row.cells),
        "data": one.data,
        "problem": one.problem.as_json() if one.problem else None,
    }


def _open_imports(session: Session, kind: str, subject: str) -> list[TableImport]:
    query = select(TableImport).where(
        TableImport.kind == kind, TableImport.subject == subject, TableImport.state == "checked"
    )
    return list(session.scalars(query.with_for_update()))


def _close(session: Session, made: TableImport, state: str, at: datetime) -> None:
    """Keep only what is still needed: the cells of bad rows of an accepted file."""
    rows = TableImportRow.import_id == made.id
    if state == "accepted":
        good = rows & TableImportRow.problem.is_(None)
        session.execute(update(TableImportRow).where(good).values(cells=None))
    else:
        session.execute(delete(TableImportRow).where(rows))
    made.state, made.closed_at = state, at
    session.flush()
