"""Working on a form: going through its pages, saving the draft, submitting (catalogue B2, B3)."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext

from certflow.cases import operations
from certflow.cases.conditions import check_set_off
from certflow.cases.errors import KeyTaken, NotYours, StalePage, Suspended, TaskGone
from certflow.cases.worksheet import Worksheet, choices_for
from certflow.core import clock
from certflow.core.access import SIGNED_IN, allow, current_actor
from certflow.core.db import db
from certflow.core.errors import AppError, Invalid
from certflow.core.http import keep_changes
from certflow.forms.answers import validate
from certflow.forms.view import step
from certflow.web.tasks.blueprint import blueprint, opened
from certflow.web.tasks.page import Errors, render_form
from certflow.web.tasks.posting import Posted, arranged, read_post, touched_list


@blueprint.post("/tasks/<int:task_id>")
@allow(SIGNED_IN)
def submit(task_id: int) -> Any:
    """Do what the pressed button says; whatever happens, what was typed is kept."""
    sheet = opened(task_id)
    posted = read_post(sheet)
    command = posted.command
    if command.outcome:
        return _finish(sheet, posted)
    try:
        if posted.refused:
            return _again(sheet, posted, posted.refused)
        changed = arranged(sheet, posted)
        if changed is not None:
            keep(sheet, changed, command.page)
            place = f"f-{touched_list(command)}"
            return _to_page(sheet, command.page, anchor=place)
        if command.save or not command.go:
            return _saved(sheet, posted)
        return _go(sheet, posted)
    except (TaskGone, NotYours) as error:
        return _conflict(sheet, posted, error)


@blueprint.post("/tasks/<int:task_id>/draft")
@allow(SIGNED_IN)
def save_draft(task_id: int) -> Any:
    """Save by itself what is typed; the answer is JSON."""
    sheet = opened(task_id)
    posted = read_post(sheet)
    draft = keep(sheet, posted.data, posted.command.page)
    return {"saved_at": draft.saved_at.astimezone(clock.SHANGHAI).strftime("%H:%M")}


def keep(sheet: Worksheet, data: dict[str, Any], page: str) -> Any:
    """Save the draft as it is typed, right or wrong."""
    return operations.save_draft(db.session(), current_actor(), sheet.task.id, data, page)


def _to_page(sheet: Worksheet, page: str, anchor: str | None = None) -> Any:
    url = url_for("tasks.show", task_id=sheet.task.id, page=page or None, _anchor=anchor)
    return redirect(url, 303)


def _saved(sheet: Worksheet, posted: Posted) -> Any:
    keep(sheet, posted.data, posted.command.page)
    flash(gettext("草稿已保存，您可以随时回来继续。"))
    return _to_page(sheet, posted.command.page)


def _go(sheet: Worksheet, posted: Posted) -> Any:
    """Go to another page; forward only when this one is right."""
    data, command = posted.data, posted.command
    if command.go == "next":
        choices = choices_for(db.session(), sheet, current_actor(), data)
        found = validate(
            sheet.form, data, page=command.page, choices=choices, reviewed=sheet.reviewed
        )
        if found.errors:
            return _again(sheet, posted, found.errors)
    page = step(sheet.form, data, command.page, command.go)
    keep(sheet, data, page)
    return _to_page(sheet, page)


def _again(sheet: Worksheet, posted: Posted, errors: Errors) -> Any:
    """Show the page again with every sentence at its field; the draft is kept as typed."""
    keep(sheet, posted.data, posted.command.page)
    keep_changes()
    page = posted.command.page if _on_page(sheet, posted.command.page, errors) else None
    return render_form(opened(sheet.task.id), posted.data, page=page, errors=errors, status=422)


def _on_page(sheet: Worksheet, page: str, errors: Errors) -> bool:
    """Whether one of the errors stands on the page that was shown."""
    shown = sheet.form.page(page)
    names = {field.name for field in shown.fields} if shown else set()
    return any(path.split("/")[0] in names for path in errors)


def _finish(sheet: Worksheet, posted: Posted) -> Any:
    """Submit, or show the page to confirm first where there is one."""
    session, actor, outcome = db.session(), current_actor(), posted.command.outcome
    confirmed = "confirmed" in request.form
    try:
        if posted.refused:
            return _again(sheet, posted, posted.refused)
        with session.begin_nested():
            if sheet.confirms and not confirmed and sheet.task.state == "open":
                operations.check_task(session, actor, sheet.task.id, posted.data, outcome)
                keep(sheet, posted.data, posted.command.page)
                return redirect(url_for("tasks.confirm", task_id=sheet.task.id), 303)
            operations.complete_task(
                session,
                actor,
                sheet.task.id,
                posted.data,
                outcome,
                key=request.form.get("key") or None,
                seen=_seen(),
            )
    except Invalid as error:
        return _again(sheet, posted, error.fields or {"_outcome": error.message})
    except (KeyTaken, StalePage, Suspended, TaskGone, NotYours) as error:
        return _conflict(sheet, posted, error)
    return redirect(_after(sheet), 303)


def _seen() -> int | None:
    """Return the version that the page showed."""
    seen = request.form.get("seen", "")
    return int(seen) if seen.isdecimal() else None


def _after(sheet: Worksheet) -> str:
    """Return where to go on: the self-check's result when one was just made, else the end.

    Who stands back from a case does not see it any more.
    """
    if sheet.task.role == "expert" and sheet.task.outcome == "decline":
        flash(gettext("您已回避，这件业务将另行指派专家。"))
        return url_for("office.inbox")
    if check_set_off(db.session(), sheet.case.id, sheet.task.id):
        return url_for("cases.check", case_id=sheet.case.id)
    return url_for("tasks.done", task_id=sheet.task.id)


def _conflict(sheet: Worksheet, posted: Posted, error: AppError) -> Any:
    """Say that somebody was faster; what was typed is kept as the draft where there is still one."""
    kept = False
    try:
        keep(sheet, posted.data, posted.command.page)
        keep_changes()
        kept = True
    except AppError:
        kept = False
    page = render_template(
        "tasks/conflict.html",
        task=sheet.task,
        case=sheet.case,
        message=error.message,
        kept=kept,
        stale=isinstance(error, StalePage),
    )
    return page, error.status
