"""Trials: somebody tries a process out, step by step, in a world of its own (catalogue H5).

A trial's row keeps that world at its beginning and now, and the script of what was done; a step
back plays the script again without its end, so that it always arrives where it did.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, time
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.orm import undefer

from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import AppError, Invalid, NotFound
from certflow.core.text import Text
from certflow.studio import beginning, scenario_shape, scenarios, world
from certflow.studio.models import Trial
from certflow.studio.sandbox import Done, Move, Sandbox

MOST_STEPS: Final = scenario_shape.MOST_STEPS
MOST_KEPT: Final = 5
"""So many trials of a process somebody keeps; the oldest goes when another begins."""
NINE: Final = time(9, 0)
_LENGTH: Final = 8
TOO_MANY = Text(
    "一次试运行最多 100 步，请重新开始。", "A trial has at most 100 steps. Please start afresh."
)


def begin(
    session: Session,
    actor: Actor,
    key: str,
    content: Mapping[str, Any],
    moves: list[Move],
    at: datetime | None = None,
) -> Trial:
    """Begin a trial of a bundle's content with its first moves.

    Raises:
        AppError: the service cannot be started so, with the reason.
        certflow.engine.errors.DefinitionError: the bundle has an error.
        certflow.forms.definition.FormError: one of its forms has an error.

    """
    _forget(session, actor, key)
    begun = at or datetime.combine(clock.today(), NINE, clock.SHANGHAI)
    neighbours = scenarios.neighbours_of(session, key)
    first = world.begun(key, content, begun, neighbours, beginning.lived)
    now = clock.now()
    trial = Trial(
        key=key,
        user_id=actor.user_id,
        bundle={group: one for group, one in content.items() if group != "scenarios"},
        world=_joined(world.packed(first), b""),
        script=[],
        at=begun,
        created_at=now,
        changed_at=now,
    )
    _play(trial, moves, begun)
    session.add(trial)
    session.flush()
    return trial


def trial_of(session: Session, actor: Actor, trial_id: int, *, lock: bool = False) -> Trial:
    """Return one's own trial; NotFound when it is not there or another's."""
    query = select(Trial).where(Trial.id == trial_id, Trial.user_id == actor.user_id)
    query = query.options(undefer(Trial.bundle), undefer(Trial.world))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found


def trials_of(session: Session, actor: Actor, key: str) -> list[Trial]:
    """Return one's own trials of a process, the newest first."""
    query = select(Trial).where(Trial.key == key, Trial.user_id == actor.user_id)
    return list(session.scalars(query.order_by(Trial.changed_at.desc(), Trial.id.desc())))


@contextmanager
def opened(trial: Trial) -> Iterator[Sandbox]:
    """Open a trial's world as it stands now; changes count once `store` was called."""
    with world.opened(world.unpacked(_split(trial.world)[1])) as inner:
        yield Sandbox(trial.key, inner, trial.at)


def store(trial: Trial, sandbox: Sandbox) -> None:
    """Keep a trial's world as it stands."""
    first, _now = _split(trial.world)
    trial.world = _joined(first, world.packed(world.dump(sandbox.session)))
    trial.at, trial.changed_at = sandbox.at, clock.now()


def act(session: Session, trial: Trial, sandbox: Sandbox, move: Move) -> Done:
    """Carry out a move in an opened trial and keep what came of it.

    Raises:
        AppError: it cannot be done now; nothing has changed.

    """
    if len(trial.script) >= MOST_STEPS:
        raise Invalid(TOO_MANY)
    done = sandbox.do(move)
    trial.script = [*trial.script, done.as_json()]
    store(trial, sandbox)
    session.flush()
    return done


def back(session: Session, trial: Trial, to: int) -> None:
    """Go back to after the step number `to` (at least the first): play the script up to there."""
    moves = [one["move"] for one in trial.script[: max(1, to)]]
    begun = world.unpacked(_split(trial.world)[0])
    with world.opened(begun) as inner:
        first = _began(trial)
        _replay(trial, Sandbox(trial.key, inner, first), moves)
    session.flush()


def begin_from(
    session: Session,
    actor: Actor,
    key: str,
    content: Mapping[str, Any],
    scenario: Mapping[str, Any],
    upto: int,
) -> tuple[Trial, Text | None]:
    """Begin a trial that goes the way of a test, as far as wanted and as far as that leads."""
    scenario_shape.checked(scenario)
    steps = [
        {name: one for name, one in step.items() if name != "then"} for step in scenario["steps"]
    ]
    return _along(
        session, actor, key, content, steps[: max(1, upto)], scenario_shape.starts_at(scenario)
    )


def renew(
    session: Session, actor: Actor, trial: Trial, content: Mapping[str, Any]
) -> tuple[Trial, Text | None]:
    """Go the way of a trial again with other content, as far as that leads.

    Returns the new trial, and why the next step cannot be done when not all of them could.
    """
    moves = [one["move"] for one in trial.script]
    fresh, missed = _along(session, actor, trial.key, content, moves, _began(trial))
    session.delete(trial)
    session.flush()
    return fresh, missed


def _along(
    session: Session,
    actor: Actor,
    key: str,
    content: Mapping[str, Any],
    moves: list[Move],
    at: datetime,
) -> tuple[Trial, Text | None]:
    """Begin a trial with the first move, then go on; say what stopped it, if something did."""
    first, *rest = moves
    trial = begin(session, actor, key, content, [first], at)
    with opened(trial) as box:
        for move in rest:
            try:
                act(session, trial, box, move)
            except AppError as error:
                return trial, error.message
    return trial, None


def discard(session: Session, trial: Trial) -> None:
    """Forget a trial."""
    session.delete(trial)
    session.flush()


def as_scenario(trial: Trial, sandbox: Sandbox, title: Text) -> dict[str, Any]:
    """Make a test of what was done in an opened trial."""
    return scenarios.recorded(title, _began(trial), trial.script, sandbox)


def _play(trial: Trial, moves: list[Move], at: datetime) -> None:
    with world.opened(world.unpacked(_split(trial.world)[0])) as inner:
        _replay(trial, Sandbox(trial.key, inner, at), moves)


def _replay(trial: Trial, sandbox: Sandbox, moves: list[Move]) -> None:
    began = sandbox.at
    script = [sandbox.do(move).as_json() for move in moves]
    if script:
        script[0]["began"] = began.isoformat()
    trial.script = script
    store(trial, sandbox)


def _began(trial: Trial) -> datetime:
    return datetime.fromisoformat(trial.script[0]["began"])


def _forget(session: Session, actor: Actor, key: str) -> None:
    """Let go of the oldest trials: made-up as they are, nobody comes back for them."""
    old = [one.id for one in trials_of(session, actor, key)[MOST_KEPT - 1 :]]
    if old:
        session.execute(delete(Trial).where(Trial.id.in_(old)))


def _joined(first: bytes, now: bytes) -> bytes:
    return len(first).to_bytes(_LENGTH, "big") + first + (now or first)


def _split(stored: bytes) -> tuple[bytes, bytes]:
    length = int.from_bytes(stored[:_LENGTH], "big")
    return stored[_LENGTH : _LENGTH + length], stored[_LENGTH + length :]
