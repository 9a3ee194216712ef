"""The form of a task in a trial: the real one, filled by hand or with made-up answers (H5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import request
from flask_babel import gettext

from certflow.cases import operations
from certflow.cases.evidence import readable_files
from certflow.cases.reading import file_infos
from certflow.cases.worksheet import (
    Worksheet,
    choices_for,
    files_named,
    library_of,
    open_worksheet,
    picked_rows,
)
from certflow.core.actor import Actor
from certflow.core.db import Session, keep
from certflow.core.errors import AppError, Invalid
from certflow.core.text import Text
from certflow.forms.answers import merge, parse_post, validate
from certflow.forms.commands import Command, add_records, read_command, remove
from certflow.forms.readonly import readonly_view
from certflow.forms.review import review_field
from certflow.forms.view import form_view, step
from certflow.personnel.queries import records_of
from certflow.studio import cast, performing, trials
from certflow.studio.filling import filled
from certflow.studio.sandbox import Sandbox
from certflow.web.edge import locale
from certflow.web.tasks.posting import allowed

FULL, REQUIRED = "full", "required"
Errors = Mapping[str, Text]


@dataclass(frozen=True)
class Panel:
    """A task's form as the trial's page shows it, and who fills it in."""

    sheet: Worksheet
    view: Any
    who: Actor
    application: Any = None
    message: Text | None = None


@dataclass(frozen=True)
class Posted:
    """Where a posted form leads: to the page of a task, to none, or the form with its errors."""

    task: int | None = None
    page: str = ""
    anchor: str = ""
    form: Panel | None = None
    status: int = 200


def panel(
    box: Sandbox,
    task_id: int | None,
    *,
    page: str | None = None,
    data: Mapping[str, Any] | None = None,
    errors: Errors | None = None,
    message: Text | None = None,
) -> Panel | None:
    """Return the form of an open task; None when none is chosen, or it is open no more."""
    task = next((one for one in box.open_tasks() if one.id == task_id), None)
    if task is None:
        return None
    who = box.performer(task)
    with box.inside() as session:
        sheet = open_worksheet(session, who, task.id, locale())
        answers = sheet.data if data is None else data
        scene = _scene(session, sheet, who, answers, errors or {})
        shown = page or (sheet.draft.page if sheet.draft else None)
        reviews = sheet.form.reviews if review_field(sheet.form) is None else None
        return Panel(
            sheet=sheet,
            view=form_view(sheet.form, answers, shown or None, scene),
            who=who,
            application=readonly_view(
                reviews, sheet.reviewed or {}, scene.reader, sheet.flags, sheet.verdicts
            )
            if reviews
            else None,
            message=message,
        )


def _scene(
    session: Session, sheet: Worksheet, who: Actor, data: Mapping[str, Any], errors: Errors
) -> Any:
    records = records_of(session, who.person_id) if who.person_id else []
    found = readable_files(session, who, files_named(sheet, data))
    return sheet.scene(
        locale(),
        file_infos(found.values()),
        choices=choices_for(session, sheet, who, data),
        errors=errors,
        library=library_of(sheet.form, records, locale()),
    )


def post(session: Session, trial: Any, box: Sandbox) -> Posted:
    """Do what the pressed button says; what is typed is kept in the trial."""
    task_id = request.form.get("task_id", type=int)
    task = next((one for one in box.open_tasks() if one.id == task_id), None)
    if task is None:
        return Posted()
    who = box.performer(task)
    fill = request.form.get("_fill", "")
    try:
        if fill:
            return _fill(session, trial, box, who, task.id, fill)
        return _typed(session, trial, box, who, task.id)
    except Invalid as error:
        fields = error.fields or {"_outcome": error.message}
        return _again(box, task.id, fields, None)
    except AppError as error:
        return _again(box, task.id, {}, error.message)


def _again(box: Sandbox, task_id: int, errors: Errors, message: Text | None) -> Posted:
    form = panel(
        box, task_id, page=request.form.get("_page") or None, errors=errors, message=message
    )
    return Posted(form=form, status=Invalid.status) if form else Posted()


def _fill(
    session: Session, trial: Any, box: Sandbox, who: Actor, task_id: int, wanted: str
) -> Posted:
    """Make answers up: into the form, or, with an outcome, straight on to the next step."""
    outcome = request.form.get("_as", "")
    with box.inside() as inner:
        found = filled(inner, who, task_id, outcome, full=wanted != REQUIRED)
        operations.save_draft(inner, who, task_id, found.data)
        keep(inner)
    if not outcome:
        trials.store(trial, box)
        return Posted(task=task_id, anchor="form")
    if found.errors:
        trials.store(trial, box)
        said = Text(
            "样例数据不能满足这张表单的全部要求，请改好标出的地方再提交。",
            "The sample data do not meet everything this form asks. Mend what is marked, then submit.",
        )
        errors = {path: one for path, one in found.errors.items() if path}
        whole = next((one for path, one in found.errors.items() if not path), said)
        return _again(box, task_id, errors, whole)
    return _submit(session, trial, box, who, task_id, found.data, outcome)


def _typed(session: Session, trial: Any, box: Sandbox, who: Actor, task_id: int) -> Posted:
    with box.inside() as inner:
        sheet = open_worksheet(inner, who, task_id, locale())
        data, command = _read(inner, sheet, who)
        moved = _arranged(inner, sheet, who, data, command)
        page, errors = _turned(inner, sheet, who, data, command)
        operations.save_draft(inner, who, task_id, data if moved is None else moved, page)
        keep(inner)
    trials.store(trial, box)
    if errors:
        return _again(box, task_id, errors, None)
    if command.outcome:
        return _submit(session, trial, box, who, task_id, data, command.outcome)
    touched = command.add or command.pick or command.remove.partition("/")[0]
    return Posted(task=task_id, page=page, anchor=f"f-{touched}" if touched else "form")


def _read(inner: Session, sheet: Worksheet, who: Actor) -> tuple[dict[str, Any], Command]:
    """Read the posted page; a file that was chosen becomes a sample file: none is taken in."""
    items = [*request.form.items(multi=True)]
    number = len(files_named(sheet, sheet.data))
    for name, file in request.files.items(multi=True):
        if file.filename:
            number += 1
            words = gettext("样例文件 %(number)s.pdf", number=number)
            items.append((name, cast.sample_file(inner, who.user_id or 0, words)))
    data = merge(sheet.form, sheet.data, parse_post(sheet.form, items))
    return allowed(sheet, data), read_command(items)


def _arranged(
    inner: Session, sheet: Worksheet, who: Actor, data: Mapping[str, Any], command: Command
) -> dict[str, Any] | None:
    """Return the answers after adding, picking or removing records; None for other buttons."""
    if command.add:
        return allowed(sheet, add_records(sheet.form, data, command.add))
    if command.remove:
        return allowed(sheet, remove(sheet.form, data, command.remove))
    if command.pick:
        records = records_of(inner, who.person_id) if who.person_id else []
        rows = picked_rows(sheet.form, command.pick, command.picked, records, data)
        return allowed(sheet, add_records(sheet.form, data, command.pick, rows))
    return None


def _turned(
    inner: Session, sheet: Worksheet, who: Actor, data: Mapping[str, Any], command: Command
) -> tuple[str, Errors]:
    """Return the page to go on with; forward only when this one is right."""
    if not command.go:
        return command.page, {}
    if command.go == "next":
        choices = choices_for(inner, sheet, who, data)
        found = validate(
            sheet.form, data, page=command.page, choices=choices, reviewed=sheet.reviewed
        )
        if found.errors:
            return command.page, found.errors
    return step(sheet.form, data, command.page, command.go), {}


def _submit(
    session: Session,
    trial: Any,
    box: Sandbox,
    who: Actor,
    task_id: int,
    data: Mapping[str, Any],
    outcome: str,
) -> Posted:
    with box.inside() as inner:
        kept = performing.kept(inner, who, task_id, data)
    trials.act(session, trial, box, {"do": "task", **kept, "outcome": outcome})
    return Posted()
