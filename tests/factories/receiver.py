"""A program that receives webhooks on loopback and checks them as docs/api.md says."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from certflow.core import clock

TOLERANCE_SECONDS = 300


@dataclass
class Receiver:
    """What came and what was made of it; `answers` are given first, then always 204."""

    url: str = ""
    secret: str = ""
    answers: list[int] = field(default_factory=list)
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    taken: list[dict[str, Any]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    @property
    def events(self) -> list[str]:
        return [one["type"] for one in self.taken]

    def take(self, headers: dict[str, str], body: bytes) -> int:
        self.requests.append((headers, body))
        if self.answers:
            return self.answers.pop(0)
        why = self.wrong(headers, body)
        if why:
            self.refused.append(why)
            return 400
        self.seen.add(headers["webhook-id"])
        self.taken.append(json.loads(body))
        return 204

    def wrong(self, headers: dict[str, str], body: bytes) -> str:
        """The check of docs/api.md: the signature, then the time, then the id."""
        name, timestamp = headers["webhook-id"], headers["webhook-timestamp"]
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        signed = f"{name}.{timestamp}.".encode() + body
        right = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        if not hmac.compare_digest(headers["webhook-signature"], f"v1,{right}"):
            return "signature"
        if abs(clock.now().timestamp() - int(timestamp)) > TOLERANCE_SECONDS:
            return "too old"
        return "seen before" if name in self.seen else ""


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Run a receiver; its `url` is what a webhook wants."""
    taken = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers["content-length"]))
            self.send_response(taken.take(headers, body))
            self.send_header("Location", taken.url)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_ignored: object) -> None:
            """Write nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    taken.url = f"http://127.0.0.1:{server.server_address[1]}/events?from=certflow"
    try:
        yield taken
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
