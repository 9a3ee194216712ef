"""A file becomes a draft: an exported process, or a diagram that another tool drew (catalogue H9)."""

import re
from collections.abc import Mapping
from typing import Any, Final

from certflow.cases import versions
from certflow.core import audit
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Conflict, Invalid
from certflow.core.given import refuse
from certflow.core.text import Text
from certflow.studio import drafts, packages
from certflow.studio.foreign import made_executable, process_name, xml_text
from certflow.studio.fresh import BAD_KEY, KEY, RESERVED, record_kinds
from certflow.studio.fresh import content as fresh_content
from certflow.studio.models import Draft

ZIP: Final = b"PK"
NO_FILE = Text("请选择要导入的文件。", "Choose a file to import.")
NEEDS_KEY = Text("流程图里没有代号，请填写。", "A diagram has no key of its own: give one.")
OPEN = Text(
    "“{key}”已有草稿。请先发布或放弃那份草稿，或者换一个代号导入。",
    "“{key}” has a draft. Publish or discard it first, or import under another key.",
)
NO_SUCH = Text("没有“{key}”这个流程的内容可以导出。", "There is nothing of “{key}” to export.")


def begin_from_file(
    session: Session, actor: Actor, source: bytes, name: str, key: str = ""
) -> Draft:
    """Begin a draft from a file; `key` takes the place of the file's own.

    Raises:
        Conflict: the key has an open draft.
        Invalid: the file cannot be used, or the key is no word; `fields` says which it is.

    """
    refuse(
        {"file": None if source else NO_FILE, "key": None if not key or _named(key) else BAD_KEY}
    )
    try:
        if source.startswith(ZIP):
            package = packages.unpacked(source)
            content, before, wanted = package.content, package.key, key or package.key
            said = {"key": package.key, "version": package.version, "checksum": package.checksum}
        else:
            content, before, wanted = _drawn(name, source, key), key, key
            said = {"file": name[:100]}
    except Invalid as error:
        raise Invalid(error.message, error.fields or {"file": error.message}) from error
    _usable(session, wanted)
    if before != wanted:
        content = renamed(content, before, wanted)
    present = versions.in_force(session, wanted)
    whole = {**content, "records": {**record_kinds(session), **content["records"]}}
    draft = drafts.begin(session, actor, wanted, whole, present.id if present else None)
    audit.record(session, "draft.imported", actor, subject=f"process/{wanted}", after=said)
    return draft


def _drawn(name: str, source: bytes, key: str) -> dict[str, Any]:
    """Return a bundle around a diagram: the settings of a new service, no forms yet."""
    if not key:
        raise Invalid(NEEDS_KEY, {"key": NEEDS_KEY})
    text = xml_text(name[:80] or "diagram.bpmn", source)
    text = made_executable(text) or text
    title = process_name(text)[:60] or key
    begun = fresh_content(key, Text(title, title), {})
    service = {**begun["service"], "submit": "", "withdraw_until": [], "steps": [], "stages": {},
               "outcomes": {}, "lanes": {}, "names": {}, "notices": {}}  # fmt: skip
    return {**begun, "bpmn": text, "forms": {}, "service": service}


def _named(key: str) -> bool:
    return KEY.fullmatch(key) is not None and key not in RESERVED


def _usable(session: Session, key: str) -> None:
    refuse({"key": None if _named(key) else BAD_KEY})
    if drafts.open_draft(session, key) is not None:
        raise Conflict(OPEN.filled(key=key))


def renamed(content: Mapping[str, Any], old: str, new: str) -> dict[str, Any]:
    """Return a bundle's content under another key: its pool, its process, its own fees follow."""
    bpmn = re.sub(
        rf"""((?:id|processRef|bpmnElement)\s*=\s*["']){re.escape(old)}(_pool(?:_shape)?)?(["'])""",
        lambda found: f"{found[1]}{new}{found[2] or ''}{found[3]}",
        content["bpmn"],
    )
    quotes = """(["']|&quot;|&#34;|&apos;|&#39;)"""
    bpmn = re.sub(
        rf"""(name="purpose"\s+value=["']{quotes}){re.escape(old)}(?=["'&])""",
        lambda found: f"{found[1]}{new}",
        bpmn,
    )
    service = {**content["service"], "key": new}
    names = service.get("names")
    if isinstance(names, Mapping):
        pool = {f"{old}_pool": f"{new}_pool"}
        service["names"] = {pool.get(name, name): title for name, title in names.items()}
    return {**content, "bpmn": bpmn, "service": service}


def exported(session: Session, key: str, number: int | None) -> tuple[str, bytes]:
    """Return the name and the bytes of a process's file: a version, or the draft (number None).

    Raises:
        Invalid: there is no such version or draft.

    """
    draft = drafts.open_draft(session, key) if number is None else None
    if draft is not None:
        content, said = drafts.content_of(session, draft), "draft"
    else:
        content, said = _version(session, key, number), f"v{number}"
    return f"{key}-{said}{packages.SUFFIX}", packages.packed(key, content, number)


def _version(session: Session, key: str, number: int | None) -> dict[str, Any]:
    found = versions.version(session, key, number)
    if found is None:
        raise Invalid(NO_SUCH.filled(key=key))
    return dict(found.bundle)
