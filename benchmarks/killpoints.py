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
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask

from benchmarks import setting
from benchmarks.killing import Place, deliveries, in_child, switch, watch
from benchmarks.outcome import Left, faults, left
from benchmarks.playing import Player, Step, story
from certflow.app import create_app
from certflow.cases import projection
from certflow.cases.models import HumanTask
from certflow.cases.turn import Turn
from certflow.core import clock
from certflow.core.db import transaction
from certflow.demo import records
from certflow.demo.story import Cast

START = datetime(2026, 11, 20, 9, 0, tzinfo=clock.SHANGHAI)
EVERY = 5
"""A full run takes every fifth boundary, over 200 on each database; all of them take an hour."""
QUICK = 53
"""A short run takes every 53rd boundary: few of each step."""


def commit_state_first() -> None:
    """Make the fault: a transition commits its state, then, in a second transaction, the rest."""
    whole = projection.project

    def in_two(turn: Turn) -> list[HumanTask]:
        turn.case.run = turn.run.dump()
        turn.case.version += 1
        turn.session.commit()
        turn.case.version -= 1
        return whole(turn)

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
    arguments.add_argument("--every", type=int, default=EVERY, help="1 takes every boundary")
    options = arguments.parse_args()
    quick = options.quick
    watch()
    records.proof()  # fonts are read once, here, not in every child
    result: dict[str, dict[str, int]] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stack.enter_context(setting.postgresql("certflow_bench_kill"))
        for kind, name in (("sqlite", ""), ("postgresql", "certflow_bench_kill")):
            trial = run(Place(folder / kind, name), every=QUICK if quick else options.every)
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
