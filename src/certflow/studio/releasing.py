"""From a draft to a version in force: asked for, approved by a second person, published (H3, H4).

A request freezes what the draft was. Whoever decides, whenever: the server checks it again.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from certflow.cases import paying, versions
from certflow.cases.models import ProcessVersion
from certflow.core import audit, clock, settings
from certflow.core.actor import SYSTEM, Actor
from certflow.core.db import Session
from certflow.core.errors import Conflict, Forbidden, Invalid, NotFound
from certflow.core.given import reason_of, wrong_in
from certflow.core.given import refuse as refuse_input
from certflow.core.text import Text
from certflow.studio import drafts
from certflow.studio import release_errors as errors
from certflow.studio.models import UNDER_WAY, Release
from certflow.studio.release_errors import OwnRequest, Settled
from certflow.studio.release_gate import Gate, pass_through
from certflow.studio.release_notices import tell_approvers, tell_author

UNEXPECTED = Text("系统出错，已自动记录", "an error that was recorded")


MOST_WORDS = 1000


def ask(
    session: Session, actor: Actor, key: str, note: str, in_force_from: datetime | None = None
) -> Release:
    """Ask for the open draft to be published as it stands now.

    Where no approval is needed the request is approved at once. Only who may publish can say from
    when; who may not leaves it to the publisher.

    Raises:
        NotFound: there is no open draft.
        Conflict: publication was asked for already, or the draft was settled meanwhile.
        Invalid: no note, a time that is over, nothing has changed.
        NotPublishable: an error stands, or a test of the process fails.

    """
    draft = drafts.the_draft(session, key)
    drafts.lock(session, draft)  # of two who ask at once the second waits
    if pending(session, key) is not None:
        raise Conflict(errors.PENDING)
    _look_at_wish(note, in_force_from)
    content = drafts.content_of(session, draft)
    checksum, present = versions.checksum_of(content), versions.in_force(session, key)
    if present is not None and checksum == present.checksum:
        raise Invalid(errors.UNCHANGED)
    gate = pass_through(session, key, content)
    release = Release(
        key=key,
        draft_id=draft.id,
        bundle=content,
        checksum=checksum,
        note=note.strip(),
        findings=[one.as_json() for one in gate.remarks],
        authors=drafts.authors(session, draft),
        in_force_from=in_force_from if _may_publish(actor) else None,
        state="asked" if settings.current().publish_needs_approval else "approved",
        author_id=actor.user_id,
        created_at=clock.now(),
    )
    return _asked(session, actor, release)


def _look_at_wish(note: str, in_force_from: datetime | None) -> None:
    fields = {"note": wrong_in(note, MOST_WORDS, errors.NO_NOTE)}
    if in_force_from is not None and in_force_from <= clock.now():
        fields["in_force_from"] = errors.PAST
    refuse_input(fields, errors.MARKED)


def _asked(session: Session, actor: Actor, release: Release) -> Release:
    session.add(release)
    session.flush()
    _record(session, "release.asked", actor, release, reason=release.note)
    if release.state == "asked":
        tell_approvers(session, actor, release)
    return release


def approve(session: Session, actor: Actor, release_id: int, remark: str = "") -> Release:
    """Approve what others asked for and wrote.

    Raises:
        OwnRequest: one's own request, or one's own work in it.
        Settled: it was dealt with meanwhile.

    """
    release = _waiting(session, release_id, "asked")
    if release.author_id == actor.user_id:
        raise OwnRequest(errors.OWN)
    if actor.user_id in release.authors:
        raise OwnRequest(errors.OWN_WORK)
    reason_of(remark, None, MOST_WORDS, "remark")
    _decide(session, actor, release, "approved", remark)
    zh = "可以发布了" if release.in_force_from is None else "到时会自动生效"
    en = "It can be published" if release.in_force_from is None else "It comes into force in time"
    tell_author(session, actor, release, Text(f"审批通过，{zh}", f"was approved. {en}"))
    return release


def refuse(session: Session, actor: Actor, release_id: int, remark: str) -> Release:
    """Send a request back with a remark; the draft can be worked on.

    Raises:
        Invalid: no remark.
        OwnRequest: one's own request.
        Settled: it was dealt with meanwhile.

    """
    release = _waiting(session, release_id, "asked")
    if release.author_id == actor.user_id:
        raise OwnRequest(errors.OWN)
    reason_of(remark, errors.NO_REMARK, MOST_WORDS, "remark")
    _decide(session, actor, release, "refused", remark)
    said = release.remark
    tell_author(session, actor, release, Text(f"被退回：{said}", f"was sent back: {said}"))
    return release


def withdraw(session: Session, actor: Actor, release_id: int) -> Release:
    """Take a request back before it is published.

    Raises:
        Forbidden: neither its author nor somebody who may publish.
        Settled: it was dealt with meanwhile.

    """
    release = _waiting(session, release_id, *UNDER_WAY)
    if actor.user_id != release.author_id and not _may_publish(actor):
        raise Forbidden(errors.NOT_YOURS)
    release.state = "withdrawn"
    session.flush()
    _record(session, "release.withdrawn", actor, release)
    if actor.user_id != release.author_id:
        tell_author(session, actor, release, Text("被撤回", "was withdrawn"))
    return release


def publish(
    session: Session, actor: Actor, release_id: int, in_force_from: datetime | None = None
) -> Release:
    """Put an approved request in force: now, or at a later time by itself.

    Raises:
        Invalid: not approved yet, or a time that is over.
        NotPublishable: an error stands, or a test of the process fails.
        Settled: it was dealt with meanwhile.

    """
    release = _waiting(session, release_id, *UNDER_WAY)
    if release.state != "approved":
        raise Invalid(errors.NOT_APPROVED)
    if in_force_from is None:
        return _put_in_force(session, actor, release)
    if in_force_from <= clock.now():
        raise Invalid(errors.MARKED, {"in_force_from": errors.PAST})
    release.in_force_from = in_force_from
    session.flush()
    _record(session, "release.scheduled", actor, release)
    return release


def due_releases(session: Session, at: datetime) -> list[int]:
    """Return the approved requests whose time has come, the oldest first."""
    query = select(Release.id).where(Release.state == "approved", Release.in_force_from <= at)
    return list(session.scalars(query.order_by(Release.in_force_from, Release.id)))


def publish_when_due(session: Session, release_id: int) -> bool:
    """Put a request in force whose time has come; False when somebody dealt with it meanwhile.

    Raises:
        NotPublishable: an error stands by now, or a test of the process fails.

    """
    release = session.get(Release, release_id, with_for_update=True)
    if release is None or release.state != "approved" or release.in_force_from is None:
        return False
    _put_in_force(session, SYSTEM, release)
    return True


def postpone(session: Session, release_id: int, why: Text) -> Release:
    """Take the time from a request that could not be put in force, and tell its author why."""
    release = session.get_one(Release, release_id, with_for_update=True)
    release.in_force_from = None
    session.flush()
    _record(session, "release.postponed", SYSTEM, release, reason=why.zh)
    text = Text(f"到时没有生效：{why.zh}", f"did not come into force: {why.en}")
    tell_author(session, SYSTEM, release, text)
    return release


def pending(session: Session, key: str) -> Release | None:
    """Return the request of a process that is under way, if there is one."""
    query = select(Release).where(Release.key == key, Release.state.in_(UNDER_WAY))
    return session.scalars(query.order_by(Release.id.desc())).first()


def _put_in_force(session: Session, actor: Actor, release: Release) -> Release:
    gate: Gate = pass_through(session, release.key, release.bundle)
    version = versions.publish(
        session, release.key, release.bundle, release.note, author_id=release.author_id
    )
    if version is None:
        raise Invalid(errors.UNCHANGED)
    paying.seed_fees(session, release.key, release.bundle["service"])
    release.state, release.version_id = "published", version.id
    release.findings = [one.as_json() for one in gate.remarks]
    _settle_draft(session, release, version)
    session.flush()
    _record(session, "release.published", actor, release, version=version.number)
    if actor.user_id != release.author_id:
        text = Text(f"已发布为第 {version.number} 版", f"was published as version {version.number}")
        tell_author(session, actor, release, text)
    return release


def _settle_draft(session: Session, release: Release, version: ProcessVersion) -> None:
    """End the draft that became the version; one that went on meanwhile is based on it now."""
    draft = drafts.open_draft(session, release.key)
    if draft is None or draft.id != release.draft_id:
        return
    drafts.lock(session, draft)  # whoever saves at this moment comes before it or is told
    if versions.checksum_of(drafts.content_of(session, draft)) == release.checksum:
        draft.state = "released"
    else:
        draft.based_on = version.id


def _waiting(session: Session, release_id: int, *states: str) -> Release:
    release = session.get(Release, release_id, with_for_update=True)
    if release is None:
        raise NotFound
    if release.state not in states:
        raise Settled(errors.NOT_OPEN)
    return release


def _may_publish(actor: Actor) -> bool:
    return "publish" in actor.permissions


def _decide(session: Session, actor: Actor, release: Release, state: str, remark: str) -> None:
    release.state, release.remark = state, remark.strip()
    release.decided_by, release.decided_at = actor.user_id, clock.now()
    session.flush()
    _record(session, f"release.{state}", actor, release, reason=release.remark)


def _record(
    session: Session,
    action: str,
    actor: Actor,
    release: Release,
    *,
    reason: str = "",
    version: int | None = None,
) -> None:
    after: dict[str, Any] = {"release": release.id, "checksum": release.checksum[:12]}
    if release.in_force_from is not None:
        after["in_force_from"] = release.in_force_from.isoformat()
    if version is not None:
        after["version"] = version
    audit.record(
        session, action, actor, subject=f"process/{release.key}", after=after, reason=reason
    )
