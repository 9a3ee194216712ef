"""Sends messages to webhooks: the outbox handler "webhook" (catalogue I1).

A message is signed as Standard Webhooks has it (https://www.standardwebhooks.com): HMAC-SHA256 over
"id.timestamp.body", so that a receiver can use any library for it. Redirects are not followed,
answers are not read beyond their status.
"""

import base64
import hashlib
import hmac
import json
import socket
import ssl
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from http.client import HTTPConnection, HTTPException
from threading import Timer
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from certflow.accounts.queries import holders_of
from certflow.core import audit, clock
from certflow.core.actor import SYSTEM
from certflow.core.db import Session, transaction
from certflow.core.errors import AppError
from certflow.core.outbox import MOST_ATTEMPTS, Later, Send, handler
from certflow.core.settings import current
from certflow.core.text import Text
from certflow.notifications.addresses import NOT_PUBLIC_NOW, UNKNOWN, Unreachable, resolved
from certflow.notifications.models import Webhook, WebhookDelivery
from certflow.notifications.operations import NewNotice, notify
from certflow.notifications.webhooks import TEST

QUIET = timedelta(seconds=60)
"""How long an address that has just failed is left in peace, so that it delays nobody else."""

STOPPED = Text(
    "推送订阅“{name}”多次发送失败（{why}），已停止。其间的消息已暂存，排除原因后可以恢复。",
    "The webhook “{name}” has failed too often ({why}) and was stopped. What happens is held; mend "
    "the cause and let it go on.",
)
_REASONS = {
    "ConnectionRefusedError": Text("接收方拒绝连接", "The connection was refused"),
    "TimeoutError": Text("接收方没有在时限内回答", "No answer in time"),
    "TLS": Text("接收方的证书没有通过校验", "The receiver's certificate is not valid"),
    **{one.zh: one for one in (UNKNOWN, NOT_PUBLIC_NOW)},
}
_TIMEOUT_SECONDS = 5
_WHOLE_SECONDS = 10
_TAKEN = range(200, 300)


class NotTaken(AppError):
    """The receiver did not take the message; it is tried again."""


class Message(NamedTuple):
    """What is sent where; `key` is the same at every try."""

    url: str
    secret: str
    key: str
    body: bytes


class Outcome(NamedTuple):
    """What came of a try: the status of the answer, or why there was none."""

    status: int | None
    failure: str


@handler("webhook")
def send_delivery(session: Session, payload: dict[str, Any]) -> Send | None:
    """Prepare one try; what belongs to a stopped webhook is held until it is resumed."""
    delivery = session.get(WebhookDelivery, payload["delivery_id"])
    webhook = session.get(Webhook, delivery.webhook_id) if delivery else None
    if delivery is None or webhook is None or delivery.state != "waiting":
        return None
    at = clock.now()
    if delivery.event != TEST:
        if webhook.state == "stopped":
            delivery.state = "held"
            return None
        if webhook.quiet_until is not None and at < webhook.quiet_until:
            raise Later(webhook.quiet_until)
    delivery.attempts, delivery.tried_at = delivery.attempts + 1, at
    message = Message(webhook.url, webhook.secret, delivery.key, written(delivery.body))
    return partial(_send, delivery.id, message)


def written(body: Mapping[str, Any]) -> bytes:
    """Return a body as it is sent and signed, the same at every try."""
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def headers(message: Message, at: datetime) -> dict[str, str]:
    """Return the headers of a message: its id, the time of this try, its signature."""
    timestamp = str(int(at.timestamp()))
    signed = b".".join((message.key.encode(), timestamp.encode(), message.body))
    key = base64.b64decode(message.secret.removeprefix("whsec_"))
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {
        "Content-Type": "application/json",
        "User-Agent": "CertFlow-Webhook/1",
        "webhook-id": message.key,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{signature}",
    }


def in_words(failure: str) -> Text:
    """Return in words what was noted of a delivery that failed; as it is where there are none."""
    return _REASONS.get(failure, Text(failure, failure))


def post(message: Message, at: datetime, *, production: bool) -> Outcome:
    """Send a message once; never raises for what the receiver does."""
    try:
        address = resolved(message.url, production=production)
        connection = _Pinned(message.url, address)
        giving_up = Timer(_WHOLE_SECONDS, connection.give_up)
        giving_up.start()
        try:
            connection.request("POST", connection.path, message.body, headers(message, at))
            status = connection.getresponse().status
        finally:
            giving_up.cancel()
            connection.close()
    except Unreachable as error:
        return Outcome(None, error.message.zh)
    except ssl.SSLError:
        return Outcome(None, "TLS")
    except (OSError, HTTPException, ValueError) as error:
        return Outcome(None, type(error).__name__)
    return Outcome(status, "" if status in _TAKEN else f"HTTP {status}")


class _Pinned(HTTPConnection):
    """A connection to the address that was checked, under the name that was asked for."""

    def __init__(self, url: str, address: str) -> None:
        parts = urlsplit(url)
        self._address, self._secure = address, parts.scheme == "https"
        self.path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        port = parts.port or (443 if self._secure else 80)
        super().__init__(parts.hostname or "", port, timeout=_TIMEOUT_SECONDS)
        self.default_port = 443 if self._secure else 80

    def connect(self) -> None:
        """Open the connection, with TLS where the address asks for it."""
        self.sock = socket.create_connection((self._address, self.port), _TIMEOUT_SECONDS)
        if self._secure:
            secure = ssl.create_default_context()
            self.sock = secure.wrap_socket(self.sock, server_hostname=self.host)

    def give_up(self) -> None:
        """End a conversation that takes too long, however busy it is."""
        held = self.sock
        if held is not None:
            held.shutdown(socket.SHUT_RDWR)


def _send(delivery_id: int, message: Message) -> None:
    found = post(message, clock.now(), production=current().production)
    with transaction() as session:
        again = _note(session, delivery_id, found)
    if again:
        raise NotTaken(Text(f"接收方没有收下：{found.failure}", f"Not taken: {found.failure}"))


def _note(session: Session, delivery_id: int, found: Outcome) -> bool:
    """Write down what came of a try; return whether it is to be tried again."""
    delivery = session.get(WebhookDelivery, delivery_id)
    webhook = session.get(Webhook, delivery.webhook_id) if delivery else None
    if delivery is None or webhook is None:
        return False
    delivery.status, delivery.failure = found.status, found.failure[:80]
    if not found.failure:
        delivery.state, webhook.quiet_until = "done", None
        return False
    if delivery.event == TEST:
        delivery.state = "failed"
        return False
    webhook.quiet_until = clock.now() + QUIET
    if delivery.attempts < MOST_ATTEMPTS:
        return True
    delivery.state = "failed"
    _stop(session, webhook, found.failure)
    return False


def _stop(session: Session, webhook: Webhook, failure: str) -> None:
    if webhook.state == "stopped":
        return
    webhook.state, webhook.failure, webhook.stopped_at = "stopped", failure[:80], clock.now()
    session.flush()
    subject = f"organisation/{webhook.organisation_id}" if webhook.organisation_id else "platform"
    after = {"webhook": webhook.id, "failure": webhook.failure}
    audit.record(session, "webhook.stopped", SYSTEM, subject=subject, after=after)
    role = "body_admin" if webhook.organisation_id else "system_admin"
    text, link = (
        STOPPED.filled(name=webhook.name, why=in_words(webhook.failure)),
        f"/webhooks/{webhook.id}",
    )
    new = NewNotice(kind="webhook.stopped", role=role, text=text, link=link)
    notify(session, holders_of(role, webhook.organisation_id), new, clock.now())
