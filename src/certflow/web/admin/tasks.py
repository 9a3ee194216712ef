"""Any open task may be given to somebody else who holds its role (catalogue H8)."""

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from certflow.accounts.roles import ROLES
from certflow.cases import assignment, worklists
from certflow.cases.notices import role_of
from certflow.core.access import allow, current_actor
from certflow.core.db import db
from certflow.core.errors import Invalid
from certflow.core.text import Text
from certflow.web.admin.area import ADMINISTRATORS, blueprint
from certflow.web.office.due import last_day

_MOST = 50


@blueprint.get("/tasks")
@allow(*ADMINISTRATORS)
def tasks() -> str:
    """Find open tasks by case number or applicant."""
    text = request.args.get("q", "").strip()
    session = db.session()
    found = worklists.open_tasks(session, current_actor(), text, _MOST) if text else []
    names = worklists.names_on(session, current_actor(), [task.id for task in found])
    return render_template(
        "admin/tasks.html",
        tasks=found,
        names=names,
        text=text,
        most=_MOST,
        last_day=last_day,
        role_of=role_of,
    )


@blueprint.get("/tasks/<int:task_id>")
@allow(*ADMINISTRATORS)
def reassign(task_id: int) -> str:
    """Show who can take a task over."""
    return _form(task_id)


@blueprint.post("/tasks/<int:task_id>")
@allow(*ADMINISTRATORS)
def do_reassign(task_id: int) -> Response | tuple[str, int]:
    """Give a task to somebody else, with a reason."""
    chosen, reason = request.form.get("user_id", ""), request.form.get("reason", "")
    user_id = int(chosen) if chosen.isdecimal() else 0
    try:
        task = assignment.reassign(db.session(), current_actor(), task_id, user_id, reason)
    except Invalid as error:
        return _form(task_id, error.at("reason")), error.status
    flash(gettext("已转交，对方会收到通知"), "passed")
    return redirect(url_for("cases.show", case_id=task.case_id), 303)


def _form(task_id: int, errors: Mapping[str, Text] | None = None) -> str:
    session = db.session()
    task = worklists.open_task(session, current_actor(), task_id)
    return render_template(
        "admin/reassign.html",
        task=task,
        last_day=last_day,
        names=worklists.names_on(session, current_actor(), [task.id])[task.id],
        role=ROLES[role_of(task)].title,
        people=[(one.user_id, one.name) for one in assignment.candidates(session, task)],
        errors=errors or {},
        typed=request.form,
    )
