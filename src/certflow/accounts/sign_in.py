"""Logins: sign in, switch role, sign out (catalogue A4, A10; design §6).

A login is a row on the server. The browser holds a random token of which only the SHA-256 is
stored; every sign-in makes a new one. A login ends after 60 minutes without use (give or take
the 5 minutes between two notes of use) and after 12 hours in any case.
"""

import secrets
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select, update

from certflow.accounts import devices, passwords, queries, throttle
from certflow.accounts.models import LoginSession, User
from certflow.accounts.token_ending import revoke_tokens
from certflow.core import audit
from certflow.core.actor import SYSTEM, Actor
from certflow.core.db import Session
from certflow.core.errors import Forbidden, Invalid
from certflow.core.text import Text

ABSOLUTE = timedelta(hours=12)


class Admission(NamedTuple):
    """A new login and the token for the browser's cookie; the token is shown only here."""

    login_session: LoginSession
    token: str


def sign_in(
    session: Session, name_or_phone: str, password: str, at: datetime, address: str
) -> Admission | None:
    """Check a password and begin a login in the role used last.

    None when name or password is wrong: commit then too, so that the try is counted.

    Raises:
        TooMany: too many wrong passwords (see `throttle`).
        Forbidden: the password fits, but the account is disabled or has no role.

    """
    user = verify(session, name_or_phone, password, at, address)
    return None if user is None else begin(session, user, at)


def counted_as(user: User | None, name_or_phone: str) -> str:
    """Return under which name wrong passwords are counted: an unknown one counts like a known."""
    return f"id:{user.id}" if user else name_or_phone.strip()


def verify(
    session: Session,
    name_or_phone: str,
    password: str,
    at: datetime,
    address: str,
    *,
    device: str = "",
    proved: bool = False,
) -> User | None:
    """Return whose name and password these are, and count the try; None when they are wrong.

    `device` is the token of a browser that may know the account, `proved` says that a captcha was
    solved. An unknown name takes as long as a wrong password.

    Raises:
        TooMany: too many wrong passwords (see `throttle`).

    """
    user = queries.find_user(session, name_or_phone)
    tried = throttle.guess(
        counted_as(user, name_or_phone),
        address,
        device=devices.known(session, user.id if user else None, device, at),
        proved=proved,
    )
    throttle.check(session, tried, at)
    fits = passwords.verify(user.password_hash if user else None, password)
    throttle.count(session, tried, at, succeeded=fits)
    if user is None or not fits:
        if throttle.locked(session, tried, at):
            audit.record(session, "login.locked", SYSTEM, subject=_chain(user.id) if user else "")
        return None
    if passwords.outdated(user.password_hash):
        user.password_hash = passwords.hash_password(password)
    return user


def begin(
    session: Session,
    user: User,
    at: datetime,
    *,
    device: str = "",
    network: str = "",
    limited: bool = False,
    new_device: bool = False,
) -> Admission:
    """Begin a login of somebody whose password was checked, in the role used last.

    `device` and `network` are shown to the owner; `limited`: a second factor must be set up first;
    `new_device`: see `devices.is_new`.

    Raises:
        Forbidden: the account is disabled or has no role.

    """
    role, token = role_used_last(session, user), secrets.token_urlsafe(32)
    login_session = LoginSession(
        user_id=user.id,
        token_hash=queries.digest(token),
        role=role,
        started_at=at,
        seen_at=at,
        expires_at=at + ABSOLUTE,
        device=device[:60],
        network=network[:40],
        limited=limited,
        new_device=new_device,
    )
    session.add(login_session)
    session.flush()
    _record(session, "login.began", Actor(user.id, user.name, role), role=role)
    return Admission(login_session, token)


def role_used_last(session: Session, user: User) -> str:
    """Return the role in which a user went to work last; at first the first one held.

    Raises:
        Forbidden: the account is disabled or has no role.

    """
    roles = list(queries.grants_of(session, user.id))
    if user.disabled_at is not None or not roles:
        raise Forbidden(
            Text(
                "您的账号已停用或还没有角色，请联系管理员。",
                "Your account is disabled or has no role yet. Please ask an administrator.",
            )
        )
    last = session.scalar(
        select(LoginSession.role)
        .where(LoginSession.user_id == user.id)
        .order_by(LoginSession.id.desc())
        .limit(1)
    )
    return last if last in roles else roles[0]


def touch(session: Session, login_session_id: int, at: datetime) -> None:
    """Note that a login is in use; to be called when `SignedIn.touch_due` says so."""
    session.execute(
        update(LoginSession)
        .where(LoginSession.id == login_session_id, LoginSession.seen_at < at)
        .values(seen_at=at)
    )


def switch_role(session: Session, login_session_id: int, role: str) -> None:
    """Go on in another role of the same user (A10).

    Raises:
        Forbidden: when the user does not hold it.

    """
    login_session = session.get_one(LoginSession, login_session_id)
    if role not in queries.grants_of(session, login_session.user_id):
        raise Forbidden
    if login_session.role == role:
        return
    actor = Actor(login_session.user_id, "", login_session.role)
    login_session.role = role
    session.flush()
    _record(session, "role.switched", actor, role=role)


def sign_out(session: Session, raw_token: str, at: datetime) -> None:
    """End the login of this browser; an unknown token is nothing to complain about."""
    query = select(LoginSession).where(
        LoginSession.token_hash == queries.digest(raw_token), LoginSession.ended_at.is_(None)
    )
    login_session = session.scalar(query)
    if login_session is None:
        return
    login_session.ended_at = at
    session.flush()
    _record(session, "login.ended", Actor(login_session.user_id, "", login_session.role))


def revoke(session: Session, user_id: int, at: datetime, keep_id: int | None = None) -> None:
    """End all logins of a user, but the one kept."""
    session.execute(
        update(LoginSession)
        .where(
            LoginSession.user_id == user_id,
            LoginSession.id.is_distinct_from(keep_id),
            LoginSession.ended_at.is_(None),
        )
        .values(ended_at=at)
    )


def set_password(
    session: Session,
    user: User,
    password: str,
    at: datetime,
    actor: Actor,
    *,
    initial: bool = False,
) -> None:
    """Set a new password; logins and own tokens of the user end, the caller begins a new login.

    `initial`: an administrator set it, the user must change it at the next login (A4, A7).

    Raises:
        Invalid: against the rule (field "password"), or the same as before.

    """
    passwords.check_rule(password, user.login_name, user.name)
    if passwords.verify(user.password_hash, password):
        message = Text("新密码不能与原密码相同。", "Choose a password other than the present one.")
        raise Invalid(message, {"password": message})
    user.password_hash = passwords.hash_password(password)
    user.must_change_password = initial
    revoke(session, user.id, at)
    revoke_tokens(session, user.id, at, actor)
    audit.record(session, "password.set", actor, subject=_chain(user.id))


def _record(session: Session, action: str, actor: Actor, **after: Any) -> None:
    """Write down what somebody did with their own account."""
    audit.record(session, action, actor, subject=_chain(actor.user_id), after=after or None)


def _chain(user_id: int | None) -> str:
    return f"user/{user_id}"
