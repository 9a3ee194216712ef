"""A user's own logins, listed and ended by the owner (catalogue A4)."""

from datetime import datetime, timedelta

from sqlalchemy import or_, select

from certflow.accounts.models import LoginSession
from certflow.accounts.queries import IDLE
from certflow.accounts.sign_in import revoke
from certflow.core import audit
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import NotFound

LOOKED_BACK = timedelta(days=30)
MOST = 20


def live_logins(session: Session, user_id: int, at: datetime) -> list[LoginSession]:
    """Return the logins of a user that still open something, the one used last first."""
    query = select(LoginSession).where(
        LoginSession.user_id == user_id,
        LoginSession.ended_at.is_(None),
        LoginSession.expires_at > at,
        LoginSession.seen_at > at - IDLE,
    )
    return list(session.scalars(query.order_by(LoginSession.seen_at.desc())))


def past_logins(session: Session, user_id: int, at: datetime) -> list[LoginSession]:
    """Return the logins of the last weeks that open nothing any more, the newest first."""
    over = or_(
        LoginSession.ended_at.is_not(None),
        LoginSession.expires_at <= at,
        LoginSession.seen_at <= at - IDLE,
    )
    query = select(LoginSession).where(
        LoginSession.user_id == user_id, LoginSession.started_at > at - LOOKED_BACK, over
    )
    return list(session.scalars(query.order_by(LoginSession.id.desc()).limit(MOST)))


def end_login(session: Session, actor: Actor, login_id: int, at: datetime) -> None:
    """End one login of the actor.

    Raises:
        NotFound: it is somebody else's, or has ended.

    """
    login = session.get(LoginSession, login_id)
    if login is None or login.user_id != actor.user_id or login.ended_at is not None:
        raise NotFound
    login.ended_at = at
    _record(session, actor, "login.revoked")


def end_others(session: Session, actor: Actor, keep_id: int, at: datetime) -> None:
    """End every login of the actor but the present one."""
    revoke(session, actor.user_id or 0, at, keep_id=keep_id)
    _record(session, actor, "logins.revoked")


def _record(session: Session, actor: Actor, action: str) -> None:
    session.flush()
    audit.record(session, action, actor, subject=f"user/{actor.user_id}")
