"""Which elements and flows of a diagram the tests of a process never reach (catalogue H5)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from certflow.cases.versions import Loaded
from certflow.core.text import Text

_FLOW = Text("从“{source}”到“{target}”", "from “{source}” to “{target}”")
_NAMED = Text("{way}（{name}）", "{way} ({name})")


@dataclass(frozen=True)
class Missed:
    """An element or a flow that no test reaches, in words."""

    id: str
    name: Text


@dataclass(frozen=True)
class Coverage:
    """What the tests reach, and what none of them does, in the order of the diagram.

    `names` are the English names of what is drawn, by id.
    """

    elements: tuple[str, ...]
    flows: tuple[str, ...]
    missed_elements: tuple[Missed, ...]
    missed_flows: tuple[Missed, ...]
    names: Mapping[str, str]

    @property
    def reached(self) -> int:
        """How many elements and flows are reached."""
        return len(self.elements) + len(self.flows)

    @property
    def total(self) -> int:
        """How many elements and flows there are."""
        return self.reached + len(self.missed_elements) + len(self.missed_flows)

    @property
    def percent(self) -> int:
        """How much is reached, rounded down: only what is complete says 100."""
        return self.reached * 100 // self.total if self.total else 0


def coverage(loaded: Loaded, elements: Iterable[str], flows: Iterable[str]) -> Coverage:
    """Compare what was reached with what the diagram has."""
    reached, taken = set(elements), set(flows)
    known = loaded.definition
    return Coverage(
        elements=tuple(one for one in known.elements if one in reached),
        flows=tuple(one for one in known.flows if one in taken),
        missed_elements=tuple(
            Missed(one, loaded.name_of(one)) for one in known.elements if one not in reached
        ),
        missed_flows=tuple(
            Missed(one, flow_name(loaded, one)) for one in known.flows if one not in taken
        ),
        names=loaded.drawn_names("en"),
    )


def flow_name(loaded: Loaded, flow_id: str) -> Text:
    """Return what a flow is called: between what it leads, and its own name."""
    flow = loaded.definition.flows[flow_id]
    source, target = loaded.name_of(flow.source), loaded.name_of(flow.target)
    way = _FLOW.filled(source=source, target=target)
    if not flow.name:
        return way
    return _NAMED.filled(way=way, name=flow.name)
