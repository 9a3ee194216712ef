"""Reads of cases. Every one goes through the actor's scope: another's case is not found."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    false,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.orm import contains_eager, undefer

from certflow.accounts.models import User
from certflow.accounts.roles import ORGANISATION_ROLES
from certflow.cases.models import Answer, Case, Comment, Draft, DueTimer, HumanTask
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import NotFound

READS_ALL = frozenset(
    {"reviewer", "approver", "finance", "regulator", "process_admin", "system_admin"}
)
ADMINISTRATORS = frozenset({"process_admin", "system_admin"})
COUNT_UP_TO = 1000
PAGE = 20


def visible(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that a case is one the actor may see in the present role."""
    if actor.role == "applicant":
        return Case.applicant_id == actor.user_id
    if actor.role in ORGANISATION_ROLES:
        return and_(Case.organisation_id == actor.organisation_id, Case.state != "draft")
    if actor.role == "expert":
        mine = select(HumanTask.case_id).where(
            HumanTask.assignee_id == actor.user_id, HumanTask.role == "expert"
        )
        stood_back = mine.where(HumanTask.outcome == "decline")
        return and_(Case.id.in_(mine), Case.id.not_in(stood_back))
    return Case.state != "draft" if actor.role in READS_ALL else false()


def get_case(session: Session, actor: Actor, case_id: int) -> Case:
    """Return a case that the actor may see.

    Raises:
        NotFound: when there is none, or it is not for this actor's eyes.

    """
    case = session.scalar(select(Case).where(Case.id == case_id, visible(actor)))
    if case is None:
        raise NotFound
    return case


def get_task(session: Session, actor: Actor, task_id: int) -> HumanTask:
    """Return a task, in whatever state, that the actor may work on or may have worked on.

    Raises:
        NotFound: when there is none for this actor.

    """
    query = (
        select(HumanTask)
        .join(HumanTask.case)
        .options(contains_eager(HumanTask.case))
        .where(HumanTask.id == task_id, _reachable(actor))
    )
    task = session.scalar(query)
    if task is None:
        raise NotFound
    return task


def lock_task(
    session: Session, actor: Actor, task_id: int, *, to_reassign: bool = False
) -> tuple[HumanTask, Case, bool]:
    """Lock the case of a task that the actor may reach.

    Returns task and case as they are now, and whether the task has a draft.
    Administrators reach every task, but only `to_reassign` it (H8).

    Raises:
        NotFound: when there is none for this actor.

    """
    whose = "anybody" if to_reassign and actor.role in ADMINISTRATORS else _whose(actor)
    values = {"task": task_id, "user": actor.user_id, "role": actor.role, "pools": pools_of(actor)}
    found = session.execute(_locking(whose), values).one_or_none()
    if found is None:
        raise NotFound
    return found[0], found[1], found[2] is not None


@cache
def _locking(whose: str) -> Select[HumanTask, Case, int]:
    """Build the statement once: it opens every action.

    Both rows are locked: after a wait PostgreSQL brings only locked rows up to date.
    """
    return (
        select(HumanTask, Case, Draft.task_id)
        .join(HumanTask.case)
        .outerjoin(Draft, Draft.task_id == HumanTask.id)
        .where(HumanTask.id == bindparam("task"), _REACH[whose])
        .options(undefer(Case.run))
        .with_for_update(of=(Case, HumanTask))
        .execution_options(populate_existing=True)
    )


def pools_of(actor: Actor) -> list[str]:
    """Return the groups for which the actor may claim tasks in the present role.

    An administrator of a body may do its staff's work, not the other way round.
    """
    if actor.role == "body_admin":
        return [f"{role}@{actor.organisation_id}" for role in sorted(ORGANISATION_ROLES)]
    scope = f"@{actor.organisation_id}" if actor.role in ORGANISATION_ROLES else ""
    return [f"{actor.role}{scope}"]


def _whose(actor: Actor) -> str:
    """Tasks of one's own, or of one's group: who has left an organisation left its tasks behind."""
    return "own" if actor.role in {"applicant", "expert"} else "group"


_REACH: dict[str, ColumnElement[bool]] = {
    "own": and_(HumanTask.assignee_id == bindparam("user"), HumanTask.role == bindparam("role")),
    "group": HumanTask.pool.in_(bindparam("pools", expanding=True)),
    "anybody": true(),
}


def _reachable(actor: Actor) -> ColumnElement[bool]:
    if _whose(actor) == "own":
        return and_(HumanTask.assignee_id == actor.user_id, HumanTask.role == actor.role)
    return HumanTask.pool.in_(pools_of(actor))


def speaks_of(text: str) -> ColumnElement[bool]:
    """Return the condition that a case's number, title or applicant goes with some words."""
    people = select(User.id).where(User.name.startswith(text, autoescape=True))
    return or_(
        Case.number.startswith(text, autoescape=True),
        Case.title["zh"].as_string().contains(text, autoescape=True),
        Case.title["en"].as_string().icontains(text, autoescape=True),
        Case.applicant_id.in_(people),
    )


def case_counts(session: Session, actor: Actor) -> dict[str, int]:
    """Return the number of cases the actor may see, by state."""
    query = select(Case.state, func.count()).where(visible(actor)).group_by(Case.state)
    counts = {"draft": 0, "open": 0, "closed": 0}
    return counts | {row[0]: row[1] for row in session.execute(query)}


def tasks_of(session: Session, case_id: int, state: str = "open") -> list[HumanTask]:
    """Return the tasks of a case in one state, oldest first."""
    query = select(HumanTask).where(HumanTask.case_id == case_id, HumanTask.state == state)
    return list(session.scalars(query.order_by(HumanTask.id)))


def all_tasks(session: Session, case_id: int) -> list[HumanTask]:
    """Return every task a case ever had, oldest first."""
    query = select(HumanTask).where(HumanTask.case_id == case_id)
    return list(session.scalars(query.order_by(HumanTask.id)))


def opened_together(session: Session, task: HumanTask) -> int:
    """Return how many tasks of this element were opened in the same transition."""
    query = select(func.count()).where(
        HumanTask.case_id == task.case_id,
        HumanTask.element == task.element,
        HumanTask.opened_in == task.opened_in,
    )
    return session.scalar(query) or 1


def answers(session: Session, case_id: int, form: str = "") -> list[Answer]:
    """Return what was submitted in a case, oldest first; of one form when it is named."""
    query = select(Answer).where(Answer.case_id == case_id).order_by(Answer.id)
    return list(session.scalars(query.where(Answer.form == form) if form else query))


def latest_answer(session: Session, case_id: int, form: str) -> Answer | None:
    """Return the answer to a form that holds now."""
    return session.scalar(_LATEST, {"case": case_id, "form": form})


_LATEST = (
    select(Answer)
    .where(Answer.case_id == bindparam("case"), Answer.form == bindparam("form"))
    .order_by(Answer.id.desc())
    .limit(1)
)


def draft_of(session: Session, task_id: int) -> Draft | None:
    """Return what was typed into a task and not yet submitted."""
    return session.get(Draft, task_id)


def comments_of(session: Session, actor: Actor, case_id: int) -> list[Comment]:
    """Return the comments that the actor may read; internal ones are for the association."""
    query = select(Comment).where(Comment.case_id == case_id).order_by(Comment.id)
    own = select(Case.id).where(Case.id == case_id, Case.applicant_id == actor.user_id)
    if actor.role not in READS_ALL or session.scalar(own) is not None:
        query = query.where(Comment.internal.is_(False))
    return list(session.scalars(query))


def names_of(session: Session, user_ids: Sequence[int]) -> Mapping[int, str]:
    """Return the names of people by user id."""
    query = select(User.id, User.name).where(User.id.in_(set(user_ids)))
    rows: Sequence[Any] = session.execute(query).all()
    return {row.id: row.name for row in rows}


def oldest_due_timer(session: Session, at: datetime) -> datetime | None:
    """Return the instant of the timer that is due for longest and does not wait for anybody."""
    query = select(func.min(DueTimer.due_at))
    return session.scalar(query.where(DueTimer.due_at <= at, DueTimer.held.is_(False)))
