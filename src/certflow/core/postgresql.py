"""What PostgreSQL's driver does for nothing, left out."""

from typing import Any

from psycopg import Cursor


class LeanCursor(Cursor[Any]):
    """A cursor that describes a column by its name and type, as SQLAlchemy asks.

    psycopg makes an object of each column of each statement: a twentieth of an action.
    """

    @property
    def description(self) -> list[Any] | None:
        """Return a tuple a column as PEP 249 has it; None where there are no rows."""
        found = self.pgresult
        if found is None or not found.nfields:
            return None
        columns = range(found.nfields)
        return [(_name(found.fname(at)), found.ftype(at), *_UNKNOWN) for at in columns]


_UNKNOWN = (None,) * 5


def _name(raw: bytes | None) -> str:
    return raw.decode() if raw else ""
