"""A case as the portal lists it: stage, whose turn, clock, what to do (catalogue B4)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from certflow.calendar.queries import DeadlineClock, clocks_of
from certflow.cases.inbox import InboxFilter, page_of_tasks
from certflow.cases.operations import may_withdraw
from certflow.cases.scope import is_applicant
from certflow.cases.versions import Loaded, loaded
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.text import NOTHING, Text
from certflow.web.orders import to_pay

DUE_SOON = 3
_TASKS = 100
DRAFT = Text("草稿", "Draft")


@dataclass(frozen=True)
class CaseRow:
    """One case for a list or a card.

    `kind` is that of its badge; `task` the applicant's own open task, if any; `mending` that it
    asks to mend what was returned; `order` the number of the order that the applicant has yet to
    pay for it; `clock` the deadline to show; `withdrawable` whether it may still be taken back.
    """

    case: Any
    service: Text
    stage: Text
    hint: Text
    kind: str
    task: Any
    mending: bool
    order: str
    clock: DeadlineClock | None
    withdrawable: bool

    @property
    def clock_state(self) -> str:
        """How the ruler is drawn."""
        clock = self.clock
        if clock is None or clock.overdue:
            return "overdue"
        if clock.state != "running":
            return "paused" if clock.state == "paused" else "done"
        if self.mending:
            return "mend"
        return "due" if clock.left <= DUE_SOON else "going"


def rows_of(session: Session, actor: Actor, cases: Iterable[Any], at: datetime) -> list[CaseRow]:
    """Return cases as rows, with their clocks and the actor's own open tasks."""
    listed = list(cases)
    clocks = clocks_of(session, [case.id for case in listed], at)
    open_tasks = page_of_tasks(session, actor, InboxFilter(), at, _TASKS)
    mine = {task.case_id: task for task in reversed(open_tasks)}
    unpaid = _unpaid(session, actor)
    return [
        _row(
            case,
            loaded(session, case.version_id),
            mine.get(case.id),
            unpaid.get(case.id, ""),
            clocks.get(case.id, {}),
            own=is_applicant(actor, case),
        )
        for case in listed
    ]


def _unpaid(session: Session, actor: Actor) -> dict[int, str]:
    orders = to_pay(session, actor)
    return {case_id: order.number for order in orders for case_id in order.case_ids}


def _row(
    case: Any,
    version: Loaded,
    task: Any,
    order: str,
    clocks: dict[str, DeadlineClock],
    *,
    own: bool,
) -> CaseRow:
    form = version.forms.get(task.form) if task else None
    mending = form is not None and form.amends is not None
    clock = _clock(clocks, task.deadline_key if task else "")
    element = task.element if task else (case.stages[0] if case.stages else "")
    kind = _kind(case, version, clock, task=task is not None, mending=mending)
    return CaseRow(
        case=case,
        service=Text.read(version.settings["title"]),
        stage=_stage(case, version, element),
        hint=version.hint_of(element) if element and not _for_another(task) else NOTHING,
        kind="due" if order and kind == "going" else kind,
        task=task,
        mending=mending,
        order=order,
        clock=clock,
        withdrawable=own and may_withdraw(case, version),
    )


def _for_another(task: Any) -> bool:
    """Whether a task is the other party's: the stages' hints speak to the applicant (D4)."""
    return task is not None and task.blind


def _clock(clocks: dict[str, DeadlineClock], key: str) -> DeadlineClock | None:
    """Choose the clock that matters: the task's, one that runs, one that stands still, any."""
    order = {"running": 0, "paused": 1}
    ranked = sorted(clocks.values(), key=lambda one: (one.key != key, order.get(one.state, 2)))
    return ranked[0] if ranked else None


def _stage(case: Any, version: Loaded, element: str) -> Text:
    if case.state == "draft":
        return DRAFT
    if case.state == "closed":
        return version.name_of(case.outcome or "")
    return version.name_of(element)


def _kind(
    case: Any, version: Loaded, clock: DeadlineClock | None, *, task: bool, mending: bool
) -> str:
    if case.state == "draft":
        return "draft"
    if case.state == "closed":
        outcome = version.settings.get("outcomes", {}).get(case.outcome, {})
        return "passed" if outcome.get("kind") == "good" else "closed"
    if clock is not None and clock.overdue:
        return "overdue"
    if mending:
        return "mend"
    if clock is not None and clock.state == "paused" and not task:
        return "paused"
    return "going"
