"""Every process at a glance: its version in force, its draft, what runs on it (catalogue H3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from certflow.accounts.models import User
from certflow.cases.models import Case, ProcessVersion
from certflow.cases.versions import all_in_force
from certflow.core.db import Session
from certflow.core.errors import NotFound
from certflow.core.incidents import Incident
from certflow.core.text import Text
from certflow.studio.models import Draft, DraftPart, Release


@dataclass(frozen=True)
class Overview:
    """One process. `number` and `version_id` are of the version in force, None before the first.

    `draft_by` is who saved the draft last, `pending` the state of a request to publish that is
    under way ("" without one), `incidents` how many of its cases wait for a person to mend something.
    """

    key: str
    title: Text
    version_id: int | None
    number: int | None
    published_at: datetime | None
    running: int
    draft_id: int | None
    draft_changed_at: datetime | None
    draft_by: str
    pending: str
    incidents: int

    @property
    def asked(self) -> bool:
        """Whether a request to publish waits for its approval."""
        return self.pending == "asked"


def overviews(session: Session, only: str | None = None) -> list[Overview]:
    """Return every process (or the one) that has a version or an open draft, by key."""
    begun = select(Draft).where(Draft.state == "open")
    if only is not None:
        begun = begun.where(Draft.key == only)
    versions = {one.key: one for one in all_in_force(session) if only in {None, one.key}}
    drafts = {one.key: one for one in session.scalars(begun)}
    keys = sorted(versions.keys() | drafts.keys())
    known = _Known(
        _titles(session, versions, drafts),
        _running(session, keys),
        _incidents(session, keys),
        _pending(session),
        _editors(session, [one.id for one in drafts.values()]),
    )
    return [_overview(key, versions.get(key), drafts.get(key), known) for key in keys]


def overview(session: Session, key: str) -> Overview:
    """Return one process; NotFound when there is neither a version nor an open draft of it."""
    found = overviews(session, key)
    if not found:
        raise NotFound
    return found[0]


@dataclass(frozen=True)
class _Known:
    """What was looked up for all processes at once."""

    titles: dict[str, Text]
    running: dict[str, int]
    incidents: dict[str, int]
    pending: dict[str, str]
    editors: dict[int, str]


def _overview(
    key: str, version: ProcessVersion | None, draft: Draft | None, known: _Known
) -> Overview:
    return Overview(
        key=key,
        title=known.titles[key],
        version_id=version.id if version else None,
        number=version.number if version else None,
        published_at=version.published_at if version else None,
        running=known.running.get(key, 0),
        draft_id=draft.id if draft else None,
        draft_changed_at=draft.changed_at if draft else None,
        draft_by=known.editors.get(draft.id, "") if draft else "",
        pending=known.pending.get(key, ""),
        incidents=known.incidents.get(key, 0),
    )


def _pending(session: Session) -> dict[str, str]:
    query = select(Release.key, Release.state).where(Release.state.in_(("asked", "approved")))
    return dict(session.execute(query).all())


def _incidents(session: Session, keys: Sequence[str]) -> dict[str, int]:
    """Count the open incidents of cases, by service."""
    query = (
        select(Case.service, func.count())
        .join(Incident, Incident.case_id == Case.id)
        .where(Incident.resolved_at.is_(None), Case.service.in_(keys))
        .group_by(Case.service)
    )
    return dict(session.execute(query).all())


def _editors(session: Session, drafts: Sequence[int]) -> dict[int, str]:
    """Return who saved something in each draft last."""
    query = (
        select(DraftPart.draft_id, User.name)
        .join(User, User.id == DraftPart.changed_by)
        .where(DraftPart.draft_id.in_(drafts))
        .order_by(DraftPart.changed_at, DraftPart.revision)
    )
    return dict(session.execute(query).all())


def _running(session: Session, keys: Sequence[str]) -> dict[str, int]:
    """Count the cases that were submitted and are not closed, by service."""
    query = select(Case.service, func.count()).where(Case.service.in_(keys), Case.state == "open")
    return dict(session.execute(query.group_by(Case.service)).all())


def _titles(
    session: Session, in_force: dict[str, ProcessVersion], drafts: dict[str, Draft]
) -> dict[str, Text]:
    """Return each process's title: the version's, for a wholly new one the draft's."""
    title = ProcessVersion.bundle["service"]["title"]
    ids = [one.id for one in in_force.values()]
    rows = session.execute(select(ProcessVersion.key, title).where(ProcessVersion.id.in_(ids)))
    titles = {key: Text.read(found) for key, found in rows}
    for key, draft in drafts.items():
        if key not in titles:
            settings = session.get_one(DraftPart, (draft.id, "service")).content
            titles[key] = Text.read(settings.get("title") or key)
    return titles
