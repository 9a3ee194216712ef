"""Running cases moved to another version: preview, progress, report, undo (catalogue H6)."""

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response as Answer

from certflow.cases import versions
from certflow.cases.queries import names_of
from certflow.core.access import allow, current_actor
from certflow.core.db import db
from certflow.core.errors import Invalid
from certflow.studio import migrating, migration_preview
from certflow.web.edge import locale
from certflow.web.office.area import here
from certflow.web.office.export import MOST_ROWS, as_file
from certflow.web.studio.area import LOOK, MIGRATE, blueprint, frame

SHOWN = 200
"""Cases a page lists; the file has all of them."""
STATES = {
    "waiting": ("present", lazy_gettext("等待")),
    "moved": ("passed", lazy_gettext("已迁移")),
    "refused": ("mend", lazy_gettext("没有迁移")),
    "undone": ("draft", lazy_gettext("已撤回")),
    "stayed": ("due", lazy_gettext("未撤回")),
}


@blueprint.get("/<key>/migrations")
@allow(LOOK)
def migrations(key: str) -> str:
    """Look at what would become of the running cases, and at earlier migrations."""
    return _page(key)


@blueprint.post("/<key>/migrations")
@allow(MIGRATE)
def begin_migration(key: str) -> Answer | tuple[str, int]:
    """Begin to move the running cases."""
    session = db.session()
    try:
        target = _target(key)
        migration = migrating.begin(
            session, current_actor(), target, _mapping(), request.form.get("reason", "")
        )
    except Invalid as error:
        return _page(key, error), error.status
    return redirect(url_for("studio.migration", key=key, migration_id=migration.id), 303)


@blueprint.get("/<key>/migrations/<int:migration_id>")
@allow(LOOK)
def migration(key: str, migration_id: int) -> str:
    """Show how far a migration has come, and what became of each case."""
    return _report(key, migration_id)


@blueprint.get("/<key>/migrations/<int:migration_id>/report.<kind>")
@allow(LOOK)
def migration_report(key: str, migration_id: int, kind: str) -> Response:
    """Return the whole report as a file."""
    session = db.session()
    found = migrating.the_migration(session, key, migration_id)
    head = [gettext("业务号"), gettext("原版本"), gettext("结果"), gettext("原因")]
    rows = [
        (
            line.number or str(line.case_id),
            line.from_number,
            str(STATES[line.state][1]),
            line.why.of(locale()) if line.why else "",
        )
        for line in migrating.report(session, found, limit=MOST_ROWS)
    ]
    return as_file(kind, f"{key}-migration-{found.id}", head, rows)


@blueprint.post("/<key>/migrations/<int:migration_id>/undo")
@allow(MIGRATE)
def undo_migration(key: str, migration_id: int) -> Answer | tuple[str, int]:
    """Move back the cases that have not gone on since."""
    migrating.the_migration(db.session(), key, migration_id)
    try:
        migrating.undo(db.session(), current_actor(), migration_id, request.form.get("reason", ""))
    except Invalid as error:
        return _report(key, migration_id, error), error.status
    flash(gettext("正在撤回，已继续办理的业务会留在新版本"), "passed")
    return redirect(url_for("studio.migration", key=key, migration_id=migration_id), 303)


def _page(key: str, error: Invalid | None = None) -> str:
    session = db.session()
    context = frame(key, "studio.migrations")
    if context["process"].version_id is None:
        return render_template("studio/migrations.html", **context, preview=None, earlier=[])
    earlier = migrating.migrations(session, key)
    return render_template(
        "studio/migrations.html",
        **context,
        preview=migration_preview.preview(session, _target(key), _mapping()),
        published=migration_preview.published(session, key),
        mapping=_mapping(),
        earlier=earlier,
        numbers={
            one.version_id: versions.loaded(session, one.version_id).number for one in earlier
        },
        authors=names_of(session, [one.created_by for one in earlier]),
        states=STATES,
        fields=error.fields if error else {},
        typed=request.form,
        may=MIGRATE in current_actor().words,
    )


def _report(key: str, migration_id: int, error: Invalid | None = None) -> str:
    session = db.session()
    found = migrating.the_migration(session, key, migration_id)
    wanted = request.args.get("state", "")
    counts = migrating.counts(session, found)
    return render_template(
        "studio/migration.html",
        **frame(key, "studio.migrations"),
        migration=found,
        number=versions.loaded(session, found.version_id).number,
        author=names_of(session, [found.created_by]).get(found.created_by, ""),
        counts=counts,
        lines=migrating.report(session, found, wanted, SHOWN),
        shown=SHOWN,
        wanted=wanted,
        states=STATES,
        state_chips=_chips(counts, wanted),
        here=here,
        fields=error.fields if error else {},
        typed=request.form,
        may=MIGRATE in current_actor().words,
    )


def _chips(counts: dict[str, int], wanted: str) -> list[dict[str, object]]:
    return [
        {
            "url": here(state=state),
            "label": title,
            "count": counts[state],
            "active": state == wanted,
        }
        for state, (_kind, title) in STATES.items()
        if counts.get(state)
    ]


def _target(key: str) -> versions.Loaded:
    """Return the version that was chosen: the one in force, when none is."""
    wanted = request.values.get("version", "")
    session = db.session()
    if wanted.isdecimal():
        return migration_preview.the_version(session, key, int(wanted))
    return versions.active(session, key)


def _mapping() -> dict[str, str]:
    """Return for steps of earlier versions where to go on: fields named map.<element>."""
    chosen = request.values.items()
    return {name[4:]: value for name, value in chosen if name.startswith("map.") and value}
