"""Where SpiffWorkflow wants to run a diagram's text as Python: our language answers instead.

SpiffWorkflow evaluates in 21 places. All of them end in a script engine's environment, some reach
past the engine for it, so it is the environment that is replaced; eval and exec are in neither.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NoReturn

from SpiffWorkflow.bpmn.script_engine import (
    BasePythonScriptEngineEnvironment,
    PythonScriptEngine,
)

from certflow.core.expressions import compile_assignments, compile_expression
from certflow.core.text import Text
from certflow.engine.errors import StepFailed


class ExpressionEnvironment(BasePythonScriptEngineEnvironment):  # type: ignore[misc]
    """Evaluates with the allow-list language; `now` is the host's clock."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__()
        self.now = now

    def evaluate(
        self, expression: str, context: Mapping[str, object], external_context: object = None
    ) -> object:
        """Return the value of an expression over the case's variables."""
        del external_context
        return compile_expression(expression).evaluate(context, now=self.now())

    def execute(
        self, script: str, context: dict[str, object], external_context: object = None
    ) -> bool:
        """Run the `name = expression` lines of a script task over the case's variables."""
        del external_context
        compile_assignments(script).apply(context, now=self.now())
        return True

    def call_service(self, context: object, **kwargs: object) -> NoReturn:
        """Refuse: operations are called through the host, by registered name."""
        raise StepFailed("", Text("不允许调用外部服务。", "Calling services is not allowed."))


class ExpressionEngine(PythonScriptEngine):  # type: ignore[misc]
    """The script engine with our environment, without the wrappers that parse text as Python."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__(ExpressionEnvironment(now))

    def validate(self, expression: str) -> None:
        """Check an expression against the language."""
        compile_expression(expression)

    def evaluate(self, task: object, expression: str, external_context: object = None) -> object:
        """Return the value of an expression over the task's data."""
        data: Mapping[str, object] = task.data  # type: ignore[attr-defined]
        return self.environment.evaluate(expression, data, external_context)

    def execute(self, task: object, script: str, external_context: object = None) -> object:
        """Run assignment lines over the task's data."""
        data: dict[str, object] = task.data  # type: ignore[attr-defined]
        return self.environment.execute(script, data, external_context)

    def call_service(self, task: object, **kwargs: object) -> object:
        """Refuse, as the environment does."""
        return self.environment.call_service(getattr(task, "data", {}), **kwargs)
