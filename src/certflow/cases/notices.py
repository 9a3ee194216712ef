"""Who is told what in the life of a case; the words stand in service.json (catalogue B8)."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select

from certflow.accounts.queries import get_organisation, holders_of
from certflow.accounts.roles import ORGANISATION_ROLES
from certflow.calendar import queries as calendar
from certflow.cases.models import Case, HumanTask
from certflow.cases.registry import Step, operation
from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.text import Text
from certflow.notifications.operations import NewNotice, People, notify

Settings = Mapping[str, Any]


@operation("notify")
def send_notice(step: Step, notice: str, to: str) -> None:
    """Send a notice of service.json to a role, or to all who hold an element's open tasks."""
    _send(step.session, step.case, step.settings, notice, to)


def on_entering(
    session: Session, case: Case, settings: Settings, entered: Iterable[str], actor: Actor
) -> set[tuple[str, str]]:
    """Send the notices that belong to the elements just entered; return (element, role) told."""
    told = set()
    elements = set(entered)
    for name, notice in settings.get("notices", {}).items():
        if notice.get("event") != "entered" or notice["on"] not in elements:
            continue
        for role in notice["to"]:
            _send(session, case, settings, name, role, but=actor.user_id)
            told.add((notice["on"], role))
    return told


def on_task(session: Session, case: Case, task: HumanTask, actor: Actor) -> None:
    """Tell the assignee, or the group that may claim the task; never who just acted."""
    people = _holders(case, task.role) if task.assignee_id is None else [task.assignee_id]
    name, title = Text.read(task.name), Text.read(case.title)
    notice = NewNotice(
        kind="task.opened",
        role=task.role,
        text=Text(f"{title.zh}：请办理“{name.zh}”。", f"{title.en}: please deal with “{name.en}”."),
        case_id=case.id,
        task_id=str(task.id),
        link=f"/tasks/{task.id}",
        dedupe=f"task/{task.id}/{task.assignee_id or 'group'}",
    )
    notify(session, people, notice, clock.now(), but=actor.user_id)


def _send(
    session: Session, case: Case, settings: Settings, name: str, to: str, but: int | None = None
) -> None:
    role, people, link = _addressees(session, case, to)
    notice = settings["notices"][name]
    words = Text.read(notice["text"])
    values = _values(session, case, words)
    new = NewNotice(
        kind=name,
        role=role,
        text=Text(words.zh.format(**values["zh"]), words.en.format(**values["en"])),
        case_id=case.id,
        link=link,
    )
    notify(session, people, new, clock.now(), but=but)


def _addressees(session: Session, case: Case, to: str) -> tuple[str, People, str]:
    link = f"/cases/{case.id}"
    if to == "applicant":
        return to, [case.applicant_id], _task_link(session, case, "applicant") or link
    query = select(HumanTask).where(HumanTask.case_id == case.id, HumanTask.state == "open")
    tasks = [task for task in session.scalars(query) if to in (task.element, task.role)]
    if tasks:
        people = [task.assignee_id for task in tasks if task.assignee_id is not None]
        return tasks[0].role, people, f"/tasks/{tasks[0].id}" if len(tasks) == 1 else link
    return to, _holders(case, to), link


def _task_link(session: Session, case: Case, role: str) -> str | None:
    query = select(HumanTask.id).where(
        HumanTask.case_id == case.id, HumanTask.state == "open", HumanTask.role == role
    )
    task_id = session.scalar(query)
    return f"/tasks/{task_id}" if task_id else None


def _holders(case: Case, role: str) -> People:
    return holders_of(role, case.organisation_id if role in ORGANISATION_ROLES else None)


def _values(session: Session, case: Case, words: Text) -> dict[str, dict[str, Any]]:
    """Return what a notice's words may name, by language; what they do not is not looked up."""
    named = words.zh + words.en
    soonest = _soonest(session, case) if "{due}" in named or "{days}" in named else None
    organisation_id = case.organisation_id if "{body}" in named else None
    body = get_organisation(session, organisation_id) if organisation_id else None
    title = Text.read(case.title)
    shared = {
        "number": case.number or "",
        "due": soonest.last_day if soonest else "",
        "days": soonest.left if soonest else "",
    }
    return {
        "zh": {**shared, "title": title.zh, "body": body.name if body else "认证机构"},
        "en": {
            **shared,
            "title": title.en,
            "body": (body.name_en or body.name) if body else "the certification body",
        },
    }


def _soonest(session: Session, case: Case) -> calendar.DeadlineClock | None:
    """Return the running clock of a case that ends first."""
    clocks = calendar.clocks_of(session, [case.id], clock.now()).get(case.id, {})
    running = [one for one in clocks.values() if one.state == "running" and one.last_day]
    return min(running, key=lambda one: one.due_at or clock.now(), default=None)
