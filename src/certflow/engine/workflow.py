"""SpiffWorkflow with tokens in place of history.

The stock engine keeps every finished task in a tree, predicts future ones, and walks the tree after
each step; it slows down with every round and goes deaf at depth 1,000. Here a finished task is
replaced at once by those it gives birth to. What remains is what waits, found by look-up, all of it
over one set of variables: a case costs the same in its first round and in its thousandth.
"""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import uuid4

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.task import Task

from certflow.core.expressions import ExpressionError, as_stored
from certflow.core.text import Text
from certflow.engine.environment import ExpressionEngine
from certflow.engine.errors import BudgetExceeded, StepFailed

MAX_STEPS: Final = 1_000
MAX_TOKENS: Final = 5_000
ROOT: Final = "root"


class Host(Protocol):
    """What the engine asks of the case while it runs; the case package implements it."""

    def perform(
        self, operation: str, parameters: Mapping[str, object], data: Mapping[str, object]
    ) -> Mapping[str, object] | None:
        """Do a registered operation; what it returns becomes variables. Raise to fail the step."""

    def call(self, service: str, given: Mapping[str, object]) -> int:
        """Open a case of another service and return its id; raise to fail the step.

        When it is over, `Run.give_back` goes on.
        """

    def now(self) -> datetime:
        """Return the case's present instant (aware)."""


class Scope(ABC):
    """A node that holds tokens inside its own: repeated tasks, sub-processes, boundary events."""

    @abstractmethod
    def left(self, scope: "Token", token: "Token") -> "Token":
        """Take note that `token` has finished inside; return where its successors belong."""

    @abstractmethod
    def emptied(self, scope: "Token") -> None:
        """Go on: the last token inside is gone."""


class Token(Task):  # type: ignore[misc]
    """A task that is waiting, open or about to run. `local` is what only this token knows."""

    def __init__(
        self,
        workflow: "TokenWorkflow",
        task_spec: Any,
        parent: "Token | None" = None,
        state: int = TaskState.FUTURE,
        id: str | None = None,  # noqa: A002 - SpiffWorkflow's name
        local: dict[str, Any] | None = None,
    ) -> None:
        # The base class is not called: it would ask the clock, draw threads and write a log line.
        self.id = id or uuid4().hex
        self.workflow = workflow
        self.task_spec = task_spec
        self._parent: str | None = None
        self._children: dict[str, None] = {}
        self._state = state
        self.triggered = False
        self.thread_id = 0
        self.internal_data = {} if local is None else local
        self.last_state_change = 0.0
        self.chosen: list[Any] | None = None
        workflow.tasks[self.id] = self
        if parent is not None:
            parent.take_in(self)

    @property
    def local(self) -> dict[str, Any]:
        """Return what only this token knows: its item, its due instant, where it came from."""
        return self.internal_data

    @property
    def data(self) -> dict[str, object]:
        """Return the variables the token sees: the case's, and its own item under its name."""
        named = self.local.get("as")
        data: dict[str, object] = self.workflow.data
        return {**data, str(named): self.local.get("item")} if named else data

    @property
    def holder(self) -> str:
        """Return the id of the scope the token is in."""
        return str(self._parent)

    @property
    def empty(self) -> bool:
        """Tell whether no token is inside this one."""
        return not self._children

    def take_in(self, child: "Token") -> None:
        """Hold a token inside."""
        child._parent = self.id  # noqa: SLF001 - of the same class
        self._children[child.id] = None

    def let_go(self, child: "Token") -> None:
        """Hold it no more."""
        self._children.pop(child.id, None)

    @property
    def element(self) -> str:
        """Return the id of the diagram's element, "" for the engine's own nodes."""
        return self.task_spec.bpmn_id or ""

    def _set_state(self, value: int) -> None:
        self._state = value

    def rest(self, state: int) -> None:
        """Wait (for an event, a person's turn) or hold others inside: WAITING or STARTED."""
        self._state = state

    def go(self) -> None:
        """Be ready: to run when its turn comes, or for a person to take up."""
        self._state = TaskState.READY
        if not self.task_spec.manual:
            self.workflow.queue.append(self)

    def _ready(self) -> None:
        self.go()

    def _add_child(self, task_spec: Any, state: int = TaskState.FUTURE) -> "Token":
        return Token(self.workflow, task_spec, self, state)

    def cancel(self) -> None:
        """Cancel this token and everything inside it."""
        for child in self.children:
            child.cancel()
        self.workflow.happened(self, "cancelled")
        self._state = TaskState.CANCELLED
        self.workflow.drop(self)


class TokenWorkflow(BpmnWorkflow):  # type: ignore[misc]
    """A run: the tokens of one case over one definition's specs."""

    def __init__(
        self,
        spec: Any,
        specs: Mapping[str, object],
        data: dict[str, object],
        host: Host,
        tell: Callable[[str, str, str], None],
    ) -> None:
        super().__init__(spec, script_engine=ExpressionEngine(host.now), deserializing=True)
        self.specs, self.host, self._tell = specs, host, tell
        self.data = data
        self.queue: deque[Token] = deque()
        self.steps = 0
        self.end: str | None = None
        self.task_tree = Token(self, spec.start, state=TaskState.COMPLETED, id=ROOT)

    def tokens(self) -> Iterator[Token]:
        """Return every live token, oldest first."""
        return (token for token in self.tasks.values() if token.id != ROOT)

    def learn(self, values: Mapping[str, object]) -> None:
        """Take over decision variables, as they will be after storing; raise ExpressionError."""
        for name, value in values.items():
            kept = as_stored(value)
            if not (kept is None or isinstance(kept, (str, int, float, list, dict))):
                kind = type(value).__name__
                raise ExpressionError(
                    Text(f"变量 {name} 不能保存（{kind}）。", f"{name} cannot be stored ({kind}).")
                )
            self.data[name] = kept

    def arrive(self, task_spec: Any, scope: Token, source: str) -> None:
        """Put a new token before a node, inside `scope`, coming from the node named `source`."""
        if len(self.tasks) > MAX_TOKENS:
            raise BudgetExceeded(
                Text(f"同时进行的环节超过 {MAX_TOKENS} 个", f"more than {MAX_TOKENS} open tasks")
            )
        self.queue.append(Token(self, task_spec, scope, local={"from": source}))

    def enter(self, token: Token) -> None:
        """Let a new token find out whether it may run or must wait."""
        self.happened(token, "entered")
        with_reason(token, lambda: token.task_spec._update(token))  # noqa: SLF001 - stock

    def leave(self, token: Token) -> None:
        """Replace a finished token by tokens on the nodes that follow."""
        scope, spec = token.parent, token.task_spec
        self.happened(token, "completed")
        self.drop(token)
        outer = scope.task_spec.left(scope, token) if isinstance(scope.task_spec, Scope) else scope
        for target in spec.outputs if token.chosen is None else token.chosen:
            self.arrive(target, outer, spec.name)
        if isinstance(scope.task_spec, Scope) and scope.id in self.tasks and scope.empty:
            scope.task_spec.emptied(scope)

    def drop(self, token: Token) -> None:
        """Forget a token."""
        if self.tasks.pop(token.id, None) is not None and token.parent is not None:
            token.parent.let_go(token)

    def happened(self, token: Token, kind: str) -> None:
        """Tell the log what happened to an element of the diagram."""
        unseen = "index" in token.local or (kind == "cancelled" and token.state == TaskState.FUTURE)
        if token.element and not unseen:
            self._tell(token.element, kind, str(token.local.get("from", "")))

    def advance(self) -> None:
        """Run until only people, timers and messages can go on, within the action's budget."""
        while self.queue:
            self.step()

    def step(self) -> None:
        """Take the token that is next: let it enter its node, or run."""
        token = self.queue.popleft()
        if token.id not in self.tasks:
            return
        if token.state == TaskState.FUTURE:
            self.enter(token)
        else:
            self.run(token)

    def run(self, token: Token) -> None:
        """Run a token, within the action's budget."""
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise BudgetExceeded(
                Text(
                    f"一次操作超过 {MAX_STEPS} 个环节", f"more than {MAX_STEPS} steps in one action"
                )
            )
        with_reason(token, token.run)


def with_reason(token: Token, action: Callable[[], object]) -> None:
    """Do `action`; an error becomes StepFailed with the token's element and a plain reason."""
    try:
        action()
    except (StepFailed, BudgetExceeded):
        raise
    except ExpressionError as error:
        raise StepFailed(token.element, error.message) from error
    except Exception as error:
        told = getattr(error, "message", None)
        kind = type(error).__name__  # its words may quote somebody's data
        reason = told if isinstance(told, Text) else Text(f"执行失败：{kind}", f"Failed: {kind}")
        raise StepFailed(token.element, reason) from error
