"""A published version, checked and compiled: what runs are started from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException

from certflow.core.expressions import Expression, compile_expression
from certflow.core.text import Text
from certflow.engine import diagram, lint_texts, specs
from certflow.engine.decisions import Decision
from certflow.engine.diagram import Diagram, Element, Flow
from certflow.engine.dmn import load_tables
from certflow.engine.errors import DefinitionError, Finding
from certflow.engine.linter import Known, lint
from certflow.engine.parser import parse_specs
from certflow.engine.xml import parse

__all__ = [
    "Bundle",
    "Definition",
    "DefinitionError",
    "Element",
    "Finding",
    "Flow",
    "Known",
    "check",
    "load",
]


@dataclass(frozen=True)
class Bundle:
    """One version as it is stored: the diagram, decision tables and forms by file, settings."""

    key: str
    bpmn: bytes
    tables: Mapping[str, bytes] = field(default_factory=dict)
    forms: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    service: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Definition:
    """A version that can run. Shared by all its runs and threads, never changed."""

    key: str
    name: str
    elements: Mapping[str, Element]
    flows: Mapping[str, Flow]
    tables: Mapping[str, Decision]
    warnings: tuple[Finding, ...]
    spec: Any = field(repr=False)
    nodes: Mapping[str, Any] = field(repr=False)


def load(bundle: Bundle, known: Known) -> Definition:
    """Check and compile a bundle.

    `known` holds the names that exist: roles, operations, forms, called processes.
    Raises DefinitionError with every finding that stands in the way.
    """
    root, read, tables, findings = _examined(bundle, known)
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors or read is None:
        raise DefinitionError(findings)
    try:
        spec, nodes = parse_specs(root, read.process)
    except ValidationException as error:
        raise DefinitionError([_unwired(error)]) from error
    for node in nodes.values():
        _prepare(node, read, tables)
    return Definition(
        bundle.key, read.name, read.elements, read.flows, tables, tuple(findings), spec, nodes
    )


def check(bundle: Bundle, known: Known) -> list[Finding]:
    """Return all findings of a bundle; without an error among them, it will load."""
    try:
        return list(load(bundle, known).warnings)
    except DefinitionError as error:
        return error.findings


def _examined(
    bundle: Bundle, known: Known
) -> tuple[Any, Diagram | None, dict[str, Decision], list[Finding]]:
    tables, findings = load_tables(bundle.tables)
    findings.extend(lint_texts.forms(bundle.forms))
    try:
        root = parse(bundle.bpmn)
    except DefinitionError as error:
        return None, None, tables, [*findings, *error.findings]
    found = diagram.processes(root)
    if len(found) != 1:
        message = Text(
            "图中须正好有一个可执行的流程。请删掉多出来的，或把流程设为可执行。",
            "There must be exactly one executable process. Remove the others, or mark one as executable.",
        )
        return root, None, tables, [*findings, Finding("", message)]
    read = diagram.read(root, found[0])
    known = known.within(bundle.key, bundle.forms)
    return root, read, tables, [*findings, *lint(read, tables, known)]


def _prepare(node: Any, read: Diagram, tables: Mapping[str, Decision]) -> None:
    """Give a node its element of the diagram, and compile what it will evaluate."""
    element = read.elements.get(getattr(node, "bpmn_id", None) or "")
    if element is None:
        return
    node.element = element
    properties = element.properties
    if isinstance(node, specs.ServiceTask):
        node.operation = properties["operation"]
        node.parameters = _compiled(properties, "operation")
    elif isinstance(node, specs.CallActivity):
        node.result, node.parameters = properties["result"], _compiled(properties, "result")
    elif isinstance(node, specs.DecisionTask):
        node.table, node.result = tables[properties["decision"]], properties["result"]


def _compiled(properties: Mapping[str, str], but: str) -> dict[str, Expression]:
    """Return the parameters among an element's properties, ready to evaluate."""
    return {name: compile_expression(text) for name, text in properties.items() if name != but}


def _unwired(error: ValidationException) -> Finding:
    said = str(error)[:300]
    element = str(getattr(error, "id", "") or "")
    return Finding(element, Text(f"流程引擎不能读取：{said}", f"The engine cannot read it: {said}"))
