"""Provider's notices: stored first, then verified, then applied once (E6, reliability D1-D4)."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from certflow.core import clock
from certflow.core.clock import SHANGHAI
from certflow.core.db import Session
from certflow.core.errors import AppError
from certflow.core.incidents import raise_incident
from certflow.payments import errors
from certflow.payments.gateways import Event, Gateway, NoticeRefused
from certflow.payments.gateways.choice import present_gateway
from certflow.payments.models import Order, PaymentNotice
from certflow.payments.operations.settling import (
    Payment,
    Result,
    apply_event,
    keep_in_suspense,
    lock_order,
)

MOST_BYTES = 64 * 1024
_KEPT_HEADERS = ("content-type", "user-agent", "x-gateway-timestamp", "x-gateway-signature")
_KEPT_LENGTH = 500


def store_notice(
    session: Session,
    raw: bytes,
    headers: Mapping[str, str],
    at: datetime,
    provider: str = "sandbox",
) -> PaymentNotice:
    """Write down what a provider sent, word for word; commit before it is processed.

    Raises AppError (413) above 64 KiB.
    """
    if len(raw) > MOST_BYTES:
        raise AppError(errors.TOO_BIG, 413)
    kept = {name.lower(): value[:_KEPT_LENGTH] for name, value in headers.items()}
    notice = PaymentNotice(
        provider=provider,
        raw=raw,
        headers={name: kept[name] for name in _KEPT_HEADERS if name in kept},
        verified=False,
        received_at=at,
    )
    session.add(notice)
    session.flush()
    return notice


def process_notice(
    session: Session, notice_id: int, gateway: Gateway | None = None
) -> PaymentNotice:
    """Verify a stored notice and apply it, once; a processed one is returned as it is."""
    notice = session.get_one(PaymentNotice, notice_id, with_for_update=True, populate_existing=True)
    if notice.result is not None:
        return notice
    chosen = gateway or present_gateway()
    try:
        event = chosen.read_notice(notice.raw, notice.headers, notice.received_at)
    except NoticeRefused as refusal:
        _refuse(session, notice, str(refusal))
    else:
        notice.verified = True
        notice.result, notice.remark = _take(session, notice, event)
    notice.processed_at = clock.now()
    session.flush()
    return notice


def _take(session: Session, notice: PaymentNotice, event: Event) -> tuple[Result, str]:
    """Apply an event whose sender is certain; its id is looked up under the order's lock."""
    order = session.scalar(select(Order).where(Order.number == event.order_number))
    if order is not None:
        lock_order(session, order.id)
        notice.order_id = order.id
    if _seen(session, notice.provider, event.event_id):
        return "repeated", "this event was taken before"
    notice.event_id = event.event_id
    if order is None:
        return _unknown(session, event)
    return apply_event(session, order, event)


def _unknown(session: Session, event: Event) -> tuple[Result, str]:
    why = "no such order"
    if event.kind != "paid":
        raise_incident(
            session, "payment.unmatched", why, subject=f"transaction/{event.transaction_id}"
        )
        return "unmatched", why
    payment = Payment(
        "online", event.transaction_id, event.amount_fen, event.currency, event.occurred_at
    )
    return keep_in_suspense(session, payment, why), why


def _seen(session: Session, provider: str, event_id: str) -> bool:
    query = select(PaymentNotice.id).where(
        PaymentNotice.provider == provider, PaymentNotice.event_id == event_id
    )
    return session.scalar(query) is not None


def _refuse(session: Session, notice: PaymentNotice, why: str) -> None:
    """Mark a notice as forged or broken; all of a day are one incident that counts them."""
    notice.result, notice.remark = "refused", why
    day = notice.received_at.astimezone(SHANGHAI).date().isoformat()
    raise_incident(session, "payment.notice_refused", why, subject=f"notices/{day}")
