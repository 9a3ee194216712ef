"""Announcements (公告): what staff write, who may read it and when (issue 5 §1)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, delete, or_, select

from certflow.accounts.roles import ORGANISATION_ROLES
from certflow.core import audit
from certflow.core.actor import Actor
from certflow.core.clock import SHANGHAI
from certflow.core.db import Session
from certflow.core.errors import Invalid, NotFound
from certflow.core.files import StoredFile
from certflow.core.given import refuse
from certflow.core.text import Text
from certflow.notifications.models import Announcement, AnnouncementFile

AUDIENCES: dict[str, Text] = {
    "everybody": Text("所有人，不用登录", "Everybody, without signing in"),
    "signed_in": Text("所有登录的人", "Everybody who is signed in"),
    "people": Text("认证人员和专家", "Certification personnel and experts"),
    "bodies": Text("机构", "Organisations"),
    "staff": Text("协会工作人员", "Staff of the association"),
}
_PEOPLE = frozenset({"applicant", "expert", "teacher"})
_LONGEST_TITLE, _LONGEST_BODY, MOST_FILES = 120, 10_000, 10
_WRONG = {
    "title_zh": Text("请填写标题，最多 120 个字。", "Enter a title of at most 120 characters."),
    "body_zh": Text("请填写正文，最多 10000 个字。", "Enter the text, at most 10,000 characters."),
    "audience": Text("请选择给谁看。", "Choose who may read it."),
    "starts_on": Text("请填写从哪一天起显示。", "Enter the day from which it shows."),
    "ends_on": Text("结束的那一天不能早于开始。", "It cannot end before it begins."),
    "title_en": Text("英文标题最多 120 个字符。", "At most 120 characters."),
    "body_en": Text("英文正文最多 10000 个字符。", "At most 10,000 characters."),
}


@dataclass(frozen=True, kw_only=True)
class Told:
    """What an announcement says; `ends_on` is the last day on which it shows."""

    title: Text
    body: Text
    audience: str
    starts_on: date | None
    ends_on: date | None = None
    pinned: bool = False


def write(
    session: Session,
    actor: Actor,
    told: Told,
    files: Sequence[str],
    at: datetime,
    announcement: Announcement | None = None,
) -> Announcement:
    """Write an announcement, or change one; `files` are ids of the actor's uploads or its own.

    Raises:
        Invalid: at the field that is wrong; nothing is changed then.

    """
    starts_at = _check(told)
    tied, wanted = _files(session, actor, announcement, files)
    found = announcement or Announcement(created_by=actor.user_id, created_at=at)
    before = dict(found.title) if announcement else None
    found.title, found.body = told.title.as_json(), told.body.as_json()
    found.audience, found.pinned, found.updated_at = told.audience, told.pinned, at
    found.starts_at = starts_at
    found.ends_at = _midnight(told.ends_on + timedelta(days=1)) if told.ends_on else None
    session.add(found)
    session.flush()
    _attach(session, found, tied, wanted)
    audit.record(
        session,
        "announcement.changed" if announcement else "announcement.written",
        actor,
        subject=f"announcement/{found.id}",
        before={"title": before} if before else None,
        after={"title": found.title, "audience": found.audience, "files": len(wanted)},
    )
    return found


def withdraw(session: Session, actor: Actor, announcement: Announcement, at: datetime) -> None:
    """Take an announcement down for good; a second time changes nothing."""
    if announcement.withdrawn_at is not None:
        return
    announcement.withdrawn_at = at
    session.flush()
    subject = f"announcement/{announcement.id}"
    audit.record(session, "announcement.withdrawn", actor, subject=subject)


def shown(
    session: Session, actor: Actor | None, at: datetime, limit: int, offset: int = 0
) -> list[Announcement]:
    """Return what somebody (None: a visitor) may read now: what is pinned first, then the newest."""
    query = _readable(actor, at).order_by(
        Announcement.pinned.desc(), Announcement.starts_at.desc(), Announcement.id.desc()
    )
    return list(session.scalars(query.limit(limit).offset(offset)))


def readable(
    session: Session, actor: Actor | None, announcement_id: int, at: datetime
) -> Announcement:
    """Return an announcement that somebody may read now; NotFound otherwise."""
    query = _readable(actor, at).where(Announcement.id == announcement_id)
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found


def written(session: Session, limit: int = 100) -> list[Announcement]:
    """Return every announcement for those who write them, the newest first."""
    return list(session.scalars(select(Announcement).order_by(Announcement.id.desc()).limit(limit)))


def get(session: Session, announcement_id: int) -> Announcement:
    """Return an announcement for those who write them; NotFound when there is none."""
    found = session.get(Announcement, announcement_id)
    if found is None:
        raise NotFound
    return found


def files_of(session: Session, announcement_id: int) -> list[StoredFile]:
    """Return the files of an announcement, in the order of their upload."""
    query = select(StoredFile).join(AnnouncementFile, AnnouncementFile.file_id == StoredFile.id)
    of_it = query.where(AnnouncementFile.announcement_id == announcement_id)
    return list(session.scalars(of_it.order_by(StoredFile.created_at, StoredFile.id)))


def first_day(announcement: Announcement) -> date:
    """Return the day from which it shows."""
    return announcement.starts_at.astimezone(SHANGHAI).date()


def last_day(announcement: Announcement) -> date | None:
    """Return the last day on which it shows; None when it does not end."""
    ends = announcement.ends_at
    return ends.astimezone(SHANGHAI).date() - timedelta(days=1) if ends else None


def state_of(announcement: Announcement, at: datetime) -> str:
    """Return "withdrawn", "coming", "over" or "shown"."""
    if announcement.withdrawn_at is not None:
        return "withdrawn"
    if announcement.starts_at > at:
        return "coming"
    return "over" if announcement.ends_at and announcement.ends_at <= at else "shown"


def _readable(actor: Actor | None, at: datetime) -> Select[Announcement]:
    return select(Announcement).where(
        Announcement.audience.in_(audiences(actor)),
        Announcement.withdrawn_at.is_(None),
        Announcement.starts_at <= at,
        _not_over(at),
    )


def _not_over(at: datetime) -> ColumnElement[bool]:
    return or_(Announcement.ends_at.is_(None), Announcement.ends_at > at)


def audiences(actor: Actor | None) -> tuple[str, ...]:
    """Return the audiences that somebody belongs to in the present role."""
    if actor is None:
        return ("everybody",)
    if actor.role in _PEOPLE:
        return ("everybody", "signed_in", "people")
    return ("everybody", "signed_in", "bodies" if actor.role in ORGANISATION_ROLES else "staff")


def _check(told: Told) -> datetime:
    begins, ends = told.starts_on, told.ends_on
    faults = {
        "title_zh": not 0 < len(told.title.zh) <= _LONGEST_TITLE,
        "body_zh": not 0 < len(told.body.zh) <= _LONGEST_BODY,
        "title_en": len(told.title.en) > _LONGEST_TITLE,
        "body_en": len(told.body.en) > _LONGEST_BODY,
        "audience": told.audience not in AUDIENCES,
        "starts_on": begins is None,
        "ends_on": begins is not None and ends is not None and ends < begins,
    }
    refuse({name: _WRONG[name] for name, is_so in faults.items() if is_so})
    return _midnight(begins or date.max)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


def _files(
    session: Session, actor: Actor, found: Announcement | None, files: Sequence[str]
) -> tuple[set[str], list[str]]:
    """Return the files it has and those it is to have; another's upload is no file of ours."""
    tied = {one.id for one in files_of(session, found.id)} if found else set()
    theirs = StoredFile.id.in_(files), StoredFile.owner_id == actor.user_id
    known = tied | set(session.scalars(select(StoredFile.id).where(*theirs)))
    wanted = [one for one in dict.fromkeys(files) if one in known]
    if len(wanted) > MOST_FILES:
        words = Text(f"附件最多 {MOST_FILES} 个。", f"At most {MOST_FILES} files.")
        raise Invalid(words, {"files": words})
    return tied, wanted


def _attach(
    session: Session, found: Announcement, tied: Collection[str], wanted: Sequence[str]
) -> None:
    """Let exactly the wanted files belong to it."""
    gone = set(tied) - set(wanted)
    session.execute(
        delete(AnnouncementFile).where(
            AnnouncementFile.announcement_id == found.id, AnnouncementFile.file_id.in_(gone)
        )
    )
    session.add_all(
        AnnouncementFile(announcement_id=found.id, file_id=one) for one in wanted if one not in tied
    )
    session.flush()


def uploads(
    session: Session, actor: Actor, announcement_id: int, files: Sequence[str]
) -> list[StoredFile]:
    """Return those of the named files that may belong to an announcement of the actor's."""
    tied = select(AnnouncementFile.file_id).where(
        AnnouncementFile.announcement_id == announcement_id
    )
    ours = or_(StoredFile.owner_id == actor.user_id, StoredFile.id.in_(tied))
    query = select(StoredFile).where(StoredFile.id.in_(files), ours)
    return list(session.scalars(query.order_by(StoredFile.created_at, StoredFile.id)))
