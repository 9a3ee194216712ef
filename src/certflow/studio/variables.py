"""Which decision variables can be known where in a process (catalogue H1).

Known is what some way from the start to the element sets; `always` what every way sets. Nothing
here raises: what cannot be read yet makes nothing known.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, Final

from certflow.core.text import Text
from certflow.engine.diagram import Diagram
from certflow.engine.dmn import load_tables
from certflow.engine.errors import DefinitionError
from certflow.studio.drawing import diagram_of
from certflow.studio.variable_sources import APPLICANT, Ends, Sources
from certflow.studio.variable_types import ANY, Value, Variable, type_of

__all__ = ["Value", "Variable", "knowing", "known_at"]

_ROUNDS: Final = 1_000
Names = frozenset[str]


def known_at(content: Mapping[str, Any], element: str, ends: Ends | None = None) -> list[Variable]:
    """Return the variables that can be known before an element runs, by name.

    For a sequence flow: when its condition is looked at. For "": anywhere in the process.
    `ends` says how services that are called can end.
    """
    return knowing(content, ends)(element)


def knowing(
    content: Mapping[str, Any], ends: Ends | None = None
) -> Callable[[str], list[Variable]]:
    """Return `known_at` for a bundle that is read once: for who asks about many elements."""
    diagram = diagram_of(content)
    if diagram is None:
        return lambda _element: []
    return _Ways(diagram, Sources(content, diagram, decisions_of(content), ends or {})).known


def decisions_of(content: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return load_tables({n: x.encode() for n, x in content.get("tables", {}).items()})[0]
    except DefinitionError:
        return {}


class _Ways:
    """The ways through a diagram, and what they bring along."""

    def __init__(self, diagram: Diagram, sources: Sources) -> None:
        self._diagram, self._sources = diagram, sources
        self._made = {one.id: sources.of(one) for one in diagram.elements.values()}
        self._before = self._comes_from()
        self._start = {one.id for one in diagram.elements.values() if not self._before[one.id]}

    def known(self, element: str) -> list[Variable]:
        """Return what can be known before `element`, sorted by name."""
        flow = self._diagram.flows.get(element)
        place = flow.source if flow else element
        if place not in self._diagram.elements:
            makers, always = set(self._made), frozenset[str]()
        else:
            makers = self._some_way(place, after=flow is not None)
            always = self._every_way(place, after=flow is not None)
        found = {APPLICANT.name: APPLICANT}
        for maker in self._in_order(makers):
            for one in self._made[maker]:
                before = found.get(one.name)
                found[one.name] = _merged(before, one) if before else one
        repeated = None if flow else self._diagram.elements.get(place)
        own = self._sources.item(repeated) if repeated else None
        if own is not None:
            found[own.name] = own
        return [
            replace(one, always=one.name in always or one in (APPLICANT, own))
            for _name, one in sorted(self._typed(found).items())
        ]

    def _in_order(self, makers: Iterable[str]) -> list[str]:
        return [one for one in self._diagram.elements if one in set(makers)]

    def _typed(self, found: dict[str, Variable]) -> dict[str, Variable]:
        """Read the types of script lines once more, now that the variables' types are known."""
        types = {name: one.type for name, one in found.items() if one.type != ANY}
        for element in self._diagram.elements.values():
            for line in element.script.splitlines() if element.kind == "scriptTask" else ():
                name, _, expression = (part.strip() for part in line.partition("="))
                if name in found and found[name].type == ANY:
                    types[name] = type_of(expression, types)
                    found[name] = replace(found[name], type=types[name])
        return found

    def _comes_from(self) -> dict[str, list[str]]:
        """Return what stands directly before each element: flows, hosts of events, sub-processes."""
        before: dict[str, list[str]] = {one: [] for one in self._diagram.elements}
        for flow in self._diagram.flows.values():
            if flow.target in before and flow.source in before:
                before[flow.target].append(flow.source)
        for one in self._diagram.elements.values():
            if one.attached_to in before:
                before[one.id].append(one.attached_to)
            if one.within in before and one.kind == "startEvent":
                before[one.id].append(one.within)
        return before

    @cached_property
    def _held(self) -> dict[str, list[str]]:
        """What stands directly in each sub-process."""
        held: dict[str, list[str]] = {}
        for one in self._diagram.elements.values():
            held.setdefault(one.within, []).append(one.id)
        return held

    def _inside(self, element: str) -> list[str]:
        found = self._held.get(element, []) if element else []
        return [*found, *(deeper for one in found for deeper in self._inside(one))]

    def _some_way(self, place: str, *, after: bool) -> set[str]:
        """Return the elements that may have run before `place`, it included when `after`."""
        seen: set[str] = set()
        queue = [place]
        while queue:
            for one in self._before[queue.pop()]:
                for reached in (one, *self._inside(one)):
                    if reached not in seen:
                        seen.add(reached)
                        queue.append(reached)
        return seen | ({place, *self._inside(place)} if after else set())

    def _every_way(self, place: str, *, after: bool) -> Names:
        """Return the names that every way to `place` sets."""
        out, into = self._always
        return out[place] if after else into[place]

    @cached_property
    def _always(self) -> tuple[dict[str, Names], dict[str, Names]]:
        """The names that every way sets after each element, and before it."""
        made = {one: frozenset(v.name for v in found) for one, found in self._made.items()}
        everything = frozenset().union(*made.values()) if made else frozenset[str]()
        out: dict[str, Names] = dict.fromkeys(made, everything)
        into: dict[str, Names] = dict(out)
        for _round in range(_ROUNDS):
            changed = False
            for one, own in made.items():
                into[one] = self._meet(one, out, into)
                left = into[one] | own
                changed, out[one] = changed or left != out[one], left
            if not changed:
                break
        return out, into

    def _meet(self, element: str, out: Mapping[str, Names], into: Mapping[str, Names]) -> Names:
        if element in self._start:
            return frozenset()
        node = self._diagram.elements[element]
        # What an event interrupts, and what a sub-process holds, is not done yet.
        within = {node.attached_to, node.within if node.kind == "startEvent" else ""} - {""}
        ways = [into[one] if one in within else out[one] for one in self._before[element]]
        joins = node.kind == "parallelGateway"
        return frozenset().union(*ways) if joins else frozenset.intersection(*ways)


def _merged(one: Variable, other: Variable) -> Variable:
    """Put together what two elements say of the same variable."""
    if one == other:
        return one
    kinds = {one.type, other.type} - {ANY}
    both = bool(one.values) and bool(other.values)
    values = {v.value: v for v in (*one.values, *other.values)} if both else {}
    sources = (
        one.source
        if other.source.zh in one.source.zh
        else Text(f"{one.source.zh}、{other.source.zh}", f"{one.source.en}, {other.source.en}")
    )
    return replace(
        one,
        type=kinds.pop() if len(kinds) == 1 else ANY,
        values=tuple(values.values()),
        source=sources,
        label=one.label if one.label.zh else other.label,
    )
