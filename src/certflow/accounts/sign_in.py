"""Logins and tokens: sign in, switch role, sign out (catalogue A4, A10; design §6).

A login is a row on the server. The browser holds a random token of which only the SHA-256 is
stored; every sign-in makes a new one. A login ends after 60 minutes without use (give or take
the 5 minutes between two notes of use) and after 12 hours in any case.
"""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, select, update

from certflow.accounts import passwords, queries, throttle
from certflow.accounts.models import ApiToken, LoginSession, User
from certflow.core import audit
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Forbidden, Invalid
from certflow.core.text import Text

ABSOLUTE = timedelta(hours=12)
SCOPES = ("cases:read", "cases:write", "certificates:read")
"""What an API token may be issued for."""


class Admission(NamedTuple):
    """A new login and the token for the browser's cookie; the token is shown only here."""

    login_session: LoginSession
    token: str


def sign_in(
    session: Session, name_or_phone: str, password: str, at: datetime, address: str
) -> Admission | None:
    """Check a password and begin a login in the role used last.

    None when name or password is wrong: commit then too, so that the try is counted. An unknown
    name takes as long as a wrong password.

    Raises:
        TooMany: too many wrong passwords (see `throttle`).
        Forbidden: the password fits, but the account is disabled or has no role.

    """
    user = queries.find_user(session, name_or_phone)
    tried = throttle.guess(f"id:{user.id}" if user else name_or_phone.strip(), address)
    throttle.check(session, tried, at)
    fits = passwords.verify(user.password_hash if user else None, password)
    throttle.count(session, tried, at, succeeded=fits)
    if user is None or not fits:
        return None
    if passwords.outdated(user.password_hash):
        user.password_hash = passwords.hash_password(password)
    return _begin(session, user, at)


def _begin(session: Session, user: User, at: datetime) -> Admission:
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
    token = secrets.token_urlsafe(32)
    login_session = LoginSession(
        user_id=user.id,
        token_hash=queries.digest(token),
        role=last if last in roles else roles[0],
        started_at=at,
        seen_at=at,
        expires_at=at + ABSOLUTE,
    )
    session.add(login_session)
    session.flush()
    return Admission(login_session, token)


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
    login_session.role = role
    session.flush()


def sign_out(session: Session, raw_token: str, at: datetime) -> None:
    """End the login of this browser; an unknown token is nothing to complain about."""
    _end(session, at, LoginSession.token_hash == queries.digest(raw_token))


def revoke(session: Session, user_id: int, at: datetime, keep_id: int | None = None) -> None:
    """End all logins of a user, but the one kept."""
    _end(session, at, LoginSession.user_id == user_id, LoginSession.id.is_distinct_from(keep_id))


def set_password(
    session: Session,
    user: User,
    password: str,
    at: datetime,
    actor: Actor,
    *,
    initial: bool = False,
) -> None:
    """Set a new password and end every login of the user; the caller begins a new one.

    `initial`: an administrator set it, the user must change it at the next login (A4, A7).

    Raises:
        Invalid: against the rule (field "password"), or the same as before.

    """
    passwords.check_rule(password)
    if passwords.verify(user.password_hash, password):
        message = Text("新密码不能与原密码相同。", "Choose a password other than the present one.")
        raise Invalid(message, {"password": message})
    user.password_hash = passwords.hash_password(password)
    user.must_change_password = initial
    revoke(session, user.id, at)
    audit.record(session, "password.set", actor, subject=f"user/{user.id}")


def issue_api_token(
    session: Session,
    user_id: int,
    role: str,
    scopes: Iterable[str],
    at: datetime,
    *,
    expires_at: datetime,
    name: str = "",
) -> tuple[ApiToken, str]:
    """Make a token for a program; the raw token is shown only here.

    Raises:
        Forbidden: when the user does not hold the role.

    """
    if role not in queries.grants_of(session, user_id):
        raise Forbidden
    raw = f"cft_{secrets.token_urlsafe(32)}"
    token = ApiToken(
        user_id=user_id,
        name=name,
        token_hash=queries.digest(raw),
        role=role,
        scopes=sorted(set(scopes)),
        created_at=at,
        expires_at=expires_at,
    )
    session.add(token)
    session.flush()
    return token, raw


def revoke_api_token(session: Session, token: ApiToken, at: datetime) -> None:
    """End an API token at once."""
    token.revoked_at = token.revoked_at or at
    session.flush()


def _end(session: Session, at: datetime, *conditions: ColumnElement[bool]) -> None:
    session.execute(
        update(LoginSession).where(LoginSession.ended_at.is_(None), *conditions).values(ended_at=at)
    )
