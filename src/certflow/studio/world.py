"""A world of its own: all tables in a private database in memory, its clock, its people (H5).

Nothing in it reaches the platform: statements go to the private database, files are rows without
bytes, what would be sent stays in its outbox. Its versions are kept apart by content.
"""

import json
import sqlite3
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from hashlib import sha256
from threading import Lock
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import Connection, create_engine, event, select
from sqlalchemy.pool import NullPool

from certflow.cases import versions
from certflow.cases.models import ProcessVersion
from certflow.cases.paying import seed_fees
from certflow.core import clock
from certflow.core.db import OF_ITS_OWN, Model, Session, apart, keep
from certflow.studio import cast

Bundle = Mapping[str, Any]
T = TypeVar("T")
Lived = Callable[[Session, datetime, Mapping[str, Bundle]], None]
PAGE: Final = 1024
"""Bytes of a database page: most tables are empty, and each takes a page and its indexes."""


class _Recent(Generic[T]):
    """The few things used last, by key: made once, the oldest forgotten."""

    def __init__(self, most: int) -> None:
        self._most, self._kept, self._lock = most, OrderedDict[str, T](), Lock()

    def get(self, key: str, make: Callable[[], T]) -> T:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = make()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return made


_bases: _Recent[bytes] = _Recent(8)
_begun: _Recent[bytes] = _Recent(16)
_loaded: _Recent[versions.Kept] = _Recent(32)
_stored: ContextVar[bytes | None] = ContextVar("stored_world", default=None)


def _open() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    stored = _stored.get()
    if stored is None:
        connection.execute(f"PRAGMA page_size={PAGE}").close()
    else:
        connection.deserialize(stored)
    return connection


_engine = create_engine("sqlite://", creator=_open, poolclass=NullPool, hide_parameters=True)
"""One engine for all worlds, so that each statement is compiled once."""


@event.listens_for(_engine, "begin")
def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


@contextmanager
def opened(stored: bytes | None) -> Iterator[Session]:
    """Open a stored world, or an empty one; what is not stored again is lost."""
    token = _stored.set(stored)
    try:
        connection = _engine.connect()
    finally:
        _stored.reset(token)
    with connection:
        session = Session(bind=connection, expire_on_commit=False, info={OF_ITS_OWN: True})
        session.info[versions.APART] = _versions_in(session) if stored else {}
        try:
            yield session
        finally:
            session.close()


def dump(session: Session) -> bytes:
    """Return the world as it stands, committed, as bytes that `opened` takes."""
    connection = session.connection()
    driver: Any = connection.connection.dbapi_connection
    keep(session)
    return bytes(driver.serialize())


def packed(stored: bytes) -> bytes:
    """Make a world small, to keep it in a row."""
    return zlib.compress(stored, 1)


def unpacked(kept: bytes) -> bytes:
    """Take up what `packed` made."""
    return zlib.decompress(kept)


@contextmanager
def living(session: Session, at: datetime) -> Iterator[None]:
    """Run a block inside a world: with its clock, and no way to the platform's database."""
    with clock.own(at), apart(session):
        yield


def _versions_in(session: Session) -> versions.Kept:
    """Return where versions of worlds with exactly these bundles are kept ready to run."""
    columns = (ProcessVersion.id, ProcessVersion.key, ProcessVersion.checksum)
    rows = [list(row) for row in session.execute(select(*columns).order_by(ProcessVersion.id))]
    keep(session)
    return _loaded.get(_digest(rows), dict)


def begun(
    key: str,
    content: Bundle,
    at: datetime,
    neighbours: Mapping[str, Bundle] | None = None,
    lived: Lived | None = None,
) -> bytes:
    """Return a fresh world at an instant: its people, the neighbours, this bundle in force.

    `neighbours` are the other processes in force there, by key; some ask for each other's rules.
    `lived` lets something have happened there before.

    Raises:
        certflow.engine.errors.DefinitionError: the bundle has an error.
        certflow.forms.definition.FormError: one of its forms has an error.

    """
    others = {name: one for name, one in (neighbours or {}).items() if name != key}
    name = _digest([key, _bare(content), others, at.isoformat()])
    return _begun.get(name, lambda: _published(key, _bare(content), at, others, lived))


def _published(
    key: str, content: Bundle, at: datetime, others: Mapping[str, Bundle], lived: Lived | None
) -> bytes:
    base = _bases.get(_digest([others, at.isoformat()]), lambda: _settled(at, others, lived))
    with opened(base) as session, living(session, at):
        session.info[versions.APART] = {}  # what is published here has a number others have too
        versions.publish(session, key, content, "")
        seed_fees(session, key, content["service"])
        keep(session)
        return dump(session)


def _settled(at: datetime, others: Mapping[str, Bundle], lived: Lived | None) -> bytes:
    with opened(None) as session, living(session, at):
        Model.metadata.create_all(session.connection())
        cast.settle(session, at)
        for number, (name, bundle) in enumerate(sorted(others.items()), start=1):
            session.add(_neighbour(number, name, bundle, at))
        keep(session)
        if lived is not None:
            lived(session, at, others)
        return dump(session)


def _neighbour(number: int, key: str, bundle: Bundle, at: datetime) -> ProcessVersion:
    content = _bare(bundle)
    checksum = versions.checksum_of(content)
    return ProcessVersion(
        id=number, key=key, number=1, bundle=content, checksum=checksum, published_at=at
    )


def _bare(content: Bundle) -> dict[str, Any]:
    """Leave a bundle's own tests out: they are no part of what runs."""
    return {group: one for group, one in content.items() if group != "scenarios"}


def _digest(value: object) -> str:
    told = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return sha256(told.encode()).hexdigest()
