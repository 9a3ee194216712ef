"""Who has a task: claim, release, reassign (catalogue B6)."""

from sqlalchemy import select

from certflow.accounts.queries import grants_of
from certflow.cases import notices, queries
from certflow.cases.errors import OWN_CASE, NotYours, TaskGone
from certflow.cases.models import Case, HumanTask
from certflow.cases.steps import conflict
from certflow.cases.turn import first_time
from certflow.core import audit
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Forbidden, Invalid
from certflow.core.text import Text


def claim(session: Session, actor: Actor, task_id: int, *, key: str | None = None) -> HumanTask:
    """Take a task of the actor's group; nothing changes when the actor has it already."""
    task, again = _locked_task(session, actor, task_id, key)
    if again or task.assignee_id == actor.user_id:
        return task
    if task.assignee_id is not None or task.pool not in queries.pools_of(actor):
        raise NotYours
    case = session.get_one(Case, task.case_id)
    if case.applicant_id == actor.user_id:
        raise Forbidden(OWN_CASE)
    return _assign(session, actor, case, task, actor.user_id, "task.claimed")


def release(session: Session, actor: Actor, task_id: int, *, key: str | None = None) -> HumanTask:
    """Give a claimed task back to the group; drafts of it are kept."""
    task, again = _locked_task(session, actor, task_id, key)
    if again:
        return task
    if task.assignee_id != actor.user_id or task.role in {"applicant", "expert"}:
        raise NotYours
    case = session.get_one(Case, task.case_id)
    return _assign(session, actor, case, task, None, "task.released")


def reassign(session: Session, actor: Actor, task_id: int, user_id: int, reason: str) -> HumanTask:
    """Give a task to somebody else who holds its role; administrators may do so with any task.

    Raises:
        Invalid: when that person may not do it, or no reason is given.

    """
    if not reason.strip():
        text = Text("请写明转交的原因。", "Please give the reason.")
        raise Invalid(text, {"reason": text})
    task, case, _drafted = queries.lock_task(session, actor, task_id, to_reassign=True)
    if task.state != "open":
        raise TaskGone
    grants = grants_of(session, user_id)
    scoped = "@" in task.pool
    fits = task.role in grants and (not scoped or grants[task.role] == case.organisation_id)
    if not fits or _stands_back(session, case, task, user_id):
        text = Text(
            "这位同事没有办理这项任务的角色，或需要回避。请另选一位。",
            "That person does not hold the task's role, or has to stand back. Choose another.",
        )
        raise Invalid(text, {"user_id": text})
    _assign(session, actor, case, task, user_id, "task.reassigned", reason)
    notices.on_task(session, case, task, actor)
    return task


def _stands_back(session: Session, case: Case, task: HumanTask, user_id: int) -> bool:
    """Whether somebody may not have a task: whose case it is, who is in conflict, who has one (B10).

    What waits for the applicant waits for nobody else.
    """
    if task.role == "applicant" or case.applicant_id == user_id:
        return True
    if task.role != "expert":
        return False
    beside = select(HumanTask.id).where(
        HumanTask.case_id == case.id,
        HumanTask.element == task.element,
        HumanTask.opened_in == task.opened_in,
        HumanTask.assignee_id == user_id,
        HumanTask.id != task.id,
    )
    return session.scalar(beside) is not None or conflict(session, case, user_id) is not None


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
