"""The sandbox gateway's language: HMAC-SHA256 over what is sent, with a time (E6)."""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

from certflow.payments.gateways import (
    KINDS,
    BillRow,
    Checkout,
    Event,
    GatewayUnreachable,
    NoticeRefused,
)

TIME_HEADER = "X-Gateway-Timestamp"
SIGN_HEADER = "X-Gateway-Signature"
WINDOW = timedelta(minutes=5)
_TIMEOUT_SECONDS = 5
_MOST_BYTES = 4_000_000
_LONGEST_NAME = 80


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Return the signature of a body sent at `timestamp` (Unix seconds)."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, "sha256").hexdigest()


def signature_holds(secret: str, timestamp: str, body: bytes, signature: str) -> bool:
    """Whether a signature is right; takes equally long for every wrong one."""
    return hmac.compare_digest(sign(secret, timestamp, body).encode(), signature.encode())


def sign_address(secret: str, fields: Mapping[str, str]) -> str:
    """Return the signature of the fields of an address; `sign` itself and `lang` are left out."""
    signed = sorted((name, fields[name]) for name in fields if name not in {"sign", "lang"})
    return sign(secret, fields["time"], urlencode(signed).encode())


@dataclass(frozen=True)
class SandboxGateway:
    """The platform's side of the sandbox. `url` is its address, `merchant` our name there."""

    url: str
    secret: str
    merchant: str

    def checkout_url(self, order: Checkout, return_url: str, at: datetime) -> str:
        """Return the signed address of the payment page."""
        fields = {
            "merchant": self.merchant,
            "order": order.number,
            "amount": str(order.amount_fen),
            "currency": order.currency,
            "title": order.title,
            "return": return_url,
            "time": _seconds(at),
        }
        fields["sign"] = sign_address(self.secret, fields)
        return f"{self.url.rstrip('/')}/pay?{urlencode(fields)}"

    def read_notice(self, raw: bytes, headers: Mapping[str, str], received_at: datetime) -> Event:
        """Verify signature, time and merchant, then read the event. Raises NoticeRefused."""
        self.verify(raw, headers, received_at)
        try:
            body = json.loads(raw)
            if body["merchant"] != self.merchant:
                raise NoticeRefused("meant for another merchant")
            return _event(body)
        except (ValueError, KeyError, TypeError) as error:
            raise NoticeRefused("not in the form of a notice") from error

    def verify(self, raw: bytes, headers: Mapping[str, str], received_at: datetime) -> None:
        """Check who signed the notice and when. Raises NoticeRefused."""
        given = {name.lower(): value for name, value in headers.items()}
        timestamp = given.get(TIME_HEADER.lower(), "")
        signature = given.get(SIGN_HEADER.lower(), "")
        if not signature_holds(self.secret, timestamp, raw, signature):
            raise NoticeRefused("the signature does not hold")
        if not timestamp.isdecimal() or not timestamp.isascii():
            raise NoticeRefused("the time is not a number")
        if abs(received_at.timestamp() - int(timestamp)) > WINDOW.total_seconds():
            raise NoticeRefused("outside the time window")

    def query(self, number: str, at: datetime) -> list[Event]:
        """Ask what happened to an order. Raises GatewayUnreachable."""
        path = f"/orders/{number}"
        answer = self._call("GET", path, b"", at)
        try:
            return [_event(row) for row in answer["events"]]
        except (ValueError, KeyError, TypeError) as error:
            raise GatewayUnreachable(f"{path}: not in the form of an answer") from error

    def close(self, number: str, at: datetime) -> None:
        """Let nobody pay an order any more. Raises GatewayUnreachable."""
        self._call("POST", "/closings", json.dumps({"order": number}).encode(), at)

    def refund(self, number: str, refund_number: str, amount_fen: int, at: datetime) -> None:
        """Ask for a refund. Raises GatewayUnreachable."""
        wish = {"order": number, "refund": refund_number, "amount_fen": amount_fen}
        self._call("POST", "/refunds", json.dumps(wish).encode(), at)

    def bill(self, day: str, at: datetime) -> list[BillRow]:
        """Return the movements of a day. Raises GatewayUnreachable."""
        path = f"/bills/{day}"
        answer = self._call("GET", path, b"", at)
        try:
            return [_bill_row(row) for row in answer["rows"]]
        except (ValueError, KeyError, TypeError) as error:
            raise GatewayUnreachable(f"{path}: not in the form of a bill") from error

    def _call(self, method: str, path: str, body: bytes, at: datetime) -> Any:
        """Send a signed request and return the verified JSON of the answer."""
        address = urlsplit(self.url)
        kind = HTTPSConnection if address.scheme == "https" else HTTPConnection
        timestamp = _seconds(at)
        signature = sign(self.secret, timestamp, f"{method} {path}\n".encode() + body)
        headers = {
            TIME_HEADER: timestamp,
            SIGN_HEADER: signature,
            "Content-Type": "application/json",
        }
        connection = kind(address.netloc, timeout=_TIMEOUT_SECONDS)
        try:
            connection.request(method, address.path.rstrip("/") + path, body, headers)
            answer = connection.getresponse()
            content = answer.read(_MOST_BYTES)
        except (OSError, HTTPException) as error:
            raise GatewayUnreachable(f"{method} {path}: {type(error).__name__}") from error
        finally:
            connection.close()
        if answer.status != 200:  # noqa: PLR2004 - HTTP's "OK"
            raise GatewayUnreachable(f"{method} {path}: HTTP {answer.status}")
        return self._verified(path, content, dict(answer.getheaders()))

    def _verified(self, path: str, content: bytes, headers: Mapping[str, str]) -> Any:
        timestamp, signature = headers.get(TIME_HEADER) or "", headers.get(SIGN_HEADER) or ""
        if not signature_holds(self.secret, timestamp, f"{path}\n".encode() + content, signature):
            raise GatewayUnreachable(f"{path}: the answer's signature does not hold")
        return json.loads(content)


def _seconds(at: datetime) -> str:
    return str(int(at.timestamp()))


def _event(body: Any) -> Event:
    kind, amount = body["type"], body["amount_fen"]
    if kind not in KINDS or type(amount) is not int:
        raise ValueError("unknown event")
    occurred_at = datetime.fromisoformat(body["occurred_at"])
    if occurred_at.tzinfo is None:
        raise ValueError("a time without a zone")
    return Event(
        event_id=_name(body["event_id"]),
        kind=kind,
        order_number=_name(body["order"]),
        transaction_id=_name(body["transaction"]),
        amount_fen=amount,
        currency=_name(body["currency"]),
        occurred_at=occurred_at,
    )


def _name(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_NAME:
        raise ValueError("not a name")
    return value


def _bill_row(body: Any) -> BillRow:
    return BillRow(
        order_number=_name(body["order"]),
        transaction_id=_name(body["transaction"]),
        kind=_name(body["type"]),
        amount_fen=int(body["amount_fen"]),
    )
