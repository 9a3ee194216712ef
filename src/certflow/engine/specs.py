"""The node types of a diagram, as SpiffWorkflow task specs that keep no history.

Each class takes the stock one for what it knows (conditions, events, wiring by the parser) and
replaces what looks back into the task tree, or ahead.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn.specs.event_definitions import TerminateEventDefinition
from SpiffWorkflow.bpmn.specs.mixins import (
    BoundaryEventMixin,
    BpmnSpecMixin,
    EndEventMixin,
    ExclusiveGatewayMixin,
    IntermediateCatchEventMixin,
    IntermediateThrowEventMixin,
    ParallelGatewayMixin,
    ReceiveTaskMixin,
    ScriptTaskMixin,
    ServiceTaskMixin,
    StartEventMixin,
    UserTaskMixin,
)

from certflow.core.expressions import Expression, as_stored
from certflow.core.text import Text
from certflow.engine.decisions import Decision
from certflow.engine.diagram import Element
from certflow.engine.errors import StepFailed
from certflow.engine.timers import Schedule, schedule, value_of
from certflow.engine.workflow import Scope, Token


class Node(BpmnSpecMixin):  # type: ignore[misc]
    """What all nodes share: a token arrives, runs or waits, and is replaced by its successors."""

    element: Element

    def _predict(self, *args: object, **kwargs: object) -> None:
        """Predict nothing."""

    def test(self) -> None:
        """Check nothing at run time; the linter has."""

    def _update(self, my_task: Token) -> None:
        if self._update_hook(my_task):
            my_task.go()

    def _update_hook(self, my_task: Token) -> bool:
        """Tell whether the token may run at once."""
        return True

    def _run_hook(self, my_task: Token) -> bool:
        return True

    def _on_complete(self, my_task: Token) -> None:
        my_task.workflow.leave(my_task)

    def _on_error(self, my_task: Token) -> None:
        """Do nothing: the whole run is thrown away."""


class UserTask(Node, UserTaskMixin):  # type: ignore[misc]
    """Waits for a person."""


class StartEvent(Node, StartEventMixin):  # type: ignore[misc]
    """Where a run begins."""


class ThrowEvent(Node, IntermediateThrowEventMixin):  # type: ignore[misc]
    """A milestone: nothing happens but the log line."""


class EndEvent(Node, EndEventMixin):  # type: ignore[misc]
    """Where a token ends; a terminate end event takes all others of its scope with it."""

    def _run_hook(self, my_task: Token) -> bool:
        my_task.workflow.end = self.bpmn_id
        if isinstance(self.event_definition, TerminateEventDefinition):
            for other in my_task.parent.children:
                if other.id != my_task.id:
                    other.cancel()
        return True


class ScriptTask(Node, ScriptTaskMixin):  # type: ignore[misc]
    """Sets variables by `name = expression` lines."""

    def _run_hook(self, my_task: Token) -> bool:
        return bool(self._execute(my_task))


class ServiceTask(Node, ServiceTaskMixin):  # type: ignore[misc]
    """Asks the host for a registered operation."""

    operation: str
    parameters: dict[str, Expression]

    def _run_hook(self, my_task: Token) -> bool:
        host, data = my_task.workflow.host, my_task.data
        now = host.now()
        values = {name: one.evaluate(data, now=now) for name, one in self.parameters.items()}
        my_task.workflow.learn(host.perform(self.operation, values, data) or {})
        return True


class CallActivity(Node):
    """Has the host open a case of another service, and waits until that is over."""

    parameters: dict[str, Expression]
    result: str

    def _update_hook(self, my_task: Token) -> bool:
        host, data = my_task.workflow.host, my_task.data
        now = host.now()
        given = {
            name: as_stored(one.evaluate(data, now=now)) for name, one in self.parameters.items()
        }
        my_task.local["case"] = host.call(self.element.called, given)
        my_task.rest(TaskState.WAITING)
        return False

    def returned(self, my_task: Token, result: Mapping[str, object]) -> None:
        """Go on with what came of the called case."""
        my_task.workflow.learn({self.result: result})
        my_task.go()


class DecisionTask(Node, ServiceTaskMixin):  # type: ignore[misc]
    """Reads a decision table of the bundle into a variable."""

    table: Decision
    result: str

    def _run_hook(self, my_task: Token) -> bool:
        now = my_task.workflow.host.now()
        my_task.workflow.learn({self.result: self.table.decide(my_task.data, now=now)})
        return True


class ExclusiveGateway(Node, ExclusiveGatewayMixin):  # type: ignore[misc]
    """Takes the first flow whose condition holds, else the default."""

    def _run_hook(self, my_task: Token) -> bool:
        name = self.default_task_spec
        for condition, target in self.cond_task_specs:
            if condition is not None and condition._matches(my_task):  # noqa: SLF001 - stock
                name = target
                break
        if name is None:
            reason = Text(
                "没有一个条件成立，也没有默认流向。", "No condition holds and there is no default."
            )
            raise StepFailed(self.bpmn_id, reason)
        my_task.chosen = [self._wf_spec.task_specs[name]]
        return True


class ParallelGateway(Node, ParallelGatewayMixin):  # type: ignore[misc]
    """Forks; joins when every incoming flow has brought a token, which it uses up."""

    def _update_hook(self, my_task: Token) -> bool:
        missing: Counter[str] = Counter(self._inputs)
        missing[my_task.local["from"]] -= 1
        used = []
        for other in my_task.parent.children:
            waits = other.task_spec is self and other.state == TaskState.WAITING
            if waits and missing[other.local["from"]] > 0:
                missing[other.local["from"]] -= 1
                used.append(other)
        if any(count > 0 for count in missing.values()):
            my_task.rest(TaskState.WAITING)
            return False
        for other in used:
            my_task.workflow.drop(other)
        return True


class Catching(Node):
    """An event that waits for a timer or a message."""

    def _update_hook(self, my_task: Token) -> bool:
        my_task.rest(TaskState.WAITING)
        if (timing := self.element.timing) is not None:
            now = my_task.workflow.host.now()
            value = value_of(timing.text, my_task.data, now)
            keep(my_task, schedule(timing.kind, value, now))
        return False

    def repeats(self) -> bool:
        """Tell whether the event goes on waiting after it has fired."""
        return False

    def fire(self, my_task: Token, following: Schedule | None) -> None:
        """Go on from here; a repeating event waits again, a timer for its `following` instant."""
        workflow = my_task.workflow
        workflow.happened(my_task, "fired")
        if not self.repeats() or (self.element.timing is not None and following is None):
            my_task.go()
            return
        if following is not None:
            keep(my_task, following)
        for target in self.outputs:
            workflow.arrive(target, my_task.parent.parent, self.name)


def keep(token: Token, due: Schedule) -> None:
    """Store a timer's instants with its token: they are never computed again."""
    token.local.update(due=due.due.isoformat(), every=due.every, left=due.left)


class CatchEvent(Catching, IntermediateCatchEventMixin):  # type: ignore[misc]
    """An intermediate event on the way."""


class ReceiveTask(Catching, ReceiveTaskMixin):  # type: ignore[misc]
    """A task that waits for a message."""


class BoundaryEvent(Catching, BoundaryEventMixin):  # type: ignore[misc]
    """An event on the edge of a task."""

    def repeats(self) -> bool:
        """Tell whether it lets the task stay open, and so may fire again."""
        return not self.cancel_activity


class Attached(Scope, Node):
    """Holds a task and the events on its edge; goes when the task ends or is interrupted."""

    def _update_hook(self, my_task: Token) -> bool:
        my_task.rest(TaskState.STARTED)
        for target in self.outputs:
            my_task.workflow.arrive(target, my_task, my_task.local["from"])
        return False

    def left(self, scope: Token, token: Token) -> Token:
        """End the rest, unless it was an event that lets the task stay open."""
        outer: Token = scope.parent
        if not (isinstance(token.task_spec, BoundaryEvent) and token.task_spec.repeats()):
            for other in scope.children:
                other.cancel()
            scope.workflow.drop(scope)
        return outer

    def emptied(self, scope: Token) -> None:
        """Nothing is left to wait for."""
        scope.workflow.drop(scope)


class SubProcess(Scope, Node):
    """Holds the tokens of an embedded sub-process until the last has ended."""

    inner_start: Any

    def _update_hook(self, my_task: Token) -> bool:
        my_task.rest(TaskState.STARTED)
        my_task.workflow.arrive(self.inner_start, my_task, self.name)
        return False

    def left(self, scope: Token, token: Token) -> Token:
        """Keep successors inside."""
        return scope

    def emptied(self, scope: Token) -> None:
        """Go on behind the sub-process."""
        scope.go()
