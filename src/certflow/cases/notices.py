"""Who is told what in the life of a case; the words stand in service.json (catalogue B8)."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Integer, bindparam, select

from certflow.accounts.queries import Holders, get_organisation, holder_ids, holders_of
from certflow.accounts.roles import ORGANISATION_ROLES
from certflow.calendar import queries as calendar
from certflow.cases.described import Parameter, described
from certflow.cases.models import Case, HumanTask
from certflow.cases.parties import CONCERNED, concerned, parties
from certflow.cases.registry import PARTY, Step, operation
from certflow.cases.scope import opponents
from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.prepared import Prepared
from certflow.core.text import Text
from certflow.notifications.operations import NewNotice, People, notify

Settings = Mapping[str, Any]
_BODY = Text("认证机构", "the certification body")
ACTED_FOR = frozenset({"applicant", PARTY})
"""Lanes that stand for a person, or for an organisation whose staff acts for it."""


@operation("notify")
@described(
    Text("发送通知", "Send a notice"),
    Text("按“设置”里写好的通知发站内消息和邮件。", "Sends a notice as worded in the settings."),
    Parameter("notice", "notice", Text("通知", "Notice")),
    Parameter("to", "recipient", Text("发给谁", "To whom")),
)
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
    people = to_tell(session, task)
    name, title = Text.read(task.name), Text.read(case.title)
    notice = NewNotice(
        kind="task.opened",
        role=role_of(task),
        text=Text(f"{title.zh}：请办理“{name.zh}”。", f"{title.en}: please deal with “{name.en}”."),
        case_id=None if task.blind else case.id,
        task_id=str(task.id),
        link=f"/tasks/{task.id}",
        dedupe=f"task/{task.id}/{task.assignee_id or 'group'}",
    )
    notify(session, people, notice, clock.now(), but=actor.user_id)


def holders(task: HumanTask) -> People:
    """Return who has a task, or the group that may claim it."""
    if task.assignee_id is not None:
        return [task.assignee_id]
    role, _, organisation_id = task.pool.partition("@")
    if role in ACTED_FOR:
        role = "body_staff"
    return holders_of(role, int(organisation_id) if organisation_id else None)


def to_tell(session: Session, task: HumanTask) -> People:
    """Return who is told of a task: its holder, or its group without the case's other party."""
    found = holders(task)
    return found if task.role == PARTY else without_opponents(session, task.case_id, found)


def without_opponents(session: Session, case_id: int, people: People) -> People:
    """Leave out of a group whoever stands on the other side of a case (D4)."""
    if not isinstance(people, Holders):
        return people
    opposed = {row[0] for row in _OPPONENTS.run(session, {"case": case_id})}
    return set(holder_ids(session, people)) - opposed if opposed else people


_OPPONENTS = Prepared(opponents(bindparam("case", type_=Integer)))


def role_of(task: HumanTask) -> str:
    """Return the role in which a task is done: applicant and party are no roles of an organisation."""
    if task.role in ACTED_FOR:
        return "body_staff" if "@" in task.pool else "applicant"
    return task.role


def _send(
    session: Session, case: Case, settings: Settings, name: str, to: str, but: int | None = None
) -> None:
    role, people, link = _addressees(session, case, to)
    notice = settings["notices"][name]
    words = Text.read(notice["text"])
    new = NewNotice(
        kind=name,
        role=role,
        text=words.filled(**_values(session, case, words)),
        case_id=None if to == PARTY else case.id,
        link=link,
    )
    told = people if to == PARTY else without_opponents(session, case.id, people)
    notify(session, told, new, clock.now(), but=but)


def _addressees(session: Session, case: Case, to: str) -> tuple[str, People, str]:
    link = f"/cases/{case.id}"
    if to == "applicant":
        role = "body_staff" if case.applicant_organisation_id else to
        return role, [case.applicant_id], _task_link(session, case, "applicant") or link
    if to == PARTY:
        return _other_party(session, case)
    if to == CONCERNED:
        return "applicant", concerned(session, case.id), link
    known = list(session.scalars(_TASKS, {"case": case.id}))
    tasks = [one for one in known if one.state == "open" and to in (one.element, one.role)]
    if tasks:
        people = [task.assignee_id for task in tasks if task.assignee_id is not None]
        return tasks[0].role, people, f"/tasks/{tasks[0].id}" if len(tasks) == 1 else link
    past = [one for one in known if one.element == to]
    if past:  # who dealt with it last, or the group that let it pass
        return role_of(past[-1]), holders(past[-1]), link
    return to, _holders(case, to), link


def _other_party(session: Session, case: Case) -> tuple[str, People, str]:
    """Return the people of the other party; what leads there is their task, never the case."""
    people: list[int] = []
    role = "applicant"
    for one in parties(session, case.id):
        if one.user_id is not None:
            people.append(one.user_id)
        elif one.organisation_id is not None:
            role = "body_staff"
            people += holder_ids(session, holders_of(role, one.organisation_id))
    return role, people, _task_link(session, case, PARTY) or "/notices"


def _task_link(session: Session, case: Case, role: str) -> str | None:
    task_id = session.scalar(_OPEN_TASK, {"case": case.id, "role": role})
    return f"/tasks/{task_id}" if task_id else None


_TASKS = select(HumanTask).where(HumanTask.case_id == bindparam("case")).order_by(HumanTask.id)
_OPEN_TASK = select(HumanTask.id).where(
    HumanTask.case_id == bindparam("case"),
    HumanTask.state == "open",
    HumanTask.role == bindparam("role"),
)


def _holders(case: Case, role: str) -> People:
    return holders_of(role, case.organisation_id if role in ORGANISATION_ROLES else None)


def _values(session: Session, case: Case, words: Text) -> dict[str, object]:
    """Return what a notice's words may name; what they do not name is not looked up."""
    named = words.zh + words.en
    soonest = _soonest(session, case) if "{due}" in named else None
    organisation_id = case.organisation_id if "{body}" in named else None
    body = get_organisation(session, organisation_id) if organisation_id else None
    return {
        "number": case.number or "",
        "due": soonest.last_day if soonest else "",
        "title": Text.read(case.title),
        "body": Text(body.name, body.name_en or body.name) if body else _BODY,
    }


def _soonest(session: Session, case: Case) -> calendar.DeadlineClock | None:
    """Return the running clock of a case that ends first."""
    clocks = calendar.clocks_of(session, [case.id], clock.now()).get(case.id, {})
    running = [one for one in clocks.values() if one.state == "running" and one.last_day]
    return min(running, key=lambda one: one.due_at or clock.now(), default=None)
