"""The double-entry ledger: each movement of money once, from one account to another."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from certflow.core import clock
from certflow.core.db import Session
from certflow.payments.models import LedgerEntry


@dataclass(frozen=True)
class Movement:
    """Money that moved: `amount_fen` from account `credit` to account `debit`, at `occurred_at`."""

    debit: str
    credit: str
    amount_fen: int
    transaction_id: str
    occurred_at: datetime


def post(session: Session, key: str, movement: Movement, order_id: int | None) -> bool:
    """Write a movement down once; return whether it is new."""
    if posted(session, key) is not None:
        return False
    session.add(
        LedgerEntry(
            key=key,
            order_id=order_id,
            debit=movement.debit,
            credit=movement.credit,
            amount_fen=movement.amount_fen,
            transaction_id=movement.transaction_id,
            occurred_at=movement.occurred_at,
            recorded_at=clock.now(),
        )
    )
    session.flush()
    return True


def posted(session: Session, key: str) -> LedgerEntry | None:
    """Return the movement of that key, if it is written down."""
    return session.scalar(select(LedgerEntry).where(LedgerEntry.key == key))
