"""Taking over an earlier system: large files, tried, carried out, gone on with (catalogue A12)."""

from collections.abc import Mapping
from itertools import islice
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from certflow.core import bulk, clock
from certflow.core.access import allow, current_actor
from certflow.core.db import db
from certflow.core.errors import Invalid, NotFound
from certflow.core.table_reading import BULK
from certflow.core.text import Text
from certflow.web.admin.area import blueprint
from certflow.web.edge import locale
from certflow.web.office.exam_imports import sent_file
from certflow.web.office.export import as_file

SYSTEM_ADMIN = "system_admin"
SHOWN = 200
ORDER = ("organisations", "people", "certificates", "results", "audits")
"""In this order a system is taken over: who is named has to be there."""
STATES = {
    "reading": ("going", Text("正在读取", "Reading")),
    "checking": ("going", Text("正在检查", "Checking")),
    "checked": ("due", Text("等待确认", "Waiting for you")),
    "carrying": ("going", Text("正在导入", "Importing")),
    "accepted": ("passed", Text("已导入", "Imported")),
    "discarded": ("closed", Text("已放弃", "Discarded")),
    "unreadable": ("overdue", Text("读不了", "Unreadable")),
}
PAUSED = ("paused", Text("已停止", "Stopped"))


@blueprint.get("/imports")
@allow(SYSTEM_ADMIN)
def imports() -> str:
    """Offer the kinds of import, and list what was imported."""
    return render_template(
        "admin/imports.html",
        kinds=[bulk.kinds[key] for key in ORDER],
        known=bulk.kinds,
        made=bulk.listed(db.session()),
        badge=_badge,
    )


@blueprint.get("/imports/<any(organisations, people, certificates, results, audits):what>")
@allow(SYSTEM_ADMIN)
def new_bulk_import(what: str) -> str:
    """Ask for a file and say what it has to look like."""
    return _form(what, {})


@blueprint.post("/imports/<any(organisations, people, certificates, results, audits):what>")
@allow(SYSTEM_ADMIN)
def begin_import(what: str) -> Any:
    """Take a file in; it is checked in the background."""
    try:
        upload = sent_file()
        made = bulk.begin(db.session(), _kind(what), upload, clock.now(), current_actor())
    except Invalid as error:
        return _form(what, error.at("file")), error.status
    return redirect(url_for("admin.bulk_import", import_id=made.id), 303)


@blueprint.get(
    "/imports/<any(organisations, people, certificates, results, audits):what>"
    "/template.<any(xlsx, csv):kind>"
)
@allow(SYSTEM_ADMIN)
def import_template(what: str, kind: str) -> Response:
    """Give a file with the columns and a sample row."""
    found = _kind(what)
    head = [column.title.of(locale()) for column in found.columns]
    return as_file(kind, f"{what}-template", head, [found.sample.split("|")])


@blueprint.get("/imports/<int:import_id>")
@allow(SYSTEM_ADMIN)
def bulk_import(import_id: int) -> str:
    """Show how far an import is, what is wrong, and what can be done with it."""
    session = db.session()
    made = bulk.find(session, import_id)
    running = made.state in bulk.UNDER_WAY and not made.paused
    return render_template(
        "admin/import.html",
        made=made,
        kind=bulk.kinds[made.kind],
        badge=_badge(made),
        running=running,
        under_way=made.state in bulk.UNDER_WAY,
        problems=[] if running else list(islice(bulk.problems(session, made, SHOWN), SHOWN)),
        shown=SHOWN,
    )


@blueprint.post("/imports/<int:import_id>")
@allow(SYSTEM_ADMIN)
def steer_import(import_id: int) -> Response:
    """Accept a checked file, stop, go on, or forget it."""
    session, actor, at = db.session(), current_actor(), clock.now()
    wanted = request.form.get("outcome", "")
    if wanted == "accept":
        bulk.accept(session, import_id, actor)
    elif wanted in {"stop", "resume"}:
        bulk.pause(session, import_id, actor, on=wanted == "stop")
    elif wanted == "discard":
        bulk.discard(session, import_id, at, actor)
        flash(gettext("已放弃这个文件，没有任何改动"), "passed")
        return redirect(url_for("admin.imports"), 303)
    else:
        raise NotFound
    return redirect(url_for("admin.bulk_import", import_id=import_id), 303)


@blueprint.get("/imports/<int:import_id>/rejected.<any(xlsx, csv):kind>")
@allow(SYSTEM_ADMIN)
def rejected_import(import_id: int, kind: str) -> Response:
    """Give the bad rows back as they came, with the reason beside each."""
    session = db.session()
    made = bulk.find(session, import_id)
    head, rows = bulk.given_back(session, made, locale())
    return as_file(kind, f"{made.kind}-{made.id}-rejected", head, rows)


def _badge(made: Any) -> tuple[str, Text]:
    return PAUSED if made.paused else STATES[made.state]


def _kind(what: str) -> bulk.Kind:
    return bulk.kinds[what]


def _form(what: str, errors: Mapping[str, Text]) -> str:
    return render_template(
        "admin/import_upload.html",
        kind=_kind(what),
        errors=errors,
        rows=BULK.rows,
        megabytes=BULK.sent // 2**20,
    )
