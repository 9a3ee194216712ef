"""A process's versions and the requests that led to them: who, when, why, what runs on each (H3)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from certflow.accounts.models import User
from certflow.cases.models import Case, ProcessVersion
from certflow.core.db import Session
from certflow.core.errors import NotFound
from certflow.studio import drafts
from certflow.studio.models import UNDER_WAY, Release

_SIDE = re.compile(r"(?P<request>request-)?(?P<number>[0-9]{1,9})")


@dataclass(frozen=True)
class VersionEntry:
    """One published version. `author` and `approver` are names, "" where nobody is known.

    `rolled_back`: it brought an earlier version back. `running` counts the open cases on it.
    """

    id: int
    number: int
    active: bool
    published_at: datetime
    note: str
    author: str
    approver: str
    approved_at: datetime | None
    rolled_back: bool
    running: int


@dataclass(frozen=True)
class ReleaseEntry:
    """One request to publish and what became of it; `version` the number it became."""

    id: int
    key: str
    state: str
    note: str
    remark: str
    author_id: int
    authors: tuple[int, ...]
    author: str
    decider: str
    created_at: datetime
    decided_at: datetime | None
    in_force_from: datetime | None
    version: int | None

    @property
    def under_way(self) -> bool:
        """Whether nobody has settled it yet."""
        return self.state in UNDER_WAY


def history(session: Session, key: str) -> list[VersionEntry]:
    """Return every version of a process, the newest first."""
    query = (
        select(ProcessVersion, Release)
        .outerjoin(Release, Release.version_id == ProcessVersion.id)
        .where(ProcessVersion.key == key)
        .order_by(ProcessVersion.number.desc())
    )
    rows = session.execute(query).all()
    running = _running(session, [version.id for version, _ in rows])
    names = _names(session, _people(rows))
    return [
        VersionEntry(
            id=version.id,
            number=version.number,
            active=version.active,
            published_at=version.published_at,
            note=version.note,
            author=names.get(version.author_id or 0, ""),
            approver=names.get(release.decided_by or 0, "") if release else "",
            approved_at=release.decided_at if release else None,
            rolled_back=release is not None and release.draft_id is None,
            running=running.get(version.id, 0),
        )
        for version, release in rows
    ]


def version(session: Session, key: str, number: int) -> VersionEntry:
    """Return one version of a process; NotFound when there is none with this number."""
    found = next((one for one in history(session, key) if one.number == number), None)
    if found is None:
        raise NotFound
    return found


def releases(session: Session, key: str, limit: int = 10) -> list[ReleaseEntry]:
    """Return the requests to publish a process, the newest first; rollbacks are none."""
    query = (
        select(Release, ProcessVersion.number)
        .outerjoin(ProcessVersion, ProcessVersion.id == Release.version_id)
        .where(Release.key == key, Release.draft_id.is_not(None))
        .order_by(Release.id.desc())
        .limit(limit)
    )
    return _entries(session, session.execute(query).all())


def begun_from(session: Session, key: str) -> int | None:
    """Return the number of the version from which the open draft was begun, None without one."""
    draft = drafts.open_draft(session, key)
    if draft is None or draft.based_on is None:
        return None
    return session.get_one(ProcessVersion, draft.based_on).number


def release(session: Session, key: str, release_id: int) -> ReleaseEntry:
    """Return one request of a process; NotFound when it is another's."""
    query = (
        select(Release, ProcessVersion.number)
        .outerjoin(ProcessVersion, ProcessVersion.id == Release.version_id)
        .where(Release.key == key, Release.id == release_id)
    )
    found = _entries(session, session.execute(query).all())
    if not found:
        raise NotFound
    return found[0]


def waiting_releases(session: Session) -> list[ReleaseEntry]:
    """Return all requests under way, over all processes, the oldest first."""
    query = (
        select(Release, ProcessVersion.number)
        .outerjoin(ProcessVersion, ProcessVersion.id == Release.version_id)
        .where(Release.state.in_(("asked", "approved")))
        .order_by(Release.id)
    )
    return _entries(session, session.execute(query).all())


def content_of(session: Session, key: str, side: str) -> Mapping[str, Any]:
    """Return a bundle's content: "draft", a version's number, or "request-<id>" as it was frozen.

    Raises:
        NotFound: there is no such side.

    """
    if side == "draft":
        return drafts.content_of(session, drafts.the_draft(session, key))
    wanted = _SIDE.fullmatch(side)
    if wanted is None:
        raise NotFound
    number = int(wanted["number"])
    query = select(Release.bundle).where(Release.key == key, Release.id == number)
    if not wanted["request"]:
        query = select(ProcessVersion.bundle).where(
            ProcessVersion.key == key, ProcessVersion.number == number
        )
    found = session.scalar(query)
    if found is None:
        raise NotFound
    content: Mapping[str, Any] = found
    return content


def _entries(session: Session, rows: Sequence[tuple[Release, int | None]]) -> list[ReleaseEntry]:
    people = {one.author_id for one, _ in rows} | {one.decided_by or 0 for one, _ in rows}
    names = _names(session, people)
    return [
        ReleaseEntry(
            id=one.id,
            key=one.key,
            state=one.state,
            note=one.note,
            remark=one.remark,
            author_id=one.author_id,
            authors=tuple(one.authors),
            author=names.get(one.author_id, ""),
            decider=names.get(one.decided_by or 0, ""),
            created_at=one.created_at,
            decided_at=one.decided_at,
            in_force_from=one.in_force_from,
            version=number,
        )
        for one, number in rows
    ]


def _people(rows: Sequence[tuple[ProcessVersion, Release | None]]) -> set[int]:
    people = {one.author_id or 0 for one, _ in rows}
    return people | {one.decided_by or 0 for _, one in rows if one}


def _names(session: Session, people: Iterable[int]) -> dict[int, str]:
    query = select(User.id, User.name).where(User.id.in_(sorted(people)))
    return dict(session.execute(query).all())


def _running(session: Session, version_ids: Sequence[int]) -> dict[int, int]:
    query = (
        select(Case.version_id, func.count())
        .where(Case.version_id.in_(version_ids), Case.state == "open")
        .group_by(Case.version_id)
    )
    return dict(session.execute(query).all())
