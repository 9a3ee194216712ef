"""Who hears of a request to publish, and what (catalogue H3)."""

from collections.abc import Iterable

from certflow.accounts.permissions import allowed
from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.text import Text
from certflow.notifications.operations import NewNotice, notify
from certflow.studio.models import Release

ROLE = "process_admin"


def _title(release: Release) -> Text:
    return Text.read(release.bundle["service"].get("title") or release.key)


def tell_approvers(session: Session, actor: Actor, release: Release) -> None:
    """Tell everybody who can approve, but whoever asked or wrote it, that a request waits."""
    title = _title(release)
    text = Text(
        f"{actor.name}申请发布“{title.zh}”，请您审批。",
        f"{actor.name} asks to publish “{title.en}”. Please decide.",
    )
    others = [one for one in allowed(session, ROLE, "approve") if one not in release.authors]
    _tell(session, others, release, text, but=actor.user_id)


def tell_author(session: Session, actor: Actor, release: Release, said: Text) -> None:
    """Tell who asked what became of it."""
    title = _title(release)
    text = Text(
        f"“{title.zh}”的发布申请{said.zh}。", f"Your request to publish “{title.en}” {said.en}."
    )
    _tell(session, [release.author_id], release, text, but=actor.user_id)


def _tell(
    session: Session, people: Iterable[int], release: Release, text: Text, but: int | None
) -> None:
    new = NewNotice(kind="release", role=ROLE, text=text, link=f"/studio/{release.key}/release")
    notify(session, people, new, clock.now(), but=but)
