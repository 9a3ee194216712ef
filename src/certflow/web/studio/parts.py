"""The parts of a draft as JSON: read, save, who else is at it. Every editor uses these (H1)."""

from typing import Any

from flask import request
from flask_wtf.csrf import generate_csrf

from certflow.core.access import allow, current_actor
from certflow.core.db import db
from certflow.core.errors import Invalid
from certflow.core.text import Text, lately_text
from certflow.studio import drafts
from certflow.studio.difference import Change, part_changes
from certflow.web.edge import locale
from certflow.web.studio.area import EDIT, LOOK, blueprint

_UNREADABLE = Text(
    "保存的内容不完整，没有生效。请刷新页面后再试，本机留有您的修改。",
    "What was sent is not whole, so nothing was saved. Refresh and try again; "
    "your changes are kept on this computer.",
)
Answer = dict[str, Any] | tuple[dict[str, Any], int]


@blueprint.get("/<key>/draft/parts/<path:part>")
@allow(LOOK)
def part(key: str, part: str) -> Answer:
    """Return a part of the open draft, with the revision that a save has to name."""
    session = db.session()
    found = drafts.part(session, drafts.the_draft(session, key), part)
    return {
        "content": found.content,
        "revision": found.revision,
        "changed_by": drafts.name_of(session, found.changed_by),
        "changed_at": _time(found.changed_at),
        "token": generate_csrf(),
    }


@blueprint.post("/<key>/draft/parts/<path:part>")
@allow(EDIT)
def save_part(key: str, part: str) -> Answer:
    """Save a part; 409 with both sides when somebody else saved it meanwhile."""
    session, given = db.session(), _given()
    revision = given.get("revision")
    if type(revision) is not int or "content" not in given:
        raise Invalid(_UNREADABLE)
    draft = drafts.the_draft(session, key)
    try:
        saved = drafts.save(session, current_actor(), draft, part, given["content"], revision)
    except drafts.PartChanged as error:
        return {
            "error": error.message.of(locale()),
            "theirs": {
                "content": error.part.content,
                "revision": error.part.revision,
                "who": drafts.name_of(session, error.part.changed_by),
                "at": _time(error.part.changed_at),
            },
        }, error.status
    return {"revision": saved.revision, "saved_at": _time(saved.changed_at)}


@blueprint.post("/<key>/draft/compare")
@allow(EDIT)
def compare_parts(key: str) -> Answer:
    """Say in words what `content` of a part has otherwise than `other`: two people changed it."""
    session, given = db.session(), _given()
    name = str(given.get("part", ""))
    sides = [given.get(side) for side in ("other", "content")]
    for one in sides:
        drafts.check_part(name, one)
    bundle = drafts.content_of(session, drafts.the_draft(session, key))
    return {"changes": [_said(one) for one in part_changes(bundle, name, *sides)]}


def _said(one: Change) -> dict[str, Any]:
    language = locale()
    return {
        "name": one.name.of(language),
        "what": one.what.of(language),
        "kind": one.kind,
        "details": [
            {
                "label": detail.label.of(language),
                "value": detail.after.of(language) if detail.after else "",
            }
            for detail in (one.details if one.kind != "removed" else ())
        ],
    }


@blueprint.post("/<key>/draft/visit")
@allow(EDIT)
def visit(key: str) -> Answer:
    """Say that one has a part open; return who else is at the draft, and the part's revision."""
    session, name = db.session(), str(_given().get("part", ""))
    draft = drafts.the_draft(session, key)
    others = drafts.visit(session, current_actor(), draft, name)
    return {
        "others": [{"name": one.name, "part": one.part} for one in others],
        "revision": drafts.revision_of(session, draft, name),
        "token": generate_csrf(),
    }


def _given() -> dict[str, Any]:
    """Return the JSON object that was sent.

    Raises:
        Invalid: it is no JSON object, or nested beyond reason.

    """
    try:
        given = request.get_json(silent=True)
    except RecursionError as error:
        raise Invalid(_UNREADABLE) from error
    if not isinstance(given, dict):
        raise Invalid(_UNREADABLE)
    return given


def _time(at: Any) -> str:
    return lately_text(at).of(locale())
