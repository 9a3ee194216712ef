"""What can go wrong with a definition or a run."""

from dataclasses import dataclass
from typing import Literal

from certflow.core.text import Text


@dataclass(frozen=True)
class Finding:
    """One thing the linter has to say about an element (its id, "" for the whole diagram).

    `part` is the file of the bundle it stands in ("bpmn", "table:<file>", "form:<key>"); `place`
    says where in a table: "<decision>: rule 3, input 1".
    """

    element: str
    message: Text
    severity: Literal["error", "warning"] = "error"
    part: str = "bpmn"
    place: str = ""


class DefinitionError(Exception):
    """The diagram, a table or an expression cannot be published; `findings` says what to mend."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("; ".join(f"{one.element}: {one.message.en}" for one in findings))
        self.findings = findings


class BudgetExceeded(Exception):
    """One action took more steps or open tasks than an action may: roll back, show an incident.

    `reason` says which.
    """

    def __init__(self, reason: Text) -> None:
        super().__init__(reason.en)
        self.reason = reason


class StepFailed(Exception):
    """A step of the diagram failed; the run is half advanced and must be thrown away.

    `element` is the step's id, `reason` says why; the cause is chained.
    """

    def __init__(self, element: str, reason: Text) -> None:
        super().__init__(f"{element}: {reason.en}")
        self.element, self.reason = element, reason


class NotWaiting(LookupError):
    """The run does not wait for this task, timer or message (any more)."""
