"""Text messages: wordings, who carries them, the outbox handlers "sms", "code.*" (A2, B8).

`sms_url` names the provider: "aliyun://KEY_ID:SECRET@dysmsapi.aliyuncs.com?sign=...&code=SMS_1&
notice=SMS_2&security=SMS_3", the templates by our names. Without one a message is laid down as
data_dir/sms/*.json, to be looked at; in production it fails and is shown as an incident instead.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from certflow.accounts import codes
from certflow.accounts.models import Person, User
from certflow.accounts.proof_models import VerificationCode
from certflow.accounts.queries import person_of_user
from certflow.core import clock, outbox
from certflow.core.db import Session, transaction
from certflow.core.errors import AppError
from certflow.core.outbox import Send, handler
from certflow.core.settings import Settings, current
from certflow.core.text import Text
from certflow.notifications.aliyun import Aliyun
from certflow.notifications.models import Notice, TextMessage
from certflow.notifications.tasks import Letter, deliver, write

TEMPLATES: dict[str, Text] = {
    "code": Text(
        "您的验证码是 {code}，2 分钟内有效。请勿告诉他人。",
        "Your code is {code}. It is valid for 2 minutes. Tell nobody.",
    ),
    "notice": Text("{text}。详情请登录平台查看。", "{text}. Sign in to read more."),
    "security": Text(
        "您账号的登录手机号已更换。如果不是您本人操作，请立即联系协会。",
        "The phone of your account was replaced. If it was not you, contact the association.",
    ),
}
_SUBJECT = Text("您的验证码是 {code}", "Your code is {code}")
_WHY = Text(
    "如果不是您本人操作，请忽略这封邮件。",
    "If it was not you who asked for it, ignore this message.",
)
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_LONGEST = 35


class Carrier(Protocol):
    """Whoever brings a text message to a phone."""

    def send(
        self, phone: str, template: str, values: Mapping[str, str], locale: str, key: str
    ) -> None:
        """Send a message in one of the wordings of `TEMPLATES`; raises when it was not taken."""


class NoCarrier(AppError):
    """No provider is set up."""

    def __init__(self) -> None:
        super().__init__(
            Text("没有配置短信服务。", "No provider of text messages is set up: CERTFLOW_SMS_URL.")
        )


@dataclass(frozen=True)
class Folder:
    """Lays messages down as files, for developers."""

    path: Path

    def send(
        self, phone: str, template: str, values: Mapping[str, str], locale: str, key: str
    ) -> None:
        """Write one message; the same key writes the same file."""
        self.path.mkdir(parents=True, exist_ok=True)
        name = hashlib.sha256(key.encode()).hexdigest()[:32]
        told = {
            "to": phone,
            "text": TEMPLATES[template].of(locale).format(**values),
            "at": clock.now().isoformat(),
        }
        unfinished = self.path / f".{name}.part"
        unfinished.write_text(json.dumps(told, ensure_ascii=False))
        unfinished.replace(self.path / f"{name}.json")


def carrier(settings: Settings) -> Carrier:
    """Return who carries text messages here.

    Raises:
        NoCarrier: nobody does, in production.
        ValueError: the setting cannot be read.

    """
    if not settings.sms_url:
        if settings.production:
            raise NoCarrier
        return Folder(settings.data_dir / "sms")
    parts = urlsplit(settings.sms_url)
    plain = parts.scheme == "aliyun+http" and parts.hostname in _LOOPBACK
    if parts.scheme != "aliyun" and not plain:
        raise ValueError("sms_url must begin with aliyun://")
    told = dict(parse_qsl(parts.query))
    return Aliyun(
        host=parts.netloc.rpartition("@")[2],
        key_id=unquote(parts.username or ""),
        secret=unquote(parts.password or ""),
        sign_name=told.pop("sign", ""),
        templates=told,
        plain=plain,
    )


def text(
    session: Session,
    phone: str,
    template: str,
    values: Mapping[str, str],
    locale: str,
    at: datetime,
) -> None:
    """Have a message sent to a number that no account holds any more: the phone that was replaced."""
    message = TextMessage(
        phone=phone, template=template, values=dict(values), locale=locale, created_at=at
    )
    session.add(message)
    session.flush()
    outbox.enqueue(session, "text", f"text/{message.id}", {"message_id": message.id})


@handler("text")
def send_text(session: Session, payload: dict[str, Any]) -> Send | None:
    """Send a message to the number that stands with it, then wipe the number."""
    message = session.get(TextMessage, payload["message_id"])
    if message is None or not message.phone:
        return None
    carried, key = carrier(current()), str(payload["dedupe_key"])
    told = message.phone, message.template, dict(message.values), message.locale, key
    return partial(_send_and_wipe, carried, told, message.id)


@handler("sms")
def send_notice(session: Session, payload: dict[str, Any]) -> Send | None:
    """Tell a notice by text message: its text, shortened, and no link."""
    notice = session.get(Notice, payload["notice_id"])
    user = session.get(User, notice.user_id) if notice else None
    person: Person | None = person_of_user(session, user.id) if user else None
    if notice is None or user is None or user.disabled_at or person is None or not person.phone:
        return None
    said = Text.read(notice.text).of(user.locale)
    values = {"text": said if len(said) <= _LONGEST else said[: _LONGEST - 1] + "…"}
    key = str(payload["dedupe_key"])
    return partial(carrier(current()).send, person.phone, "notice", values, user.locale, key)


@handler("code.sms")
def send_code(session: Session, payload: dict[str, Any]) -> Send | None:
    """Send a code to a phone, unless it is too late for it."""
    code = _wanted(session, payload)
    if code is None:
        return None
    values, key = {"code": codes.digits_of(code)}, str(payload["dedupe_key"])
    return partial(carrier(current()).send, code.target or "", "code", values, code.locale, key)


@handler("code.mail")
def mail_code(session: Session, payload: dict[str, Any]) -> Send | None:
    """Send a code to an e-mail address, unless it is too late for it."""
    code = _wanted(session, payload)
    if code is None:
        return None
    digits, locale = codes.digits_of(code), code.locale
    words = [TEMPLATES["code"].of(locale).format(code=digits), _WHY.of(locale)]
    letter = Letter(code.target or "", _SUBJECT.of(locale).format(code=digits), tuple(words))
    settings = current()
    return deliver(write(letter, code.created_at, str(payload["dedupe_key"]), settings), settings)


def _wanted(session: Session, payload: dict[str, Any]) -> VerificationCode | None:
    code = session.get(VerificationCode, payload["code_id"])
    late = code is None or code.replaced_at or clock.now() >= code.expires_at
    return None if late or not code or not code.target else code


def _send_and_wipe(
    carried: Carrier, told: tuple[str, str, dict[str, str], str, str], message_id: int
) -> None:
    carried.send(*told)
    with transaction() as session:
        message = session.get_one(TextMessage, message_id)
        message.phone, message.sent_at = None, clock.now()
