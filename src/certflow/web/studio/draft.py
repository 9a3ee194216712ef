"""The diagram's page, and a draft's beginning and end (catalogue H1-H3)."""

from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from certflow.cases import versions
from certflow.core.access import allow, current_actor
from certflow.core.db import db
from certflow.core.errors import Invalid
from certflow.core.given import reason_of
from certflow.core.text import Text
from certflow.studio import drafts, fresh, history
from certflow.studio.overview import Overview, overviews
from certflow.studio.reading import names_of
from certflow.studio.vocabulary import vocabulary
from certflow.web.edge import locale
from certflow.web.studio.area import EDIT, LOOK, blueprint, frame

_NO_REASON = Text(
    "请写明为什么放弃这份草稿，会写入审计记录。",
    "Say why this draft is given up; the reason goes into the audit trail.",
)
_OF_ONE = frozenset({"form", "table"})


@blueprint.get("/<key>/draft")
@allow(LOOK)
def draft(key: str) -> str:
    """Show the diagram: to draw on, or to look at for those who may not edit."""
    page, names = frame(key, "studio.draft"), {}
    found: Overview = page["process"]
    if found.draft_id is None:
        names = names_of(history.content_of(db.session(), key, str(found.number)), locale())
    return render_template("studio/draft.html", **page, editors=_editors(key), names=names)


@blueprint.get("/<key>/draft/vocabulary", endpoint="vocabulary")
@allow(LOOK)
def words(key: str) -> dict[str, Any]:
    """Return what the draft's diagram may name: roles, operations, forms, decisions ..."""
    session = db.session()
    content = drafts.content_of(session, drafts.the_draft(session, key))
    services = [(one.key, one.title) for one in overviews(session)]
    known = vocabulary(content, services, versions.services(session))
    return {kind: [one.as_json(locale()) for one in found] for kind, found in known.items()}


@blueprint.post("/<key>/draft")
@allow(EDIT)
def begin_draft(key: str) -> Response:
    """Begin a draft from the version in force, or another; go on with the one that is there."""
    drafts.begin_from(db.session(), current_actor(), key, request.form.get("number", type=int))
    return redirect(url_for("studio.draft", key=key), 303)


@blueprint.get("/<key>/draft/discard")
@allow(EDIT)
def discarding(key: str) -> str:
    """Ask why the draft is given up, and say what is lost."""
    drafts.the_draft(db.session(), key)
    return render_template(
        "studio/draft_discard.html", errors={}, reason="", **frame(key, "studio.draft")
    )


@blueprint.post("/<key>/draft/discard")
@allow(EDIT)
def discard_draft(key: str) -> Response | tuple[str, int]:
    """Give the draft up, with a reason."""
    session, reason = db.session(), request.form.get("reason", "")
    found = drafts.the_draft(session, key)
    try:
        why = reason_of(reason, _NO_REASON)
    except Invalid as error:
        wrong = {"errors": error.fields, "reason": reason}
        page = frame(key, "studio.draft")
        return render_template("studio/draft_discard.html", **wrong, **page), error.status
    drafts.discard(session, current_actor(), found, why)
    flash(gettext("草稿已放弃，原因已写入审计记录"), "passed")
    if found.based_on is None:
        return redirect(url_for("studio.home"), 303)
    return redirect(url_for("studio.process", key=key), 303)


@blueprint.get("/new")
@allow(EDIT)
def new() -> str:
    """Ask for the key and the names of a wholly new service."""
    return _asking({}, None)


@blueprint.post("/new")
@allow(EDIT)
def begin_new() -> Response | tuple[str, int]:
    """Begin a wholly new service with the smallest one that is sound."""
    given = {name: request.form.get(name, "").strip() for name in ("key", "title_zh", "title_en")}
    title = Text(given["title_zh"], given["title_en"])
    try:
        made = fresh.begin_new(db.session(), current_actor(), given["key"], title)
    except Invalid as error:
        return _asking(given, error), error.status
    return redirect(url_for("studio.draft", key=made.key), 303)


def _editors(key: str) -> dict[str, str]:
    """Return the addresses of the editors that the panel leads to; those of one with __name__."""
    found = {}
    for word in ("forms", "form", "tables", "table", "settings"):
        details: dict[str, Any] = {"name": "__name__"} if word in _OF_ONE else {}
        if f"studio.{word}" in current_app.view_functions:
            found[word] = url_for(f"studio.{word}", key=key, **details)
    return found


def _asking(given: dict[str, Any], error: Invalid | None) -> str:
    fields = error.fields if error else {}
    return render_template("studio/draft_new.html", given=given, fields=fields)
