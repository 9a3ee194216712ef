"""The task page: the form that waits, what was answered, or who has the task now."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import uuid4

from flask import redirect, render_template, request, url_for
from flask_babel import gettext

from certflow.accounts.roles import FILING_ROLES
from certflow.calendar.queries import clocks_of
from certflow.cases.dossier import Dossier, blind_dossier, open_dossier
from certflow.cases.inbox import InboxFilter, page_of_tasks
from certflow.cases.opinions import Opinion, opinions
from certflow.cases.standing import clock_view, standing
from certflow.cases.worksheet import Worksheet, choices_for, files_named, library_of
from certflow.core import clock
from certflow.core.access import SIGNED_IN, allow, current_actor
from certflow.core.db import db
from certflow.core.text import Text, lately_text
from certflow.forms.amend import changes
from certflow.forms.parts import FormDefinition
from certflow.forms.readonly import readonly_view
from certflow.forms.review import OPINION, review_field
from certflow.forms.scene import Scene
from certflow.forms.view import FormView, form_view
from certflow.personnel.queries import records_of
from certflow.web.cases.page import chosen_before
from certflow.web.edge import locale
from certflow.web.files import infos
from certflow.web.office.due import last_day
from certflow.web.tasks.blueprint import blueprint, opened

Errors = Mapping[str, Text]
PORTAL = ("applicant", "body_pending")
"""Roles without an inbox."""


@blueprint.get("/tasks/<int:task_id>")
@allow(SIGNED_IN)
def show(task_id: int) -> Any:
    """Show a task: to work on when it is the actor's, else to read."""
    sheet = opened(task_id)
    if sheet.task.state != "open":
        return closed(sheet)
    if sheet.task.assignee_id != current_actor().user_id:
        return unclaimed(sheet)
    page = request.args.get("page") or (sheet.draft.page if sheet.draft else "")
    return render_form(sheet, sheet.data, page=page or None)


def render_form(
    sheet: Worksheet,
    data: Mapping[str, Any],
    *,
    page: str | None = None,
    errors: Errors | None = None,
    status: int = 200,
) -> Any:
    """Draw the form with what is filled in; every way to show a form ends here."""
    scene = scene_of(sheet, data, errors or {})
    view = form_view(sheet.form, data, page, scene)
    dossier = dossier_of(sheet)
    folded = folded_fields(sheet.form)
    folds = {o.key: o for o in view.outcomes if set(folded) & set(_requires(sheet.form, o.key))}
    answer = render_template(
        "tasks/form.html",
        sheet=sheet,
        task=sheet.task,
        case=sheet.case,
        view=replace(view, outcomes=tuple(o for o in view.outcomes if o.key not in folds)),
        folds=folds,
        folded=[one.name for one in view.fields if one.name in folded],
        hidden=hidden(sheet),
        saved_at=saved_at(sheet),
        deadline=deadline(sheet, dossier),
        last_day=last_day,
        dossier=dossier,
        reviewing=review_field(sheet.form) is not None,
        opinions=_opinions(sheet, dossier),
        application=application(sheet, dossier),
        steps=applicant_steps(sheet),
        present=present_step(sheet),
        marks=marks(view),
        round=standing(dossier).round if sheet.form.amends else None,
    )
    return answer, status


def _opinions(sheet: Worksheet, dossier: Dossier) -> list[Opinion]:
    """Return what was said before: all of it to who reviews, the last word to who mends."""
    if sheet.form.reviews:
        return opinions(dossier)
    return opinions(dossier)[:1] if sheet.form.amends else []


def folded_fields(form: FormDefinition) -> list[str]:
    """Return the fields that only a by-way needs, such as the reason for standing back.

    They begin with a field that a quiet outcome requires and no other one does, and go on to
    the end of the form; the page keeps them folded with that outcome's button.
    """
    names = list(form.answered)
    for outcome in form.outcomes:
        others = {n for one in form.outcomes if one is not outcome for n in one.requires}
        own = [n for n in outcome.requires if n not in others and n != OPINION]
        if outcome.kind == "quiet" and own:
            rest = names[names.index(own[0]) :]
            return rest if not set(rest) & others else own
    return []


def _requires(form: FormDefinition, key: str) -> tuple[str, ...]:
    outcome = form.outcome(key)
    return outcome.requires if outcome else ()


def scene_of(sheet: Worksheet, data: Mapping[str, Any], errors: Errors) -> Scene:
    """Return what surrounds the form: choices, files, remarks, the profile library."""
    session, actor = db.session(), current_actor()
    records = records_of(session, actor.person_id) if _picks(sheet) and actor.person_id else []
    return sheet.scene(
        locale(),
        infos(session, actor, files_named(sheet, data)),
        choices=choices_for(session, sheet, actor, data),
        errors=errors,
        library=library_of(sheet.form, records, locale()),
    )


def _picks(sheet: Worksheet) -> bool:
    return sheet.task.role == "applicant"


def hidden(sheet: Worksheet) -> dict[str, Any]:
    """Return the hidden fields of a transition: its own key, and the version that was seen."""
    return {"key": uuid4().hex, "seen": sheet.case.version}


def saved_at(sheet: Worksheet) -> str:
    """Return when the draft was saved last, in words."""
    if sheet.draft is None:
        return ""
    at = lately_text(sheet.draft.saved_at).of(locale())
    return str(gettext("%(time)s 已保存", time=at))


def dossier_of(sheet: Worksheet) -> Dossier:
    """Read the case that the task belongs to; of a blind task no more than it discloses."""
    session, actor, at = db.session(), current_actor(), clock.now()
    if sheet.task.blind:
        return blind_dossier(session, actor, sheet.task, at, locale(), _file_url)
    return open_dossier(session, actor, sheet.case.id, at, locale(), _file_url)


def _file_url(file_id: str) -> str:
    return url_for("files.download", file_id=file_id, preview=1)


def deadline(sheet: Worksheet, dossier: Dossier) -> Any:
    """Return the ruler of the deadline that the task belongs to, if there is one."""
    key = sheet.task.deadline_key
    found = clocks_of(db.session(), [sheet.case.id], clock.now()).get(sheet.case.id, {}).get(key)
    mend = sheet.form.amends is not None
    return clock_view(dossier, key, found, mend=mend) if found else None


def application(sheet: Worksheet, dossier: Dossier) -> Any:
    """Return the application beside a decision that has no records to judge (conclude, approve)."""
    if sheet.form.reviews is None or review_field(sheet.form) is not None:
        return None
    return readonly_view(
        sheet.form.reviews, sheet.reviewed or {}, dossier.voice, sheet.flags, sheet.verdicts
    )


def applicant_steps(sheet: Worksheet) -> list[Text]:
    """Return the applicant's steps (service.json `steps`); none for other roles."""
    if sheet.task.role != "applicant":
        return []
    return [Text.read(one["title"]) for one in sheet.loaded.settings.get("steps", [])]


def present_step(sheet: Worksheet, offset: int = 0) -> int:
    """Return the number of the step in which the task is, from 1."""
    for number, step in enumerate(sheet.loaded.settings.get("steps", []), start=1):
        if sheet.task.element in step["elements"]:
            return number + offset
    return 1


def marks(view: FormView) -> list[dict[str, str]]:
    """Return what is to be mended, as links to the fields."""
    return [
        {
            "url": f"#{one.html_id}" if one.here else f"?page={one.page}#{one.html_id}",
            "text": one.text,
        }
        for one in view.marked
    ]


def closed(sheet: Worksheet) -> Any:
    """Show what was answered in a task that is done, or that it is needed no longer."""
    dossier = dossier_of(sheet)
    answer = next((one for one in dossier.answers if one.task_id == sheet.task.id), None)
    if answer is None:
        return render_template("tasks/gone.html", task=sheet.task, case=sheet.case)
    scene = scene_of(sheet, answer.data, {})
    return render_template(
        "tasks/closed.html",
        task=sheet.task,
        case=sheet.case,
        answer=answer,
        outcome=sheet.form.outcome(answer.outcome),
        who=dossier.people.signed(answer.actor_id, answer.actor_role),
        view=readonly_view(sheet.form, answer.data, scene.reader),
        opinion=next((o for o in opinions(dossier) if o.at == answer.at), None),
    )


def unclaimed(sheet: Worksheet) -> Any:
    """Show a task of the actor's group to read before taking it, or who has it."""
    dossier = dossier_of(sheet)
    shown = sheet.form.reviews or sheet.form.amends
    holder = sheet.task.assignee_id
    return render_template(
        "tasks/unclaimed.html",
        task=sheet.task,
        case=sheet.case,
        sheet=sheet,
        dossier=dossier,
        holder=dossier.people.signed(holder, sheet.task.role) if holder else None,
        deadline=deadline(sheet, dossier),
        last_day=last_day,
        own=sheet.case.applicant_id == current_actor().user_id,
        view=readonly_view(shown, sheet.reviewed or sheet.previous, dossier.voice)
        if shown
        else None,
    )


@blueprint.get("/tasks/<int:task_id>/confirm")
@allow(*FILING_ROLES)
def confirm(task_id: int) -> Any:
    """Show everything once more before it is submitted (确认, catalogue B2)."""
    sheet = opened(task_id)
    if sheet.task.state != "open" or sheet.task.assignee_id != current_actor().user_id:
        return redirect(url_for("tasks.show", task_id=task_id))
    scene = scene_of(sheet, sheet.data, {})
    return render_template(
        "tasks/confirm.html",
        choice=chosen_before(dossier_of(sheet)),
        sheet=sheet,
        task=sheet.task,
        case=sheet.case,
        outcome=sheet.form.outcomes[0],
        view=readonly_view(sheet.form, sheet.data, scene.reader),
        changed=changes(sheet.form.amends, sheet.previous, sheet.data, scene.reader)
        if sheet.form.amends
        else [],
        hidden=hidden(sheet),
        steps=applicant_steps(sheet),
        present=present_step(sheet, 1),
    )


@blueprint.get("/tasks/<int:task_id>/done")
@allow(SIGNED_IN)
def done(task_id: int) -> Any:
    """Say that it is done, under which number, and what comes next."""
    sheet = opened(task_id)
    if sheet.task.state != "done":
        return redirect(url_for("tasks.show", task_id=task_id))
    dossier = dossier_of(sheet)
    actor = current_actor()
    wanted = InboxFilter(view="mine")
    following = page_of_tasks(db.session(), actor, wanted, clock.now(), limit=1)
    return render_template(
        "tasks/done.html",
        task=sheet.task,
        case=sheet.case,
        dossier=dossier,
        outcome=sheet.form.outcome(sheet.task.outcome),
        hint=_what_next(dossier),
        following=following[0] if following and actor.role not in PORTAL else None,
        steps=applicant_steps(sheet),
    )


def _what_next(dossier: Dossier) -> list[tuple[Text, Text]]:
    """Return the stages that the case waits at now, each with what a person should know."""
    if dossier.blind:
        return []
    return [
        (dossier.loaded.name_of(stage), dossier.loaded.hint_of(stage))
        for stage in dossier.case.stages
    ]
