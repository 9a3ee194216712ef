"""Background work on money: asking the provider, notices left behind, refunds, the bill.

The network is used between transactions, never inside one, apart from a refund that the relay
carries out under its own lease.
"""

from datetime import date, timedelta
from typing import Any

import structlog

from certflow.core import clock, outbox
from certflow.core.db import Session, transaction
from certflow.payments import operations, queries
from certflow.payments.gateways import GatewayUnreachable
from certflow.payments.gateways.choice import present_gateway
from certflow.payments.models import Order, Refund

_LEFT_AFTER = timedelta(seconds=30)
_log = structlog.get_logger()


def sweep(limit: int = 20) -> int:
    """Do what is due, whatever rang the bell; return how many things were done."""
    return process_left_notices(limit) + query_orders(limit) + close_expired_orders(limit)


def process_left_notices(limit: int = 100) -> int:
    """Process notices that were stored, and then the process died."""
    with transaction() as session:
        left = queries.notices_left(session, clock.now() - _LEFT_AFTER, limit)
    for notice_id in left:
        with transaction() as session:
            operations.process_notice(session, notice_id)
    return len(left)


def query_orders(limit: int = 20) -> int:
    """Ask the provider about orders whose notice may never come (reliability D5)."""
    gateway = present_gateway()
    with transaction() as session:
        due = queries.orders_to_query(session, clock.now(), limit)
    for order_id, number in due:
        try:
            events = gateway.query(number, clock.now())
        except GatewayUnreachable as error:
            _log.warning("payment.query_failed", order=number, error=str(error))
            events = []
        with transaction() as session:
            operations.settle_answer(session, order_id, events, clock.now())
    return len(due)


def close_expired_orders(limit: int = 100) -> int:
    """Close unpaid orders whose time is over."""
    with transaction() as session:
        return operations.close_expired(session, clock.now(), limit)


def reconcile_day(day: date) -> list[operations.Difference]:
    """Fetch the provider's bill of a day and compare it. Raises GatewayUnreachable."""
    bill = present_gateway().bill(day.isoformat(), clock.now())
    with transaction() as session:
        return operations.reconcile(session, day, bill)


@outbox.handler("payment.refund")
def send_refund(session: Session, payload: dict[str, Any]) -> None:
    """Ask the provider for an approved refund; its notice finishes it. GatewayUnreachable."""
    refund = session.get_one(Refund, payload["refund_id"])
    if refund.state != "approved":
        return
    order = session.get_one(Order, refund.order_id)
    present_gateway().refund(order.number, payload["dedupe_key"], refund.amount_fen, clock.now())
