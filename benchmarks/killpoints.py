"""Kill the platform at every boundary of a registration, retry, and look at what is left.

    python -m benchmarks.killpoints [--quick]

A boundary is the start and the end of each SQL statement, before and after each COMMIT, before
and after each send of the outbox. For each one a fresh process begins the step and kills itself
there (SIGKILL); another one repeats the step with the same idempotency key, plays the story to
its end and compares everything that is then in the database with a run that nobody killed.
The last line is JSON.
"""

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select

from benchmarks import setting
from benchmarks.killing import Place, deliveries, in_child, switch, watch
from benchmarks.outcome import Left, faults, left
from certflow import background
from certflow.app import create_app
from certflow.cases import operations, projection, queries
from certflow.cases.models import Case, HumanTask
from certflow.cases.turn import Turn
from certflow.core import clock
from certflow.core.db import Session, db, transaction
from certflow.demo import records
from certflow.demo.story import Cast
from certflow.payments.gateways.choice import present_gateway
from certflow.payments.gateways.sandbox import SIGN_HEADER, TIME_HEADER, sign
from certflow.payments.operations import process_notice, store_notice
from certflow.payments.queries import order_of_case

START = datetime(2026, 11, 20, 9, 0, tzinfo=clock.SHANGHAI)
LEASE_OVER = timedelta(minutes=6)
QUICK = 53
"""A short run takes every 53rd boundary: few of each step."""


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


def commit_state_first() -> None:
    """Make the fault: a transition commits its state, then, in a second transaction, the rest."""
    whole = projection.project

    def in_two(turn: Turn) -> None:
        turn.case.run = turn.run.dump()
        turn.case.version += 1
        turn.session.commit()
        turn.case.version -= 1
        whole(turn)

    projection.project = in_two


class Trial:
    """The story on one database, killed at chosen points."""

    def __init__(self, app: Flask, place: Place, every: int, spoil: Callable[[], None]) -> None:
        """Take the application on `place`; kill at every `every`-th boundary."""
        self.app, self.place, self.every, self.spoil = app, place, every, spoil
        self.points = self.bad = self.repeats = 0
        self.found: Counter[str] = Counter()

    def prepare(self) -> None:
        """Make the people, play the story once without harm and keep each moment of it."""
        self.place.data.mkdir(parents=True)
        self.cast, self.failed = self._child(_people)
        self.steps, self.lengths = story(self.failed), list[int]()
        for step in self.steps:
            self.place.keep(step.name)
            self.lengths.append(self._child(partial(self._play, step)))
        self.reference: Left = self._child(left)

    def kill(self, only: Sequence[str] = ()) -> None:
        """Kill at the chosen points of the steps (of some of them) and look what is left."""
        passed = 0
        for position, step in enumerate(self.steps):
            for at in range(1, self.lengths[position] + 1):
                passed += 1
                if passed % self.every == 0 and (not only or step.name in only):
                    self._point(position, at)

    def _point(self, position: int, at: int) -> None:
        step = self.steps[position]
        self.place.set_back(step.name)
        if self._child(lambda: self._play(step, at)) is not None:
            return
        self.points += 1
        try:
            after: Left | str = self._child(lambda: self._carry_on(position))
        except RuntimeError as error:
            after = str(error)
        found = faults(self.reference, after)
        self.found.update(found.keys())
        self.bad += bool(found)
        self.repeats += after.repeats if isinstance(after, Left) else 0
        for kind, what in found.items():
            print(f"  {kind} after a kill at {step.name}, boundary {at}: {'; '.join(what[:4])}")

    def _child(self, work: Callable[[], Any]) -> Any:
        def inside() -> Any:
            deliveries.append(self.place.data / "deliveries")
            self.spoil()
            with self.app.app_context():
                return work()

        return in_child(inside)

    def _play(self, step: Step, at: int = 0) -> int:
        switch.count, switch.at = 0, at
        with clock.frozen(START + timedelta(hours=step.hours)):
            step.play(Player(self.cast))
        return switch.count

    def _carry_on(self, position: int) -> Left:
        switch.count = switch.at = 0
        player = Player(self.cast)
        for step in self.steps[position:]:
            with clock.frozen(START + timedelta(hours=step.hours)):
                step.play(player)
                if step.worker:
                    player.work_after_a_crash()
        return left()


def _people() -> tuple[Cast, str]:
    with clock.frozen(START):
        town = setting.settle()
        with transaction() as session:
            cast = setting.cast_of(session, town, 0)
            script = setting.Script(session, cast, lambda _element: [])
            return cast, f"audit/{script.application['audit'][0]['id']}"


def run(
    place: Place,
    every: int,
    spoil: Callable[[], None] = lambda: None,
    only: Sequence[str] = (),
) -> Trial:
    """Try one database; keep nothing of it."""
    trial = Trial(create_app(setting.quiet_settings(place.url, place.data)), place, every, spoil)
    try:
        trial.prepare()
        trial.kill(only)
    finally:
        place.clear()
    return trial


def main() -> None:
    """Kill, print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true")
    quick = arguments.parse_args().quick
    watch()
    records.proof()  # fonts are read once, here, not in every child
    result: dict[str, dict[str, int]] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stack.enter_context(setting.postgresql("certflow_bench_kill"))
        for kind, name in (("sqlite", ""), ("postgresql", "certflow_bench_kill")):
            trial = run(Place(folder / kind, name), every=QUICK if quick else 1)
            result[kind] = {"points": trial.points} | {
                fault: trial.found[fault] for fault in ("lost", "doubled", "stuck")
            }
            print(
                f"{kind}: killed at {trial.points} of {sum(trial.lengths)} boundaries; "
                f"{trial.repeats} sends were made twice, each with the same key"
            )
        control = run(
            Place(folder / "control"),
            every=13 if quick else 2,
            spoil=commit_state_first,
            only=("apply", "pre_review", "accept"),
        )
    result["negative_control"] = {"points": control.points, "bad": control.bad}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
