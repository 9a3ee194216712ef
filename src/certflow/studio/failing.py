"""A step of a trial that failed, in words: the case waits before it, as it would in production (H5)."""

from dataclasses import dataclass
from typing import Any

from certflow.cases.errors import BudgetExceeded, StepFailed
from certflow.core.text import Text


@dataclass(frozen=True)
class Failure:
    """A step that failed behind a move; the case waits before it, as it would in production."""

    element: str
    reason: Text

    def as_json(self) -> dict[str, Any]:
        """Return it as stored."""
        return {"element": self.element, "reason": self.reason.as_json()}


def failure_of(error: StepFailed | BudgetExceeded) -> Failure:
    """Return a failed step in words."""
    if isinstance(error, StepFailed):
        return Failure(error.element, error.reason)
    return Failure(
        "",
        Text(
            f"这一步做不完：{error.reason.zh}。请检查图里有没有停不下来的循环。",
            f"This step does not come to an end: {error.reason.en}. Look for a loop that never stops.",
        ),
    )
