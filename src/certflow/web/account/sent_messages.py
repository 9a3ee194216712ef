"""What would have been sent, for developers: never in production, only on this machine."""

import email
import email.policy
import json
from datetime import datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NamedTuple

from flask import Blueprint, render_template, request

from certflow.core.access import PUBLIC, allow
from certflow.core.errors import NotFound
from certflow.core.settings import current

blueprint = Blueprint("developer", __name__)
MOST = 40


class Sent(NamedTuple):
    """One message as it was laid down."""

    channel: str
    to: str
    title: str
    text: str
    at: datetime


@blueprint.get("/developer/messages")
@allow(PUBLIC)
def messages() -> Any:
    """Show the newest text messages and mails that were laid down instead of sent."""
    if current().production or not _from_here():
        raise NotFound
    folder = current().data_dir
    texts = [_text(path) for path in _newest(folder / "sms", "*.json")]
    mails = [_mail(path) for path in _newest(folder / "mail", "*.eml")]
    found = sorted([*texts, *mails], key=lambda one: one.at, reverse=True)[:MOST]
    return render_template("account/messages.html", messages=found)


_FORWARDED = ("X-Forwarded-For", "X-Real-Ip", "Forwarded")


def _from_here() -> bool:
    """Whether somebody at this machine asks: behind a proxy everybody seems to."""
    if any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _newest(folder: Path, pattern: str) -> list[Path]:
    found = [path for path in folder.glob(pattern) if not path.name.startswith(".")]
    return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)[:MOST]


def _text(path: Path) -> Sent:
    told = json.loads(path.read_text())
    return Sent("sms", told["to"], "", told["text"], datetime.fromisoformat(told["at"]))


def _mail(path: Path) -> Sent:
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    body = message.get_body(("plain",))
    words = body.get_content() if body is not None else ""
    at = parsedate_to_datetime(str(message["Date"]))
    return Sent("mail", str(message["To"]), str(message["Subject"]), str(words), at)
