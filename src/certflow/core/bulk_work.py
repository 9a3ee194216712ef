"""The work on large imports, a piece a transaction (catalogue A12).

How far a step is stands in the import's row and is committed together with what the piece did:
killed at any instant it goes on with the next piece, and no row is carried out twice.
"""

import itertools
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

import structlog
from sqlalchemy import insert, select

from certflow.core import audit, clock
from certflow.core.actor import Actor
from certflow.core.bulk import SEALED, UNDER_WAY, Judged, close, folder, head_of, kinds, path_of
from certflow.core.bulk_models import BulkImport, BulkKey, BulkPiece, BulkProblem
from certflow.core.crypto import blind_index, decrypt
from certflow.core.db import Session, table_of, transaction
from certflow.core.errors import AppError, Invalid
from certflow.core.incidents import raise_incident
from certflow.core.table_reading import BULK, EMPTY, Row, row_of, stream_lines
from certflow.core.text import Text

PIECE = 500
"""So many rows are one transaction."""
SLICE_SECONDS = 3.0
"""After so long other background work has its turn."""
_UNDECIDED_SECONDS = 3600.0
"""So long a file waits for the row that describes it."""
TWICE = Text(
    "与第 {row} 行重复，请只留一行。", "This says the same as row {row}. Keep one of them."
)
STOPPED = Text(
    "处理时出错，已停在这里，没有写入半条数据。排除原因后可以继续。",
    "Something failed, and the import stopped here; nothing was written by halves. Go on once the "
    "cause is removed.",
)
_log = structlog.get_logger()
_Line = tuple[int, tuple[str, ...]]


class _Reader(NamedTuple):
    """A file that is open at a position."""

    position: int
    lines: Iterator[_Line]


_open: dict[int, _Reader] = {}
"""Files this process is reading, so that each slice need not begin from the start."""


def work() -> int:
    """Go on with the imports under way for a while; return how many pieces were done."""
    done, until = 0, time.monotonic() + SLICE_SECONDS
    with transaction() as session:
        _sweep(session)
        under_way = BulkImport.state.in_(UNDER_WAY), BulkImport.paused.is_(False)
        waiting = list(session.scalars(select(BulkImport.id).where(*under_way)))
    for import_id in waiting:
        while time.monotonic() < until and _piece(import_id):
            done += 1
    return done


def _sweep(session: Session) -> None:
    """Remove the files of imports that need them no more: only what is committed counts.

    A file without a row may be that of a request under way; when it is old nobody kept it.
    """
    waiting = {int(path.stem): path for path in folder().glob("*.sealed")}
    if not waiting:
        return
    query = select(BulkImport.id, BulkImport.state).where(BulkImport.id.in_(waiting))
    states = {row.id: row.state for row in session.execute(query)}
    for import_id, path in waiting.items():
        with suppress(FileNotFoundError):  # another process is sweeping too
            new = time.time() - path.stat().st_mtime < _UNDECIDED_SECONDS
            if states.get(import_id, "reading" if new else "") != "reading":
                path.unlink()


def _piece(import_id: int) -> bool:
    """Do one piece of an import; whether there may be more to do."""
    try:
        with transaction() as session:
            made = session.scalar(
                select(BulkImport)
                .where(BulkImport.id == import_id)
                .with_for_update(skip_locked=True)
                .execution_options(populate_existing=True)
            )
            if made is None or made.paused or made.state not in UNDER_WAY:
                return False
            return _STEPS[made.state](session, made)
    except Exception as error:  # noqa: BLE001 - it stops, is shown, and can be gone on with
        _stop(import_id, error)
        return False


def _stop(import_id: int, error: Exception) -> None:
    _open.pop(import_id, None)
    _log.error("import.failed", item=import_id, exception=traceback.format_exc())
    with transaction() as session:
        made = session.get_one(BulkImport, import_id)
        made.paused, made.fault = True, STOPPED.as_json()
        name = type(error).__name__
        raise_incident(session, "import.stopped", name, subject=f"import/{import_id}")


def _read(session: Session, made: BulkImport) -> bool:
    """Cut the next rows off the file."""
    try:
        rows = list(itertools.islice(_lines(made), PIECE))
        if not rows and not made.position:
            raise Invalid(EMPTY)
    except AppError as error:
        _open.pop(made.id, None)
        made.fault = error.message.as_json()
        close(session, made, "unreadable", clock.now())
        return False
    if rows:
        session.add(BulkPiece(import_id=made.id, first=made.position, rows=rows))
        made.position += len(rows)
        _open[made.id] = _Reader(made.position, _open[made.id].lines)
    if len(rows) < PIECE:
        _open.pop(made.id, None)
        made.state, made.total, made.position = "checking", made.position, 0
    return True


def _lines(made: BulkImport) -> Iterator[_Line]:
    """Return the lines after those that are in pieces already; the head is left out."""
    known = _open.get(made.id)
    if known is None or known.position != made.position:
        content = decrypt(path_of(made.id).read_bytes(), SEALED)
        lines = stream_lines(content, BULK)
        made.head = list(head_of(lines, kinds[made.kind].columns))
        rest = itertools.islice(lines, made.position, None)
        known = _open[made.id] = _Reader(made.position, rest)
    return known.lines


def _check(session: Session, made: BulkImport) -> bool:
    """Judge the next rows; nothing of the platform is changed."""
    rows = _rows(session, made)
    found = _without_doubles(session, made, list(kinds[made.kind].judge(session, rows)))
    made.good += sum(one.data is not None for one in found)
    made.same += sum(one.data is None and one.problem is None for one in found)
    made.bad += _keep_problems(session, made, [(one.row, one.problem) for one in found])
    made.position += len(rows)
    if made.position >= made.total:
        made.state = "checked"
        return False
    return True


def _carry(session: Session, made: BulkImport) -> bool:
    """Carry the good ones of the next rows out, judged by what the platform knows by now."""
    kind, at = kinds[made.kind], clock.now()
    rows, actor = _rows(session, made), Actor(made.created_by, "", "system_admin")
    last = rows[-1].number if rows else 0
    bad = select(BulkProblem.number).where(
        BulkProblem.import_id == made.id, BulkProblem.number <= last
    )
    known = set(session.scalars(bad.where(BulkProblem.number >= (rows[0].number if rows else 0))))
    found = list(kind.judge(session, [row for row in rows if row.number not in known]))
    good = [one for one in found if one.data is not None]
    results = kind.carry(session, [one.data or {} for one in good], at, actor)
    failed = [(one.row, one.problem) for one in found]
    failed += [(one.row, problem) for one, problem in zip(good, results, strict=True)]
    made.bad += _keep_problems(session, made, failed)
    done = sum(problem is None for problem in results)
    made.position, made.done = made.position + len(rows), made.done + done
    subject, told = f"import/{made.id}", {"until": last, "done": done}
    audit.record(session, "import.carried_out", actor, subject=subject, after=told)
    if made.position >= made.total:
        close(session, made, "accepted", at)
        return False
    return True


_STEPS = {"reading": _read, "checking": _check, "carrying": _carry}


def _rows(session: Session, made: BulkImport) -> list[Row]:
    piece = session.get(BulkPiece, (made.id, made.position))
    columns = kinds[made.kind].columns
    lines = piece.rows if piece else ()
    return [row_of(number, cells, made.head, columns) for number, cells in lines]


def _without_doubles(session: Session, made: BulkImport, found: list[Judged]) -> list[Judged]:
    """Refuse rows about something that an earlier row of the file is about."""
    keys = {one.row.number: blind_index("import", one.key) for one in found if one.data is not None}
    where = BulkKey.import_id == made.id, BulkKey.key.in_(keys.values())
    earlier = {one.key: one.number for one in session.scalars(select(BulkKey).where(*where))}
    known = set(earlier)
    checked = []
    for one in found:
        key = keys.get(one.row.number)
        first = earlier.setdefault(key, one.row.number) if key else one.row.number
        double = first != one.row.number
        checked.append(Judged(one.row, problem=TWICE.filled(row=first)) if double else one)
    new = [
        {"import_id": made.id, "key": key, "number": number}
        for key, number in earlier.items()
        if key not in known
    ]
    if new:
        session.execute(insert(table_of(BulkKey)), new)
    return checked


def _keep_problems(
    session: Session, made: BulkImport, found: Sequence[tuple[Row, Text | None]]
) -> int:
    rows = [
        {
            "import_id": made.id,
            "number": row.number,
            "cells": list(row.cells),
            "problem": problem.as_json(),
        }
        for row, problem in found
        if problem is not None
    ]
    if rows:
        session.execute(insert(table_of(BulkProblem)), rows)
    return len(rows)
