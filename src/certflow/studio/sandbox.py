"""Runs any bundle in a world of its own, with the code that runs in production (catalogue H5).

What is done is a list of moves, plain JSON: the same in a trial and in a process's own tests.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from certflow.cases import operations, running, versions
from certflow.cases.errors import BudgetExceeded, StepFailed
from certflow.cases.models import Case, HumanTask
from certflow.cases.queries import tasks_of
from certflow.cases.turn import Turn, holding
from certflow.core.actor import SYSTEM, Actor
from certflow.core.db import Session, keep
from certflow.core.errors import Invalid
from certflow.core.incidents import reason_of
from certflow.core.text import Text
from certflow.engine.runner import StepEvent, watching
from certflow.payments.models import CREATED
from certflow.payments.operations import Payment, mark_paid
from certflow.payments.queries import order_of_case
from certflow.studio import called, cast, timing, world
from certflow.studio.failing import Failure, failure_of
from certflow.studio.performing import complete, performer

Move = dict[str, Any]
NO_TASK = Text("现在没有这个环节的待办。", "No task of this step is open now.")
NO_ORDER = Text("现在没有待缴的订单。", "There is no order to be paid now.")
NOT_BEGUN = Text("还没有开始办理。", "Nothing has been started yet.")
UNKNOWN = Text("不认识的步骤：{do}", "Unknown step: {do}")


@dataclass(frozen=True)
class Done:
    """What a move did: elements reached in their order, flows taken, where it stands, a failure."""

    move: Move
    at: datetime
    reached: list[str]
    flows: list[str]
    then: list[str]
    failure: Failure | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as stored in a trial's script."""
        return {
            "move": self.move,
            "at": self.at.isoformat(),
            "reached": self.reached,
            "flows": self.flows,
            "then": self.then,
            "failure": self.failure.as_json() if self.failure else None,
        }


@dataclass
class Sandbox:
    """One case of one process in a world of its own. `at` is that world's clock."""

    key: str
    session: Session
    at: datetime
    memo: dict[str, Any] = field(default_factory=dict)

    @property
    def case(self) -> Case | None:
        """The case, once the service was started."""
        mine = select(Case).where(Case.service == self.key).order_by(Case.id.desc()).limit(1)
        return self.session.scalar(mine)

    @property
    def the_case(self) -> Case:
        """The case; Invalid before it was started."""
        case = self.case
        if case is None:
            raise Invalid(NOT_BEGUN)
        return case

    @property
    def loaded(self) -> versions.Loaded:
        """The version that is tried out."""
        return versions.active(self.session, self.key)

    @contextmanager
    def inside(self) -> Iterator[Session]:
        """Look or act inside the world; what is written counts once it was kept (`core.db.keep`)."""
        with world.living(self.session, self.at):
            yield self.session

    def open_tasks(self) -> list[HumanTask]:
        """Return the tasks that wait now."""
        case = self.case
        return tasks_of(self.session, case.id) if case else []

    def variables(self) -> dict[str, object]:
        """Return the decision variables of the case."""
        case = self.case
        if case is None:
            return {}
        with self.inside():
            turn = Turn(self.session, case, SYSTEM, self.loaded)
            turn.restore()
            return dict(turn.run.data)

    def do(self, move: Move) -> Done:
        """Carry out one move; what becomes due through it happens too.

        Raises:
            AppError: it cannot be done now, with the reason; nothing has changed.

        """
        acts: dict[str, Callable[[Move], list[Failure]]] = {
            "start": self._start,
            "task": self._task,
            "pay": self._pay,
            "wait": self._wait,
            "withdraw": self._withdraw,
            "retry": self._retry,
            "called": self._called,
        }
        act = acts.get(str(move.get("do")))
        if act is None:
            raise Invalid(UNKNOWN.filled(do=move.get("do")))
        before = self.at
        with watching() as seen:
            try:
                failures = act(move)
            except BaseException:
                self.at = before
                raise
        seen = [one for one in seen if one.process == self.key]
        case = self.case
        return Done(
            move=move,
            at=self.at,
            reached=reached_in(self.loaded, seen, case),
            flows=flows_in(self.loaded, seen),
            then=list(case.stages) if case else [],
            failure=failures[-1] if failures else None,
        )

    def _start(self, move: Move) -> list[Failure]:
        def start() -> None:
            actor = cast.starter(self.session, str(move.get("as", cast.NEWCOMER)))
            operations.start_case(self.session, actor, self.key, given=move.get("given"))

        return self.carry_out(start)

    def _task(self, move: Move) -> list[Failure]:
        def answer() -> None:
            task = self.task(str(move.get("element")), int(move.get("nth") or 0))
            complete(self.session, task, move.get("data") or {}, str(move.get("outcome", "")))

        return self.carry_out(answer)

    def task(self, element: str, nth: int = 0) -> HumanTask:
        """Return an open task of an element, the first opened first; Invalid when there is none."""
        found = [one for one in self.open_tasks() if one.element == element]
        if not found:
            raise Invalid(NO_TASK)
        return found[min(nth, len(found) - 1)]

    def performer(self, task: HumanTask) -> Actor:
        """Return who does a task, after taking it."""
        with self.inside():
            found = performer(self.session, task)
            keep(self.session)
            return found

    def _pay(self, _move: Move) -> list[Failure]:
        def pay() -> None:
            order = order_of_case(self.session, self.the_case.id)
            if order is None or order.state != CREATED:
                raise Invalid(NO_ORDER)
            name = f"TRIAL-{order.number}"
            payment = Payment("online", name, order.amount_fen, "CNY", self.at)
            mark_paid(self.session, order.id, payment)

        return self.carry_out(pay)

    def _withdraw(self, move: Move) -> list[Failure]:
        def withdraw() -> None:
            case = self.the_case
            role = "body_staff" if case.applicant_organisation_id else "applicant"
            actor = cast.actor_of(self.session, case.applicant_id, role)
            reason = str(move.get("reason") or "试用：撤回")
            operations.withdraw(self.session, actor, case.id, reason, None)

        return self.carry_out(withdraw)

    def _retry(self, _move: Move) -> list[Failure]:
        return self.carry_out(lambda: running.retry(self.session, SYSTEM, self.the_case.id))

    def _called(self, move: Move) -> list[Failure]:
        return self.carry_out(lambda: called.end(self, move))

    def _wait(self, move: Move) -> list[Failure]:
        return timing.wait(self, move)

    def carry_out(self, work: Callable[[], object]) -> list[Failure]:
        """Do a piece of work as the edge does: whole or not at all, held where a step fails."""
        self.session.expire_all()
        with self.inside():
            try:
                return self._try(work)
            except BaseException:
                self.session.rollback()
                raise

    def _try(self, work: Callable[[], object]) -> list[Failure]:
        try:
            work()
            keep(self.session)
        except (StepFailed, BudgetExceeded) as failed:
            self.session.rollback()
            self.session.expire_all()
            with holding(str(failed)):
                work()
            keep(self.session)
            return [failure_of(failed)]
        except SQLAlchemyError as error:  # its words may quote a row
            self.session.rollback()
            raise Invalid(Text.read(reason_of(error))) from error
        return []


def reached_in(loaded: versions.Loaded, seen: list[StepEvent], case: Case | None) -> list[str]:
    """Return the elements that were reached, in their order.

    An event on a border was reached when it fired, not when its task was.
    """
    elements = loaded.definition.elements
    found: list[str] = []
    for event in seen:
        known = elements.get(event.element)
        border = known is not None and bool(known.attached_to)
        wanted = event.kind == ("fired" if border else "entered")
        if wanted and not (found and found[-1] == event.element):
            found.append(event.element)
    if case is not None and case.outcome == "withdrawn" and case.state == "closed":
        found += [] if "withdrawn" in found else ["withdrawn"]
    return found


def flows_in(loaded: versions.Loaded, seen: list[StepEvent]) -> list[str]:
    """Return the flows that were taken."""
    pairs = {(event.source, event.element) for event in seen if event.kind == "entered"}
    flows = loaded.definition.flows.values()
    return [one.id for one in flows if (one.source, one.target) in pairs]
