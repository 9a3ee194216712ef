"""The database session and the one commit.

Every write of the platform is committed by `transaction()`, at the edge: a request, a relay
step, a command. Nothing below it commits, so a transition is whole or not at all (design §3).
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar, cast

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, DateTime, Dialect, Engine, MetaData, Table, TypeDecorator, event
from sqlalchemy.orm import DeclarativeBase, Session

__all__ = [
    "OF_ITS_OWN",
    "Json",
    "Model",
    "Repeat",
    "Session",
    "UtcDateTime",
    "apart",
    "db",
    "here",
    "in_transaction",
    "install",
    "is_apart",
    "keep",
    "table_of",
    "transaction",
    "writing",
]

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

Json = JSON
T = TypeVar("T")


class _Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)


db = SQLAlchemy(model_class=_Base, session_options={"expire_on_commit": False})

if TYPE_CHECKING:

    class Model(_Base):
        """What every table's class derives from."""

        __abstract__ = True
else:
    Model = db.Model


def table_of(model: type[Any]) -> Table:
    """Return a model's table, for statements that need no objects."""
    return cast("Table", model.__table__)


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware in Python, UTC in the database, on SQLite as well."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times; turn the rest into UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive time cannot be stored")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give an aware UTC time back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


_writing: ContextVar[bool] = ContextVar("writing", default=False)


@contextmanager
def writing(*, on: bool = True) -> Iterator[None]:
    """Say that transactions begun in this block will write.

    SQLite must know at BEGIN: a transaction that read first and then wants to write fails at
    once instead of waiting its turn (research/reliability.md §4.11).
    """
    token = _writing.set(on)
    try:
        yield
    finally:
        _writing.reset(token)


OF_ITS_OWN = "certflow.of_its_own"
_apart: ContextVar[Session | None] = ContextVar("apart", default=None)


@contextmanager
def apart(session: Session) -> Iterator[None]:
    """Say that what runs in this block lives in a world of its own: a process being tried out.

    `here()` is that world's session; the platform's own database cannot be written meanwhile.
    """
    token = _apart.set(session)
    try:
        yield
    finally:
        _apart.reset(token)


def here() -> Session:
    """Return the session of the world in which this code runs: the platform's, or a trial's."""
    return _apart.get() or db.session()


def keep(session: Session) -> None:
    """Commit in a world of its own, which has no edge that would.

    Raises:
        RuntimeError: it is no session of such a world (its `info` says OF_ITS_OWN).

    """
    if not session.info.get(OF_ITS_OWN):
        raise RuntimeError("the platform's database is committed at the edge only")
    session.commit()


def is_apart() -> bool:
    """Tell whether this code runs in a world of its own."""
    return _apart.get() is not None


@contextmanager
def transaction() -> Iterator[Session]:
    """Run a block as one transaction: committed at its end, rolled back when it raises."""
    if is_apart():
        raise RuntimeError("a trial must not write the platform's database")
    session = db.session()
    with writing():
        if session.in_transaction() and session.get_bind().dialect.name == "sqlite":
            session.rollback()
        session.expire_all()  # what an earlier transaction of this session read may be out of date
        try:
            yield session
            session.commit()
        except BaseException:
            session.rollback()
            raise


class Repeat:
    """Errors after which a piece of work is done once more, and in which context.

    The application says it once: after a failing step a case is held (decision 0003).
    """

    after: tuple[type[Exception], ...] = ()
    within: Callable[[str], AbstractContextManager[None]] = staticmethod(lambda _: nullcontext())


def in_transaction(work: Callable[[Session], T]) -> T:
    """Do a piece of work in a transaction of its own, once more where `Repeat` says so."""
    try:
        with transaction() as session:
            return work(session)
    except Repeat.after as failure:
        with Repeat.within(str(failure)), transaction() as session:
            return work(session)


@event.listens_for(Engine, "connect")
def _prepare_connection(connection: Any, _record: object) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=10000",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def install(app: Flask) -> None:
    """Give the application its database."""
    db.init_app(app)
    with app.app_context():
        # For PostgreSQL it would be work without use: one listener makes every statement dearer.
        if db.engine.dialect.name == "sqlite":
            event.listen(db.engine, "begin", _begin)


def _begin(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if _writing.get() else "BEGIN")
