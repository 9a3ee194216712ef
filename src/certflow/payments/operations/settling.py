"""The one place where an order becomes paid or refunded, whatever way the money went.

The state only moves forward, so the order in which a provider's messages arrive does not matter:
a late failure after a payment changes nothing, a refund that is told before its payment stays
the last word (reliability D1, D2). Money that fits no order is kept in suspense and shown.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select

from certflow.core import audit, clock
from certflow.core.actor import SYSTEM, Actor
from certflow.core.db import Session
from certflow.core.errors import NotFound
from certflow.core.incidents import raise_incident, resolve
from certflow.core.outbox import enqueue
from certflow.payments import errors
from certflow.payments.gateways import Event
from certflow.payments.models import (
    CLOSED,
    CREATED,
    PAID,
    REFUNDED,
    REFUNDING,
    Order,
    OrderLine,
    Refund,
)
from certflow.payments.operations.ledger import Movement, post, posted
from certflow.payments.operations.listeners import lock_cases, tell

Result = Literal["accepted", "repeated", "ignored", "unmatched"]

_ACCOUNTS = {"online": "gateway", "offline": "bank"}


@dataclass(frozen=True)
class Payment:
    """Money that came in: `method` online or offline, `transaction_id` its name at the payer's end.

    `amount_fen` in fen, `at` the instant the provider or the voucher gives.
    """

    method: str
    transaction_id: str
    amount_fen: int
    currency: str
    at: datetime


def lock_order(session: Session, order_id: int) -> Order:
    """Lock an order's cases, then its row, and return it as it now stands. Raises NotFound."""
    query = select(OrderLine.case_id).where(
        OrderLine.order_id == order_id, OrderLine.case_id.is_not(None)
    )
    lock_cases(session, sorted({case for case in session.scalars(query) if case is not None}))
    order = session.scalar(
        select(Order)
        .where(Order.id == order_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if order is None:
        raise NotFound(errors.NO_SUCH_ORDER)
    return order


def mark_paid(session: Session, order_id: int, payment: Payment, actor: Actor = SYSTEM) -> Result:
    """Record that money for an order came in, and tell the listeners the first time.

    Money for an order that was renewed pays the fresh one; money for an order that a case has
    left pays its other cases. Returns "repeated" for a payment already known and "unmatched" for
    money that does not fit: another amount, a second payment, an order that was merged into
    another.
    """
    order = _standing(session, lock_order(session, order_id))
    known = posted(session, f"paid/{order.id}")
    if known is not None and known.transaction_id == payment.transaction_id:
        return "repeated"
    misfit = _misfit(order, payment, second=known is not None)
    if not misfit and order.replaced_by_id is not None and not _stands_again(session, order):
        misfit = "another order has replaced this one"
    if misfit:
        return keep_in_suspense(session, payment, misfit, order)
    post(session, f"paid/{order.id}", _incoming(payment, "fees"), order.id)
    order.method, order.transaction_id, order.paid_at = (
        payment.method,
        payment.transaction_id,
        payment.at,
    )
    resolve(session, "payment.refund_without_payment", f"order/{order.number}")
    if order.state in {CREATED, CLOSED}:
        _advance(session, order, PAID, "payment.received", actor)
        tell(session, "paid", order)
    return "accepted"


def mark_refunded(
    session: Session, order_id: int, refunded: Payment, actor: Actor = SYSTEM
) -> Result:
    """Record that the full amount of an order went back, and tell the listeners the first time."""
    order = lock_order(session, order_id)
    if (refunded.amount_fen, refunded.currency) != (order.amount_fen, order.currency):
        _show(session, "payment.refund_amount", order, "the refund is not the full amount")
        return "unmatched"
    account = _ACCOUNTS[refunded.method]
    movement = Movement("fees", account, order.amount_fen, refunded.transaction_id, refunded.at)
    if not post(session, f"refunded/{order.id}", movement, order.id):
        return "repeated"
    if order.state in {CREATED, CLOSED}:
        _show(session, "payment.refund_without_payment", order, "refunded, but not known as paid")
    if order.state == PAID:
        _show(session, "payment.refund_unasked", order, "refunded, but nobody here asked for it")
    order.refunded_at = refunded.at
    _finish_refund(session, order)
    _advance(session, order, REFUNDED, "payment.refunded", actor)
    tell(session, "refunded", order)
    return "accepted"


def mark_closed(
    session: Session, order_id: int, at: datetime, actor: Actor = SYSTEM, *, told: bool = False
) -> Result:
    """Close an order that nobody paid; any other stays as it is.

    It is closed at the provider too, where its payment page was opened, unless the provider
    itself told of it (`told`).
    """
    order = lock_order(session, order_id)
    if order.state != CREATED:
        return "repeated" if order.state == CLOSED else "ignored"
    order.closed_at = at
    _advance(session, order, CLOSED, "payment.closed", actor)
    if order.checkout_at is not None and not told:
        enqueue(session, "payment.close", f"close/{order.id}", {"order_id": order.id})
    if order.replaced_by_id is None:
        tell(session, "closed", order)
    return "accepted"


def apply_event(session: Session, order: Order, event: Event) -> tuple[Result, str]:
    """Apply what a provider says about an order; return the result and the words for it."""
    payment = Payment(
        "online", event.transaction_id, event.amount_fen, event.currency, event.occurred_at
    )
    if event.kind == "paid":
        return mark_paid(session, order.id, payment), "payment"
    if event.kind == "refunded":
        return mark_refunded(session, order.id, payment), "refund"
    if event.kind == "closed":
        result = mark_closed(session, order.id, event.occurred_at, told=True)
        return result, "closed" if result != "ignored" else f"closed after {order.state}"
    if lock_order(session, order.id).state in {PAID, REFUNDING, REFUNDED}:
        return "ignored", f"{event.kind} after {order.state}"
    return "accepted", f"{event.kind}; the payer may try again"


def keep_in_suspense(
    session: Session, payment: Payment, why: str, order: Order | None = None
) -> Result:
    """Record money that fits no open order, once, and show it to finance (reliability D4)."""
    key = f"suspense/{payment.transaction_id}"
    if posted(session, key) is not None:
        return "repeated"
    if payment.amount_fen > 0:
        post(session, key, _incoming(payment, "suspense"), order.id if order else None)
    subject = f"order/{order.number}" if order else f"transaction/{payment.transaction_id}"
    detail = f"{payment.transaction_id}: {payment.amount_fen} {payment.currency} fen"
    raise_incident(session, "payment.unmatched", why, subject=subject, detail=detail)
    return "unmatched"


def _standing(session: Session, order: Order) -> Order:
    """Return the order that now stands for a renewed one; a merged one stands for itself."""
    while order.replaced_by_id is not None:
        fresh = lock_order(session, order.replaced_by_id)
        if (len(fresh.lines), fresh.amount_fen) != (len(order.lines), order.amount_fen):
            return order
        order = fresh
    return order


def _stands_again(session: Session, order: Order) -> bool:
    """Let an order that a case has left stand again, now that its money is here.

    The unpaid order for the rest gives way to it, so that nobody pays for those cases twice. What
    was paid for the case that left is shown to finance by the listener. False when the order for
    the rest was paid or given up, or is none: then the money is not explained.
    """
    rest = order
    while rest.replaced_by_id is not None:
        rest = lock_order(session, rest.replaced_by_id)
    if rest.state != CREATED or not set(rest.case_ids) < set(order.case_ids):
        return False
    rest.replaced_by_id, order.replaced_by_id = order.id, None
    session.flush()
    mark_closed(session, rest.id, clock.now())
    return True


def _misfit(order: Order, payment: Payment, *, second: bool) -> str:
    if (payment.amount_fen, payment.currency) != (order.amount_fen, order.currency):
        return "the amount is not that of the order"
    return "the order was paid before" if second else ""


def _incoming(payment: Payment, account: str) -> Movement:
    return Movement(
        _ACCOUNTS[payment.method], account, payment.amount_fen, payment.transaction_id, payment.at
    )


def _advance(session: Session, order: Order, state: str, action: str, actor: Actor) -> None:
    before, order.state = order.state, state
    if (before, state) == (CLOSED, PAID):
        _show(session, "payment.late", order, "paid after the order was closed")
    audit.record(
        session,
        action,
        actor,
        subject=f"order/{order.number}",
        before={"state": before},
        after={"state": state, "amount_fen": order.amount_fen, "method": order.method},
    )
    session.flush()


def _finish_refund(session: Session, order: Order) -> None:
    query = select(Refund).where(
        Refund.order_id == order.id, Refund.state.in_(("requested", "approved"))
    )
    for refund in session.scalars(query):
        refund.state, refund.done_at = "done", clock.now()


def _show(session: Session, kind: str, order: Order, reason: str) -> None:
    raise_incident(session, kind, reason, subject=f"order/{order.number}")
