"""Reads of cases. Every one goes through the actor's scope: another's case is not found."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    bindparam,
    cast,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import contains_eager, undefer

from certflow.accounts.models import User
from certflow.calendar.models import Deadline
from certflow.cases.models import Answer, Case, Comment, Draft, DueTimer, HumanTask
from certflow.cases.scope import (
    ADMINISTRATORS,
    REACH,
    READS_ALL,
    may_name,
    pools_of,
    reachable,
    visible,
    whose,
)
from certflow.core.actor import Actor
from certflow.core.beginnings import begins
from certflow.core.db import Session
from certflow.core.errors import NotFound
from certflow.core.prepared import Prepared

COUNT_UP_TO = 1000
PAGE = 20
_DIGITS, _LEAST = 14, 8
"""A case's number, and how many of its digits find it."""


def get_case(session: Session, actor: Actor, case_id: int) -> Case:
    """Return a case that the actor may see.

    Raises:
        NotFound: when there is none, or it is not for this actor's eyes.

    """
    case = session.scalar(select(Case).where(Case.id == case_id, visible(actor, case_id)))
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
        .where(HumanTask.id == task_id, reachable(actor))
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
    reach = "anybody" if to_reassign and actor.role in ADMINISTRATORS else whose(actor)
    values = {"task": task_id, "user": actor.user_id, "pools": pools_of(actor)}
    found = session.execute(_locking(reach), values).one_or_none()
    if found is None:
        raise NotFound
    return found[0], found[1], found[2] is not None


@cache
def _locking(reach: str) -> Select[HumanTask, Case, int]:
    """Build the statement once: it opens every action.

    Both rows are locked: after a wait PostgreSQL brings only locked rows up to date.
    """
    return (
        select(HumanTask, Case, Draft.task_id)
        .join(HumanTask.case)
        .outerjoin(Draft, Draft.task_id == HumanTask.id)
        .where(HumanTask.id == bindparam("task"), REACH[reach])
        .options(undefer(Case.run))
        .with_for_update(of=(Case, HumanTask))
        .execution_options(populate_existing=True)
    )


def speaks_of(actor: Actor, text: str) -> ColumnElement[bool]:
    """Return the condition that a case's number, title or applicant goes with some words.

    A name finds no case whose applicant is concealed from the actor: that would tell (D4).
    """
    people = select(User.id).where(User.name.startswith(text, autoescape=True))
    return or_(
        Case.number.startswith(text, autoescape=True),
        Case.title["zh"].as_string().contains(text, autoescape=True),
        Case.title["en"].as_string().icontains(text, autoescape=True),
        and_(Case.applicant_id.in_(people), may_name(actor)),
    )


def goes_by(session: Session, actor: Actor, text: str) -> ColumnElement[bool]:
    """Return the condition that a case goes by some words: its number, its applicant, its title.

    Most words are a number or a name, which an index finds. Titles are read one by one, so they
    are only looked at for words by which nobody goes, and for a single character.
    """
    if text.isascii() and text.isdecimal() and _LEAST <= len(text) <= _DIGITS:
        return Case.number.between(text.ljust(_DIGITS, "0"), text.ljust(_DIGITS, "9"))
    people = select(User.id).where(begins(session, User.name, text))
    found = list(session.scalars(people.limit(COUNT_UP_TO + 1))) if len(text) > 1 else []
    if 0 < len(found) <= COUNT_UP_TO:
        return and_(Case.applicant_id.in_(found), may_name(actor))
    return speaks_of(actor, text)


def waits_at(element: str) -> ColumnElement[bool]:
    """Return the condition that a case waits at an element; ids hold no quotes or wildcards."""
    return cast(Case.stages, String).contains(f'"{element}"', autoescape=True)


def is_overdue(at: datetime) -> ColumnElement[bool]:
    """Return the condition that a running deadline or an open task of a case is late.

    What is late is little beside what there is: two partial indexes know it, whose conditions
    have to stand in the open.
    """
    running, waiting = (literal(one, literal_execute=True) for one in ("running", "open"))
    deadlines = select(Deadline.case_id).where(Deadline.state == running, Deadline.due_at <= at)
    tasks = select(HumanTask.case_id).where(HumanTask.state == waiting, HumanTask.due_at <= at)
    return and_(Case.state == "open", Case.id.in_(union_all(deadlines, tasks)))


def case_counts(session: Session, actor: Actor, most: int) -> dict[str, int]:
    """Return the number of cases the actor may see, by state, each counted up to `most`."""
    states = ("draft", "open", "closed")
    counts = [
        select(func.count())
        .select_from(
            select(Case.id).where(visible(actor), Case.state == state).limit(most).subquery()
        )
        .scalar_subquery()
        for state in states
    ]
    return dict(zip(states, session.execute(select(*counts)).one(), strict=True))


def holders_of_tasks(session: Session, role: str) -> set[int]:
    """Return who has open tasks in a role."""
    query = select(HumanTask.assignee_id).where(HumanTask.state == "open", HumanTask.role == role)
    return {one for one in session.scalars(query) if one is not None}


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


def answers_of_task(session: Session, task_id: int) -> list[Answer]:
    """Return what was submitted in one task."""
    return list(session.scalars(select(Answer).where(Answer.task_id == task_id)))


def latest_answer(session: Session, case_id: int, form: str) -> Answer | None:
    """Return the answer to a form that holds now."""
    return session.scalar(_LATEST, {"case": case_id, "form": form})


def latest_data(session: Session, case_id: int, form: str) -> dict[str, Any] | None:
    """Return what the answer to a form that holds now says."""
    found = _LATEST_DATA.run(session, {"case": case_id, "form": form})
    return dict(found[0][0]) if found else None


_LATEST = (
    select(Answer)
    .where(Answer.case_id == bindparam("case"), Answer.form == bindparam("form"))
    .order_by(Answer.id.desc())
    .limit(1)
)
_LATEST_DATA = Prepared(_LATEST.with_only_columns(Answer.data))


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


def open_cases_of(session: Session, user_id: int, service: str) -> list[Case]:
    """Return the submitted cases of a service that somebody has running for themselves."""
    query = select(Case).where(
        Case.applicant_id == user_id,
        Case.applicant_organisation_id.is_(None),
        Case.service == service,
        Case.state == "open",
    )
    return list(session.scalars(query.order_by(Case.id)))


def unfinished(session: Session, actor: Actor, service: str) -> list[Case]:
    """Return the drafts and open cases of a service that the actor filed."""
    filed = Case.service == service, Case.applicant_id == actor.user_id, Case.state != "closed"
    return list(session.scalars(select(Case).where(*filed).order_by(Case.id)))


def oldest_due_timer(session: Session, at: datetime) -> datetime | None:
    """Return the instant of the timer that is due for longest and does not wait for anybody."""
    query = select(func.min(DueTimer.due_at))
    return session.scalar(query.where(DueTimer.due_at <= at, DueTimer.held.is_(False)))
