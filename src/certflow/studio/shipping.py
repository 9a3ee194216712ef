"""Processes that come with an installation, put in force without undoing an administrator's work.

A folder that changed since it was shipped last becomes the next version. Where what is in force is
no longer what was shipped, the new one is only kept: an administrator compares and decides (H3).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select

from certflow.accounts.permissions import holdings
from certflow.cases import versions
from certflow.cases.models import ProcessVersion
from certflow.core import clock
from certflow.core.db import Session
from certflow.core.text import Text
from certflow.notifications.operations import NewNotice, notify
from certflow.studio.release_notices import ROLE

NOTE: Final = "随安装包发布"
KEPT_NOTE: Final = "随安装包更新，没有替换管理员发布的第 {number} 版"
KEPT = Text(
    "有随安装包更新的第 {number} 版。正在使用的是管理员修改过的第 {other} 版，没有替换。"
    "请比较后决定是否采用。",
    "version {number} came with an update. Version {other}, which an administrator has changed, "
    "stays in force. Compare them and decide.",
)
REPLACED = Text(
    "已按要求换成随安装包更新的第 {number} 版，替换了管理员修改过的第 {other} 版。",
    "version {number}, which came with an update, was made to replace version {other}, which an "
    "administrator had changed.",
)


@dataclass(frozen=True)
class Shipped:
    """A version that came with the installation; `instead` is the one that stays in force."""

    key: str
    number: int
    instead: int | None = None


def sync(session: Session, root: Path, *, force: bool = False) -> list[Shipped]:
    """Publish every process folder below `root` that changed since it was shipped last.

    What administrators published stays in force, unless `force` says otherwise: the folder's
    content is kept as a version then, and they are told.
    """
    return list(_shipped(session, root, force=force))


def _shipped(session: Session, root: Path, *, force: bool) -> Iterator[Shipped]:
    for settings in sorted((root / "bpmn").glob("*/service.json")):
        key = settings.parent.name
        content = versions.read_folder(root, key)
        checksum, before = versions.checksum_of(content), _shipped_last(session, key)
        present = versions.in_force(session, key)
        if present is not None and present.checksum == checksum:
            continue
        if present is None or present.checksum == before:
            yield Shipped(key, _number(versions.publish(session, key, content, NOTE)))
        elif force:
            number = _number(versions.publish(session, key, content, NOTE))
            _tell(session, key, content, REPLACED.filled(number=number, other=present.number))
            yield Shipped(key, number)
        elif checksum != before:
            yield _keep(session, key, content, present.number)


def _keep(session: Session, key: str, content: Mapping[str, Any], in_force: int) -> Shipped:
    note = KEPT_NOTE.format(number=in_force)
    made = versions.publish(session, key, content, note, in_force_at_once=False)
    _tell(session, key, content, KEPT.filled(number=_number(made), other=in_force))
    return Shipped(key, _number(made), in_force)


def _number(made: ProcessVersion | None) -> int:
    return made.number if made else 0


def _tell(session: Session, key: str, content: Mapping[str, Any], said: Text) -> None:
    title = Text.read(content["service"]["title"])
    text = Text(f"“{title.zh}”{said.zh}", f"“{title.en}”: {said.en}")
    people = [one.user_id for one in holdings(session, ROLE)]
    notice = NewNotice(kind="release", role=ROLE, text=text, link=f"/studio/{key}/versions")
    notify(session, people, notice, clock.now())


def _shipped_last(session: Session, key: str) -> str | None:
    """Return the checksum of the newest version that nobody wrote in the studio."""
    query = select(ProcessVersion.checksum).where(
        ProcessVersion.key == key, ProcessVersion.author_id.is_(None)
    )
    return session.scalar(query.order_by(ProcessVersion.number.desc()).limit(1))
