"""Appeals against decisions of the association: what the diagram asks of the cases (D3)."""

from collections.abc import Mapping

from certflow.cases import appealing, registry, subjects
from certflow.cases.models import Case
from certflow.cases.registry import Choice, Exhibit, Step
from certflow.cases.subjects import Filer, Subject
from certflow.cases.turn import lock
from certflow.core import clock
from certflow.core.db import Session
from certflow.core.text import Text

NONE = Text(
    "您没有可以申诉的决定。协会作出不予受理、不予注册等决定后，可以在 30 个自然日内申诉。",
    "There is no decision of yours to appeal. After a refusal you have 30 calendar days.",
)
HAD_A_PART = Text("办理过被申诉的业务，需要回避", "had a part in the case and has to stand back")


registry.choice("appeal.decisions")(subjects.offered)
registry.check("appeal.in_time")(subjects.still_free)


@subjects.subjects("appeal", "case", none=NONE, lock=lock)
def decisions(session: Session, filer: Filer, only: str) -> list[Subject]:
    """List the appellant's decisions, each once and in time; one taken up again is found by `only`."""
    mine = appealing.decisions_of(session, *filer)
    asked = [session.get(Case, int(only))] if only else mine
    return [appealing.as_subject(session, one, filer, theirs=one in mine) for one in asked if one]


@registry.choice("appeal.reopen_at")
def reopen_at(step: Step) -> list[Choice]:
    """Offer the steps at which the service appealed lets a case be taken up again."""
    return appealing.steps_to_reopen(step.session, _appealed(step))


@registry.exhibit("appeal.decision_appealed")
def decision_appealed(step: Step) -> Exhibit:
    """Show the decision and its reasons beside everything that is done about it."""
    filed = step.case.submitted_at or clock.now()
    appellant = subjects.filer_of_case(step.case)
    return appealing.as_exhibit(step.session, _appealed(step), appellant, filed)


@registry.stands_back("appeal")
def had_a_part(step: Step) -> Mapping[int, Text]:
    """Who had a task in the case appealed neither evaluates nor decides (B10, D3)."""
    return dict.fromkeys(appealing.took_part(step.session, _appealed(step).id), HAD_A_PART)


def _appealed(step: Step) -> Case:
    return step.session.get_one(Case, int(step.data["appealed"]))
