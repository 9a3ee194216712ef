"""Filing a service for many people at once: choose them, answer once, watch the results (D1)."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from certflow.cases import groups
from certflow.cases.subjects import Subject
from certflow.core import clock
from certflow.core.access import allow, current_actor
from certflow.core.db import db
from certflow.core.errors import Invalid, NotFound
from certflow.core.http import keep_changes
from certflow.core.text import Text
from certflow.forms.answers import parse_post
from certflow.forms.parts import Field
from certflow.forms.scene import Scene
from certflow.forms.view import form_view
from certflow.web.edge import locale
from certflow.web.office.area import blueprint, here
from certflow.web.office.export import as_file

FILERS = ("body_staff", "body_admin")
PAGE = 50
STATES = {
    "filed": ("passed", Text("已提交", "Filed")),
    "refused": ("mend", Text("未提交", "Not filed")),
    "waiting": ("going", Text("等待提交", "Waiting")),
}
Answer = Response | str | tuple[str, int]


@blueprint.get("/filing")
@allow(*FILERS)
def filing() -> str:
    """Show what can be filed for many, and what was."""
    session, actor = db.session(), current_actor()
    found = groups.filings_of(session, actor)
    services = groups.group_services(session, actor)
    return render_template(
        "office/filings.html",
        services=services,
        titles={one.bundle.key: one.settings["title"] for one in services},
        filings=found,
        progress=groups.progress_of(session, found),
    )


@blueprint.get("/filing/new/<key>")
@allow(*FILERS)
def filing_people(key: str) -> str:
    """List the organisation's people for whom a service can be filed, and why not the others."""
    return _people(key)


@blueprint.post("/filing/new/<key>")
@allow(*FILERS)
def filing_prepare(key: str) -> Answer:
    """Take those that were ticked, or all that the filter shows."""
    session, actor = db.session(), current_actor()
    values = request.form.getlist("subject")
    if request.form.get("all"):
        values = [one.value for one in _found(groups.subjects_of(session, actor, key))]
    try:
        made = groups.prepare(session, actor, key, values)
    except Invalid as error:
        return _people(key, error.message), error.status
    return redirect(url_for("office.filing_show", filing_id=made.id), 303)


@blueprint.get("/filing/<int:filing_id>")
@allow(*FILERS)
def filing_show(filing_id: int) -> str:
    """Show the answers to be given for all; once filed, how far it has come."""
    found = groups.filing_of(db.session(), current_actor(), filing_id)
    return _progress(found) if found.submitted_at else _form(found)


@blueprint.post("/filing/<int:filing_id>")
@allow(*FILERS)
def filing_submit(filing_id: int) -> Answer:
    """File it, or keep what was typed for later."""
    session, actor = db.session(), current_actor()
    found = groups.filing_of(session, actor, filing_id, lock=True)
    loaded = groups.group_service(session, actor, found.service)
    shared = parse_post(groups.shared_form(loaded), request.form.items(multi=True))
    own = _own(groups.exceptions(loaded))
    if "_outcome" not in request.form and not found.submitted_at:
        groups.keep(found, [row for row, _n in groups.rows_of(session, found)], shared, own)
        flash(gettext("已保存，您可以随时回来继续。"))
        return redirect(url_for("office.filing_show", filing_id=filing_id), 303)
    try:
        groups.submit(session, actor, filing_id, shared, own)
    except Invalid as error:
        keep_changes()
        return _form(found, error.fields), error.status
    return redirect(url_for("office.filing_show", filing_id=filing_id), 303)


@blueprint.post("/filing/<int:filing_id>/retry")
@allow(*FILERS)
def filing_retry(filing_id: int) -> Response:
    """Try again what was not filed."""
    count = groups.retry(db.session(), current_actor(), filing_id)
    flash(gettext("正在重新提交 %(n)s 件", n=count))
    return redirect(url_for("office.filing_show", filing_id=filing_id), 303)


@blueprint.get("/filing/<int:filing_id>/discard")
@allow(*FILERS)
def filing_discarding(filing_id: int) -> str:
    """Say what is lost by throwing a prepared filing away, before it is done."""
    session, actor = db.session(), current_actor()
    found = groups.filing_of(session, actor, filing_id)
    if found.submitted_at is not None:
        raise NotFound
    return render_template(
        "office/filing_discard.html",
        filing=found,
        loaded=groups.group_service(session, actor, found.service),
        progress=groups.progress_of(session, [found])[found.id],
    )


@blueprint.post("/filing/<int:filing_id>/discard")
@allow(*FILERS)
def filing_discard(filing_id: int) -> Response:
    """Throw away what was prepared and not filed."""
    groups.discard(db.session(), current_actor(), filing_id)
    flash(gettext("已删除，没有提交任何申请。"))
    return redirect(url_for("office.filing"), 303)


@blueprint.get("/filing/<int:filing_id>/results.<kind>")
@allow(*FILERS)
def filing_results(filing_id: int, kind: str) -> Response:
    """Give the result of each row as a table."""
    session = db.session()
    found = groups.filing_of(session, current_actor(), filing_id)
    if kind not in {"xlsx", "csv"} or found.submitted_at is None:
        raise NotFound
    names = ("序号", "姓名", "证书", "结果", "业务号", "原因", "时间")
    english = ("No.", "Name", "Certificate", "Result", "Case", "Reason", "Time")
    rows = [
        (
            row.position,
            row.name,
            _say(row.about),
            _say(STATES[row.state][1]),
            number or "",
            _say(row.reason),
            row.done_at.astimezone(clock.SHANGHAI).isoformat(" ", "minutes") if row.done_at else "",
        )
        for row, number in groups.rows_of(session, found)
    ]
    name = f"{found.service}-{found.id}"
    return as_file(kind, name, english if locale() == "en" else names, rows)


def _people(key: str, error: Text | None = None) -> str:
    session, actor = db.session(), current_actor()
    loaded = groups.group_service(session, actor, key)
    everybody = groups.subjects_of(session, actor, key)
    found = _found(everybody)
    first = int(request.args.get("n", "0")) if request.args.get("n", "0").isdecimal() else 0
    return render_template(
        "office/filing_people.html",
        loaded=loaded,
        rows=found[first : first + PAGE],
        first=first,
        found=len(found),
        ready=sum(one.blocked is None for one in found),
        counts=_counts(everybody),
        args=request.args,
        previous=here(n=str(max(0, first - PAGE)) if first > PAGE else "") if first else None,
        next=here(n=str(first + PAGE)) if first + PAGE < len(found) else None,
        error=error,
        here=here,
        most=groups.MOST,
    )


def _found(everybody: Sequence[Subject]) -> list[Subject]:
    """Return those whom the address's filters name; who can be filed for first."""
    text, state = request.args.get("q", "").strip().casefold(), request.args.get("state", "")
    kept = [
        one
        for one in everybody
        if text in f"{one.name} {one.label.zh} {one.label.en}".casefold()
        and state in {"", "ready" if one.blocked is None else "blocked"}
    ]
    return sorted(kept, key=lambda one: one.blocked is not None)


def _counts(everybody: Sequence[Subject]) -> dict[str, int]:
    ready = sum(one.blocked is None for one in everybody)
    return {"": len(everybody), "ready": ready, "blocked": len(everybody) - ready}


def _form(found: Any, errors: Mapping[str, Text] | None = None) -> str:
    session, actor = db.session(), current_actor()
    loaded = groups.group_service(session, actor, found.service)
    wrong = dict(errors or {})
    shared = {path: text for path, text in wrong.items() if not path.split("/")[0].isdecimal()}
    view = form_view(
        groups.shared_form(loaded), found.answers, None, Scene(locale=locale(), errors=shared)
    )
    rows = [row for row, _number in groups.rows_of(session, found)]
    return render_template(
        "office/filing_form.html",
        filing=found,
        loaded=loaded,
        view=view,
        rows=rows,
        fields=groups.exceptions(loaded),
        errors={path: text for path, text in wrong.items() if path not in shared},
        open={int(path.split("/")[0]) for path in wrong if path not in shared},
    )


def _own(fields: Sequence[Field]) -> dict[str, dict[str, Any]]:
    """Read where one differs from the others: fields named own.<row id>.<field>."""
    known, own = {one.name for one in fields}, dict[str, dict[str, Any]]()
    for name, value in request.form.items():
        prefix, _, rest = name.partition(".")
        row, _, field = rest.partition(".")
        if prefix == "own" and field in known and value.strip():
            own.setdefault(row, {})[field] = value
    return own


def _progress(found: Any) -> str:
    session, actor = db.session(), current_actor()
    wanted = request.args.get("state", "")
    rows = groups.rows_of(session, found)
    return render_template(
        "office/filing_results.html",
        filing=found,
        loaded=groups.group_service(session, actor, found.service),
        progress=groups.progress_of(session, [found])[found.id],
        rows=[(row, number) for row, number in rows if wanted in {"", row.state}],
        states=STATES,
        wanted=wanted,
        here=here,
    )


def _say(text: Any) -> str:
    return Text.read(text).of(locale()) if text else ""
