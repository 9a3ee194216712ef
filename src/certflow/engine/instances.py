"""A task repeated over a list: one token an item, all at once or one after the other."""

from typing import Any, Final

from SpiffWorkflow import TaskState

from certflow.core.expressions import compile_expression
from certflow.core.text import Text
from certflow.engine.diagram import Instances
from certflow.engine.errors import BudgetExceeded, StepFailed
from certflow.engine.specs import Node
from certflow.engine.workflow import MAX_TOKENS, Scope, Token

MAX_INSTANCES: Final = 1_000


class RepeatedTask(Scope, Node):
    """Holds the instances; ends with the last of them, or when the completion condition holds."""

    task_spec: str

    def __init__(self, wf_spec: object, name: str, task_spec: str, **kwargs: Any) -> None:
        super().__init__(wf_spec, name, **kwargs)
        self.task_spec = task_spec

    @property
    def rule(self) -> Instances:
        """Return how the diagram wants the task repeated."""
        rule = self.element.instances
        if rule is None:
            raise LookupError(self.name)
        return rule

    def _update_hook(self, my_task: Token) -> bool:
        items = self._items(my_task)
        my_task.rest(TaskState.STARTED)
        my_task.local.update(total=len(items), completed=0, results=[])
        if self.rule.sequential:
            my_task.local["remaining"] = items
            return not self._start_next(my_task)
        for index, item in enumerate(items):
            self._start(my_task, index, item)
        return not items

    def _items(self, my_task: Token) -> list[object]:
        rule, data = self.rule, my_task.data
        if rule.collection:
            value = compile_expression(rule.collection).evaluate(data)
        else:
            count = my_task.workflow.script_engine.evaluate(my_task, rule.cardinality)
            if not isinstance(count, int) or isinstance(count, bool) or count < 0:
                raise self._failed(
                    "重复次数须为非负整数。", "The number of instances must be 0 or more."
                )
            value = list(range(min(count, MAX_TOKENS)))
        if not isinstance(value, list):
            raise self._failed("重复任务需要一个列表。", "A repeated task needs a list.")
        if len(value) > MAX_INSTANCES:
            raise BudgetExceeded(
                Text(
                    f"“{self.name}”一次要重复 {MAX_INSTANCES} 份以上",
                    f"{self.name}: more than {MAX_INSTANCES} instances",
                )
            )
        return value

    def _start(self, scope: Token, index: int, item: object) -> None:
        local = {"from": self.name, "index": index, "item": item, "as": self.rule.item}
        workflow = scope.workflow
        inner = self._wf_spec.task_specs[self.task_spec]
        workflow.enter(Token(workflow, inner, scope, local=local))

    def _start_next(self, scope: Token) -> bool:
        remaining = scope.local.get("remaining")
        if not remaining:
            return False
        item, total = remaining.pop(0), scope.local["total"]
        self._start(scope, total - len(remaining) - 1, item)
        return True

    def left(self, scope: Token, token: Token) -> Token:
        """Note what the instance decided; end the others if that is enough."""
        local = scope.local
        local["completed"] = local["completed"] + 1
        if "decided" in token.local:
            local["results"].append([token.local["index"], token.local["decided"]])
        if self.rule.until and self._enough(scope):
            local["remaining"] = []
            for other in scope.children:
                other.cancel()
        return scope

    def _enough(self, scope: Token) -> bool:
        names = {**scope.data, "completed": scope.local["completed"], "total": scope.local["total"]}
        now = scope.workflow.host.now()
        return bool(compile_expression(self.rule.until).evaluate(names, now=now))

    def emptied(self, scope: Token) -> None:
        """Start the next of a sequence, or go on."""
        if not self._start_next(scope):
            scope.go()

    def _run_hook(self, my_task: Token) -> bool:
        if name := self.element.properties.get("result"):
            results = sorted(my_task.local["results"], key=_index)
            my_task.workflow.data[name] = [decided for _, decided in results]
        return True

    def _failed(self, zh: str, en: str) -> StepFailed:
        return StepFailed(self.bpmn_id, Text(zh, en))


def _index(result: list[Any]) -> int:
    return int(result[0])
