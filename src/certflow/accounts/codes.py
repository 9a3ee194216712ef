"""Codes by text message or e-mail: issued, budgeted, checked, spent (catalogue A2; H3-H5).

A code has six digits, is good for two minutes, for one purpose, one phone and one browser, and for
one use; five wrong tries end it, and so does a newer code. It is stored nowhere: a keyed digest of
the row's random salt gives it when it is sent and again when it is compared, in constant time.

The answer to "send me a code" never depends on whether the phone belongs to somebody: a code goes
out in any case, and only who typed it in, and so holds the phone, is told what the platform knows
of it. That also makes both cases take the same time.
"""

import hmac
import re
import secrets
import unicodedata
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete, func, select, update

from certflow.accounts.proof_models import VerificationCode
from certflow.accounts.spelling import is_mobile
from certflow.accounts.throttle import network
from certflow.core import outbox, settings
from certflow.core.crypto import blind_index
from certflow.core.db import Session
from certflow.core.errors import Invalid, TooMany
from certflow.core.numbers import next_number
from certflow.core.text import Text

GOOD_FOR = timedelta(minutes=2)
PAUSE = timedelta(minutes=2)
PROOF_FOR = timedelta(hours=1)
DAY = timedelta(days=1)
DIGITS, MOST_WRONG, MOST_PROBES = 6, 5, 10
PER_TARGET_HOUR, PER_TARGET_DAY = 5, 10
PER_ADDRESS_HOUR, PER_ADDRESS_DAY = 20, 60

WRONG = Text(
    "验证码不对或已失效，请核对；超过 2 分钟请重新获取。",
    "The code is wrong or no longer valid. Check it; after 2 minutes ask for a new one.",
)
DEAD = Text(
    "验证码已输错 5 次，为了安全已作废，请重新获取。",
    "The code was typed wrong 5 times and is void now. Ask for a new one.",
)


Proof = VerificationCode
"""A code that was typed in right, as the pages know it."""


class Ask(NamedTuple):
    """What a code is asked for: `purpose`, over which `channel` ("sms", "mail"), in which browser.

    `browser` is the random name of the browser's session, `address` where the request came from.
    """

    purpose: str
    channel: str
    target: str
    browser: str
    address: str
    locale: str = "zh"


def spelled_phone(phone: str) -> str:
    """Return a phone number in its one spelling: 11 digits, or + and digits from abroad.

    Raises:
        Invalid: at "phone".

    """
    bare = re.sub(r"[\s()-]", "", phone)
    bare = re.sub(r"^(\+86|0086)(?=1[3-9]\d{9}$)", "", bare)
    if not is_mobile(bare):
        message = Text(
            "请填写 11 位手机号码；境外号码以 + 和国家代码开头。",
            "Enter an 11-digit mobile number; numbers from abroad begin with + and the country.",
        )
        raise Invalid(message, {"phone": message})
    return bare


def issue(session: Session, ask: Ask, at: datetime) -> VerificationCode:
    """Make a code and let it be sent; older codes for the same thing end.

    Raises:
        TooMany: a budget is used up: two minutes between two codes, hours and days after that.

    """
    target, address = _target(ask), blind_index("address", network(ask.address))
    next_number(session, "verification_code")  # one at a time: two at once would both find room
    _within_budgets(session, target, address, at)
    session.execute(
        update(VerificationCode)
        .where(
            VerificationCode.target_index == target,
            VerificationCode.purpose == ask.purpose,
            VerificationCode.proved_at.is_(None),
            VerificationCode.replaced_at.is_(None),
        )
        .values(replaced_at=at)
    )
    code = VerificationCode(
        purpose=ask.purpose,
        channel=ask.channel,
        target=ask.target,
        target_index=target,
        browser_index=blind_index("browser", ask.browser),
        address_index=address,
        salt=secrets.token_hex(24),
        locale=ask.locale,
        wrong=0,
        probes=0,
        created_at=at,
        expires_at=at + GOOD_FOR,
    )
    session.add(code)
    session.flush()
    outbox.enqueue(session, f"code.{ask.channel}", f"code/{code.id}", {"code_id": code.id})
    return code


def digits_of(code: VerificationCode) -> str:
    """Return the six digits, for the message that carries them and for nobody else."""
    bound = f"{code.salt}|{code.purpose}|{code.target_index}|{code.browser_index}"
    return f"{int(blind_index('code', bound), 16) % 10**DIGITS:0{DIGITS}d}"


def prove(session: Session, code_id: int, ask: Ask, typed: str, at: datetime) -> VerificationCode:
    """Check what was typed in; the code becomes a proof for `PROOF_FOR`, in this browser.

    Commit after an error too: it counts the wrong try.

    Raises:
        Invalid: at "code", in the same words whatever is wrong with it.

    """
    digits = unicodedata.normalize("NFKC", typed).strip().encode()  # Chinese keyboards type １２３
    code = _locked(session, code_id)
    if code is None or not _alive(code, ask, at):
        hmac.compare_digest(blind_index("code", "nobody").encode(), digits)
        raise Invalid(WRONG, {"code": WRONG})
    if code.wrong >= MOST_WRONG:
        raise Invalid(DEAD, {"code": DEAD})
    if not hmac.compare_digest(digits_of(code).encode(), digits):
        code.wrong += 1
        session.flush()
        message = DEAD if code.wrong >= MOST_WRONG else WRONG
        raise Invalid(message, {"code": message})
    code.proved_at = at
    session.flush()
    return code


def proof(
    session: Session, code_id: int | None, purpose: str, browser: str, at: datetime
) -> VerificationCode | None:
    """Return a proof that this browser still holds, locked; None when it has none or used it."""
    code = _locked(session, code_id) if code_id else None
    if code is None or code.purpose != purpose or code.spent_at or not code.proved_at:
        return None
    mine = hmac.compare_digest(code.browser_index, blind_index("browser", browser))
    return code if mine and code.target and at < code.proved_at + PROOF_FOR else None


def probe(session: Session, code: VerificationCode) -> None:
    """Count that a proof was used to ask whether something is registered; commit in any case.

    Raises:
        TooMany: it has asked too often.

    """
    if code.probes >= MOST_PROBES:
        raise TooMany(
            Text(
                "核对次数太多，请稍后重新验证手机号再继续。",
                "Too many particulars were tried. Verify the phone again later to go on.",
            )
        )
    code.probes += 1
    session.flush()


def spend(session: Session, code: VerificationCode, at: datetime) -> None:
    """Use a proof up."""
    code.spent_at, code.target = at, None
    session.flush()


def forget(session: Session, at: datetime) -> None:
    """Delete codes that neither a proof nor a budget needs any more."""
    session.execute(delete(VerificationCode).where(VerificationCode.created_at <= at - DAY))


def _alive(code: VerificationCode, ask: Ask, at: datetime) -> bool:
    bound = code.purpose == ask.purpose and code.channel == ask.channel
    same = hmac.compare_digest(code.target_index, _target(ask))
    mine = hmac.compare_digest(code.browser_index, blind_index("browser", ask.browser))
    open_ = code.replaced_at is None and code.proved_at is None and at < code.expires_at
    return bound and same and mine and open_


def _locked(session: Session, code_id: int) -> VerificationCode | None:
    return session.get(VerificationCode, code_id, with_for_update=True, populate_existing=True)


def _target(ask: Ask) -> str:
    return blind_index(f"code.{ask.channel}", ask.target)


def _within_budgets(session: Session, target: str, address: str, at: datetime) -> None:
    made = VerificationCode.created_at
    mine, here = VerificationCode.target_index == target, VerificationCode.address_index == address
    hour = at - timedelta(hours=1)
    now, hourly, daily, here_hourly, here_daily, everybody = session.execute(
        select(
            func.count().filter(mine, made > at - PAUSE),
            func.count().filter(mine, made > hour),
            func.count().filter(mine),
            func.count().filter(here, made > hour),
            func.count().filter(here),
            func.count(),
        ).where(made > at - DAY)
    ).one()
    if now:
        raise _wait("2 分钟内只能获取一次验证码，请稍候。", "One code in 2 minutes. Please wait.")
    if hourly >= PER_TARGET_HOUR or here_hourly >= PER_ADDRESS_HOUR:
        raise _wait("获取验证码太频繁，请 1 小时后再试。", "Too many codes. Try again in an hour.")
    if daily >= PER_TARGET_DAY or here_daily >= PER_ADDRESS_DAY:
        raise _wait(
            "今天获取验证码的次数已用完，请明天再试。", "No more codes today. Try tomorrow."
        )
    if everybody >= settings.current().sms_per_day:
        raise _wait(
            "今天的短信发送量已满，请明天再试或联系协会。",
            "No more messages can be sent today. Try tomorrow, or ask the association.",
        )


def _wait(zh: str, en: str) -> TooMany:
    return TooMany(Text(zh, en))
