"""Announcements: read by whom they are for, written by staff (issue 5 §1)."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from certflow.core import clock
from certflow.core.access import PUBLIC, allow, current_actor, current_actor_or_none
from certflow.core.db import db
from certflow.core.errors import Invalid, NotFound
from certflow.core.given import NO_DAY, day_of
from certflow.core.http import keep_changes
from certflow.core.text import Text
from certflow.notifications import announcements as announcements_
from certflow.web.files import serve, store_upload

blueprint = Blueprint("announcements", __name__, url_prefix="/announcements")
WRITERS = ("reviewer", "system_admin")
PAGE = 20
LATEST = 3
STATES = {
    "shown": ("passed", Text("正在显示", "Shown")),
    "coming": ("going", Text("还没到日期", "Not yet shown")),
    "over": ("closed", Text("已过期", "Over")),
    "withdrawn": ("closed", Text("已撤下", "Withdrawn")),
}


@blueprint.app_context_processor
def latest() -> dict[str, Any]:
    """Let pages show the newest announcements; nothing is read where no page asks for them."""
    return {"latest_announcements": _latest}


def _latest() -> Sequence[Any]:
    return announcements_.shown(db.session(), current_actor_or_none(), clock.now(), LATEST)


@blueprint.get("")
@allow(PUBLIC)
def index() -> str:
    """List what the reader may read."""
    number = max(1, request.args.get("page", 1, type=int))
    actor, first = current_actor_or_none(), (min(number, 1000) - 1) * PAGE
    found: list[Any] = announcements_.shown(db.session(), actor, clock.now(), PAGE + 1, first)
    return render_template(
        "announcements/index.html",
        found=found[:PAGE],
        page=number,
        more=len(found) > PAGE,
        writes=actor is not None and actor.role in WRITERS,
    )


@blueprint.get("/<int:announcement_id>")
@allow(PUBLIC)
def show(announcement_id: int) -> str:
    """Show one announcement with its files."""
    session = db.session()
    one: Any = announcements_.readable(
        session, current_actor_or_none(), announcement_id, clock.now()
    )
    files = announcements_.files_of(session, one.id)
    return render_template("announcements/show.html", one=one, files=files)


@blueprint.get("/<int:announcement_id>/files/<file_id>")
@allow(PUBLIC)
def file(announcement_id: int, file_id: str) -> Response:
    """Give a file of an announcement to whoever may read it."""
    session = db.session()
    actor = current_actor_or_none()
    if actor is not None and actor.role in WRITERS:
        one: Any = announcements_.get(session, announcement_id)
    else:
        one = announcements_.readable(session, actor, announcement_id, clock.now())
    found = [each for each in announcements_.files_of(session, one.id) if each.id == file_id]
    if not found:
        raise NotFound
    return serve(found[0])


@blueprint.get("/manage")
@allow(*WRITERS)
def manage() -> str:
    """List every announcement for those who write them."""
    at = clock.now()
    rows = [(one, announcements_.state_of(one, at)) for one in announcements_.written(db.session())]
    return render_template(
        "announcements/manage.html",
        rows=rows,
        states=STATES,
        audiences=announcements_.AUDIENCES,
        first_day=announcements_.first_day,
        last_day=announcements_.last_day,
    )


@blueprint.get("/new")
@allow(*WRITERS)
def new() -> str:
    """Show an empty announcement."""
    return _form(None, {"starts_on": clock.today().isoformat(), "audience": "everybody"})


@blueprint.post("/new")
@allow(*WRITERS)
def create() -> Any:
    """Write an announcement."""
    return _write(None)


@blueprint.get("/<int:announcement_id>/edit")
@allow(*WRITERS)
def edit(announcement_id: int) -> str:
    """Show an announcement in its form."""
    one: Any = announcements_.get(db.session(), announcement_id)
    ends = announcements_.last_day(one)
    values = {
        f"{name}_{key}": getattr(one, name)[key]
        for name in ("title", "body")
        for key in ("zh", "en")
    }
    values |= {"audience": one.audience, "pinned": "1" if one.pinned else ""}
    values |= {"starts_on": announcements_.first_day(one).isoformat()}
    return _form(one, values | {"ends_on": ends.isoformat() if ends else ""})


@blueprint.post("/<int:announcement_id>/edit")
@allow(*WRITERS)
def change(announcement_id: int) -> Any:
    """Change an announcement."""
    return _write(announcements_.get(db.session(), announcement_id))


@blueprint.post("/<int:announcement_id>/withdraw")
@allow(*WRITERS)
def withdraw(announcement_id: int) -> Response:
    """Take an announcement down."""
    session = db.session()
    one = announcements_.get(session, announcement_id)
    announcements_.withdraw(session, current_actor(), one, clock.now())
    flash(gettext("公告已撤下"), "passed")
    return redirect(url_for("announcements.manage"), 303)


def _write(one: Any) -> Any:
    """Keep what was posted; files that came with it are kept, whatever else is wrong."""
    session, actor, form = db.session(), current_actor(), request.form
    files, wrong = [*form.getlist("file_id")], {}
    keep_changes()
    if (sent := request.files.get("file")) is not None and sent.filename:
        try:
            files.append(store_upload(session, actor, "file").id)
        except Invalid as error:
            wrong = {"file": error.message}
    files = [each for each in files if each not in form.getlist("drop")]
    told, days_wrong = _told()
    wrong |= days_wrong
    if {"add", "drop"} & form.keys() or wrong:
        return _form(one, form.to_dict(), wrong, files), 422 if wrong else 200
    try:
        announcements_.write(session, actor, told, files, clock.now(), one)
    except Invalid as error:
        return _form(one, form.to_dict(), error.fields, files), error.status
    flash(gettext("公告已保存"), "passed")
    return redirect(url_for("announcements.manage"), 303)


def _told() -> tuple[announcements_.Told, dict[str, Text]]:
    form = request.form
    words = {name: form.get(name, "").replace("\r\n", "\n").strip() for name in form}
    days = {name: day_of(words.get(name, "")) for name in ("starts_on", "ends_on")}
    wrong = {name: NO_DAY for name, day in days.items() if words.get(name) and day is None}
    told = announcements_.Told(
        title=Text(words.get("title_zh", ""), words.get("title_en", "")),
        body=Text(words.get("body_zh", ""), words.get("body_en", "")),
        audience=words.get("audience", ""),
        pinned="pinned" in form,
        starts_on=days["starts_on"],
        ends_on=days["ends_on"],
    )
    return told, wrong


def _form(one: Any, values: Any, errors: Any = None, files: Sequence[str] | None = None) -> str:
    session = db.session()
    if files is None:
        tied: Sequence[Any] = announcements_.files_of(session, one.id) if one else []
    else:
        tied = announcements_.uploads(session, current_actor(), one.id if one else 0, files)
    return render_template(
        "announcements/form.html",
        one=one,
        values=values,
        errors=errors or {},
        files=tied,
        audiences=list(announcements_.AUDIENCES.items()),
    )
