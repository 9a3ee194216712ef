"""The decision tables of a draft: the list, the editor, what a table comes to (catalogue H2)."""

from datetime import date
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from certflow.core import clock
from certflow.core.access import allow, current_actor
from certflow.core.db import db
from certflow.core.errors import Invalid, NotFound
from certflow.core.expressions import as_stored
from certflow.core.given import NOT_OFFERED, refuse
from certflow.core.text import Text
from certflow.studio import drafts, examining, table_changes, tables
from certflow.studio.examining import Examination, Input, Place
from certflow.studio.gaps import Example, Survey
from certflow.studio.table_tests import Outcome
from certflow.web.edge import locale
from certflow.web.studio.area import EDIT, LOOK, blueprint, frame

_NOTHING_SENT = Text(
    "没有收到决策表的内容，请刷新页面后再试。", "No table was sent. Refresh the page and try again."
)
Page = str | tuple[str, int] | Response


@blueprint.get("/<key>/draft/tables", endpoint="tables")
@allow(LOOK)
def tables_page(key: str) -> Page:
    """List the tables of the draft; a finding's address leads on to its table."""
    word, _, name = request.args.get("part", "").partition(":")
    if word == "table" and name:
        place = request.args.get("place")
        part = request.args["part"]
        return redirect(url_for("studio.table", key=key, name=name, part=part, place=place))
    return _listed(key, {}, None)


@blueprint.post("/<key>/draft/tables")
@allow(EDIT)
def begin_table(key: str) -> Page:
    """Begin a table, or copy one (`source`)."""
    session = db.session()
    draft = drafts.the_draft(session, key)
    given = {one: request.form.get(one, "").strip() for one in ("source", "name", "title")}
    try:
        if given["source"]:
            known = drafts.content_of(session, draft).get("tables", {})
            refuse({"source": None if given["source"] in known else NOT_OFFERED})
            table_changes.copy(
                session, current_actor(), draft, given["source"], given["name"], given["title"]
            )
        else:
            table_changes.begin(session, current_actor(), draft, given["name"], given["title"])
    except Invalid as error:
        return _listed(key, given, error), error.status
    return redirect(url_for("studio.table", key=key, name=given["name"]), 303)


@blueprint.get("/<key>/draft/tables/<name>")
@allow(LOOK)
def table(key: str, name: str) -> Page:
    """Open a table in the editor."""
    return _page(key, name, {}, None)


@blueprint.post("/<key>/draft/tables/<name>")
@allow(EDIT)
def rename_table(key: str, name: str) -> Page:
    """Give a table's file another name."""
    session, wanted = db.session(), request.form.get("name", "").strip()
    draft = drafts.the_draft(session, key)
    try:
        table_changes.rename(session, current_actor(), draft, name, wanted)
    except Invalid as error:
        return _page(key, name, {"name": wanted}, error), error.status
    return redirect(url_for("studio.table", key=key, name=wanted), 303)


@blueprint.post("/<key>/draft/tables/<name>/examine")
@allow(LOOK)
def examine_table(key: str, name: str) -> dict[str, Any]:
    """Say what a decision comes to as it stands in the editor; nothing is saved."""
    given = request.get_json(silent=True)
    if not isinstance(given, dict) or not isinstance(given.get("xml"), str):
        raise Invalid(_NOTHING_SENT)
    session = db.session()
    content = drafts.content_of(session, drafts.the_draft(session, key))
    decision = str(given.get("decision", ""))
    return _told(examining.examine(content, name, given["xml"], decision, clock.now()))


@blueprint.get("/<key>/draft/tables/<name>/remove")
@allow(EDIT)
def removing_table(key: str, name: str) -> str:
    """Say what is lost when a table is removed, and who asks it."""
    session = db.session()
    draft = drafts.the_draft(session, key)
    part = drafts.part(session, draft, f"table:{name}")
    content = drafts.content_of(session, draft)
    return render_template(
        "studio/table_remove.html",
        file=_file(content, name),
        users=tables.users_of(content, name),
        revision=part.revision,
        **frame(key, "studio.tables"),
    )


@blueprint.post("/<key>/draft/tables/<name>/remove")
@allow(EDIT)
def remove_table(key: str, name: str) -> Response:
    """Remove a table from the draft."""
    session = db.session()
    revision = request.form.get("revision", type=int, default=0)
    table_changes.remove(session, current_actor(), drafts.the_draft(session, key), name, revision)
    return redirect(url_for("studio.tables", key=key), 303)


def _listed(key: str, given: dict[str, str], error: Invalid | None) -> str:
    session = db.session()
    draft = drafts.open_draft(session, key)
    files = tables.listed(drafts.content_of(session, draft)) if draft else []
    return render_template(
        "studio/tables.html",
        files=files,
        given=given,
        error=error,
        fields=error.fields if error else {},
        **frame(key, "studio.tables"),
    )


def _page(key: str, name: str, given: dict[str, str], error: Invalid | None) -> str:
    session = db.session()
    content = drafts.content_of(session, drafts.the_draft(session, key))
    return render_template(
        "studio/table.html",
        file=_file(content, name),
        given=given,
        fields=error.fields if error else {},
        **frame(key, "studio.tables"),
    )


def _file(content: dict[str, Any], name: str) -> tables.TableFile:
    found = next((one for one in tables.listed(content) if one.name == name), None)
    if found is None:
        raise NotFound
    return found


def _told(seen: Examination) -> dict[str, Any]:
    return {
        "findings": [_finding(one) for one in seen.findings],
        "inputs": [_input(one) for one in seen.inputs],
        "outcomes": [_outcome(one) for one in seen.outcomes],
        "survey": _survey(seen.survey),
        "policy": seen.policy,
    }


def _finding(one: Place) -> dict[str, Any]:
    return {
        "decision": one.decision,
        "row": one.row,
        "column": one.column,
        "message": one.message.of(locale()),
    }


def _input(one: Input) -> dict[str, Any]:
    return {
        "name": one.name,
        "label": one.label,
        "type": one.type,
        "values": {str(value): label.of(locale()) for value, label in one.values.items()},
    }


def _outcome(one: Outcome) -> dict[str, Any]:
    return {
        "hits": list(one.hits),
        "result": one.result,
        "error": one.error.of(locale()) if one.error else "",
        "wrong": {name: text.of(locale()) for name, text in one.wrong.items()},
        "met": one.met,
    }


def _survey(one: Survey) -> dict[str, Any]:
    return {
        "gaps": [{"example": _example(gap.example), "free": list(gap.free)} for gap in one.gaps],
        "overlaps": [
            {"rows": list(pair.rows), "example": _example(pair.example)} for pair in one.overlaps
        ],
        "masked": list(one.masked),
        "doubtful": list(one.doubtful),
        "others": {name: str(value) for name, value in (one.others or {}).items()},
        "whole": one.whole,
    }


def _example(example: Example) -> dict[str, Any]:
    """Return an example as test rows have it: as one would type it."""
    return {name: _typed(value) for name, value in example.items()}


def _typed(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat() if isinstance(value, date) else str(as_stored(value))
