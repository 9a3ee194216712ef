"""Stored personal data under the newest key, while the platform runs (design §6; J4).

What is left to do is told by the values themselves, each of which names its key: so a rotation
that was stopped goes on where it was, and one that is repeated does nothing.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import LargeBinary, Select, Table, column, func, literal, or_, select, table, tuple_

from certflow.core import audit
from certflow.core.actor import SYSTEM
from certflow.core.crypto import (
    DecryptionError,
    EncryptedJson,
    EncryptedText,
    decrypt,
    encrypt,
    key_of,
    newest_key,
)
from certflow.core.db import Model, Session, in_transaction

BATCH = 200


class Sealed(NamedTuple):
    """A table with encrypted columns, as bytes: its key columns, and the context of each column."""

    source: Any
    keys: tuple[Any, ...]
    contexts: dict[str, str]


class Piece(NamedTuple):
    """What one transaction did: rows put under the newest key, values that no key reads."""

    table: str
    rows: int
    unreadable: int


def sealed_tables() -> list[Sealed]:
    """Return every table of the platform that holds encrypted columns."""
    found = (_sealed(one) for one in Model.metadata.sorted_tables)
    return [one for one in found if one.contexts]


def rotate(batch: int = BATCH) -> Iterator[Piece]:
    """Put every value under the newest key, `batch` rows a transaction; tell of each piece.

    Rows that somebody is writing are waited for. A value that no key reads is left as it is and
    told of. What is written meanwhile uses the newest key already.
    """
    for sealed in sealed_tables():
        after: tuple[Any, ...] | None = None
        while True:
            piece, after = in_transaction(lambda s, t=sealed, a=after: _next(s, t, a, batch))  # type: ignore[misc]
            if after is None:
                break
            yield piece


def note(session: Session, rows: int, unreadable: int) -> None:
    """Write down that the keys were rotated."""
    after = {"key": newest_key(), "rows": rows, "unreadable": unreadable}
    audit.record(session, "keys.rotated", SYSTEM, subject="keys", after=after)


def standing(session: Session) -> dict[str, int]:
    """Count the values under each key: one that has none left can be taken from the settings."""
    counted: dict[str, int] = {}
    for sealed in sealed_tables():
        for name in sealed.contexts:
            value = sealed.source.c[name]
            query = select(value).where(value.is_not(None)).execution_options(yield_per=1000)
            for stored in session.scalars(query):
                counted[key_of(stored)] = counted.get(key_of(stored), 0) + 1
    return counted


def _sealed(of: Table) -> Sealed:
    contexts = {
        one.name: one.type.context
        for one in of.columns
        if isinstance(one.type, EncryptedText | EncryptedJson)
    }
    keys = [one.name for one in of.primary_key]
    raw = [column(name, LargeBinary) for name in contexts]
    source = table(of.name, *[column(name, of.c[name].type) for name in keys], *raw)
    return Sealed(source, tuple(source.c[name] for name in keys), contexts)


def _next(
    session: Session, sealed: Sealed, after: tuple[Any, ...] | None, batch: int
) -> tuple[Piece, tuple[Any, ...] | None]:
    """Do the next piece of a table; return where it ended, None when nothing is left."""
    rows = session.execute(_stale(sealed, after).limit(batch)).all()
    unreadable = sum(_renew(session, sealed, row._mapping) for row in rows)  # noqa: SLF001 - public in SQLAlchemy
    last = tuple(rows[-1][: len(sealed.keys)]) if rows else None
    return Piece(sealed.source.name, len(rows), unreadable), last


def _stale(sealed: Sealed, after: tuple[Any, ...] | None) -> Select[Any]:
    mark = f"{newest_key()}:".encode()
    old = [
        func.substr(sealed.source.c[name], 1, len(mark)) != literal(mark, LargeBinary)
        for name in sealed.contexts
    ]
    columns = [sealed.source.c[name] for name in sealed.contexts]
    query = select(*sealed.keys, *columns).where(or_(*old)).order_by(*sealed.keys)
    if after is not None:
        query = query.where(tuple_(*sealed.keys) > tuple_(*[literal(one) for one in after]))
    return query.with_for_update()


def _renew(session: Session, sealed: Sealed, row: Any) -> int:
    """Put the values of a row under the newest key; count those that no key reads."""
    renewed, unreadable = {}, 0
    for name, context in sealed.contexts.items():
        stored = row[name]
        if stored is None or key_of(stored) == newest_key():
            continue
        try:
            renewed[name] = encrypt(decrypt(stored, context), context)
        except DecryptionError:
            unreadable += 1
    if renewed:
        mine = [key == row[key.name] for key in sealed.keys]
        session.execute(sealed.source.update().where(*mine).values(renewed))
    return unreadable
