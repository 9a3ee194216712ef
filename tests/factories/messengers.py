"""Stands for the provider of text messages and for a mail server, on loopback."""

import json
import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, quote, urlsplit

from certflow.notifications.aliyun import Aliyun, signed

KEY_ID, SECRET, SIGN = "test-key", "test-secret", "示例平台"


@dataclass
class Provider:
    """Takes messages with a right signature; `refuses` is the code it answers with instead."""

    url: str = ""
    sent: list[dict[str, str]] = field(default_factory=list)
    refuses: str = ""

    def take(self, path: str, headers: dict[str, str]) -> dict[str, str]:
        query = dict(parse_qsl(urlsplit(path).query))
        service = Aliyun(headers["host"], KEY_ID, SECRET, SIGN, {}, plain=True)
        at = datetime.strptime(headers["x-acs-date"], "%Y-%m-%dT%H:%M:%S%z")
        right = signed(service, query, at, headers["x-acs-signature-nonce"])
        if headers["authorization"] != right["Authorization"]:
            return {"Code": "SignatureDoesNotMatch", "Message": "no"}
        if self.refuses:
            return {"Code": self.refuses, "Message": "no"}
        self.sent.append(query)
        return {"Code": "OK", "Message": "OK", "BizId": str(len(self.sent))}

    def codes(self, phone: str) -> list[str]:
        """Return the codes that a phone has received, the newest last."""
        mine = [one for one in self.sent if one["PhoneNumbers"] == phone]
        found = [json.loads(one["TemplateParam"]).get("code", "") for one in mine]
        return [one for one in found if one]


@contextmanager
def provider() -> Iterator[Provider]:
    """Run the provider; its `url` is what `sms_url` wants."""
    taken = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = json.dumps(taken.take(self.path, headers)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_ignored: object) -> None:
            """Write nothing."""

    with _running(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as port:
        names = f"sign={quote(SIGN)}&code=SMS_1&notice=SMS_2&security=SMS_3"
        taken.url = f"aliyun+http://{KEY_ID}:{SECRET}@127.0.0.1:{port}?{names}"
        yield taken


@dataclass
class Mailbox:
    """What a mail server has taken."""

    url: str = ""
    messages: list[EmailMessage] = field(default_factory=list)

    def to(self, address: str) -> list[EmailMessage]:
        return [one for one in self.messages if one["To"] == address]

    def codes(self, address: str) -> list[str]:
        found = [re.search(r"\d{6}", str(one["Subject"])) for one in self.to(address)]
        return [one.group() for one in found if one]


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    """Run a mail server that takes everything; its `url` is what `smtp_url` wants."""
    box = Mailbox()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 here")
            while line := self.rfile.readline():
                word = line.split()[0].upper() if line.split() else b""
                if word == b"DATA":
                    self._say("354 go on")
                    box.messages.append(self._message())
                self._say("221 bye" if word == b"QUIT" else "250 ok")
                if word == b"QUIT":
                    return

        def _message(self) -> EmailMessage:
            lines = []
            while (line := self.rfile.readline()) not in (b".\r\n", b""):
                lines.append(line[1:] if line.startswith(b"..") else line)
            read = message_from_bytes(b"".join(lines), policy=policy.default)
            assert isinstance(read, EmailMessage)
            return read

        def _say(self, words: str) -> None:
            self.wfile.write(words.encode() + b"\r\n")

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with _running(Server(("127.0.0.1", 0), Handler)) as port:
        box.url = f"smtp://127.0.0.1:{port}"
        yield box


@contextmanager
def _running(server: socketserver.TCPServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
