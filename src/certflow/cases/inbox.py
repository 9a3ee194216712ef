"""The inbox: open tasks of one's own, of one's group, of all (catalogue B6). Fast at any size."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, false, select, tuple_
from sqlalchemy.orm import contains_eager

from certflow.accounts.models import User
from certflow.accounts.roles import ORGANISATION_ROLES
from certflow.cases.models import Case, HumanTask
from certflow.cases.queries import PAGE
from certflow.cases.scope import against, may_name, pools_of
from certflow.core.actor import Actor
from certflow.core.db import Session

FEW = 500


@dataclass(frozen=True)
class InboxFilter:
    """What a worker wants to see of the inbox.

    `view` is "mine", "group" (unclaimed) or "all" (the whole group or organisation);
    `due` is "overdue" or "soon": due later, but by `until`. `after` is the (sort_at, id) of the
    last row of the page before, `before` that of the first row of the page after.
    """

    view: str = "mine"
    service: str = ""
    element: str = ""
    due: str = ""
    text: str = ""
    until: datetime | None = None
    after: tuple[datetime, int] | None = None
    before: tuple[datetime, int] | None = None


def page_of_tasks(
    session: Session,
    actor: Actor,
    wanted: InboxFilter,
    at: datetime,
    limit: int = PAGE,
    kept: Sequence[int] | None = None,
) -> list[HumanTask]:
    """Return a page of open tasks, the most urgent first; one more than `limit` if there are.

    Paging goes by key, not by offset, so the thousandth page is as fast as the first (B6).
    `kept`: what `kept_from` told the caller before; otherwise it is looked up here.
    """
    kept = kept_from(session, actor) if kept is None else kept
    query = (
        _wanted(session, select(HumanTask), actor, wanted, at, kept)
        .join(HumanTask.case)
        .options(contains_eager(HumanTask.case))
        .limit(limit + 1)
    )
    key = tuple_(HumanTask.sort_at, HumanTask.id)
    if wanted.before is not None:
        query = query.where(key < wanted.before)
        backwards = query.order_by(HumanTask.sort_at.desc(), HumanTask.id.desc())
        rows: list[HumanTask] = list(session.scalars(backwards))
        return rows[::-1]
    if wanted.after is not None:
        query = query.where(key > wanted.after)
    return list(session.scalars(query.order_by(HumanTask.sort_at, HumanTask.id)))


def kept_from(session: Session, actor: Actor) -> Sequence[int]:
    """Return the cases against the actor: a colleague does not even see that they wait (D4).

    They are few, mostly none: looked up first, they cost the lists of a group nothing.
    """
    if actor.role in ORGANISATION_ROLES:
        return ()
    return session.scalars(against(actor.user_id)).all()


def in_view(actor: Actor, view: str, kept: Sequence[int] = ()) -> Sequence[ColumnElement[bool]]:
    """Return the conditions that a task stands in "mine", "group" or "all" of the actor.

    Tasks of the cases `kept` (see `kept_from`) stand in no group.
    """
    pools = pools_of(actor)
    if view == "mine" or actor.role in {"applicant", "expert"}:
        mine = [HumanTask.assignee_id == actor.user_id, HumanTask.role == actor.role]
        if len(pools) > 1:
            mine = [HumanTask.assignee_id == actor.user_id, HumanTask.pool.in_(pools)]
        return mine if view != "group" else [false()]
    pool = HumanTask.pool == pools[0] if len(pools) == 1 else HumanTask.pool.in_(pools)
    shown = [pool, HumanTask.case_id.not_in(kept)] if kept else [pool]
    return [*shown, HumanTask.assignee_id.is_(None)] if view == "group" else shown


def _wanted(
    session: Session,
    query: Select[tuple[HumanTask]],
    actor: Actor,
    wanted: InboxFilter,
    at: datetime,
    kept: Sequence[int],
) -> Select[tuple[HumanTask]]:
    query = query.where(HumanTask.state == "open", *in_view(actor, wanted.view, kept))
    if wanted.service:
        query = query.where(HumanTask.service == wanted.service)
    if wanted.element:
        query = query.where(HumanTask.element == wanted.element)
    if wanted.due == "overdue":
        query = query.where(HumanTask.sort_at <= at)
    if wanted.due == "soon" and wanted.until is not None:
        query = query.where(HumanTask.sort_at > at, HumanTask.sort_at <= wanted.until)
    if text := wanted.text.strip():
        query = query.where(_speaks_of_case(session, actor, text))
        if not text.isdigit():
            # A name that finds a blind task would tell whose case it is.
            query = query.where(HumanTask.blind.is_(False))
    return query


def _speaks_of_case(session: Session, actor: Actor, text: str) -> ColumnElement[bool]:
    """Return the condition that a task's case goes by a number or an applicant's name.

    Few cases are looked up first: otherwise a rare name walks the whole group by urgency.
    """
    called = _cases_called(actor, text)
    few = list(session.scalars(called.limit(FEW + 1)))
    return HumanTask.case_id.in_(few if len(few) <= FEW else called)


def _cases_called(actor: Actor, text: str) -> Select[int]:
    """Return the ids of cases by number or by applicant: one index or the other, never an OR."""
    if text.isdigit():
        return select(Case.id).where(Case.number == text)
    people = select(User.id).where(User.name.startswith(text, autoescape=True))
    return select(Case.id).where(Case.applicant_id.in_(people), may_name(actor))
