"""Background work on money: asking the provider, notices left behind, refunds, the bill.

The network is used between transactions, never inside one, apart from a refund that the relay
carries out under its own lease. Whatever fails is shown and does not stop the rest.
"""

from collections.abc import Callable, Iterable
from datetime import date, time, timedelta
from functools import partial
from typing import Any

import structlog

from certflow.core import clock, outbox
from certflow.core.db import Session, in_transaction, transaction
from certflow.core.incidents import raise_incident, reason_of, resolve
from certflow.payments import operations, queries
from certflow.payments.gateways import Event, GatewayUnreachable
from certflow.payments.gateways.choice import present_gateway
from certflow.payments.models import Order, PaymentNotice, Refund

BILL_READY = time(10)
"""When a provider has the bill of the day before; in Shanghai. WeChat Pay says ten o'clock."""
MOST_DAYS_BACK = 31
_AFTER_A_FAILURE = timedelta(minutes=10)
_log = structlog.get_logger()

Work = Callable[[Session, int], object]


def sweep(limit: int = 20) -> int:
    """Do what is due, whatever rang the bell; return how many things were taken up."""
    return process_left_notices(limit) + query_orders(limit) + close_expired_orders(limit)


def process_left_notices(limit: int = 100) -> int:
    """Process notices that were stored, and then the process died or failed."""
    with transaction() as session:
        left = queries.notices_left(session, clock.now(), limit)
    return _each("notice", left, operations.process_notice, _count_attempt)


def query_orders(limit: int = 20) -> int:
    """Ask the provider about orders whose notice may never come (reliability D5)."""
    with transaction() as session:
        due = queries.orders_to_query(session, clock.now(), limit)
    for order_id, number in due:
        events = _ask(number)

        def settle(session: Session, order_id: int, events: list[Event] = events) -> object:
            return operations.settle_answer(session, order_id, events, clock.now())

        _each("query", [order_id], settle, _ask_later)
    return len(due)


def close_expired_orders(limit: int = 100) -> int:
    """Close unpaid orders whose time is over."""
    with transaction() as session:
        expired = queries.expired_orders(session, clock.now(), limit)
    return _each("expiry", expired, lambda s, order: operations.expire_order(s, order, clock.now()))


def ask_for_bills() -> int:
    """Ask for the bill of yesterday, and of the days missed before it; each once, by the outbox.

    So a provider that does not answer is asked again with growing pauses, then shown.
    """
    at = clock.now().astimezone(clock.SHANGHAI)
    ready = at.date() - timedelta(days=1 if at.time() >= BILL_READY else 2)
    days = [ready - timedelta(days=back) for back in reversed(range(MOST_DAYS_BACK))]
    with transaction() as session:
        since = queries.first_checkout(session)
        asked = outbox.known(session, [_bill_key(day) for day in days])
        wanted = [
            day
            for day in days
            if since and day >= since.astimezone(clock.SHANGHAI).date()
            if _bill_key(day) not in asked
        ]
        bills = {_bill_key(day): {"day": day.isoformat()} for day in wanted}
        outbox.enqueue_all(session, "payment.bill", bills)
    return len(wanted)


@outbox.handler("payment.bill")
def check_bill(_session: Session, payload: dict[str, Any]) -> outbox.Send:
    """Compare a day's bill with the ledger, outside this transaction."""

    def compare() -> None:
        reconcile_day(date.fromisoformat(payload["day"]))

    return compare


def _bill_key(day: date) -> str:
    return f"bill/{day.isoformat()}"


def reconcile_day(day: date) -> list[operations.Difference]:
    """Fetch the provider's bill of a day and compare it. Raises GatewayUnreachable."""
    bill = present_gateway().bill(day.isoformat(), clock.now())
    with transaction() as session:
        return operations.reconcile(session, day, bill)


@outbox.handler("payment.refund")
def send_refund(session: Session, payload: dict[str, Any]) -> outbox.Send | None:
    """Ask the provider for an approved refund; its notice finishes it. GatewayUnreachable."""
    refund = session.get_one(Refund, payload["refund_id"])
    if refund.state != "approved":
        return None
    number, amount = session.get_one(Order, refund.order_id).number, refund.amount_fen
    key = str(payload["dedupe_key"])
    return lambda: present_gateway().refund(number, key, amount, clock.now())


@outbox.handler("payment.close")
def send_closing(session: Session, payload: dict[str, Any]) -> outbox.Send:
    """Close at the provider an order that was closed here. GatewayUnreachable."""
    number = session.get_one(Order, payload["order_id"]).number
    return lambda: present_gateway().close(number, clock.now())


def _ask(number: str) -> list[Event]:
    try:
        return present_gateway().query(number, clock.now())
    except GatewayUnreachable as error:
        _log.warning("payment.query_failed", order=number, error=str(error))
        return []


def _each(kind: str, ids: Iterable[int], work: Work, failed: Work | None = None) -> int:
    """Do `work` for each id in a transaction of its own; a failure becomes an incident."""
    taken = list(ids)
    for row_id in taken:
        subject = f"payment_{kind}/{row_id}"
        try:
            in_transaction(partial(_do, work, row_id, kind, subject))
        except Exception as error:  # noqa: BLE001 - one broken row must not stop the others
            reason = reason_of(error)
            with transaction() as session:
                raise_incident(session, f"payment.{kind}", reason, subject=subject)
                if failed is not None:
                    failed(session, row_id)
    return len(taken)


def _do(work: Work, row_id: int, kind: str, subject: str, session: Session) -> None:
    work(session, row_id)
    resolve(session, f"payment.{kind}", subject)


def _count_attempt(session: Session, notice_id: int) -> None:
    notice = session.get_one(PaymentNotice, notice_id)
    notice.attempts += 1
    notice.next_try_at = clock.now() + outbox.pause_after(notice.attempts)


def _ask_later(session: Session, order_id: int) -> None:
    session.get_one(Order, order_id).next_query_at = clock.now() + _AFTER_A_FAILURE
