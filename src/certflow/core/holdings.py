"""What the platform holds about a person: each domain says its own part (issue 5 §1).

A part is a function that returns plain data (`holding`); the person downloads all of them
together. Whoever adds a table about people adds its part here, or it is missing from the answer.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import inspect

from certflow.core.db import Session


class Subject(NamedTuple):
    """Whom it is about: an account, and the person behind it, if any."""

    user_id: int
    person_id: int | None


Holding = Callable[[Session, Subject], Any]
holdings: dict[str, Holding] = {}


def holding(name: str) -> Callable[[Holding], Holding]:
    """Register a part under the name that it has in the download."""

    def register(function: Holding) -> Holding:
        holdings[name] = function
        return function

    return register


def all_held(session: Session, subject: Subject) -> dict[str, Any]:
    """Return every part, by name."""
    return {name: plain(holdings[name](session, subject)) for name in sorted(holdings)}


def columns(row: Any, *but: str) -> dict[str, Any]:
    """Return a row's columns as plain data, without those named."""
    names = inspect(row).mapper.column_attrs.keys()
    return {name: getattr(row, name) for name in names if name not in but}


def named(row: Any, *names: str) -> dict[str, Any]:
    """Return these columns of a row as plain data: what is added to the table later stays out."""
    return {name: getattr(row, name) for name in names}


def plain(value: Any) -> Any:
    """Return data as JSON has it: days and instants as ISO texts."""
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set):
        return [plain(one) for one in value]
    return value.isoformat() if isinstance(value, date | datetime) else value
