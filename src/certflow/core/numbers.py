"""Counters for case, certificate and order numbers: no number twice, none lost by a race."""

from sqlalchemy import String, text
from sqlalchemy.orm import Mapped, mapped_column

from certflow.core.db import Model, Session


class NumberSequence(Model):
    """The last number given out under a name."""

    __tablename__ = "number_sequence"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    value: Mapped[int]


_NEXT = text(
    "INSERT INTO number_sequence (name, value) VALUES (:name, 1) "
    "ON CONFLICT (name) DO UPDATE SET value = number_sequence.value + 1 RETURNING value"
)


def next_number(session: Session, name: str) -> int:
    """Return the next number of the counter `name`, from 1.

    The row stays locked until the transaction ends: two transactions never get the same number,
    and one that rolls back leaves no gap.
    """
    return int(session.execute(_NEXT, {"name": name}).scalar_one())


_BLOCK = text(
    "INSERT INTO number_sequence (name, value) VALUES (:name, :count) ON CONFLICT (name) "
    "DO UPDATE SET value = number_sequence.value + :count RETURNING value"
)


def next_numbers(session: Session, name: str, count: int) -> range:
    """Return the next `count` numbers of a counter in one statement (see `next_number`)."""
    if count < 1:
        return range(0)
    last = int(session.execute(_BLOCK, {"name": name, "count": count}).scalar_one())
    return range(last - count + 1, last + 1)


_AT_LEAST = text(
    "INSERT INTO number_sequence (name, value) VALUES (:name, :value) ON CONFLICT (name) "
    "DO UPDATE SET value = excluded.value WHERE number_sequence.value < excluded.value"
)


def at_least(session: Session, name: str, value: int) -> None:
    """Let a counter go on after `value`, if it is not beyond that already."""
    session.execute(_AT_LEAST, {"name": name, "value": value})
