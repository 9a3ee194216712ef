"""Back to an earlier version in one step, when the present one does harm (catalogue H3).

An emergency needs no approval, but a reason; everybody who administers processes is told.
"""

from certflow.accounts.permissions import holdings
from certflow.cases import versions
from certflow.cases.models import ProcessVersion
from certflow.core import audit, clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Invalid, NotFound
from certflow.core.given import reason_of
from certflow.core.text import Text
from certflow.notifications.operations import NewNotice, notify
from certflow.studio import release_errors as errors
from certflow.studio.checking import Remark, check, stands_in_the_way
from certflow.studio.models import Release
from certflow.studio.release_errors import NotPublishable
from certflow.studio.release_notices import ROLE


def roll_back(
    session: Session, actor: Actor, key: str, version_id: int, reason: str
) -> ProcessVersion:
    """Publish an earlier version again, as the next one. Running cases stay on theirs.

    Raises:
        NotFound: the process has no such version.
        Invalid: no reason, or it is in force already.
        NotPublishable: it uses what the platform no longer has.

    """
    old = session.get(ProcessVersion, version_id)
    if old is None or old.key != key:
        raise NotFound
    reason = reason_of(reason, errors.NO_REASON, 300)
    if old.active:
        raise Invalid(errors.IN_FORCE)
    remarks = check(key, old.bundle, versions.calls_in_force(session))
    if stands_in_the_way(remarks):
        raise NotPublishable(errors.OUTDATED)
    present = versions.in_force(session, key)
    note = f"回退到第 {old.number} 版：{reason}"
    new = versions.publish(session, key, old.bundle, note, author_id=actor.user_id)
    if new is None:
        raise Invalid(errors.IN_FORCE)
    _keep(session, actor, new, remarks)
    audit.record(
        session,
        "version.rolled_back",
        actor,
        subject=f"process/{key}",
        before={"version": present.number if present else None},
        after={"version": new.number, "same_as": old.number},
        reason=reason,
    )
    _announce(session, actor, old, new, reason)
    return new


def _keep(session: Session, actor: Actor, new: ProcessVersion, remarks: list[Remark]) -> None:
    """Keep with the version who brought it back; there was no draft and no approval."""
    release = Release(
        key=new.key,
        bundle=new.bundle,
        checksum=new.checksum,
        note=new.note,
        findings=[one.as_json() for one in remarks],
        state="published",
        author_id=actor.user_id,
        created_at=clock.now(),
        version_id=new.id,
    )
    session.add(release)
    session.flush()


def _announce(
    session: Session, actor: Actor, old: ProcessVersion, new: ProcessVersion, reason: str
) -> None:
    title = Text.read(new.bundle["service"].get("title") or new.key)
    text = Text(
        f"{actor.name}把“{title.zh}”回退到第 {old.number} 版（现为第 {new.number} 版）：{reason}",
        f"{actor.name} rolled “{title.en}” back to version {old.number} "
        f"(now version {new.number}): {reason}",
    )
    people = [one.user_id for one in holdings(session, ROLE)]
    notice = NewNotice(kind="release", role=ROLE, text=text, link=f"/studio/{new.key}/versions")
    notify(session, people, notice, clock.now(), but=actor.user_id)
