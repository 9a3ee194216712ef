"""Signatures, notices and addresses of the sandbox gateway (E6, reliability D3)."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from certflow.payments.gateways import Checkout, NoticeRefused
from certflow.payments.gateways.sandbox import (
    SIGN_HEADER,
    TIME_HEADER,
    SandboxGateway,
    sign,
    sign_address,
)

AT = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
GATEWAY = SandboxGateway("http://127.0.0.1:8081", "a secret", "M1")
NOTICE = {
    "event_id": "e1",
    "type": "paid",
    "merchant": "M1",
    "order": "P20261120000001",
    "transaction": "SB1",
    "amount_fen": 20000,
    "currency": "CNY",
    "occurred_at": "2026-11-20T01:00:00+00:00",
}


def headers(body: bytes, at: datetime = AT, secret: str = "a secret") -> dict[str, str]:
    timestamp = str(int(at.timestamp()))
    return {TIME_HEADER: timestamp, SIGN_HEADER: sign(secret, timestamp, body)}


def test_a_signed_notice_is_read() -> None:
    body = json.dumps(NOTICE).encode()
    event = GATEWAY.read_notice(body, headers(body), AT)
    assert (event.kind, event.amount_fen, event.order_number) == ("paid", 20000, NOTICE["order"])


def test_header_names_may_come_in_any_case() -> None:
    body = json.dumps(NOTICE).encode()
    lower = {name.lower(): value for name, value in headers(body).items()}
    assert GATEWAY.read_notice(body, lower, AT).event_id == "e1"


@pytest.mark.parametrize(
    ("seconds", "fresh"), [(300, True), (301, False), (-300, True), (-301, False)]
)
def test_a_notice_is_fresh_for_five_minutes(seconds: int, fresh: bool) -> None:
    body = json.dumps(NOTICE).encode()
    received = AT + timedelta(seconds=seconds)
    if fresh:
        assert GATEWAY.read_notice(body, headers(body), received)
        return
    with pytest.raises(NoticeRefused, match="time window"):
        GATEWAY.read_notice(body, headers(body), received)


@pytest.mark.parametrize(
    "change",
    [
        {"amount_fen": 200.0},
        {"amount_fen": "20000"},
        {"amount_fen": True},
        {"type": "gift"},
        {"occurred_at": "2026-11-20T01:00:00"},
        {"occurred_at": "yesterday"},
        {"order": ""},
        {"event_id": None},
        {"transaction": "x" * 81},
        {"merchant": "M2"},
    ],
)
def test_a_signed_notice_in_the_wrong_form_is_refused(change: dict[str, object]) -> None:
    body = json.dumps(NOTICE | change).encode()
    with pytest.raises(NoticeRefused):
        GATEWAY.read_notice(body, headers(body), AT)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff\xfe", b'{"merchant": "M1"}'])
def test_signed_rubbish_is_refused(body: bytes) -> None:
    with pytest.raises(NoticeRefused):
        GATEWAY.read_notice(body, headers(body), AT)


def test_the_address_of_the_payment_page_holds_the_orders_own_amount_and_a_signature() -> None:
    checkout = Checkout("P1", 20000, "CNY", "注册费")
    address = GATEWAY.checkout_url(checkout, "http://127.0.0.1/orders/P1", AT)
    fields = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert (fields["amount"], fields["title"]) == ("20000", "注册费")
    assert fields["sign"] == sign_address("a secret", fields)
    assert fields["sign"] != sign_address("a secret", fields | {"amount": "1"})
    assert fields["sign"] != sign_address("another", fields)


def test_another_secret_signs_differently() -> None:
    body = json.dumps(NOTICE).encode()
    with pytest.raises(NoticeRefused, match="signature"):
        replace(GATEWAY, secret="another").read_notice(body, headers(body), AT)
