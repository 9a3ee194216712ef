"""What an administrator does with a running case, with a reason: suspend, resume, move, end (H8)."""

from typing import NamedTuple

from sqlalchemy import select

from certflow.cases import projection
from certflow.cases.errors import not_resting
from certflow.cases.intervening import tell_applicant, under_way
from certflow.cases.models import Case, Draft, HumanTask
from certflow.cases.paying import PAID, close_unpaid, leave_unasked, lock_together, unpaid_order
from certflow.cases.resting import resume, suspend
from certflow.cases.turn import Turn, act, looked_at
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Conflict
from certflow.core.given import reason_of
from certflow.core.incidents import resolve
from certflow.core.text import Text
from certflow.engine.runner import NotWaiting, Run

__all__ = [
    "Consequence",
    "Goal",
    "Standing",
    "cancel",
    "consequence",
    "goals",
    "move",
    "resume",
    "standing",
    "suspend",
]

NOT_THERE = Text(
    "这件业务已经不在那一步，请重新选择。", "The case is no longer at that step. Choose again."
)
NO_SUCH_PLACE = Text("不能移到这一步。", "A case cannot be moved to that step.")
GOALS = frozenset(
    {"userTask", "serviceTask", "scriptTask", "businessRuleTask", "receiveTask", "callActivity"}
    | {"intermediateCatchEvent", "exclusiveGateway", "endEvent"}
)


class Standing(NamedTuple):
    """Where a case rests: the token's id, the element and its name."""

    token: str
    element: str
    name: Text


class Consequence(NamedTuple):
    """What moving a case would end: open tasks, timers and called cases by name, drafts that are lost.

    `order` is the number of the unpaid order that nobody is to pay any more, "" without one.
    """

    tasks: list[Text]
    timers: list[Text]
    called: list[Text]
    drafts: int
    order: str


class Goal(NamedTuple):
    """A step to which a case can be moved."""

    element: str
    name: Text


def standing(session: Session, case: Case) -> list[Standing]:
    """Return where a case rests."""
    turn = looked_at(session, case)
    return [
        Standing(one.id, one.element, turn.loaded.name_of(one.element)) for one in turn.run.places
    ]


def goals(session: Session, case: Case, token: str) -> list[Goal]:
    """Return the steps to which what rests at `token` can be moved, in the order of the diagram."""
    turn = looked_at(session, case)
    elements = turn.loaded.definition.elements
    place = next((one for one in turn.run.places if one.id == token), None)
    if place is None:
        raise Conflict(NOT_THERE)
    within = elements[place.element].within
    return [
        Goal(one.id, turn.loaded.name_of(one.id))
        for one in elements.values()
        if one.kind in GOALS and one.within == within and one.id != place.element
    ]


def consequence(session: Session, case: Case, token: str, element: str) -> Consequence:
    """Say what moving would end, without doing it."""
    turn = looked_at(session, case)
    before_tasks = {one.id: one.element for one in turn.run.open_tasks}
    before_timers = {one.id: one.element for one in turn.run.timers}
    turn.run.held = True
    _moved(turn.run, token, element)
    gone = before_tasks.keys() - {one.id for one in turn.run.open_tasks}
    stopped = before_timers.keys() - {one.id for one in turn.run.timers}
    left = turn.called - {one.case for one in turn.run.calls}
    called = session.scalars(select(Case.title).where(Case.id.in_(left)).order_by(Case.id))
    drafts = select(Draft.task_id).join(HumanTask, HumanTask.id == Draft.task_id)
    lost = session.scalars(
        drafts.where(HumanTask.case_id == case.id, HumanTask.engine_id.in_(gone))
    )
    name = turn.loaded.name_of
    order = None if PAID in turn.run.waiting_messages else unpaid_order(session, case)
    return Consequence(
        [name(before_tasks[one]) for one in sorted(gone)],
        [name(before_timers[one]) for one in sorted(stopped)],
        [Text.read(one) for one in called],
        len(list(lost)),
        order.number if order else "",
    )


def move(
    session: Session, actor: Actor, case_id: int, token: str, element: str, reason: str
) -> Case:
    """Take a case away from where it rests and let it go on at another step (H8).

    An order that it waited for and waits for no more is closed, as when a case is ended.

    Raises:
        Invalid: no reason is given.
        Conflict: it does not rest there any more, cannot be moved there, or is suspended.
        StepFailed, BudgetExceeded: when a step behind the move fails; roll back.

    """
    reason = reason_of(reason)

    def change(turn: Turn) -> None:
        under_way(turn.case)
        not_resting(turn.case)
        before = [one.element for one in turn.run.places]
        after = {"at": element}
        turn.record("case.moved", before={"at": before}, after=after, reason=reason)
        _moved(turn.run, token, element)
        resolve(session, "case.step", turn.case.chain_key)

    case = session.get_one(Case, case_id)
    lock_together(session, case)
    unpaid = unpaid_order(session, case)
    act(session, case_id, actor, change)
    leave_unasked(session, case, unpaid, actor)
    return case


def cancel(
    session: Session,
    actor: Actor,
    case_id: int,
    reason: str,
    *,
    outcome: str = "cancelled",
    told: str = "cancelled",
) -> Case:
    """End a case where it stands; what is unpaid need not be paid any more.

    `told` is what the applicant and the trail are told: "cancelled", or "forsaken" by its caller.

    Raises:
        Invalid: a person gives no reason.
        Conflict: it is not under way.

    """
    if not actor.is_system:
        reason = reason_of(reason)

    def change(turn: Turn) -> None:
        under_way(turn.case)
        before = {"at": turn.case.stages}
        turn.record(f"case.{told}", before=before, reason=reason)
        turn.run.cancel()
        projection.close(turn, outcome)
        tell_applicant(session, turn.case, told)

    lock_together(session, session.get_one(Case, case_id))
    case = act(session, case_id, actor, change)
    for kind in ("case.step", "case.timer"):
        resolve(session, kind, case.chain_key)
    close_unpaid(session, case, actor)
    return case


def _moved(run: Run, token: str, element: str) -> None:
    try:
        run.move(token, element)
    except NotWaiting:
        raise Conflict(NOT_THERE) from None
    except LookupError:
        raise Conflict(NO_SUCH_PLACE) from None
