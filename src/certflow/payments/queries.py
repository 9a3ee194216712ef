"""Reading orders, payments and what waits for finance (C3, D7)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select

from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import NotFound
from certflow.core.outbox import MOST_ATTEMPTS
from certflow.payments import errors
from certflow.payments.models import (
    CREATED,
    Fee,
    Invoice,
    LedgerEntry,
    Order,
    OrderLine,
    PaymentNotice,
    Refund,
    Voucher,
)

_LEFT_AFTER = timedelta(seconds=30)
_PAYS_FOR_ORGANISATION = ("body_staff", "body_admin")


def find_order(session: Session, number: str, actor: Actor) -> Order:
    """Return an order that the actor may see; another's is NotFound."""
    query = select(Order).where(Order.number == number, _visible_to(actor))
    order = session.scalar(query)
    if order is None:
        raise NotFound(errors.NO_SUCH_ORDER)
    return order


def payments_of(session: Session, actor: Actor, limit: int = 50, offset: int = 0) -> list[Order]:
    """Return the payments record (缴费记录) of the actor or their organisation, newest first."""
    query = (
        select(Order)
        .where(_visible_to(actor), Order.replaced_by_id.is_(None))
        .order_by(Order.id.desc())
    )
    return list(session.scalars(query.limit(limit).offset(offset)))


def orders_of_case(session: Session, case_id: int) -> list[Order]:
    """Return every order that a case was part of, newest first."""
    lines = select(OrderLine.order_id).where(OrderLine.case_id == case_id)
    return list(session.scalars(select(Order).where(Order.id.in_(lines)).order_by(Order.id.desc())))


def order_of_case(session: Session, case_id: int) -> Order | None:
    """Return the order that now stands for a case: the newest that no other has replaced."""
    return next((o for o in orders_of_case(session, case_id) if o.replaced_by_id is None), None)


def unpaid_orders(session: Session, organisation_id: int) -> list[Order]:
    """Return an organisation's unpaid orders, oldest first; what it can merge and pay (C3)."""
    query = select(Order).where(Order.state == CREATED, Order.organisation_id == organisation_id)
    return list(session.scalars(query.order_by(Order.id)))


def orders_with_voucher(session: Session, order_ids: Sequence[int]) -> set[int]:
    """Return those of some orders whose voucher finance has yet to check."""
    query = select(Voucher.order_id).where(
        Voucher.order_id.in_(order_ids), Voucher.state == "submitted"
    )
    return set(session.scalars(query))


def vouchers_to_check(
    session: Session, limit: int = 50, offset: int = 0
) -> list[tuple[Voucher, Order]]:
    """Return the vouchers that wait for finance, oldest first."""
    query = (
        select(Voucher, Order)
        .join(Order, Order.id == Voucher.order_id)
        .where(Voucher.state == "submitted")
        .order_by(Voucher.submitted_at, Voucher.id)
    )
    return [(v, o) for v, o in session.execute(query.limit(limit).offset(offset))]


def checked_vouchers(session: Session, limit: int = 50) -> list[tuple[Voucher, Order]]:
    """Return the vouchers that finance has checked, the newest first."""
    query = (
        select(Voucher, Order)
        .join(Order, Order.id == Voucher.order_id)
        .where(Voucher.state != "submitted")
        .order_by(Voucher.checked_at.desc(), Voucher.id.desc())
    )
    return [(v, o) for v, o in session.execute(query.limit(limit))]


def vouchers_of(session: Session, order_id: int) -> list[Voucher]:
    """Return the vouchers handed in for an order, newest first."""
    query = select(Voucher).where(Voucher.order_id == order_id).order_by(Voucher.id.desc())
    return list(session.scalars(query))


def refunds_to_decide(session: Session, limit: int = 50) -> list[tuple[Refund, Order]]:
    """Return the refunds that wait for finance: to be decided, or to be sent by bank."""
    query = (
        select(Refund, Order)
        .join(Order, Order.id == Refund.order_id)
        .where(
            or_(
                Refund.state == "requested",
                (Refund.state == "approved") & (Order.method == "offline"),
            )
        )
        .order_by(Refund.id)
    )
    return [(r, o) for r, o in session.execute(query.limit(limit))]


def decided_refunds(session: Session, limit: int = 50) -> list[tuple[Refund, Order]]:
    """Return the refunds that finance has decided, the newest first."""
    query = (
        select(Refund, Order)
        .join(Order, Order.id == Refund.order_id)
        .where(Refund.decided_at.is_not(None))
        .order_by(Refund.decided_at.desc(), Refund.id.desc())
    )
    return [(r, o) for r, o in session.execute(query.limit(limit))]


def invoice_of(session: Session, order_id: int) -> Invoice | None:
    """Return the invoice chosen for an order."""
    return session.get(Invoice, order_id)


def fees(session: Session) -> list[Fee]:
    """Return every price that finance set."""
    return list(session.scalars(select(Fee).order_by(Fee.key)))


def notices_of(session: Session, order_id: int) -> list[PaymentNotice]:
    """Return what providers sent about an order, oldest first."""
    query = select(PaymentNotice).where(PaymentNotice.order_id == order_id)
    return list(session.scalars(query.order_by(PaymentNotice.id)))


def notices_left(session: Session, at: datetime, limit: int = 100) -> list[int]:
    """Return stored notices that nobody has processed and that are to be tried by now.

    One that broke off MOST_ATTEMPTS times waits for an administrator instead.
    """
    query = select(PaymentNotice.id).where(
        PaymentNotice.result.is_(None),
        PaymentNotice.received_at <= at - _LEFT_AFTER,
        PaymentNotice.attempts < MOST_ATTEMPTS,
        or_(PaymentNotice.next_try_at.is_(None), PaymentNotice.next_try_at <= at),
    )
    return list(session.scalars(query.order_by(PaymentNotice.id).limit(limit)))


def orders_to_query(session: Session, at: datetime, limit: int = 20) -> list[tuple[int, str]]:
    """Return id and number of orders of which the provider is to be asked by now."""
    query = select(Order.id, Order.number).where(Order.next_query_at <= at)
    ordered = query.order_by(Order.next_query_at).limit(limit)
    return [(order_id, number) for order_id, number in session.execute(ordered)]


def first_checkout(session: Session) -> datetime | None:
    """Return when somebody first went to the provider's payment page."""
    return session.scalar(select(func.min(Order.checkout_at)))


def expired_orders(session: Session, at: datetime, limit: int = 100) -> list[int]:
    """Return unpaid orders whose time is over and that have no voucher at finance."""
    waiting = select(Voucher.order_id).where(Voucher.state == "submitted")
    query = select(Order.id).where(
        Order.state == CREATED, Order.expires_at <= at, Order.id.not_in(waiting)
    )
    return list(session.scalars(query.order_by(Order.expires_at).limit(limit)))


def balances(session: Session, order_ids: Sequence[int] | None = None) -> dict[str, int]:
    """Return each account's balance in fen (debits less credits); together they are 0."""
    found: dict[str, int] = {}
    for column, sign in ((LedgerEntry.debit, 1), (LedgerEntry.credit, -1)):
        query = select(column, func.sum(LedgerEntry.amount_fen)).group_by(column)
        if order_ids is not None:
            query = query.where(LedgerEntry.order_id.in_(order_ids))
        for account, total in session.execute(query):
            found[account] = found.get(account, 0) + sign * int(total)
    return found


def _visible_to(actor: Actor) -> ColumnElement[bool]:
    if actor.role == "finance":
        return Order.id.is_not(None)
    if actor.role in _PAYS_FOR_ORGANISATION:
        return Order.organisation_id == actor.organisation_id
    return (Order.payer_user_id == actor.user_id) & (Order.payer_user_id.is_not(None))
