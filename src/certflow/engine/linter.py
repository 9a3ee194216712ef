"""Our own look at a diagram before it may be published: every finding names its element."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from certflow.engine import lint_elements, lint_graph, lint_names, lint_texts
from certflow.engine.decisions import Decision
from certflow.engine.diagram import Diagram
from certflow.engine.errors import Finding

__all__ = ["Known", "lint"]


@dataclass(frozen=True)
class Known:
    """The names that exist outside the diagram; a name that is not here does not exist."""

    roles: frozenset[str] = frozenset()
    operations: frozenset[str] = frozenset()
    checks: frozenset[str] = frozenset()
    forms: frozenset[str] = frozenset()
    called: frozenset[str] = frozenset()

    def with_forms(self, forms: Mapping[str, object]) -> "Known":
        """Return the same with the bundle's own forms."""
        return replace(self, forms=self.forms | frozenset(forms))


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
        *lint_names.services(diagram, known.operations, known.called),
        *lint_names.decisions(diagram, frozenset(tables)),
    ]
    if shape:
        return [*shape, *names]
    return [*names, *(finding for rule in CONTENT for finding in rule(diagram))]
