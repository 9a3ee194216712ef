"""A provider's notices, as the tests of payments send them."""

from datetime import UTC, datetime
from typing import Any

from certflow.core import settings
from certflow.payments.gateways.sandbox import SIGN_HEADER, TIME_HEADER, sign
from certflow.payments.models import Order

AT = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)


def notice_of(order: Order, kind: str = "paid", **changes: Any) -> dict[str, Any]:
    prefix = "SR" if kind == "refunded" else "SB"
    return {
        "event_id": f"{kind}-{order.number}",
        "type": kind,
        "merchant": settings.current().merchant,
        "order": order.number,
        "transaction": f"{prefix}-{order.number}",
        "amount_fen": order.amount_fen,
        "currency": "CNY",
        "occurred_at": AT.isoformat(),
    } | changes


def signed(body: bytes, at: datetime = AT, secret: str | None = None) -> dict[str, str]:
    timestamp = str(int(at.timestamp()))
    key = secret or settings.current().gateway_secret
    return {TIME_HEADER: timestamp, SIGN_HEADER: sign(key, timestamp, body)}
