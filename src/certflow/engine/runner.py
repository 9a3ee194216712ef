"""The door to the engine: start a run, move it on, ask what it waits for, store it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, cast

from SpiffWorkflow import TaskState

from certflow.engine import state
from certflow.engine.definitions import Definition
from certflow.engine.errors import BudgetExceeded, NotWaiting, StepFailed
from certflow.engine.instances import RepeatedTask
from certflow.engine.parser import EDGE
from certflow.engine.specs import Attached, BoundaryEvent, CallActivity, Catching, ParallelGateway
from certflow.engine.timers import Schedule, next_round
from certflow.engine.waiting import (
    Call,
    DueTimer,
    OpenTask,
    Place,
    StepEvent,
    call,
    due_timer,
    note,
    open_task,
    watching,
)
from certflow.engine.workflow import Host, Token, TokenWorkflow, with_reason

__all__ = [
    "BudgetExceeded",
    "Call",
    "DueTimer",
    "Host",
    "NotWaiting",
    "OpenTask",
    "Place",
    "Run",
    "StepEvent",
    "StepFailed",
    "watching",
]


class Run:
    """One case's way through a definition.

    After StepFailed or BudgetExceeded the object is half advanced: throw it away, restore the
    stored state. `log` is what happened since the object was made. With `held` set, an action is
    taken but not run on from; `advance` goes on later.
    """

    def __init__(self, definition: Definition, data: dict[str, object], host: Host) -> None:
        self.definition, self.log = definition, list[StepEvent]()
        self.held = False
        self._host = host
        self._workflow = TokenWorkflow(
            definition.spec, definition.nodes, data, host, self._happened
        )

    @classmethod
    def start(cls, definition: Definition, data: Mapping[str, object], host: Host) -> "Run":
        """Begin a run with these variables and go to where it first waits."""
        run = cls(definition, dict(data), host)
        workflow = run._workflow
        for first in definition.spec.start.outputs:
            workflow.arrive(first, workflow.task_tree, "")
        workflow.advance()
        return run

    @classmethod
    def restore(cls, definition: Definition, stored: bytes, host: Host) -> "Run":
        """Take up a stored run; raise LookupError if the definition lacks a node it stands on."""
        read = state.read(stored)
        run = cls(definition, read["data"], host)
        state.fill(run._workflow, read)
        return run

    def dump(self) -> bytes:
        """Return the state to store, small and flat for ever."""
        return state.dump(self._workflow)

    def complete(self, task_id: str, data: Mapping[str, object]) -> None:
        """Finish an open task with its decision variables, then go on.

        Raises NotWaiting if it is not open, StepFailed, BudgetExceeded.
        """
        token = self._token(task_id)
        if token.state != TaskState.READY or not token.task_spec.manual:
            raise NotWaiting(task_id)
        if "index" in token.local:
            token.local["decided"] = dict(data)
        if "index" not in token.local or not token.task_spec.element.properties.get("result"):
            with_reason(token, lambda: self._workflow.learn(data))
        self._workflow.run(token)
        self._go_on()

    def send(self, message: str, data: Mapping[str, object]) -> None:
        """Hand a message, by its name, to every event that waits for it; its data become variables.

        Raises NotWaiting if nothing does.
        """
        waiting = [one for one in self._catching() if one.task_spec.element.message == message]
        if not waiting:
            raise NotWaiting(message)
        with_reason(waiting[0], lambda: self._workflow.learn(data))
        for token in waiting:
            if token.id in self._workflow.tasks:
                token.task_spec.fire(token, None)
        self._go_on()

    def fire(self, timer_id: str) -> None:
        """Fire exactly this timer, whatever the clock says; raise NotWaiting if it runs no more."""
        token = self._token(timer_id)
        if "due" not in token.local or token.state != TaskState.WAITING:
            raise NotWaiting(timer_id)
        local = token.local
        reached = Schedule(datetime.fromisoformat(local["due"]), local["every"], local["left"])
        token.task_spec.fire(token, next_round(reached, self._host.now()))
        self._go_on()

    def give_back(self, call_id: str, result: Mapping[str, object]) -> None:
        """Go on behind a called process that is over, with what came of it.

        Raises NotWaiting if nothing waits for it (any more), StepFailed, BudgetExceeded.
        """
        token = self._token(call_id)
        if token.state != TaskState.WAITING or not isinstance(token.task_spec, CallActivity):
            raise NotWaiting(call_id)
        with_reason(token, lambda: token.task_spec.returned(token, result))
        self._go_on()

    def move(self, token_id: str, element: str) -> None:
        """Take an open task or a running timer's place away and go on at another element.

        What surrounds it (the other instances, the timers on its edge) goes with it. Raises
        NotWaiting if it is not there, LookupError if `element` is not on the same level or joins.
        """
        token, target = self._token(token_id), self._entrance(element)
        while isinstance(token.parent.task_spec, (Attached, RepeatedTask)):
            token = token.parent
        place = token.task_spec.element if token.element else token.children[0].task_spec.element
        if self.definition.elements[element].within != place.within:
            raise LookupError(element)
        scope = token.parent
        token.cancel()
        self._workflow.arrive(target, scope, "")
        self._go_on()

    def reopen(self, element: str) -> None:
        """Let a finished run go on at an element of its top level.

        Raises LookupError if it is not finished, or there is no such place.
        """
        target = self._entrance(element)
        if not self.finished or self.definition.elements[element].within:
            raise LookupError(element)
        self._workflow.end = None
        self._workflow.arrive(target, self._workflow.task_tree, "")
        self._go_on()

    def _entrance(self, element: str) -> Any:
        """Return the node at which tokens enter an element."""
        nodes = self.definition.nodes
        node = nodes[element]
        if isinstance(node, (ParallelGateway, BoundaryEvent)):
            raise LookupError(element)  # noqa: TRY004 - of the diagram, not of Python
        return nodes.get(f"{element}{EDGE}", node)

    def cancel(self) -> None:
        """End the run where it stands; all open tasks and timers go."""
        for token in self._workflow.task_tree.children:
            token.cancel()

    @property
    def open_tasks(self) -> list[OpenTask]:
        """Return the user tasks that wait for people."""
        ready = (one for one in self._workflow.tokens() if one.state == TaskState.READY)
        return [open_task(one) for one in ready if one.task_spec.manual]

    @property
    def places(self) -> list[Place]:
        """Return what the run rests on that could be moved: tasks, events, a step that failed."""
        return [
            Place(one.id, one.element)
            for one in self._workflow.tokens()
            if one.element
            and (one.state != TaskState.STARTED or isinstance(one.task_spec, RepeatedTask))
            and "index" not in one.local
            and not isinstance(one.task_spec, (BoundaryEvent, ParallelGateway))
        ]

    @property
    def timers(self) -> list[DueTimer]:
        """Return the timers that run."""
        return [due_timer(one) for one in self._catching() if "due" in one.local]

    @property
    def calls(self) -> list[Call]:
        """Return the called processes that are under way."""
        calling = (one for one in self._workflow.tokens() if one.state == TaskState.WAITING)
        return [call(one) for one in calling if isinstance(one.task_spec, CallActivity)]

    @property
    def waiting_messages(self) -> list[str]:
        """Return the names of the messages the run waits for."""
        named = {one.task_spec.element.message: None for one in self._catching()}
        return [name for name in named if name]

    @property
    def waits_at(self) -> list[str]:
        """Return the elements at which the run waits for people, called processes, messages."""
        catching = (one.task_spec.element for one in self._catching())
        messages = [one.id for one in catching if one.message]
        tasks, calls = self.open_tasks, self.calls
        others = [*(one.element for one in tasks), *(one.element for one in calls)]
        return list(dict.fromkeys([*others, *messages]))

    @property
    def finished(self) -> bool:
        """Tell whether nothing is left to wait for."""
        return next(self._workflow.tokens(), None) is None

    @property
    def end(self) -> str | None:
        """Return the id of the end event that was reached last."""
        return self._workflow.end

    @property
    def data(self) -> dict[str, object]:
        """Return the decision variables."""
        return self._workflow.data

    def _catching(self) -> list[Token]:
        waiting = (one for one in self._workflow.tokens() if one.state == TaskState.WAITING)
        return [one for one in waiting if isinstance(one.task_spec, Catching)]

    def _token(self, number: str) -> Token:
        token = self._workflow.tasks.get(number)
        if token is None:
            raise NotWaiting(number)
        return cast("Token", token)

    def advance(self) -> None:
        """Go on from where an action was held; nothing happens when nothing was."""
        self._workflow.advance()
        self._workflow.steps = 0

    def _go_on(self) -> None:
        if not self.held:
            self.advance()

    def _happened(self, element: str, kind: str, source: str) -> None:
        told = cast("Literal['entered', 'completed', 'cancelled', 'fired']", kind)
        event = StepEvent(element, told, self._host.now(), source, self.definition.key)
        self.log.append(event)
        note(event)
