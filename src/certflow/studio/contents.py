"""What can be tried out or tested of a process: its draft, its version in force (catalogue H5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from certflow.cases import versions
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import NotFound
from certflow.engine.definitions import DefinitionError
from certflow.forms.definition import FormError
from certflow.studio import drafts, scenarios

NOT_SOUND: Final = (DefinitionError, FormError)
"""What a bundle raises that has errors: its findings say which."""


@dataclass(frozen=True)
class Offered:
    """Whether there is a draft, which version is in force, who may start it."""

    draft: bool
    number: int | None
    start_roles: tuple[str, ...]


def offered(session: Session, key: str) -> Offered:
    """Return what there is to try out of a process."""
    draft, version = drafts.open_draft(session, key), versions.in_force(session, key)
    if draft is None and version is None:
        raise NotFound
    settings = (
        drafts.part(session, draft, "service").content
        if draft is not None
        else version.bundle["service"]
        if version is not None
        else {}
    )
    roles = settings.get("start_roles")
    roles = roles if isinstance(roles, list) and roles else ["applicant"]
    return Offered(draft is not None, version.number if version else None, tuple(map(str, roles)))


def content(session: Session, key: str, *, draft: bool = True) -> dict[str, Any]:
    """Return a bundle's content: the draft's where there is one and it is wanted.

    Raises:
        NotFound: there is neither.

    """
    found = drafts.open_draft(session, key) if draft else None
    if found is not None:
        return drafts.content_of(session, found)
    version = versions.in_force(session, key)
    if version is None:
        raise NotFound
    return dict(version.bundle)


def differs(session: Session, key: str, bundle: Mapping[str, Any]) -> bool:
    """Whether the draft is no longer what a trial was begun with."""
    if drafts.open_draft(session, key) is None:
        return False
    now = content(session, key)
    return {name: one for name, one in now.items() if name != "scenarios"} != bundle


def keep(session: Session, actor: Actor, key: str, word: str, scenario: Mapping[str, Any]) -> str:
    """Put a new test into the draft (begun when there is none); return its name."""
    draft = drafts.begin_from(session, actor, key)
    name = scenarios.name_for(drafts.content_of(session, draft), word)
    drafts.save(session, actor, draft, f"scenario:{name}", dict(scenario), 0)
    return name
