"""A process to and from the repository's folders, bpmn/<key> and forms/<key> (catalogue H9)."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select

from certflow.accounts.models import User
from certflow.cases import versions
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Conflict, NotFound
from certflow.core.text import Text
from certflow.studio import drafts, importing, packages
from certflow.studio.models import Draft

NO_SUCH = Text("没有“{key}”这个流程。", "There is no process “{key}”.")
NOBODY = Text("没有“{login}”这个登录名。", "Nobody has the login “{login}”.")


def content_of(session: Session, key: str, number: int | None, *, draft: bool) -> dict[str, Any]:
    """Return what is to be exported: the draft, a version, or (number None) the one in force.

    Raises:
        NotFound: there is none.

    """
    if draft:
        return drafts.content_of(session, drafts.the_draft(session, key))
    version = versions.version(session, key, number)
    if version is None:
        raise NotFound(NO_SUCH.filled(key=key))
    return dict(version.bundle)


def write(root: Path, key: str, content: Mapping[str, Any]) -> list[str]:
    """Write a bundle's content below `root`; return the places that changed, "-" before removed.

    Only the process's own tables, scenarios and forms that are no longer part of it are removed;
    record kinds, which other processes share, are written only where the process's forms use them.
    """
    sent = {**content, "records": packages.used_records(content)}
    wanted = dict(packages.laid_out(key, sent))
    changed = []
    for place, text in wanted.items():
        path, data = root / place, text.encode()
        if not path.exists() or path.read_bytes() != data:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            changed.append(place)
    for path in _own(root, key):
        place = path.relative_to(root).as_posix()
        if place not in wanted:
            path.unlink()
            changed.append(f"- {place}")
    return changed


def _own(root: Path, key: str) -> Iterator[Path]:
    yield from sorted((root / "bpmn" / key).glob("*.dmn"))
    yield from sorted((root / "bpmn" / key / "scenarios").glob("*.json"))
    yield from sorted((root / "forms" / key).glob("*.json"))


def read(session: Session, root: Path, key: str, login: str, wanted: str = "") -> Draft:
    """Begin a draft from a process's folders below `root`, by the person with a login.

    Raises:
        Conflict: there is an open draft, or nobody has this login.
        NotFound: there are no such folders.

    """
    if not (root / "bpmn" / key / "service.json").exists():
        raise NotFound(NO_SUCH.filled(key=key))
    content = versions.read_folder(root, key)
    source = packages.packed(key, content, None)
    return load(session, source, f"{key}{packages.SUFFIX}", login, wanted)


def load(session: Session, source: bytes, name: str, login: str, wanted: str = "") -> Draft:
    """Begin a draft from a file, by the person with a login."""
    user = session.scalar(select(User).where(User.login_name == login))
    if user is None:
        raise Conflict(NOBODY.filled(login=login))
    actor = Actor(user_id=user.id, name=user.name, role="process_admin")
    return importing.begin_from_file(session, actor, source, name, wanted)
