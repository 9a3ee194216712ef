"""A case that was taken back leaves the order that pays for several (C3)."""

from datetime import datetime

from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Conflict
from certflow.core.text import Text
from certflow.payments import errors
from certflow.payments.models import Invoice, Order, OrderLine
from certflow.payments.operations.orders import (
    MERGED,
    Payer,
    add_order,
    open_order,
    waiting_voucher,
)
from certflow.payments.operations.settling import mark_closed


def leave_order(
    session: Session, order_id: int, case_id: int, at: datetime, actor: Actor
) -> Order | None:
    """Take a case out of an unpaid order; return the order for the rest, None when nothing is left.

    An order never changes under the hands of who pays it: it is closed, and one for the rest, at
    the prices it had, takes its place. Money that still comes for the old one pays the rest
    (`settling.mark_paid`). Raises Conflict: it is not open, or finance is checking a voucher.
    """
    order = open_order(session, order_id)
    if waiting_voucher(session, order.id):
        raise Conflict(errors.VOUCHER_WAITS)
    left = [line for line in order.lines if line.case_id != case_id]
    rest = _order_for(session, order, left, at, actor) if left else None
    order.replaced_by_id = rest.id if rest else None
    session.flush()
    mark_closed(session, order.id, at, actor)
    return rest


def _order_for(
    session: Session, order: Order, left: list[OrderLine], at: datetime, actor: Actor
) -> Order:
    one = Text.read(left[0].description)
    title = one if len(left) == 1 else MERGED.filled(count=len(left))
    lines = [
        OrderLine(
            case_id=line.case_id,
            fee=line.fee,
            description=line.description,
            amount_fen=line.amount_fen,
        )
        for line in left
    ]
    payer = Payer(order.payer_user_id, order.organisation_id)
    rest = add_order(session, lines, payer, title, at, actor, order.expires_at)
    invoice = session.get(Invoice, order.id)
    if invoice is not None:
        kept = ("kind", "title", "tax_number", "email", "chosen_at")
        session.add(Invoice(order_id=rest.id, **{name: getattr(invoice, name) for name in kept}))
    return rest
