"""What a user has been told (catalogue B8)."""

from sqlalchemy import func, select

from certflow.core.db import Session
from certflow.core.errors import NotFound
from certflow.notifications.models import Notice


def unread_count(session: Session, user_id: int) -> int:
    """Count a user's unread notices, over all roles, in one indexed statement."""
    query = select(func.count()).where(Notice.user_id == user_id, Notice.read_at.is_(None))
    return session.scalar(query) or 0


def notices_of(
    session: Session,
    user_id: int,
    limit: int = 20,
    before_id: int | None = None,
    *,
    unread: bool = False,
) -> list[Notice]:
    """Return a user's notices, newest first; `before_id` is the last one of the page before."""
    query = select(Notice).where(Notice.user_id == user_id, Notice.cleared_at.is_(None))
    if before_id is not None:
        query = query.where(Notice.id < before_id)
    if unread:
        query = query.where(Notice.read_at.is_(None))
    return list(session.scalars(query.order_by(Notice.id.desc()).limit(limit)))


def notice_of(session: Session, user_id: int, notice_id: int) -> Notice:
    """Return one notice of a user.

    Raises:
        NotFound: when it does not exist or is somebody else's.

    """
    notice = session.get(Notice, notice_id)
    if notice is None or notice.user_id != user_id:
        raise NotFound
    return notice
