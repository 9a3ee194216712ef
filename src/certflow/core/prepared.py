"""Statements of the hot path: compiled once, run on the driver's own connection.

SQLAlchemy's work around an execution costs more than PostgreSQL's for a row by its key, and an
action runs a dozen of them. Types bind and read as they always do, errors are SQLAlchemy's.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import psycopg
from sqlalchemy import Connection, Dialect, inspect
from sqlalchemy.exc import DBAPIError

from certflow.core.db import Model, Session

_Process = Callable[[Any], Any] | None


class Prepared:
    """A Core statement without lists (IN), in the open transaction of a session.

    SQLite, and whoever listens to statements (tests, benchmarks), gets SQLAlchemy's way.
    """

    def __init__(self, statement: Any) -> None:
        """Take a statement; it is compiled when it is first given values of these names."""
        self._statement, self._reads = statement, bool(statement.exported_columns)
        self._compiled: dict[tuple[str, ...], _Compiled] = {}

    def run(self, session: Session, *rows: Mapping[str, Any]) -> Sequence[Any]:
        """Run it for rows of values; return what comes back, in the order of the rows."""
        connection = session.connection()
        batches = [(row,) for row in rows] if self._reads else [rows]
        if connection.dialect.name != "postgresql" or connection.engine._has_events:  # noqa: SLF001
            results = [connection.execute(self._statement, batch) for batch in batches]
            return [found for one in results if self._reads for found in one]
        names = tuple(rows[0])
        if names not in self._compiled:
            self._compiled[names] = _Compiled(self._statement, names, connection.dialect)
        run = self._compiled[names].run
        return [found for batch in batches for found in run(connection, batch)]


def write_changes(session: Session, row: Model, write: Prepared) -> None:
    """Write what changed on a row; `write` updates the row whose id is `row_id`.

    The unit of work looks at everything in the session to find out: it takes four times as long.
    """
    state: Any = inspect(row)
    changed = {name: state.dict[name] for name in sorted(state.committed_state)}
    if changed:
        write.run(session, {"row_id": state.identity[0] if state.identity else None, **changed})
        state._commit_all(state.dict, session.identity_map)  # noqa: SLF001


class _Compiled:
    """The text of a statement, and what its types do with values on their way in and out."""

    def __init__(self, statement: Any, names: Sequence[str], dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=names)
        if compiled.insert_prefetch or compiled.update_prefetch:
            raise ValueError("a prepared statement is given every value, defaults too")
        self.text, self.fixed = str(compiled), dict(compiled.params)
        self.binds: list[tuple[str, _Process]] = [
            (name, bind.type.dialect_impl(dialect).bind_processor(dialect))
            for bind, name in compiled.bind_names.items()
        ]
        self.results: list[_Process] = [
            column.type.dialect_impl(dialect).result_processor(dialect, None)
            for column in statement.exported_columns
        ]

    def run(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> Sequence[Any]:
        values = [self._bound({**self.fixed, **row}) for row in rows]
        driver: Any = connection.connection.dbapi_connection
        try:
            if len(values) > 1:
                driver.cursor().executemany(self.text, values)
                return ()
            cursor = driver.execute(self.text, values[0])
            return [self._read(one) for one in cursor.fetchall()] if self.results else ()
        except psycopg.Error as error:
            if driver.closed:  # the server is gone: no other idle connection is any better
                connection.invalidate(error)
                connection.engine.dispose()
            raise DBAPIError.instance(
                self.text, None, error, psycopg.Error, hide_parameters=True
            ) from error

    def _bound(self, given: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: given[name] if process is None else process(given[name])
            for name, process in self.binds
        }

    def _read(self, row: Sequence[Any]) -> Sequence[Any]:
        return tuple(
            value if process is None else process(value)
            for value, process in zip(row, self.results, strict=True)
        )
