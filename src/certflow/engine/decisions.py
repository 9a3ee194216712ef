"""Decision tables (DMN) with our own evaluator: compiled once, no Python, no FEEL surprises."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from lxml import etree

from certflow.core.expressions import (
    Expression,
    ExpressionError,
    as_stored,
    compile_expression,
)
from certflow.core.text import Text
from certflow.engine.errors import Finding
from certflow.engine.unary import Names, Test, compile_test, split
from certflow.engine.xml import parse, text_of

POLICIES: Final = {
    "UNIQUE": "U", "ANY": "A", "FIRST": "F", "RULE ORDER": "R", "OUTPUT ORDER": "O", "COLLECT": "C",
}  # fmt: skip
SINGLE: Final = "UAF"
Row = dict[str, object]


@dataclass(frozen=True)
class Rule:
    """One row: a test for each input, an expression (or nothing) for each output."""

    id: str
    tests: tuple[Test, ...]
    outputs: tuple[Expression | None, ...]


@dataclass(frozen=True)
class Table:
    """One decision. `orders` lists each output's values from most to least important."""

    id: str
    name: str
    policy: str
    inputs: tuple[Expression, ...]
    outputs: tuple[str, ...]
    orders: tuple[tuple[object, ...], ...]
    rules: tuple[Rule, ...]

    def decide(self, data: Mapping[str, object], *, now: datetime | None = None) -> object:
        """Return the row that applies (U, A, F; nothing if none does) or the list of rows (R, O, C).

        Raises ExpressionError when a cell fails, or rows contradict a unique or any policy.
        """
        names = Names(data, now)
        values = [one.evaluate(data, now=now) for one in self.inputs]
        rows: list[Row] = []
        for rule in self.rules:
            pairs = zip(rule.tests, values, strict=True)
            if all(test(value, names) for test, value in pairs):
                rows.append(self._row(rule, names))
                if self.policy == "F":
                    break
        return self._settled(rows)

    def _row(self, rule: Rule, names: Names) -> Row:
        cells = zip(self.outputs, rule.outputs, strict=True)
        return {
            name: None if cell is None else as_stored(cell.evaluate(names.data, now=names.now))
            for name, cell in cells
        }

    def _settled(self, rows: list[Row]) -> object:
        if self.policy not in SINGLE:
            return sorted(rows, key=self._rank) if self.policy == "O" else rows
        contradicting = len(rows) > 1 and (self.policy == "U" or any(r != rows[0] for r in rows))
        if contradicting:
            raise ExpressionError(
                Text(
                    f"决策表 {self.id} 有多行同时适用。", f"More than one row of {self.id} applies."
                )
            )
        return rows[0] if rows else None

    def _rank(self, row: Row) -> tuple[int, ...]:
        return tuple(
            order.index(row[name]) if row[name] in order else len(order)
            for name, order in zip(self.outputs, self.orders, strict=True)
        )


def load_tables(files: Mapping[str, bytes]) -> tuple[dict[str, Table], list[Finding]]:
    """Compile every decision of the bundle's DMN files; say what is wrong with the rest.

    Raises DefinitionError for a file that is not plain XML.
    """
    tables: dict[str, Table] = {}
    findings: list[Finding] = []
    for source in files.values():
        for node in parse(source).iter("{*}decision"):
            name = node.get("id", "")
            if name in tables:
                findings.append(
                    Finding(name, Text("决策表编号重复。", "Two decisions share this id."))
                )
                continue
            table = _table(node, findings)
            if table is not None:
                tables[name] = table
    return tables, findings


def _table(decision: etree._Element, findings: list[Finding]) -> Table | None:
    before, name = len(findings), decision.get("id", "")
    node = decision.find("{*}decisionTable")
    if node is None:
        findings.append(
            Finding(name, Text("只支持决策表。", "Only decision tables are supported."))
        )
        return None
    policy = POLICIES.get(node.get("hitPolicy", "UNIQUE"), "")
    if not policy or node.get("aggregation"):
        findings.append(
            Finding(name, Text("不支持这种命中策略。", "This hit policy is not supported."))
        )
    reader = _Reader(name, findings)
    inputs = [
        reader.expression(text_of(one.find("{*}inputExpression/{*}text")))
        for one in node.findall("{*}input")
    ]
    outputs = node.findall("{*}output")
    names = tuple(str(one.get("name") or one.get("label", "")) for one in outputs)
    if not names or not all(names) or len(set(names)) < len(names):
        findings.append(
            Finding(name, Text("每个输出都要有不同的名称。", "Each output needs its own name."))
        )
    orders = [
        tuple(reader.literals(text_of(one.find("{*}outputValues/{*}text")))) for one in outputs
    ]
    rules = [reader.rule(one, len(inputs), len(names)) for one in node.findall("{*}rule")]
    if len(findings) > before:
        return None
    return Table(
        name,
        decision.get("name", ""),
        policy,
        tuple(one for one in inputs if one),
        names,
        tuple(orders),
        tuple(one for one in rules if one),
    )


class _Reader:
    """Compiles cells and collects what is wrong with them, by rule id."""

    def __init__(self, table: str, findings: list[Finding]) -> None:
        self.table, self.findings, self.place = table, findings, ""

    def expression(self, text: str) -> Expression | None:
        try:
            return compile_expression(text)
        except ExpressionError as error:
            self._tell(text, error)
            return None

    def literals(self, text: str) -> list[object]:
        cells = [self.expression(part) for part in split(text)] if text else []
        return [cell.evaluate({}) for cell in cells if cell is not None and not cell.names]

    def rule(self, node: etree._Element, inputs: int, outputs: int) -> Rule | None:
        self.place = node.get("id", "")
        entries = [text_of(one.find("{*}text")) for one in node.findall("{*}inputEntry")]
        results = [text_of(one.find("{*}text")) for one in node.findall("{*}outputEntry")]
        if (len(entries), len(results)) != (inputs, outputs):
            self._tell(
                "",
                ExpressionError(
                    Text("这一行的格数不对。", "This row has a wrong number of cells.")
                ),
            )
            return None
        tests = [test for entry in entries if (test := self._test(entry))]
        cells = [self.expression(text) if text not in ("", "-") else None for text in results]
        return Rule(self.place, tuple(tests), tuple(cells))

    def _test(self, entry: str) -> Test | None:
        try:
            return compile_test(entry)
        except ExpressionError as error:
            self._tell(entry, error)
            return None

    def _tell(self, cell: str, error: ExpressionError) -> None:
        where = f"{self.table} {self.place}".strip()
        shown = cell[:60]
        self.findings.append(
            Finding(
                self.place or self.table,
                Text(
                    f"{where}：“{shown}” {error.message.zh}",
                    f"{where}: “{shown}” {error.message.en}",
                ),
            )
        )
