"""Drafts: begun, read, saved part by part, discarded (catalogue H1-H3)."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from certflow.accounts.models import User
from certflow.cases import versions
from certflow.cases.models import ProcessVersion
from certflow.core import audit, clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Conflict, Invalid, NotFound
from certflow.core.text import Text
from certflow.studio.models import UNDER_WAY, Draft, DraftPart, DraftVisitor, Release

GROUPS = {"table": "tables", "form": "forms", "record": "records", "scenario": "scenarios"}
"""The first word of a part's name, and the group of the bundle it belongs to."""
WHOLE = frozenset({"bpmn", "service"})
PRESENT = timedelta(minutes=2)
TEXTS = frozenset({"bpmn", "table"})
NAME = re.compile(r"[^\x00-\x20\x7f/:][^\x00-\x1f\x7f/:]{0,59}")
MOST = 2_000_000
UNKNOWN_PART = Text("草稿没有这个部分。", "A draft has no such part.")
WRONG_KIND = Text("这一部分的内容格式不对。", "The content is not of this part's kind.")
TOO_MUCH = Text("内容超过 2 MB，请分成几个流程。", "Larger than 2 MB: make it several processes.")
ALREADY = Text("这个流程已有草稿。", "This process already has a draft.")

SETTLED = Text(
    "这份草稿刚刚已发布或放弃，这次修改没有保存。请先复制您的内容，再刷新页面，从新草稿继续。",
    "This draft was just published or given up, so your change was not saved. Copy it first, then "
    "refresh the page and go on in a new draft.",
)
ASKED = Text(
    "这份草稿的发布申请还在办，不能放弃。请先撤回申请。",
    "Publication of this draft was asked for. Withdraw the request before you give the draft up.",
)


class PartChanged(Conflict):
    """Somebody saved the part meanwhile; `part` is what they saved, so that nothing is lost."""

    def __init__(self, part: DraftPart, who: str) -> None:
        super().__init__(
            Text(
                f"{who}已经修改并保存了这一部分。您的修改没有丢失，请对比两个版本后选择。",
                f"{who} has changed and saved this part. Yours is not lost: compare both, then choose.",
            )
        )
        self.part = part


@dataclass(frozen=True)
class Visitor:
    """Somebody else who has the draft open."""

    name: str
    part: str


def open_draft(session: Session, key: str) -> Draft | None:
    """Return the open draft of a process, if there is one."""
    query = select(Draft).where(Draft.key == key, Draft.state == "open")
    return session.scalars(query).one_or_none()


def the_draft(session: Session, key: str) -> Draft:
    """Return the open draft of a process; NotFound when there is none."""
    draft = open_draft(session, key)
    if draft is None:
        raise NotFound
    return draft


def begin(
    session: Session, actor: Actor, key: str, content: Mapping[str, Any], based_on: int | None
) -> Draft:
    """Begin a draft with a bundle's content.

    Raises:
        Conflict: the process already has a draft.

    """
    if open_draft(session, key) is not None:
        raise Conflict(ALREADY)
    now = clock.now()
    draft = Draft(
        key=key, based_on=based_on, created_by=actor.user_id, created_at=now, changed_at=now
    )
    session.add(draft)
    session.flush()
    for part, value in parts_of(content).items():
        session.add(_part(draft, actor, part, value, now))
    session.flush()
    audit.record(
        session, "draft.began", actor, subject=f"process/{key}", after={"based_on": based_on}
    )
    return draft


def begin_from(session: Session, actor: Actor, key: str, number: int | None = None) -> Draft:
    """Begin a draft from the version in force; the open draft, when there is one already.

    With a `number` it is begun from that version, and nothing else will do.

    Raises:
        NotFound: there is no such process or version.
        Conflict: a version was wanted, and there is an open draft.

    """
    found = open_draft(session, key)
    if found is not None and number is None:
        return found
    version = versions.version(session, key, number)
    if version is None:
        raise NotFound
    return begin(session, actor, key, version.bundle, version.id)


def parts_of(content: Mapping[str, Any]) -> dict[str, Any]:
    """Take a bundle's content apart into parts by name."""
    parts = {name: content[name] for name in sorted(WHOLE)}
    for word, group in GROUPS.items():
        parts |= {f"{word}:{name}": one for name, one in content.get(group, {}).items()}
    return parts


def content_of(session: Session, draft: Draft) -> dict[str, Any]:
    """Put a draft's parts together into a bundle's content."""
    content: dict[str, Any] = {group: {} for group in GROUPS.values()}
    for one in parts(session, draft).values():
        word, _, name = one.part.partition(":")
        if word in GROUPS:
            content[GROUPS[word]][name] = one.content
        else:
            content[word] = one.content
    if not content["scenarios"]:  # versions from before there were scenarios keep their checksum
        del content["scenarios"]
    return content


def parts(session: Session, draft: Draft) -> dict[str, DraftPart]:
    """Return the parts of a draft that are there, by name."""
    query = select(DraftPart).where(DraftPart.draft_id == draft.id).order_by(DraftPart.part)
    return {one.part: one for one in session.scalars(query) if one.content is not None}


def part(session: Session, draft: Draft, name: str) -> DraftPart:
    """Return one part of a draft; NotFound when it is not there."""
    found = session.get(DraftPart, (draft.id, name))
    if found is None or found.content is None:
        raise NotFound
    return found


def save(
    session: Session, actor: Actor, draft: Draft, name: str, content: Any, revision: int
) -> DraftPart:
    """Save a part; `revision` is the one that was seen, 0 for a part that is new.

    `content` None removes the part. Saving what is there already changes nothing.

    Raises:
        PartChanged: somebody else saved it meanwhile.
        Conflict: the draft became a version or was given up meanwhile.
        Invalid: there are no such parts, a part that must be there would be removed, or the
            content is no text (diagram, tables) or object (all others), or too large.

    """
    check_part(name, content)
    lock(session, draft)  # also for a part that is new: of two who save it first the second waits
    found = session.get(DraftPart, (draft.id, name), with_for_update=True, populate_existing=True)
    now = clock.now()
    if found is None:
        found = _part(draft, actor, name, content, now)
        session.add(found)
    elif found.content == content:
        return found
    elif found.revision != revision and not (found.content is None and revision == 0):
        raise PartChanged(found, name_of(session, found.changed_by))
    else:
        found.content, found.revision = content, found.revision + 1
        found.changed_by, found.changed_at = actor.user_id or 0, now
    draft.changed_at = now
    session.flush()
    return found


def lock(session: Session, draft: Draft) -> None:
    """Lock an open draft for this transaction; Conflict when it is open no more."""
    session.refresh(draft, with_for_update=True)
    if draft.state != "open":
        raise Conflict(SETTLED)


def authors(session: Session, draft: Draft) -> list[int]:
    """Return who wrote what is otherwise in a draft than in the version it was begun from."""
    begun = session.get(ProcessVersion, draft.based_on) if draft.based_on else None
    before = parts_of(begun.bundle) if begun else {}
    query = select(DraftPart).where(DraftPart.draft_id == draft.id)
    changed = (one for one in session.scalars(query) if one.content != before.get(one.part))
    return sorted({one.changed_by for one in changed})


def check_part(name: str, content: Any) -> None:
    """Refuse a part that no bundle could hold: a wrong name, a wrong kind of content, too much.

    Raises:
        Invalid: with the sentence that says so.

    """
    word, _, rest = name.partition(":")
    if name not in WHOLE and (word not in GROUPS or not NAME.fullmatch(rest)):
        raise Invalid(UNKNOWN_PART)
    if content is None and name not in WHOLE:
        return
    if not isinstance(content, str if word in TEXTS else dict):
        raise Invalid(WRONG_KIND)
    text = content if isinstance(content, str) else json.dumps(content)
    if len(text) > MOST:
        raise Invalid(TOO_MUCH)


def revision_of(session: Session, draft: Draft, name: str) -> int:
    """Return a part's revision, 0 when there is no such part."""
    found = session.get(DraftPart, (draft.id, name))
    return found.revision if found else 0


def discard(session: Session, actor: Actor, draft: Draft, reason: str) -> None:
    """Give a draft up; its parts are kept for the record.

    Raises:
        Conflict: its publication was asked for, or it was settled meanwhile.

    """
    lock(session, draft)
    asked = Release.draft_id == draft.id, Release.state.in_(UNDER_WAY)
    if session.scalar(select(Release.id).where(*asked).limit(1)) is not None:
        raise Conflict(ASKED)
    draft.state = "discarded"
    session.flush()
    audit.record(session, "draft.discarded", actor, subject=f"process/{draft.key}", reason=reason)


def visit(session: Session, actor: Actor, draft: Draft, name: str) -> list[Visitor]:
    """Note that somebody has a part open, and return who else has the draft open now."""
    now = clock.now()
    session.merge(DraftVisitor(draft_id=draft.id, user_id=actor.user_id, part=name, seen_at=now))
    session.flush()
    query = (
        select(User.name, DraftVisitor.part)
        .join(User, User.id == DraftVisitor.user_id)
        .where(
            DraftVisitor.draft_id == draft.id,
            DraftVisitor.user_id != actor.user_id,
            DraftVisitor.seen_at > now - PRESENT,
        )
        .order_by(User.name)
    )
    return [Visitor(*row) for row in session.execute(query)]


def _part(draft: Draft, actor: Actor, name: str, content: Any, at: datetime) -> DraftPart:
    return DraftPart(
        draft_id=draft.id,
        part=name,
        content=content,
        revision=1,
        changed_by=actor.user_id,
        changed_at=at,
    )


def name_of(session: Session, user_id: int) -> str:
    """Return the name of whoever changed a part."""
    return session.get_one(User, user_id).name
