"""Our own look at a diagram before it may be published: every finding names its element."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from certflow.engine import lint_calls, lint_elements, lint_graph, lint_names, lint_texts
from certflow.engine.decisions import Decision
from certflow.engine.diagram import Diagram
from certflow.engine.errors import Finding

__all__ = ["Known", "lint"]


@dataclass(frozen=True)
class Known:
    """The names that exist outside the diagram; a name that is not here does not exist.

    `services` are those that can be called, each with what it calls itself; None where that is
    not asked: a version in force is not judged again by what others have become since.
    """

    roles: frozenset[str] = frozenset()
    operations: frozenset[str] = frozenset()
    checks: frozenset[str] = frozenset()
    forms: frozenset[str] = frozenset()
    services: Mapping[str, frozenset[str]] | None = None
    own: str = ""

    def within(self, own: str, forms: Mapping[str, object]) -> "Known":
        """Return what the bundle of a service knows: its own key and forms too."""
        return replace(self, own=own, forms=self.forms | frozenset(forms))


Rule = Callable[[Diagram], Iterator[Finding]]
# The graph is judged only when its elements and references are sound.
SHAPE: Final[tuple[Rule, ...]] = (
    lint_elements.identities,
    lint_elements.kinds,
    lint_elements.references,
    lint_elements.start_and_end,
)
CONTENT: Final[tuple[Rule, ...]] = (
    lint_elements.gateways,
    lint_texts.conditions,
    lint_texts.timers_and_messages,
    lint_texts.scripts,
    lint_texts.repetitions,
    lint_graph.reachable,
    lint_graph.can_end,
    lint_graph.loops_wait,
    lint_graph.joins_can_fire,
    lint_graph.no_multiplying_forks,
)


def lint(diagram: Diagram, tables: Mapping[str, Decision], known: Known) -> list[Finding]:
    """Return everything that is wrong or doubtful about a diagram."""
    shape = [finding for rule in SHAPE for finding in rule(diagram)]
    names = [
        *lint_names.people(diagram, known.roles, known.forms),
        *lint_names.services(diagram, known.operations),
        *lint_calls.calls(diagram, known.own, known.services),
        *lint_names.decisions(diagram, frozenset(tables)),
    ]
    if shape:
        return [*shape, *names]
    return [*names, *(finding for rule in CONTENT for finding in rule(diagram))]
