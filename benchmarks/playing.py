"""The steps of the registration story, each playable again with the same idempotency keys."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from benchmarks import setting
from benchmarks.killing import switch
from certflow import background
from certflow.cases import operations, queries
from certflow.cases.models import Case, HumanTask
from certflow.core import clock
from certflow.core.db import Session, db, transaction
from certflow.demo.story import Cast
from certflow.payments.gateways.choice import present_gateway
from certflow.payments.gateways.sandbox import SIGN_HEADER, TIME_HEADER, sign
from certflow.payments.operations import process_notice, store_notice
from certflow.payments.queries import order_of_case

LEASE_OVER = timedelta(minutes=6)


@contextmanager
def killable() -> Iterator[None]:
    """Arm the switch for what a step does."""
    switch.armed = True
    try:
        yield
    finally:
        switch.armed = False


@dataclass(frozen=True)
class Step:
    """A step of the story, so many hours after its start; "worker" steps are rounds of work."""

    name: str
    hours: int
    play: Callable[["Player"], None]
    worker: bool = False


class Player:
    """Plays steps on the one case of the database; each command has the same key each time."""

    def __init__(self, cast: Cast) -> None:
        """Take the people."""
        self.cast = cast

    def start(self) -> None:
        """Begin the case."""
        with killable(), transaction() as session:
            operations.start_case(session, self.cast.applicant, "registration", key="start")

    @property
    def case_id(self) -> int:
        """The id of the case."""
        with self.reading() as session:
            return session.scalars(select(Case.id)).one()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Look something up outside the step's own transactions."""
        session = db.session()
        yield session
        session.rollback()
        db.session.remove()

    def answer(self, method: str, *details: Any, **more: Any) -> None:
        """Complete the tasks of a step of the story, each in its own transaction."""
        for number, command in enumerate(self._commands(method, *details, **more)):
            task, key = command.task, f"{method}/{command.task.id}/{number}"
            with killable(), transaction() as session:
                operations.complete_task(
                    session, command.actor, task.id, command.answers, command.outcome, key=key
                )

    def _commands(self, method: str, *details: Any, **more: Any) -> list[setting.Command]:
        case_id = self.case_id
        with self.reading() as session:
            script = setting.Script(
                session, self.cast, lambda element: _last(session, case_id, element)
            )
            getattr(script, method)(*details, **more)
            session.expunge_all()
            return script.commands

    def pay(self) -> None:
        """Deliver the gateway's signed notice: stored first, then processed."""
        with self.reading() as session:
            raw, headers = _notice(session, self.case_id)
        with killable():
            with transaction() as session:
                stored = store_notice(session, raw, headers, clock.now()).id
            with transaction() as session:
                process_notice(session, stored)

    def work(self) -> None:
        """Do rounds of work until nothing is due."""
        with killable():
            while background.round_of_work():
                pass

    def work_after_a_crash(self) -> None:
        """Do rounds of work now, and again when leases of the dead are over."""
        self.work()
        with clock.frozen(clock.now() + LEASE_OVER):
            self.work()


def _last(session: Session, case_id: int, element: str) -> list[HumanTask]:
    """Return the tasks of an element that were opened together last, whatever their state."""
    tasks = [one for one in queries.all_tasks(session, case_id) if one.element == element]
    return [one for one in tasks if one.opened_in == tasks[-1].opened_in]


def _notice(session: Session, case_id: int) -> tuple[bytes, dict[str, str]]:
    order, gateway = order_of_case(session, case_id), present_gateway()
    if order is None:
        raise LookupError("the case has no order")
    body = {
        "event_id": f"E{order.number}",
        "type": "paid",
        "order": order.number,
        "transaction": f"T{order.number}",
        "amount_fen": order.amount_fen,
        "currency": order.currency,
        "merchant": gateway.merchant,  # type: ignore[attr-defined]
        "occurred_at": clock.now().isoformat(),
    }
    raw, timestamp = json.dumps(body).encode(), str(int(clock.now().timestamp()))
    signature = sign(gateway.secret, timestamp, raw)  # type: ignore[attr-defined]
    return raw, {TIME_HEADER: timestamp, SIGN_HEADER: signature}


def _answers(method: str, *details: Any, **more: Any) -> Callable[[Player], None]:
    return lambda player: player.answer(method, *details, **more)


def story(failed: str) -> list[Step]:
    """Return the steps; `failed` is the record that the experts find wanting."""
    return [
        Step("start", 0, Player.start),
        Step("choose", 1, _answers("choose")),
        Step("apply", 2, _answers("apply")),
        Step("pre_review", 3, _answers("pre_review")),
        Step("pay", 4, Player.pay),
        Step("mail", 5, Player.work, worker=True),
        Step("accept", 6, _answers("accept")),
        Step("assign", 7, _answers("assign")),
        Step("evaluate", 8, _answers("evaluate", fails=[failed])),
        Step("ask_to_correct", 9, _answers("conclude", "correct")),
        Step("remind", 24 * 55, Player.work, worker=True),
        Step("correct", 24 * 56, _answers("correct")),
        Step("evaluate_again", 24 * 56 + 1, _answers("evaluate")),
        Step("conclude", 24 * 56 + 2, _answers("conclude")),
        Step("approve", 24 * 56 + 3, _answers("approve")),
        Step("deliver", 24 * 56 + 4, Player.work, worker=True),
    ]
