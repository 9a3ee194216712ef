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
