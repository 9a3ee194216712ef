"""A process as one file: out of the studio, and into it (catalogue H9)."""

from contextlib import closing
from io import BytesIO
from typing import Any

from flask import flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from certflow.cases.versions import calls_in_force
from certflow.core.access import allow, current_actor
from certflow.core.db import db
from certflow.core.errors import AppError, Conflict, Invalid
from certflow.studio import checking, drafts, importing
from certflow.studio.foreign import unused
from certflow.studio.packages import MOST_BYTES
from certflow.studio.places import Places
from certflow.web.studio.area import EDIT, LOOK, blueprint, frame
from certflow.web.studio.findings import finding

Page = str | tuple[str, int] | Response


@blueprint.get("/import", endpoint="importing")
@allow(EDIT)
def importing_page() -> str:
    """Ask for the file."""
    return _asking("", None)


@blueprint.post("/import")
@allow(EDIT)
def import_file() -> Page:
    """Begin a draft from an exported process or a diagram."""
    given, key = request.files.get("file"), request.form.get("key", "").strip()
    source, name = b"", ""
    if given is not None:
        with closing(given):
            source, name = given.stream.read(MOST_BYTES + 1), given.filename or ""
    try:
        draft = importing.begin_from_file(db.session(), current_actor(), source, name, key)
    except (Invalid, Conflict) as error:
        return _asking(key, error), error.status
    flash(gettext("已导入为草稿"), "passed")
    return redirect(url_for("studio.imported", key=draft.key), 303)


@blueprint.get("/<key>/draft/imported")
@allow(LOOK)
def imported(key: str) -> str:
    """List what of a draft cannot run as it is, and what is kept without effect."""
    session = db.session()
    content = drafts.content_of(session, drafts.the_draft(session, key))
    places = Places(content)
    remarks = checking.check(key, content, calls_in_force(session))
    told = [finding(key, places, one) for one in remarks]
    kept = [finding(key, places, one) for one in unused(content["bpmn"])]
    return render_template(
        "studio/imported.html",
        errors=[one for one in told if one["severity"] == "error"],
        doubts=[one for one in told if one["severity"] != "error"],
        kept=kept,
        counts=_counts(content),
        **frame(key, "studio.draft"),
    )


@blueprint.get("/<key>/draft/export")
@allow(LOOK)
def export_draft(key: str) -> Response:
    """Hand out the draft as one file."""
    return _file(key, None)


@blueprint.get("/<key>/versions/<int:number>/export")
@allow(LOOK)
def export_version(key: str, number: int) -> Response:
    """Hand out a version as one file."""
    return _file(key, number)


def _file(key: str, number: int | None) -> Response:
    try:
        name, data = importing.exported(db.session(), key, number)
    except Invalid as error:
        raise AppError(error.message, 404) from error
    return send_file(BytesIO(data), "application/zip", as_attachment=True, download_name=name)


def _asking(key: str, error: AppError | None) -> str:
    fields = error.fields if isinstance(error, Invalid) else {}
    if error is not None and not fields:
        fields = {"key": error.message}
    return render_template("studio/import.html", key=key, fields=fields)


def _counts(content: dict[str, Any]) -> dict[str, int]:
    groups = ("tables", "forms", "records", "scenarios")
    return {group: len(content.get(group, {})) for group in groups}
