"""Second factors: an authenticator's codes, recovery codes, who needs one (catalogue A4)."""

import secrets
from datetime import datetime

import pyotp
from sqlalchemy import delete, func, select, update

from certflow.accounts import throttle
from certflow.accounts.models import LoginSession, User
from certflow.accounts.proof_models import KnownDevice, RecoveryCode, SecondFactor
from certflow.accounts.queries import grants_of
from certflow.accounts.sign_in import revoke
from certflow.core import audit, settings
from certflow.core.actor import Actor
from certflow.core.crypto import blind_index
from certflow.core.db import Session
from certflow.core.errors import Conflict, Invalid
from certflow.core.given import reason_of
from certflow.core.text import Text

WHY_RESET = Text("请写明原因和核实身份的方式。", "Say why, and how you know who it is.")

STEP_SECONDS = 30
WINDOW = 1
CODES = 10
WITHOUT = frozenset({"applicant", "teacher", "body_staff", "body_pending"})
"""Roles that may do without; the association's staff, experts, the regulator and administrators need one."""
_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
_ISSUER = "CertFlow"

WRONG = Text(
    "验证码不对，请输入验证器上当前显示的 6 位数字，或一个没有用过的恢复码。",
    "The code is wrong. Type the 6 digits that the authenticator shows now, or an unused "
    "recovery code.",
)


def factor_of(session: Session, user_id: int) -> SecondFactor | None:
    """Return the authenticator of a user, set up or still being set up."""
    return session.get(SecondFactor, user_id)


def enrolled(session: Session, user_id: int) -> bool:
    """Whether a login of this user asks for a second factor."""
    query = select(SecondFactor.user_id).where(
        SecondFactor.user_id == user_id, SecondFactor.confirmed_at.is_not(None)
    )
    return session.scalar(query) is not None


def needed(session: Session, user_id: int) -> bool:
    """Whether the settings want this user to have a second factor, by the roles held."""
    roles = set(grants_of(session, user_id))
    return settings.current().second_factor_required and bool(roles - WITHOUT)


def start(session: Session, user_id: int, at: datetime) -> SecondFactor:
    """Make a new secret, to be confirmed with a code; one not confirmed yet is replaced.

    Raises:
        Conflict: a second factor is set up already.

    """
    factor = session.get(SecondFactor, user_id)
    if factor is not None and factor.confirmed_at is not None:
        raise Conflict(
            Text(
                "验证器已经启用。如需更换，请先停用。", "It is set up. Switch it off to change it."
            )
        )
    factor = factor or SecondFactor(user_id=user_id)
    factor.secret, factor.last_step, factor.created_at = pyotp.random_base32(), 0, at
    session.add(factor)
    session.flush()
    return factor


def address_of(factor: SecondFactor, login_name: str) -> str:
    """Return what the QR code says to an authenticator."""
    totp = pyotp.TOTP(factor.secret)
    return str(totp.provisioning_uri(name=login_name, issuer_name=_ISSUER))


def confirm(session: Session, factor: SecondFactor, typed: str, at: datetime, actor: Actor) -> None:
    """Set the second factor up: the authenticator shows the right code; a limited login opens.

    Raises:
        Invalid: at "code".

    """
    if not _fits(factor, typed, at):
        message = Text(
            "验证码不对。请确认手机时间准确，再输入当前显示的 6 位数字。",
            "The code is wrong. Check the phone's clock, then type the 6 digits it shows now.",
        )
        raise Invalid(message, {"code": message})
    factor.confirmed_at = at
    _open_limited(session, factor.user_id)
    _record(session, "second_factor.set_up", factor.user_id, actor)


def check(session: Session, user: User, typed: str, at: datetime, address: str) -> None:
    """Check the code of a login whose password was right; commit after an error too.

    Raises:
        Invalid: at "code".
        TooMany: too many wrong ones from this address.

    """
    tried = throttle.guess(f"second:{user.id}", address)
    throttle.check(session, tried, at)
    factor = session.get(SecondFactor, user.id, with_for_update=True, populate_existing=True)
    fits = factor is not None and (_fits(factor, typed, at) or _recovers(session, user, typed, at))
    throttle.count(session, tried, at, succeeded=fits)
    if not fits:
        raise Invalid(WRONG, {"code": WRONG})


def new_recovery_codes(session: Session, user_id: int, at: datetime, actor: Actor) -> list[str]:
    """Make new recovery codes; older ones no longer count. They are shown only here."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    codes = ["-".join(_word() for _ in range(2)) for _ in range(CODES)]
    session.add_all(
        RecoveryCode(user_id=user_id, code_index=_recovery_index(user_id, code), created_at=at)
        for code in codes
    )
    session.flush()
    _record(session, "recovery_codes.made", user_id, actor)
    return codes


def recovery_codes_left(session: Session, user_id: int) -> int:
    """Count the recovery codes that were not used yet."""
    mine, unused = RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None)
    return session.scalar(select(func.count()).where(mine, unused)) or 0


def switch_off(session: Session, user_id: int, actor: Actor, reason: str = "") -> None:
    """Forget a user's second factor and its recovery codes."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    session.execute(delete(SecondFactor).where(SecondFactor.user_id == user_id))
    _record(session, "second_factor.off", user_id, actor, reason)


def forget_account(session: Session, user_id: int) -> None:
    """Forget whatever proved who an erased user was: authenticator, recovery codes, browsers."""
    for kept in (RecoveryCode, SecondFactor, KnownDevice):
        session.execute(delete(kept).where(kept.user_id == user_id))


def reset(session: Session, user_id: int, at: datetime, actor: Actor, reason: str) -> None:
    """Let a user who lost everything set up a new second factor: an administrator's decision.

    Raises:
        Invalid: at "reason" without one, at "user" for one's own account.

    """
    reason = reason_of(reason, WHY_RESET)
    if actor.user_id == user_id:
        message = Text(
            "不能重置自己的账号，请由另一位系统管理员办理。",
            "Not your own account: another system administrator has to do it.",
        )
        raise Invalid(message, {"user": message})
    switch_off(session, user_id, actor, reason)
    revoke(session, user_id, at)


def _fits(factor: SecondFactor, typed: str, at: datetime) -> bool:
    """Whether it is the code of now or of a neighbouring step; each counts once."""
    totp, now = pyotp.TOTP(factor.secret), int(at.timestamp()) // STEP_SECONDS
    wanted = "".join(typed.split())
    for step in range(now - WINDOW, now + WINDOW + 1):
        same = pyotp.utils.strings_equal(str(totp.generate_otp(step)), wanted)
        if same and step > factor.last_step:
            factor.last_step = step
            return True
    return False


def _recovers(session: Session, user: User, typed: str, at: datetime) -> bool:
    used = session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.user_id == user.id,
            RecoveryCode.code_index == _recovery_index(user.id, typed),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=at)
        .returning(RecoveryCode.id)
    ).first()
    return used is not None


def _recovery_index(user_id: int, code: str) -> str:
    bare = "".join(character for character in code.upper() if character.isalnum())
    return blind_index("recovery", f"{user_id}:{bare}")


def _word() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(5))


def _open_limited(session: Session, user_id: int) -> None:
    session.execute(
        update(LoginSession)
        .where(LoginSession.user_id == user_id, LoginSession.ended_at.is_(None))
        .values(limited=False)
    )


def _record(session: Session, action: str, user_id: int, actor: Actor, reason: str = "") -> None:
    session.flush()
    audit.record(session, action, actor, subject=f"user/{user_id}", reason=reason)
