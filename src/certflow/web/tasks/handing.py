"""Who works on a task: claim, release, reassign (catalogue B6)."""

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext

from certflow.cases import assignment, queries
from certflow.core.access import SIGNED_IN, allow, current_actor
from certflow.core.db import db
from certflow.core.errors import Invalid, NotFound
from certflow.core.text import Text
from certflow.web.tasks.blueprint import blueprint

REASSIGNERS = ("body_staff", "body_admin", "reviewer", "approver")


@blueprint.post("/tasks/<int:task_id>/claim")
@allow(SIGNED_IN)
def claim(task_id: int) -> Any:
    """Take a task of one's group."""
    assignment.claim(db.session(), current_actor(), task_id)
    return redirect(url_for("tasks.show", task_id=task_id), 303)


@blueprint.post("/tasks/<int:task_id>/release")
@allow(SIGNED_IN)
def release(task_id: int) -> Any:
    """Give a task back to the group."""
    assignment.release(db.session(), current_actor(), task_id)
    flash(gettext("任务已退回，同事可以领取。草稿还在。"))
    return redirect(url_for("tasks.show", task_id=task_id), 303)


@blueprint.get("/tasks/<int:task_id>/reassign")
@allow(*REASSIGNERS)
def choose_assignee(task_id: int) -> Any:
    """Offer the colleagues who may do the task."""
    return _choosing(task_id, {})


@blueprint.post("/tasks/<int:task_id>/reassign")
@allow(*REASSIGNERS)
def reassign(task_id: int) -> Any:
    """Give the task to somebody else, with the reason."""
    chosen, reason = request.form.get("user_id", ""), request.form.get("reason", "")
    user_id = int(chosen) if chosen.isdecimal() else 0
    try:
        assignment.reassign(db.session(), current_actor(), task_id, user_id, reason)
    except Invalid as error:
        return _choosing(task_id, error.at("reason")), error.status
    flash(gettext("任务已转交，对方会收到通知。"))
    return redirect(_place_of(queries.get_task(db.session(), current_actor(), task_id)), 303)


def _place_of(task: Any) -> str:
    """Return where a task is read on: its case, or the task where the case is not shown."""
    if task.blind:
        return url_for("tasks.show", task_id=task.id)
    return url_for("cases.show", case_id=task.case_id)


def _choosing(task_id: int, errors: Mapping[str, Text]) -> str:
    session, actor = db.session(), current_actor()
    task = queries.get_task(session, actor, task_id)
    if task.state != "open":
        raise NotFound
    holder = queries.names_of(session, [task.assignee_id]) if task.assignee_id else {}
    return render_template(
        "tasks/reassign.html",
        task=task,
        case=task.case,
        back=_place_of(task),
        people=[(one.user_id, one.name) for one in assignment.candidates(session, task)],
        holder=holder.get(task.assignee_id or 0, ""),
        errors=errors,
        chosen=request.form.get("user_id", ""),
        reason=request.form.get("reason", ""),
    )
