"""What payments hold about a payer (issue 5 §1). All of it is kept: the law on accounts says so."""

from typing import Any

from sqlalchemy import select

from certflow.core.db import Session
from certflow.core.holdings import Subject, columns, holding
from certflow.payments.models import CREATED, Invoice, Order


@holding("payments")
def payments(session: Session, subject: Subject) -> Any:
    """Orders and invoices."""
    mine = Order.payer_user_id == subject.user_id
    invoices = select(Invoice).join(Order, Order.id == Invoice.order_id).where(mine)
    return {
        "orders": [columns(one) for one in session.scalars(select(Order).where(mine))],
        "invoices": [columns(one) for one in session.scalars(invoices)],
    }


def owes(session: Session, user_id: int) -> bool:
    """Whether somebody has an order that waits to be paid."""
    query = select(Order.id).where(Order.payer_user_id == user_id, Order.state == CREATED)
    return session.scalar(query.limit(1)) is not None
