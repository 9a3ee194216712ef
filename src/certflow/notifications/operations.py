"""Tells people things, and notes that they have read them (catalogue B8)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Select, func, insert, select, update

from certflow.accounts.models import User
from certflow.core import outbox, settings
from certflow.core.db import Session, table_of
from certflow.core.text import Text
from certflow.notifications import queries
from certflow.notifications.models import Notice

People = Iterable[int] | Select[int]
"""Whom to tell: user ids, or the query that finds them."""


@dataclass(frozen=True, kw_only=True)
class NewNotice:
    """What is to be told.

    `role` is the one under which it is meant, `link` a path inside the platform, `dedupe` names
    the happening, so that it is told each user once however often it is reported. The text goes
    out by e-mail too: no personal numbers in it.
    """

    kind: str
    role: str
    text: Text
    case_id: int | None = None
    task_id: str | None = None
    link: str = ""
    dedupe: str | None = None


def notify(
    session: Session, people: People, new: NewNotice, at: datetime, but: int | None = None
) -> list[int]:
    """Tell users something, on the platform and, to those who want it, by e-mail.

    Disabled and unknown accounts, users who were told already, and `but`, are passed over.
    Returns the ids of the notices, in the order of their users' ids.
    """
    users = _to_tell(session, people, new.dedupe, but)
    rows = [
        {
            "user_id": user.id,
            "role": new.role,
            "kind": new.kind,
            "text": new.text.as_json(),
            "case_id": new.case_id,
            "task_id": new.task_id,
            "link": new.link,
            "dedupe_key": new.dedupe,
            "created_at": at,
        }
        for user in users
    ]
    ids = list(session.scalars(_INSERT, rows)) if rows else []
    _enqueue_mail(session, [one for user, one in zip(users, ids, strict=True) if user.by_mail])
    return ids


def mark_read(session: Session, user_id: int, notice_id: int, at: datetime) -> Notice:
    """Note that a user has read one notice, and return it for its link.

    Raises:
        NotFound: when it is not the user's.

    """
    notice = queries.notice_of(session, user_id, notice_id)
    notice.read_at = notice.read_at or at
    session.flush()
    return notice


def mark_all_read(session: Session, user_id: int, at: datetime) -> None:
    """Note that a user has read everything (全部已读)."""
    session.execute(
        update(Notice).where(Notice.user_id == user_id, Notice.read_at.is_(None)).values(read_at=at)
    )


def clear_all(session: Session, user_id: int, at: datetime) -> None:
    """Take all notices off a user's list (全部清空); unread ones count as read."""
    mark_all_read(session, user_id, at)
    session.execute(
        update(Notice)
        .where(Notice.user_id == user_id, Notice.cleared_at.is_(None))
        .values(cleared_at=at)
    )


class _Told(NamedTuple):
    id: int
    by_mail: bool


def _to_tell(session: Session, people: People, dedupe: str | None, but: int | None) -> list[_Told]:
    wanted = people if isinstance(people, Select) else {one for one in people if one != but}
    if isinstance(wanted, set) and not wanted:
        return []
    by_mail = User.mail_notices & (func.coalesce(User.email, "") != "")
    query = select(User.id, by_mail).where(User.id.in_(wanted), User.disabled_at.is_(None))
    if but is not None:
        query = query.where(User.id != but)
    if dedupe is not None:
        told = select(Notice.id).where(Notice.user_id == User.id, Notice.dedupe_key == dedupe)
        query = query.where(~told.exists())
    return [_Told(*row) for row in session.execute(query.order_by(User.id))]


def _enqueue_mail(session: Session, notice_ids: list[int]) -> None:
    if settings.current().production and not settings.current().smtp_url:
        return
    effects = {f"mail/notice/{one}": {"notice_id": one} for one in notice_ids}
    outbox.enqueue_all(session, "mail", effects)


_INSERT = insert(table_of(Notice)).returning(table_of(Notice).c.id, sort_by_parameter_order=True)
