"""A case's turn: everything that may happen to a case happens here (design §3).

One transaction: lock the case, refuse a repeated or a stale command, restore the workflow,
apply, run the engine within its budget, save the state, project tasks and timers, audit.
Any exception rolls all of it back and throws the half-advanced workflow away.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import undefer

from certflow.cases import calling, conflicts, projection, registry, versions, webhooks
from certflow.cases.commands import first_time
from certflow.cases.errors import StalePage
from certflow.cases.models import Case, HumanTask
from certflow.core import audit, clock
from certflow.core.actor import SYSTEM, Actor
from certflow.core.db import Session, table_of
from certflow.core.errors import NotFound
from certflow.core.incidents import raise_incident
from certflow.core.prepared import Prepared, write_changes
from certflow.engine.errors import BudgetExceeded, StepFailed
from certflow.engine.runner import Run

_holding: ContextVar[str | None] = ContextVar("holding", default=None)


@contextmanager
def holding(reason: str) -> Iterator[None]:
    """Keep what the person did but do not run on from it: the step behind it just failed.

    The edge rolls a failing command back and repeats it in this block; the case then waits
    before the failing step, with an incident that an administrator can retry.
    """
    token = _holding.set(reason)
    try:
        yield
    finally:
        _holding.reset(token)


@dataclass
class Turn:
    """The present transition of a case; the engine's host while it runs.

    `waited` and `timed` are the engine's ids of the tasks and timers that waited before it,
    `done` of those that were completed in it: the rest of the difference is the engine's.
    `called` are the ids of the cases that it waits for, or that were called in it.
    """

    session: Session
    case: Case
    actor: Actor
    loaded: versions.Loaded
    trail: audit.Trail = field(init=False)
    run: Run = field(init=False)
    waited: frozenset[str] = frozenset()
    timed: frozenset[str] = frozenset()
    done: set[str] = field(default_factory=set)
    called: set[int] = field(default_factory=set)
    memo: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Take up the case's audit chain."""
        case = self.case
        self.trail = audit.Trail(case.chain_key, case.audit_seq, case.audit_head)

    def perform(
        self, operation: str, parameters: Mapping[str, Any], data: Mapping[str, Any]
    ) -> Mapping[str, Any] | None:
        """Carry out a service task's operation."""
        return registry.operations[operation](self.step(data), **parameters)

    def call(self, service: str, given: Mapping[str, Any]) -> int:
        """Open a case of another service, for which this one waits."""
        return calling.open_called(self, service, given)

    def beside(self, case: Case, loaded: versions.Loaded, actor: Actor) -> "Turn":
        """Begin the turn of another case in the same transaction."""
        return Turn(self.session, case, actor, loaded)

    def now(self) -> datetime:
        """Tell the engine the time."""
        return clock.now()

    def record(self, action: str, **details: Any) -> None:
        """Append to the case's audit trail."""
        audit.record(self.session, action, self.actor, chain=self.trail, **details)

    def complete(self, task: HumanTask, variables: Mapping[str, Any]) -> None:
        """Complete a task of this case and let the process run on."""
        self.done.add(task.engine_id)
        self.run.complete(task.engine_id, variables)

    def step(self, data: Mapping[str, Any] | None = None) -> registry.Step:
        """Return the context that operations, checks and choices get."""
        return registry.Step(
            self.session,
            self.case,
            self.trail,
            self.actor,
            self.loaded.settings,
            self.loaded.definition.tables,
            self.run.data if data is None else data,
            self.memo,
        )

    def restore(self) -> None:
        """Bring the workflow back from the case row."""
        self.run = Run.restore(self.loaded.definition, self.case.run, self)
        self.run.held = _holding.get() is not None
        self.waited = frozenset(task.id for task in self.run.open_tasks)
        self.timed = frozenset(timer.id for timer in self.run.timers)
        self.called = {call.case for call in self.run.calls}

    def settle(self) -> None:
        """Save the state and project it into rows."""
        case = self.case
        opened = projection.project(self)
        reason = _holding.get()
        if reason is not None:
            raise_incident(
                self.session, "case.step", reason, subject=case.chain_key, case_id=case.id
            )
            self.record("case.held", reason=reason)
        case.run = self.run.dump()
        case.version += 1
        case.updated_at = clock.now()
        case.audit_seq, case.audit_head = self.trail.audit_seq, self.trail.audit_head
        written = list(self.trail.events)
        audit.write(self.session, self.trail)
        write_changes(self.session, case, _SAVE)
        self.session.flush()
        projection.tell(self, opened)
        webhooks.announce(self, written, opened)
        for task in opened:
            conflicts.report_nobody(self.step(), task, self.loaded.forms[task.form])


_CASES = table_of(Case)
_SAVE = Prepared(update(_CASES).where(_CASES.c.id == bindparam("row_id")))

Change = Callable[[Turn], None]


def act(
    session: Session,
    case: Case | int,
    actor: Actor,
    change: Change,
    *,
    key: str | None = None,
    seen: int | None = None,
) -> Case:
    """Carry out one transition of a case.

    Args:
        session: the transaction it is part of; the edge commits.
        case: the case, by its id or as its locked row.
        actor: who acts.
        change: what happens, on the restored workflow.
        key: the command's idempotency key; the same key again changes nothing.
        seen: the case version that the person's page showed.

    Raises:
        NotFound: when there is no such case.
        StalePage: when the case has moved on since `seen`.
        StepFailed, BudgetExceeded: when a step behind the change fails; roll back.

    """
    case = lock(session, case) if isinstance(case, int) else case
    if key is not None and not first_time(session, key, case, actor):
        return case
    if seen is not None and case.version != seen:
        raise StalePage
    turn = Turn(session, case, actor, versions.loaded(session, case.version_id))
    turn.restore()
    # Half-made rows are written when the turn says so, not before each of its reads.
    with session.no_autoflush:
        change(turn)
        turn.settle()
    return case


def looked_at(session: Session, case: Case) -> Turn:
    """Restore a case's run to look at it; nothing of it is written."""
    turn = Turn(session, case, SYSTEM, versions.loaded(session, case.version_id))
    turn.restore()
    return turn


def lock(session: Session, case_id: int) -> Case:
    """Lock a case's row for this transaction and read it afresh."""
    query = (
        select(Case)
        .where(Case.id == case_id)
        .options(undefer(Case.run))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    case = session.scalar(query)
    if case is None:
        raise NotFound
    return case


__all__ = [
    "BudgetExceeded",
    "StepFailed",
    "Turn",
    "act",
    "holding",
    "lock",
    "looked_at",
]
