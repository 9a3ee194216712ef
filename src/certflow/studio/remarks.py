"""What checking a draft has to say: one remark, and where it stands."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from certflow.core.text import Text

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Remark:
    """One thing that is wrong ("error") or doubtful ("warning").

    `part` is the draft's part ("bpmn", "form:apply"), `place` the element, the field, the path of
    a setting, or "<decision>: rule 3, input 1"; "" where it is about the whole part.
    """

    part: str
    place: str
    message: Text
    severity: Severity = "error"

    def as_json(self) -> dict[str, Any]:
        """Return it as releases keep it."""
        return {
            "part": self.part,
            "place": self.place,
            "message": self.message.as_json(),
            "severity": self.severity,
        }


def stands_in_the_way(remarks: Iterable[Remark]) -> bool:
    """Tell whether there is an error among them: then nothing is published."""
    return any(one.severity == "error" for one in remarks)
