"""Tells people things, and notes that they have read them (catalogue B8)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Integer,
    and_,
    bindparam,
    false,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningInsert

from certflow.accounts.models import Person, User
from certflow.accounts.queries import HOLDS, Holders
from certflow.core import outbox, settings
from certflow.core.db import Session, table_of
from certflow.core.prepared import Prepared
from certflow.core.text import Text
from certflow.notifications import queries
from certflow.notifications.models import Notice, NoticeChoice
from certflow.notifications.topics import topic_of

People = Iterable[int] | Holders
"""Whom to tell: user ids, or the holders of a role."""
_Values = dict[str, Any]


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
    """Tell users something, on the platform and, to those who want it, by e-mail or text message.

    Disabled and unknown accounts, users who were told already, and `but`, are passed over.
    Returns the ids of the notices, in the order of their users' ids.
    """
    written: _Values = {
        "role": new.role,
        "kind": new.kind,
        "text": new.text.as_json(),
        "case_id": new.case_id,
        "task_id": new.task_id,
        "link": new.link,
        "dedupe_key": new.dedupe,
        "created_at": at,
        "topic": topic_of(new.kind),
    }
    made = sorted(_Told(*row) for row in _tell(session, people, but, written))
    _enqueue(session, "mail", [one.notice_id for one in made if one.by_mail])
    _enqueue(session, "sms", [one.notice_id for one in made if one.by_sms])
    return [one.notice_id for one in made]


class _Told(NamedTuple):
    """Who was told, by which notice, and whether by e-mail or text message too."""

    user_id: int
    notice_id: int
    by_mail: bool
    by_sms: bool


def _tell(
    session: Session, people: People, but: int | None, written: _Values
) -> Iterable[Sequence[Any]]:
    """Write the notices, whomever they are for, in one statement."""
    if isinstance(people, Holders):
        holders = {"holds": people.role, "of": people.organisation_id, "but": but or _NOBODY}
        return _TELL_HOLDERS.run(session, written | holders)
    users = sorted(set(people) - {but})
    if len(users) == 1:
        return _TELL_ONE.run(session, written | {"person": users[0]})
    return session.execute(_TELL, written | {"people": users}) if users else ()


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


def _enqueue(session: Session, kind: str, notice_ids: list[int]) -> None:
    present = settings.current()
    server = present.smtp_url if kind == "mail" else present.sms_url
    if present.production and not server:
        return
    effects = {f"{kind}/notice/{one}": {"notice_id": one} for one in notice_ids}
    outbox.enqueue_all(session, kind, effects)


_NOBODY = 0
_NOTICES = table_of(Notice)


def _telling(whom: ColumnElement[bool]) -> ReturningInsert[int, int, bool, bool]:
    """Build, once, the statement that writes a notice for each user who is to be told."""
    columns = ("role", "kind", "text", "case_id", "task_id", "link", "dedupe_key", "created_at")
    written = [bindparam(name, type_=_NOTICES.c[name].type).label(name) for name in columns]
    told = select(_NOTICES.c.id).where(
        _NOTICES.c.user_id == User.id, _NOTICES.c.dedupe_key == bindparam("dedupe_key")
    )
    users = select(User.id, *written).where(whom, User.disabled_at.is_(None), ~told.exists())
    # Written out: SQLAlchemy leaves a returned column's table away, and the user has an id too.
    written_for = User.id == literal_column("notice.user_id", Integer)
    choice = (NoticeChoice.user_id == User.id) & (NoticeChoice.topic == bindparam("topic"))
    wants_mail, wants_sms = (
        select(column).where(choice).correlate(User).scalar_subquery()
        for column in (NoticeChoice.mail, NoticeChoice.sms)
    )
    phone = select(Person.id).where(Person.user_id == User.id, Person.phone_index.is_not(None))
    confirmed = User.email_confirmed_at.is_not(None)
    by_mail = select(func.coalesce(wants_mail, User.mail_notices) & confirmed).where(written_for)
    by_sms = select(func.coalesce(wants_sms, false()) & phone.exists()).where(written_for)
    return (
        insert(_NOTICES)
        .from_select(["user_id", *columns], users)
        .returning(
            _NOTICES.c.user_id,
            _NOTICES.c.id,
            by_mail.scalar_subquery().label("by_mail"),
            by_sms.scalar_subquery().label("by_sms"),
        )
    )


_TELL = _telling(User.id.in_(bindparam("people", expanding=True)))
_TELL_ONE = Prepared(_telling(User.id == bindparam("person")))
_TELL_HOLDERS = Prepared(_telling(and_(HOLDS, User.id != bindparam("but"))))
