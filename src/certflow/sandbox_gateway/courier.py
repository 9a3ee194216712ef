"""Tells the platform what happened: signs a notice, posts it, tries again when it is not taken."""

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from certflow.core import clock
from certflow.payments.gateways.sandbox import SIGN_HEADER, TIME_HEADER, sign
from certflow.sandbox_gateway.store import Event, Store

PAUSES = (2, 5, 15, 60, 300, 900, 3600)
_TIMEOUT_SECONDS = 8
_TAKEN = (200, b"success")

Post = Callable[[bytes, dict[str, str]], tuple[int, bytes]]


class Courier:
    """Brings notices to the platform; `post` sends a body and headers, returns status and body."""

    def __init__(self, store: Store, secret: str, merchant: str, post: Post) -> None:
        self._store, self._secret, self._merchant, self._post = store, secret, merchant, post

    def deliver(self, event: Event) -> bool:
        """Send one notice, signed afresh; return whether the platform took it."""
        body = notice_body(event, self._merchant)
        timestamp = str(int(clock.now().timestamp()))
        headers = {
            "Content-Type": "application/json",
            TIME_HEADER: timestamp,
            SIGN_HEADER: sign(self._secret, timestamp, body),
        }
        try:
            status, content = self._post(body, headers)
            answer = f"HTTP {status}"
        except (OSError, HTTPException):
            status, content, answer = 0, b"", ""
        taken = (status, content.strip()) == _TAKEN
        pause = None if taken or event.attempts >= len(PAUSES) else PAUSES[event.attempts]
        later = None if pause is None else clock.now() + timedelta(seconds=pause)
        self._store.told(event, answer, later)
        return taken

    def deliver_due(self) -> int:
        """Send every notice whose time has come; return how many were sent."""
        due = self._store.due(clock.now())
        for event in due:
            self.deliver(event)
        return len(due)

    def keep_delivering(self, stop: threading.Event) -> None:
        """Deliver once a second until told to stop; what is not told yet waits in the file."""
        while not stop.wait(1):
            self.deliver_due()


def notice_body(event: Event, merchant: str) -> bytes:
    """Write a notice as the JSON that is signed and sent."""
    return json.dumps(described(event) | {"merchant": merchant}).encode()


def described(event: Event) -> dict[str, object]:
    """Describe an event in the words of notices, queries and bills."""
    return {
        "event_id": event.event_id,
        "type": event.kind,
        "order": event.number,
        "transaction": event.transaction_id,
        "amount_fen": event.amount_fen,
        "currency": event.currency,
        "occurred_at": event.occurred_at,
    }


def post_to(url: str) -> Post:
    """Return a function that posts to the platform's notice address."""
    address = urlsplit(url)
    kind = HTTPSConnection if address.scheme == "https" else HTTPConnection

    def post(body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        connection = kind(address.netloc, timeout=_TIMEOUT_SECONDS)
        try:
            connection.request("POST", address.path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read(1000)
        finally:
            connection.close()

    return post
