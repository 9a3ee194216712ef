"""One decision table under a magnifying glass: cells, test rows, gaps, collisions (catalogue H2)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from lxml import etree

from certflow.core.expressions import ExpressionError
from certflow.core.text import Text
from certflow.engine.decisions import Decision
from certflow.engine.dmn import MAX_ELEMENTS, load_tables
from certflow.engine.errors import DefinitionError
from certflow.engine.overlaps import Grid
from certflow.engine.table_reader import TableReader
from certflow.engine.unary import compile_entry
from certflow.engine.xml import parse, text_of
from certflow.forms.reading import items, mapping
from certflow.studio import gaps, table_tests
from certflow.studio.gaps import Survey
from certflow.studio.remarks import Remark
from certflow.studio.table_tests import Outcome, SampleRow

PATH: Final = re.compile(r"[^\W\d]\w*(\.\w+)*")
_CELL: Final = re.compile(r".*: rule (\d+)(?:, (input|output) (\d+))?", re.DOTALL)


@dataclass(frozen=True)
class Input:
    """One thing that a decision reads: a variable or a path into one.

    `values` are the only ones that a form of the draft lets people choose, when that is known,
    each with what the form calls it.
    """

    name: str
    label: str
    type: str = ""
    values: Mapping[str, Text] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """A finding at a row (from 1, 0 for the whole table) and a column ("input 2")."""

    decision: str
    row: int
    column: str
    message: Text


@dataclass(frozen=True)
class Examination:
    """What there is to say about one decision of a file."""

    findings: tuple[Place, ...] = ()
    inputs: tuple[Input, ...] = ()
    rows: tuple[SampleRow, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    survey: Survey = field(default_factory=Survey)
    policy: str = ""


def examine(
    content: Mapping[str, Any], file: str, xml: str, decision: str, now: datetime
) -> Examination:
    """Examine a decision of the file `file` as it stands in the editor, with its test rows.

    `content` is the draft's; `xml` takes the place of what it has saved for the file.
    """
    files = {name: one.encode() for name, one in content.get("tables", {}).items()}
    decisions, findings = load_tables({**files, file: xml.encode()})
    told = tuple(
        _placed(one.element, one.place, one.message)
        for one in findings
        if one.part == f"table:{file}"
    )
    nodes = _nodes(files.values(), xml)
    node, made = nodes.get(decision), decisions.get(decision)
    if node is None or made is None:
        return Examination(findings=told)
    inputs = tuple(_inputs(made, nodes, content))
    rows = tuple(table_tests.kept(node))
    types = {one.name: one.type for one in inputs}
    seen = Examination(told, inputs, rows, tuple(table_tests.run(made, rows, types, now)), Survey())
    return _surveyed(seen, node, inputs)


UNMET: Final = Text(
    "测试行 {row}得出的结果和预期不一致。请改规则，或改预期。",
    "Test row {row} comes to something else than expected. Change the rules or what is expected.",
)


def unmet_remarks(content: Mapping[str, Any], now: datetime) -> list[Remark]:
    """Return a warning for each test row of a draft's tables that is not met."""
    sources = {name: str(xml).encode() for name, xml in content.get("tables", {}).items()}
    nodes = {file: _nodes([], source.decode()) for file, source in sources.items()}
    if not any(table_tests.kept(one) for found in nodes.values() for one in found.values()):
        return []
    decisions, _findings = load_tables(sources)
    every = {name: one for found in nodes.values() for name, one in found.items()}
    return [
        Remark(f"table:{file}", name, UNMET.filled(row=_called_row(number, row)), "warning")
        for file, found in nodes.items()
        for name, node in found.items()
        if name in decisions
        for number, row in _unmet(node, decisions[name], every, now)
    ]


def _unmet(
    node: etree._Element, made: Decision, nodes: Mapping[str, etree._Element], now: datetime
) -> Iterable[tuple[int, SampleRow]]:
    rows = table_tests.kept(node)
    types = {one.name: one.type for one in _inputs(made, nodes, {})} if rows else {}
    return table_tests.failing(rows, table_tests.run(made, rows, types, now))


def _called_row(number: int, row: SampleRow) -> str:
    return f"{number}“{row.name}”" if row.name else f"{number} "


def _surveyed(seen: Examination, node: etree._Element, inputs: Sequence[Input]) -> Examination:
    table = node.find("{*}decisionTable")
    if table is None:
        return seen
    reader = TableReader(node.get("id", ""), [])
    heads = [reader.head(one) for one in table.findall("{*}input")]
    outputs = [reader.output(one) for one in table.findall("{*}output")]
    rules = table.findall("{*}rule")
    labels = [head[0] for head in heads]
    cells = [reader.cells(number, one, labels) for number, one in enumerate(rules, 1)]
    results = [reader.rule(number, one, outputs) for number, one in enumerate(rules, 1)]
    policy = reader.policy(table)
    if reader.findings:
        return replace(seen, policy=policy)
    grid = Grid([head[1].source for head in heads], cells, results)
    domains = {one.name: list(one.values) for one in inputs if one.values}
    return replace(seen, survey=gaps.survey(grid, policy, domains), policy=policy)


def _placed(element: str, place: str, message: Text) -> Place:
    found = _CELL.fullmatch(place)
    if found is None:
        return Place(element, 0, "", message)
    row, side, column = found.groups()
    return Place(
        place.rpartition(": rule ")[0], int(row), f"{side} {column}" if side else "", message
    )


def _nodes(files: Iterable[bytes], xml: str) -> dict[str, etree._Element]:
    """Return every decision of the draft's files by id, those of the file at hand first."""
    nodes: dict[str, etree._Element] = {}
    for source in (xml.encode(), *files):
        try:
            root = parse(source, MAX_ELEMENTS)
        except DefinitionError:
            continue
        for one in root.iter("{*}decision"):
            nodes.setdefault(one.get("id", ""), one)
    return nodes


def _inputs(
    made: Decision, nodes: Mapping[str, etree._Element], content: Mapping[str, Any]
) -> Iterable[Input]:
    """Yield what a decision reads, itself and through those that it requires."""
    found: dict[str, Input] = {}
    known = _chosen(content)
    for one in _all(made):
        for read in _read_by(nodes[one.id]) if one.id in nodes else ():
            before = found.get(read.name)
            if before is None or (read.type and not before.type):
                found[read.name] = replace(read, values=known.get(read.name, {}))
    decided = {one.id for one in _all(made)}
    longer = {one.partition(".")[0] for one in found if "." in one}
    return [
        one
        for one in found.values()
        if one.name.partition(".")[0] not in decided and one.name not in longer
    ]


def _all(made: Decision) -> list[Decision]:
    """Return a decision and those that it requires, each once."""
    found: dict[str, Decision] = {}
    queue = [made]
    while queue:
        one = queue.pop(0)
        if one.id not in found:
            found[one.id] = one
            queue.extend(one.requires)
    return list(found.values())


def _read_by(node: etree._Element) -> Iterable[Input]:
    """Yield what one decision's head and cells read; columns that are plain names have a type."""
    for head in node.iterfind("{*}decisionTable/{*}input"):
        inner = head.find("{*}inputExpression")
        source = text_of(None if inner is None else inner.find("{*}text"))
        kind = "" if inner is None else str(inner.get("typeRef", "")).rpartition(":")[2]
        if PATH.fullmatch(source):
            yield Input(source, head.get("label") or source, "" if kind == "Any" else kind)
        else:
            yield from _names_in(source)
    reader = TableReader(node.get("id", ""), [])
    for rule in node.iterfind("{*}decisionTable/{*}rule"):
        entries = rule.findall("{*}inputEntry")
        for cell in reader.cells(0, rule, [""] * len(entries)):
            yield from (Input(one, one) for one in sorted(cell.names))
        for entry in rule.findall("{*}outputEntry"):
            yield from _names_in(text_of(entry.find("{*}text")))
    for output in node.iterfind("{*}decisionTable/{*}output/{*}defaultOutputEntry/{*}text"):
        yield from _names_in(text_of(output))
    for text in node.iterfind("{*}literalExpression/{*}text"):
        yield from _names_in(text_of(text))


def _names_in(source: str) -> Iterable[Input]:
    if source in ("", "-"):
        return
    try:
        names = compile_entry(source).names
    except ExpressionError:
        return
    yield from (Input(one, one) for one in sorted(names))


def _chosen(content: Mapping[str, Any]) -> dict[str, dict[str, Text]]:
    """Return by variable the values that the draft's forms let people choose for it.

    Only where every form that sets the variable sets it to a field with listed values.
    """
    found: dict[str, dict[str, Text]] = {}
    free: set[str] = set()
    for form in map(mapping, mapping(content.get("forms")).values()):
        fields, called = mapping(mapping(form.get("schema")).get("properties")), _called(form)
        for name, source in mapping(form.get("decides")).items():
            listed = mapping(fields.get(str(source))).get("enum")
            if isinstance(listed, list) and listed:
                labels = called.get(str(source), {})
                texts = [one for one in listed if isinstance(one, str)]
                named = {one: labels.get(one, Text(one, one)) for one in texts}
                found[name] = {**named, **found.get(name, {})}
            else:
                free.add(name)
    return {name: values for name, values in found.items() if name not in free}


def _called(form: Mapping[str, Any]) -> dict[str, dict[str, Text]]:
    """Return by field what a form calls the values that can be chosen."""
    return {
        str(one.get("name", "")): {
            str(option.get("value", "")): Text.read(option.get("label") or option.get("value", ""))
            for option in items(one.get("options"))
        }
        for page in items(form.get("pages"))
        for one in items(page.get("fields"))
    }
