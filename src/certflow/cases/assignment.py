"""Who has a task: claim, release, reassign (catalogue B6)."""

from collections.abc import Mapping
from operator import attrgetter

from sqlalchemy import select

from certflow.accounts.queries import Member, grants_of, members
from certflow.accounts.roles import ORGANISATION_ROLES
from certflow.cases import notices, queries, registry, scope, versions
from certflow.cases.commands import first_time
from certflow.cases.conflicts import barred, conflict
from certflow.cases.errors import OWN_CASE, NotYours, TaskGone
from certflow.cases.models import Case, HumanTask
from certflow.cases.registry import PARTY
from certflow.cases.turn import Turn
from certflow.core import audit
from certflow.core.actor import SYSTEM, Actor
from certflow.core.db import Session
from certflow.core.errors import Forbidden, Invalid
from certflow.core.given import reason_of
from certflow.core.text import Text

WHY_REASSIGNED = Text("请写明转交的原因。", "Please give the reason.")


def claim(session: Session, actor: Actor, task_id: int, *, key: str | None = None) -> HumanTask:
    """Take a task of the actor's group; nothing changes when the actor has it already."""
    task, again = _locked_task(session, actor, task_id, key)
    if again or task.assignee_id == actor.user_id:
        return task
    if task.assignee_id is not None or task.pool not in scope.pools_of(actor):
        raise NotYours
    case = session.get_one(Case, task.case_id)
    if task.role != "applicant" and case.applicant_id == actor.user_id:
        raise Forbidden(OWN_CASE)
    if (why := _barred(session, actor, case, task)) is not None:
        raise Forbidden(why)
    return _assign(session, actor, case, task, actor.user_id, "task.claimed")


def release(session: Session, actor: Actor, task_id: int, *, key: str | None = None) -> HumanTask:
    """Give a claimed task back to the group; drafts of it are kept."""
    task, again = _locked_task(session, actor, task_id, key)
    if again:
        return task
    if task.assignee_id != actor.user_id or not _of_group(task):
        raise NotYours
    case = session.get_one(Case, task.case_id)
    return _assign(session, actor, case, task, None, "task.released")


def give_back_all(session: Session, actor: Actor, user_id: int) -> int:
    """Give the group tasks of somebody who left the actor's organisation back to it; how many.

    Drafts of them are kept.
    """
    ours = HumanTask.pool.endswith(f"@{actor.organisation_id}")
    held = HumanTask.assignee_id == user_id, HumanTask.state == "open", ours
    tasks = list(session.scalars(select(HumanTask).where(*held).order_by(HumanTask.case_id)))
    for task in tasks:
        case = session.get_one(Case, task.case_id, with_for_update=True, populate_existing=True)
        _assign(session, actor, case, task, None, "task.released", "left the organisation")
    return len(tasks)


def reassign(session: Session, actor: Actor, task_id: int, user_id: int, reason: str) -> HumanTask:
    """Give a task to somebody else who holds its role; administrators may do so with any task.

    Raises:
        Invalid: when that person may not do it, or no reason is given.

    """
    reason = reason_of(reason, WHY_REASSIGNED)
    task, case, _drafted = queries.lock_task(session, actor, task_id, to_reassign=True)
    if task.state != "open":
        raise TaskGone
    if not _fits(task, grants_of(session, user_id)) or _stands_back(session, case, task, user_id):
        text = Text(
            "这位同事没有办理这项任务的角色，或需要回避。请另选一位。",
            "That person does not hold the task's role, or has to stand back. Choose another.",
        )
        raise Invalid(text, {"user_id": text})
    _assign(session, actor, case, task, user_id, "task.reassigned", reason)
    notices.on_task(session, case, task, actor)
    return task


def candidates(session: Session, task: HumanTask) -> list[Member]:
    """Return who else may have a task, by name, of the body that it waits for.

    Whoever complained and belongs to the body complained of is in its list too: a gap would
    tell who it was (D4).
    """
    if not _of_group(task) and task.role in notices.ACTED_FOR:
        return []
    role, _, of = task.pool.partition("@")
    out = {task.assignee_id}
    if role not in notices.ACTED_FOR:
        out.add(session.get_one(Case, task.case_id).applicant_id)
    roles = ORGANISATION_ROLES if role in notices.ACTED_FOR else {role}
    found = (one for name in roles for one in members(session, name, int(of) if of else None))
    people = {one.user_id: one for one in found if one.user_id not in out}
    return sorted(people.values(), key=attrgetter("name", "user_id"))


def _of_group(task: HumanTask) -> bool:
    """Whether a task is one of a group's; an applicant's and an expert's are their own."""
    return task.role not in {"applicant", "expert", PARTY} or "@" in task.pool


def _fits(task: HumanTask, grants: Mapping[str, int | None]) -> bool:
    """Whether somebody with these roles may have a task."""
    role, _, organisation_id = task.pool.partition("@")
    if not organisation_id:
        return role in grants
    roles = ORGANISATION_ROLES if role in notices.ACTED_FOR else {role}
    return any(grants.get(one) == int(organisation_id) for one in roles)


def _barred(session: Session, actor: Actor, case: Case, task: HumanTask) -> Text | None:
    """Return why the actor has to stand back from any task of the association in this case."""
    if case.service not in registry.stand_backs:
        return None
    turn = Turn(session, case, actor, versions.loaded(session, case.version_id))
    turn.restore()
    return barred(turn.step(), task)


def _stands_back(session: Session, case: Case, task: HumanTask, user_id: int) -> bool:
    """Whether somebody may not have a task: whose case it is, who is in conflict, who has one (B10).

    What waits for the applicant waits for nobody else.
    """
    if task.role in notices.ACTED_FOR:
        return not _of_group(task)
    if case.applicant_id == user_id:
        return True
    if task.role != "expert":
        return _barred(session, Actor(user_id, "", task.role), case, task) is not None
    beside = select(HumanTask.id).where(
        HumanTask.case_id == case.id,
        HumanTask.element == task.element,
        HumanTask.opened_in == task.opened_in,
        HumanTask.assignee_id == user_id,
        HumanTask.id != task.id,
    )
    if session.scalar(beside) is not None:
        return True
    turn = Turn(session, case, SYSTEM, versions.loaded(session, case.version_id))
    turn.restore()
    return conflict(turn.step(), user_id, task.role) is not None


def _locked_task(
    session: Session, actor: Actor, task_id: int, key: str | None
) -> tuple[HumanTask, bool]:
    """Return a task with its case locked, and whether this command was carried out before."""
    task, case, _drafted = queries.lock_task(session, actor, task_id)
    if key is not None and not first_time(session, key, case, actor):
        return task, True
    if task.state != "open":
        raise TaskGone
    return task, False


def _assign(
    session: Session,
    actor: Actor,
    case: Case,
    task: HumanTask,
    user_id: int | None,
    action: str,
    reason: str = "",
) -> HumanTask:
    before, task.assignee_id = task.assignee_id, user_id
    audit.record(
        session,
        action,
        actor,
        chain=case,
        element=task.element,
        before={"assignee": before},
        after={"assignee": user_id},
        reason=reason,
    )
    session.flush()
    return task
