"""Called services in a trial: whoever tries a process out says how each of them ended (H5).

The called case is opened in the trial's world as it would be, and waits there; walking it is a
trial of that other service.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from certflow.cases import projection, returning, versions
from certflow.cases.models import Case
from certflow.cases.turn import Turn, act, looked_at
from certflow.cases.versions import ENDS, Loaded
from certflow.core.actor import SYSTEM
from certflow.core.errors import Invalid
from certflow.core.text import Text

if TYPE_CHECKING:
    from certflow.core.db import Session
    from certflow.studio.sandbox import Sandbox

NOT_CALLED = Text(
    "这个环节现在没有在等别的业务办结。", "No other service is waited for at this step now."
)
NO_SUCH_END = Text(
    "“{title.zh}”没有这种办理结果，请从列表里选。",
    "“{title.en}” cannot end so. Choose one of its ends.",
)


class Called(NamedTuple):
    """A called service that is waited for: at which element, how it can end."""

    element: str
    name: Text
    title: Text
    ends: dict[str, Text]


def waiting(sandbox: "Sandbox") -> list[Called]:
    """Return the called services that the case waits for."""
    case = sandbox.case
    if case is None:
        return []
    with sandbox.inside() as session:
        return [
            _called(session, sandbox.loaded, call.element, session.get_one(Case, call.case))
            for call in looked_at(session, case).run.calls
        ]


def ends_of(loaded: Loaded) -> dict[str, Text]:
    """Return every way in which a case of a service can end, each with its words."""
    elements = loaded.definition.elements.values()
    drawn = [one.id for one in elements if one.kind == "endEvent" and not one.within]
    return {**{one: loaded.name_of(one) for one in drawn}, **ENDS}


def ends_in_force(session: "Session") -> dict[str, dict[str, Text]]:
    """Return how the cases of every service in force can end."""
    return {one.bundle.key: ends_of(one) for one in versions.services(session)}


def end(sandbox: "Sandbox", move: Mapping[str, Any]) -> None:
    """Let the service that was called at an element end as the move says.

    Raises:
        Invalid: none is waited for there, or it has no such end.

    """
    session, element, outcome = sandbox.session, move.get("element"), str(move.get("outcome"))
    calls = looked_at(session, sandbox.the_case).run.calls
    call = next((one for one in calls if one.element == element), None)
    if call is None:
        raise Invalid(NOT_CALLED)
    called = session.get_one(Case, call.case)
    if outcome not in ends_of(versions.loaded(session, called.version_id)):
        raise Invalid(NO_SUCH_END.filled(title=Text.read(called.title)))

    def change(turn: Turn) -> None:
        turn.run.cancel()
        projection.close(turn, outcome)

    act(session, called.id, SYSTEM, change)
    returning.go_on(session, sandbox.the_case.id, called.id)


def _called(session: "Session", loaded: Loaded, element: str, case: Case) -> Called:
    ends = ends_of(versions.loaded(session, case.version_id))
    return Called(element, loaded.name_of(element), Text.read(case.title), ends)
