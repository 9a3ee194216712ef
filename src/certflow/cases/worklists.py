"""What the office's lists show beside the rows: figures, names, what to filter by (B6, B11)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, case, func, select, tuple_
from sqlalchemy.orm import aliased, contains_eager

from certflow.accounts.models import Organisation, User
from certflow.cases import versions
from certflow.cases.concealing import conceals
from certflow.cases.inbox import in_view
from certflow.cases.models import Case, HumanTask
from certflow.cases.notices import ACTED_FOR
from certflow.cases.queries import COUNT_UP_TO, PAGE, goes_by, is_overdue, speaks_of, waits_at
from certflow.cases.scope import may_name, own_side, pools_of, visible
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import NotFound
from certflow.core.text import Text

MOST_COUNTED = 10_000


class TaskNames(NamedTuple):
    """Who is behind a task of a list: applicant, certification body, who has it."""

    applicant: str
    body: Text | None
    assignee: str


class OpenCase(NamedTuple):
    """A case under way, as one line beside its applicant."""

    id: int
    number: str
    title: Text


class Place(NamedTuple):
    """A stage of a service at which tasks wait."""

    service: str
    element: str
    title: Text
    name: Text


@dataclass(frozen=True)
class CaseFilter:
    """Which cases to list: `state` draft, open or closed; `stage` an element they wait at."""

    service: str = ""
    state: str = ""
    text: str = ""
    stage: str = ""
    overdue: bool = False


def inbox_figures(
    session: Session, actor: Actor, view: str, at: datetime, soon: datetime, kept: Sequence[int]
) -> dict[str, int]:
    """Count each view, and what of `view` is overdue or due by `soon`, in one statement.

    Nothing is counted beyond COUNT_UP_TO, so a million open tasks cost no more than a thousand.
    `kept`: the cases against the actor (`inbox.kept_from`).
    """
    here = in_view(actor, view, kept)
    parts: dict[str, Sequence[ColumnElement[bool]]] = {
        **{name: in_view(actor, name, kept) for name in ("mine", "group", "all")},
        "overdue": [*here, HumanTask.sort_at <= at],
        "soon": [*here, HumanTask.sort_at > at, HumanTask.sort_at <= soon],
    }
    counts = [
        select(func.count())
        .select_from(
            select(HumanTask.id)
            .where(HumanTask.state == "open", *conditions)
            .limit(COUNT_UP_TO)
            .subquery()
        )
        .scalar_subquery()
        for conditions in parts.values()
    ]
    return dict(zip(parts, session.execute(select(*counts)).one(), strict=True))


def names_on(session: Session, actor: Actor, task_ids: Sequence[int]) -> dict[int, TaskNames]:
    """Return who is behind each task of a page, as far as the actor may know, in one statement."""
    applicant, assignee = aliased(User), aliased(User)
    rows = session.execute(
        select(
            HumanTask.id,
            case((HumanTask.blind, ""), else_=applicant.name),
            assignee.name,
            case((HumanTask.blind, None), else_=Organisation.name),
            Organisation.name_en,
            Case,
        )
        .join(Case, Case.id == HumanTask.case_id)
        .join(applicant, applicant.id == Case.applicant_id)
        .outerjoin(assignee, assignee.id == HumanTask.assignee_id)
        .outerjoin(Organisation, Organisation.id == Case.organisation_id)
        .where(HumanTask.id.in_(task_ids))
    )
    return {
        row[0]: TaskNames(_known(session, actor, row[5], row[1]), _body(*row[3:5]), row[2] or "")
        for row in rows
    }


def places(session: Session, actor: Actor, kept: Sequence[int]) -> list[Place]:
    """Return the stages at which tasks of the actor's groups were seen, for the filters.

    Read from a sample of COUNT_UP_TO tasks; the names come from the newest case's version.
    `kept`: the cases against the actor (`inbox.kept_from`).
    """
    sample = (
        select(HumanTask.service, HumanTask.element, HumanTask.case_id)
        .where(HumanTask.state == "open", *in_view(actor, "all", kept))
        .limit(COUNT_UP_TO)
        .subquery()
    )
    newest = (
        select(sample.c.service, sample.c.element, func.max(sample.c.case_id).label("case_id"))
        .group_by(sample.c.service, sample.c.element)
        .subquery()
    )
    rows = session.execute(
        select(newest.c.service, newest.c.element, Case.version_id)
        .join(Case, Case.id == newest.c.case_id)
        .order_by(newest.c.service, newest.c.element)
    ).all()
    return [_place(session, *row) for row in rows]


def done_by(
    session: Session,
    actor: Actor,
    text: str = "",
    after: tuple[datetime, int] | None = None,
    limit: int = PAGE,
) -> list[HumanTask]:
    """Return a page of the tasks the actor has done in the present role, newest first.

    One more than `limit` if there are; `after` is (closed_at, id) of the last row before.
    """
    query = (
        select(HumanTask)
        .join(HumanTask.case)
        .options(contains_eager(HumanTask.case))
        .where(
            HumanTask.closed_by == actor.user_id,
            HumanTask.pool.in_(pools_of(actor)),
            HumanTask.state == "done",
        )
    )
    if text := text.strip():
        query = query.where(speaks_of(actor, text), HumanTask.blind.is_(False))
    if after is not None:
        query = query.where(tuple_(HumanTask.closed_at, HumanTask.id) < after)
    ordered = query.order_by(HumanTask.closed_at.desc(), HumanTask.id.desc())
    return list(session.scalars(ordered.limit(limit + 1)))


def cases_wanted(
    session: Session, actor: Actor, wanted: CaseFilter, at: datetime, limit: int, offset: int = 0
) -> tuple[list[Case], int]:
    """Return cases that the actor may see and that go with a filter, and how many there are.

    They are counted up to MOST_COUNTED.
    """
    conditions = [visible(actor), *_wanted(session, actor, wanted, at)]
    counted = select(Case.id).where(*conditions).limit(MOST_COUNTED).subquery()
    total = session.scalar(select(func.count()).select_from(counted)) or 0
    rows = select(Case).where(*conditions).order_by(Case.updated_at.desc(), Case.id.desc())
    return list(session.scalars(rows.limit(limit).offset(offset))), total


def names_of_cases(session: Session, actor: Actor, case_ids: Sequence[int]) -> dict[int, TaskNames]:
    """Return applicant and certification body of cases, as far as the actor may know them."""
    rows = session.execute(
        select(Case, User.name, Organisation.name, Organisation.name_en)
        .join(User, User.id == Case.applicant_id)
        .outerjoin(Organisation, Organisation.id == Case.organisation_id)
        .where(Case.id.in_(case_ids))
    )
    return {
        found.id: TaskNames(_known(session, actor, found, name), _body(*body), "")
        for found, name, *body in rows
    }


def _known(session: Session, actor: Actor, found: Case, name: str) -> str:
    return "" if conceals(session, actor, found) else name


def open_cases_of(
    session: Session, actor: Actor, user_ids: Sequence[int]
) -> dict[int, list[OpenCase]]:
    """Return the open cases of people that the actor may see, by user, in one statement."""
    rows = session.execute(
        select(Case.applicant_id, Case.id, Case.number, Case.title)
        .where(visible(actor), may_name(actor))
        .where(Case.state == "open", Case.applicant_id.in_(user_ids))
        .order_by(Case.id)
    )
    found: dict[int, list[OpenCase]] = {}
    for user_id, case_id, number, title in rows:
        found.setdefault(user_id, []).append(OpenCase(case_id, number or "", Text.read(title)))
    return found


def _wanted(
    session: Session, actor: Actor, wanted: CaseFilter, at: datetime
) -> list[ColumnElement[bool]]:
    conditions = []
    if wanted.service:
        conditions.append(Case.service == wanted.service)
    if wanted.state:
        conditions.append(Case.state == wanted.state)
    if text := wanted.text.strip():
        conditions.append(goes_by(session, actor, text))
    if wanted.stage:
        conditions += [Case.state.in_(("draft", "open")), waits_at(wanted.stage)]
    if wanted.overdue:
        conditions.append(is_overdue(at))
    return conditions


def _place(session: Session, service: str, element: str, version_id: int) -> Place:
    loaded = versions.loaded(session, version_id)
    title = Text.read(loaded.settings["title"])
    return Place(service, element, title, loaded.name_of(element))


def _body(name: str | None, name_en: str | None) -> Text | None:
    return Text(name, name_en or name) if name else None


def open_tasks(session: Session, actor: Actor, text: str, limit: int) -> list[HumanTask]:
    """Return open tasks of whomever, by case number, title or applicant, the most urgent first.

    For administrators, who may reassign them; it asks for words, so it never lists them all.
    """
    query = (
        select(HumanTask)
        .join(HumanTask.case)
        .options(contains_eager(HumanTask.case))
        .where(*_to_hand_on(actor), speaks_of(actor, text))
        .order_by(HumanTask.sort_at, HumanTask.id)
    )
    return list(session.scalars(query.limit(limit)))


def open_task(session: Session, actor: Actor, task_id: int) -> HumanTask:
    """Return an open task of whomever, for an administrator who reassigns it.

    Raises:
        NotFound: when there is none, or it is a person's own.

    """
    query = (
        select(HumanTask)
        .join(HumanTask.case)
        .options(contains_eager(HumanTask.case))
        .where(HumanTask.id == task_id, *_to_hand_on(actor))
    )
    task = session.scalar(query)
    if task is None:
        raise NotFound
    return task


def _to_hand_on(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    """Tasks that can be given to somebody else; none of a case against who asks (D4)."""
    one_persons = HumanTask.pool.in_(ACTED_FOR)
    return HumanTask.state == "open", ~one_persons, own_side(actor.user_id)
