"""What begins with some text, found by an index on either database (catalogue B12).

SQLite uses an index for a range of its binary order, PostgreSQL for LIKE over an index with
`text_pattern_ops`; neither does for the other's way.
"""

from typing import Any

from sqlalchemy import ColumnElement, and_

from certflow.core.db import Session

_LAST = "\U0010ffff"


def begins(session: Session, column: Any, text: str) -> ColumnElement[bool]:
    """Return the condition that a column begins with a text, letter by letter."""
    if session.get_bind().dialect.name == "sqlite":
        return and_(column >= text, column < text + _LAST)
    found: ColumnElement[bool] = column.startswith(text, autoescape=True)
    return found
