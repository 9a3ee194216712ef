"""What a run waits for, as the rest of the platform sees it, and what happened in it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from certflow.engine.workflow import Token


@dataclass(frozen=True)
class OpenTask:
    """A user task that waits for a person. `item` is the instance's own item, if repeated."""

    id: str
    element: str
    name: str
    role: str
    form: str
    item: object | None
    properties: Mapping[str, str]


@dataclass(frozen=True)
class DueTimer:
    """A timer that runs. `due_at` (UTC) was fixed when it was reached; `attached_to` an element."""

    id: str
    element: str
    due_at: datetime
    attached_to: str


class Call(NamedTuple):
    """A called process that is under way: the token's id, its element, the case as the host named it."""

    id: str
    element: str
    case: int


class Place(NamedTuple):
    """Where a run rests: the token's id and its element."""

    id: str
    element: str


@dataclass(frozen=True)
class StepEvent:
    """What happened to an element while this object lived; `source` is where it came from.

    `process` is the key of the definition: whoever watches may see several run.
    """

    element: str
    kind: Literal["entered", "completed", "cancelled", "fired"]
    at: datetime
    source: str = ""
    process: str = ""


_watching: ContextVar[list[StepEvent] | None] = ContextVar("watching", default=None)


@contextmanager
def watching() -> Iterator[list[StepEvent]]:
    """Collect what happens in every run while the block lasts (trials show it, tests measure it)."""
    seen: list[StepEvent] = []
    token = _watching.set(seen)
    try:
        yield seen
    finally:
        _watching.reset(token)


def note(event: StepEvent) -> None:
    """Have whoever watches see what happened."""
    if (seen := _watching.get()) is not None:
        seen.append(event)


def open_task(token: Token) -> OpenTask:
    """Return what a user task's token waits for."""
    element = token.task_spec.element
    return OpenTask(
        token.id,
        element.id,
        element.name,
        element.lane,
        element.form,
        token.local.get("item"),
        element.properties,
    )


def due_timer(token: Token) -> DueTimer:
    """Return what a timer's token waits for."""
    element, due = token.task_spec.element, datetime.fromisoformat(token.local["due"])
    return DueTimer(token.id, element.id, due, element.attached_to)


def call(token: Token) -> Call:
    """Return the case that a call activity's token waits for."""
    return Call(token.id, token.element, token.local["case"])
