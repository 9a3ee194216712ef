"""Sends notices by e-mail: the outbox handler "mail" (catalogue B8; design §3).

With `smtp_url` set ("smtp://user:password@host:587", "smtps://...") mail goes to that server;
otherwise it is laid down as data_dir/mail/*.eml, to be looked at.
"""

import hashlib
import smtplib
import ssl
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from certflow.accounts import confirming
from certflow.accounts.models import User
from certflow.core import clock
from certflow.core.db import Session
from certflow.core.outbox import Send, handler
from certflow.core.settings import Settings, current
from certflow.core.text import Text
from certflow.notifications.models import Notice

TIMEOUT = 10
_SUBJECT = 60
_CONFIRM_SUBJECT = Text("请确认您的电子邮箱", "Please confirm your e-mail address")
_CONFIRM = Text(
    "您的账号已开通。请打开下面的链接，登录后确认这个邮箱；确认后办理通知才会发到这里。7 天内有效。",
    "Your account is open. Open the link below and sign in to confirm this address; notices are "
    "sent here only after that. It is good for 7 days.",
)
_NOT_YOU = Text(
    "如果不是您本人注册，请忽略这封邮件，不会再有邮件发来。",
    "If it was not you who signed up, ignore this message; nothing else will be sent.",
)
_FOOT = Text(
    "这是系统自动发送的邮件，请勿回复。可在“账户设置”里选择通知方式。",
    "This message was sent by the platform; please do not reply. You can choose the channels "
    "of notices in your account settings.",
)


@handler("mail")
def send_notice(session: Session, payload: dict[str, Any]) -> Send | None:
    """Prepare to send one notice; the same Message-ID each time lets a mail server drop a second copy."""
    notice = session.get(Notice, payload["notice_id"])
    user = session.get(User, notice.user_id) if notice else None
    if notice is None or user is None or user.disabled_at or not user.email_confirmed_at:
        return None
    settings = current()
    return deliver(compose(notice, user, str(payload["dedupe_key"]), settings), settings)


@handler("mail.confirmation")
def send_confirmation(session: Session, payload: dict[str, Any]) -> Send | None:
    """Prepare to send the link by which an account's owner confirms the address (A1)."""
    user, at, settings = session.get_one(User, payload["user_id"]), clock.now(), current()
    nobody_sends = settings.production and not settings.smtp_url
    if nobody_sends or not user.email or user.email_confirmed_at is not None:
        return None
    locale = user.locale
    link = f"{settings.base_url}/account/email/confirm?seal={confirming.seal_of(user, at)}"
    words = (_CONFIRM.of(locale), link, _NOT_YOU.of(locale))
    letter = Letter(user.email, _CONFIRM_SUBJECT.of(locale), words)
    return deliver(write(letter, at, str(payload["dedupe_key"]), settings), settings)


def compose(notice: Notice, user: User, dedupe_key: str, settings: Settings) -> EmailMessage:
    """Write the mail in the user's language: the text, the link, nothing else."""
    text = Text.read(notice.text).of(user.locale)
    link = settings.base_url + notice.link if notice.link else ""
    letter = Letter(user.email or "", _shortened(text), (text, link, _FOOT.of(user.locale)))
    return write(letter, notice.created_at, dedupe_key, settings)


class Letter(NamedTuple):
    """A mail before it is put into its envelope; empty paragraphs are left out."""

    to: str
    subject: str
    paragraphs: tuple[str, ...]


def write(letter: Letter, at: datetime, dedupe_key: str, settings: Settings) -> EmailMessage:
    """Put a letter into its envelope; the same key makes the same Message-ID."""
    host = urlsplit(settings.base_url).hostname or "localhost"
    message = EmailMessage()
    message["Subject"] = letter.subject
    message["From"] = f"CertFlow <no-reply@{host}>"
    message["To"] = letter.to
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{_name(dedupe_key)}@{host}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n\n".join(part for part in letter.paragraphs if part) + "\n")
    return message


def deliver(message: EmailMessage, settings: Settings) -> Send:
    """Return what hands a mail to the server, or lays it down where there is none."""
    smtp_url = settings.smtp_url
    if smtp_url:
        return lambda: _send(message, smtp_url)
    return lambda: _lay_down(message, settings.data_dir / "mail")


def _send(message: EmailMessage, smtp_url: str) -> None:
    parts = urlsplit(smtp_url)
    host, secure = parts.hostname or "localhost", ssl.create_default_context()
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, parts.port or 465, timeout=TIMEOUT, context=secure
        )
    else:
        server = smtplib.SMTP(host, parts.port or 587, timeout=TIMEOUT)
    with server:
        if parts.username:
            if parts.scheme != "smtps":
                server.starttls(context=secure)
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(message)


def _lay_down(message: EmailMessage, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    name = str(message["Message-ID"]).strip("<>").partition("@")[0]
    unfinished = folder / f".{name}.part"
    unfinished.write_bytes(message.as_bytes())
    unfinished.replace(folder / f"{name}.eml")


def _name(dedupe_key: str) -> str:
    return hashlib.sha256(dedupe_key.encode()).hexdigest()[:32]


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SUBJECT else line[: _SUBJECT - 1] + "…"
