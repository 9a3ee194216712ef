"""From DMN files to decisions; what is wrong is told with table, row and column."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from lxml import etree

from certflow.core.expressions import allowed_name
from certflow.core.text import Text
from certflow.engine.decisions import Decision, Formula, Table, column
from certflow.engine.errors import DefinitionError, Finding
from certflow.engine.overlaps import Grid
from certflow.engine.table_reader import TableReader, tell
from certflow.engine.xml import parse, text_of

MAX_ELEMENTS: Final = 100_000
MAX_DEPTH: Final = 30
"""Decisions in a row, each requiring the next."""


@dataclass(frozen=True)
class _Read:
    decision: Decision
    needs: tuple[str, ...]
    file: str


def load_tables(files: Mapping[str, bytes]) -> tuple[dict[str, Decision], list[Finding]]:
    """Compile every decision of the bundle's DMN files; say what is wrong with the rest."""
    read: dict[str, _Read] = {}
    findings: list[Finding] = []
    for file, source in files.items():
        told: list[Finding] = []
        try:
            _read_file(file, source, read, told)
        except DefinitionError as error:
            told = error.findings
        findings.extend(replace(one, part=f"table:{file}") for one in told)
    return _linked(read, findings), findings


def _read_file(file: str, source: bytes, read: dict[str, _Read], told: list[Finding]) -> None:
    """Read the decisions of one file.

    Raises:
        DefinitionError: it is not plain XML.

    """
    nodes = list(parse(source, MAX_ELEMENTS).iter("{*}decision"))
    if not nodes:
        tell(told, file, "文件里没有决策。", "There is no decision in the file.")
    for node in nodes:
        name = node.get("id", "")
        if name in read:
            tell(told, name, "决策表编号重复。", "Two decisions share this id.")
            continue
        decision = _decision(node, told)
        if decision is not None:
            read[name] = _Read(decision, _needs(node), file)


def _needs(node: etree._Element) -> tuple[str, ...]:
    return tuple(
        str(one.get("href", "")).rpartition("#")[2]
        for one in node.findall("{*}informationRequirement/{*}requiredDecision")
    )


def _linked(read: Mapping[str, _Read], findings: list[Finding]) -> dict[str, Decision]:
    """Give each decision those that it requires.

    One that needs itself in the end is refused, and one with too many in a row before it.
    """
    made: dict[str, Decision | None] = {}
    depths: dict[str, int] = {}

    def refuse(name: str, text: Text) -> None:
        findings.append(Finding(name, text, part=f"table:{read[name].file}"))

    def link(name: str, path: tuple[str, ...]) -> Decision | None:
        if name in made:
            return made[name]
        if name not in read or name in path:
            refuse(path[-1], _NOT_THERE.filled(name=name))
            return None
        found = read[name]
        needs = dict.fromkeys(found.needs)
        deep = len(path) > MAX_DEPTH
        required = [] if deep else [link(one, (*path, name)) for one in needs]
        depths[name] = 1 + max((depths.get(one, 0) for one in needs), default=0)
        if deep or depths[name] > MAX_DEPTH:
            refuse(name, _TOO_DEEP.filled(name=name, most=MAX_DEPTH))
            made[name] = None
        elif None in required:
            made[name] = None
        else:
            sound = tuple(one for one in required if one)
            made[name] = replace(found.decision, requires=sound)
        return made[name]

    for name in read:
        link(name, ())
    return {name: one for name, one in made.items() if one is not None}


_NOT_THERE: Final = Text(
    "所需的决策 {name} 不存在或循环引用。",
    "The required decision {name} does not exist or needs this one.",
)
_TOO_DEEP: Final = Text(
    "决策 {name} 前面串了超过 {most} 个决策。",
    "More than {most} decisions stand in a row before {name}.",
)


def _decision(node: etree._Element, findings: list[Finding]) -> Decision | None:
    name, title = node.get("id", ""), node.get("name", "")
    table, formula = node.find("{*}decisionTable"), node.find("{*}literalExpression")
    before = len(findings)
    if not allowed_name(name):
        tell(findings, name, "决策编号不能用作变量名。", "The decision's id cannot be a variable.")
    reader = TableReader(name, findings)
    if table is not None:
        made: Decision | None = _table(reader, title, table)
    elif formula is not None:
        expression = reader.expression(text_of(formula.find("{*}text")))
        made = Formula(name, title, expression=expression) if expression else None
    else:
        made = None
        tell(
            findings,
            name,
            "只支持决策表和表达式。",
            "Only decision tables and literal expressions are supported.",
        )
    return made if len(findings) == before else None


def _table(reader: TableReader, title: str, node: etree._Element) -> Table | None:
    before = len(reader.findings)
    policy = reader.policy(node)
    inputs, rules = node.findall("{*}input"), node.findall("{*}rule")
    outputs = [reader.output(one) for one in node.findall("{*}output")]
    reader.shape(len(inputs), outputs, len(rules), policy)
    if len(reader.findings) > before:
        return None
    heads = [reader.head(one) for one in inputs]
    labels = [head[0] for head in heads]
    grid = [reader.cells(number, one, labels) for number, one in enumerate(rules, 1)]
    results = [reader.rule(number, one, outputs) for number, one in enumerate(rules, 1)]
    if len(reader.findings) > before:
        return None
    columns = [column(*head, [row[place] for row in grid]) for place, head in enumerate(heads)]
    reader.contradictory(Grid([head[1].source for head in heads], grid, results), policy)
    return Table(
        reader.table,
        title,
        policy=policy,
        columns=tuple(columns),
        outputs=tuple(outputs),
        rules=tuple(results),
    )
