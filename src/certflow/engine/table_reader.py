"""The cells of one decision table as they are read; what is wrong is told with row and column."""

from collections.abc import Sequence
from typing import Final

from lxml import etree

from certflow.core.expression_values import same
from certflow.core.expressions import Expression, ExpressionError
from certflow.core.text import Text
from certflow.engine.decisions import Rule
from certflow.engine.errors import Finding
from certflow.engine.hitpolicies import AGGREGATIONS, ORDERED, POLICIES, Output
from certflow.engine.overlaps import Grid, contradictions
from certflow.engine.unary import Cell, compile_cell, compile_entry, split
from certflow.engine.xml import text_of

MAX_ROWS: Final = 1_000
MAX_COLUMNS: Final = 40


def tell(findings: list[Finding], element: str, zh: str, en: str) -> None:
    findings.append(Finding(element, Text(zh, en)))


Head = tuple[str, Expression, str]
"""An input: its label, its expression, its type."""
_Column = tuple[str, str]
"""What a column is called, and where it stands: "input 2"."""


class TableReader:
    """Compiles the cells of one table and collects what is wrong with them."""

    def __init__(self, table: str, findings: list[Finding]) -> None:
        self.table, self.findings = table, findings

    def policy(self, node: etree._Element) -> str:
        """Return the hit policy: U A P F R O C, or C+ C< C> C#."""
        policy = POLICIES.get(node.get("hitPolicy", "UNIQUE"), "")
        if aggregation := node.get("aggregation"):
            policy = AGGREGATIONS.get(aggregation, "") if policy == "C" else ""
        if not policy:
            tell(self.findings, self.table, "没有这种命中策略。", "There is no such hit policy.")
        return policy

    def shape(self, inputs: int, outputs: Sequence[Output], rules: int, policy: str) -> None:
        """Say what is wrong with the table as a whole."""
        names = [one.name for one in outputs]
        if not names or not all(names) or len(set(names)) < len(names):
            self._wrong("每个输出都要有不同的名称。", "Each output needs its own name.")
        if rules > MAX_ROWS or inputs + len(outputs) > MAX_COLUMNS:
            self._wrong(
                f"决策表最多 {MAX_ROWS} 行、{MAX_COLUMNS} 列。",
                f"A table has at most {MAX_ROWS:,} rows and {MAX_COLUMNS} columns.",
            )
        if policy in ORDERED and not any(one.order for one in outputs):
            self._wrong(
                "这种命中策略要在输出列按先后列出取值。",
                "This hit policy needs an output's values listed in their order.",
            )
        if len(policy) > 1 and len(outputs) != 1:
            self._wrong("汇总的表只能有一个输出。", "A table that aggregates has one output.")

    def head(self, node: etree._Element) -> Head:
        """Read an input's label, expression and type."""
        inner = node.find("{*}inputExpression")
        source = text_of(None if inner is None else inner.find("{*}text"))
        label = node.get("label") or source
        kind = "" if inner is None else str(inner.get("typeRef", "")).rpartition(":")[2]
        if not source:
            shown = f"“{label}”" if label else "有一个"
            self._wrong(
                f"{shown}条件列还没有填变量或表达式。双击列头填写。",
                f"an input{f' “{label}”' if label else ''} has no variable or expression yet. "
                "Double-click its head.",
            )
            return label, compile_entry("null"), kind
        return label, self.expression(source, label) or compile_entry("null"), kind

    def output(self, node: etree._Element) -> Output:
        """Read an output's name, listed values and default."""
        name = str(node.get("name") or node.get("label", ""))
        label = str(node.get("label") or name)
        listed = text_of(node.find("{*}outputValues/{*}text"))
        cells = [self.expression(one, label) for one in split(listed)] if listed else []
        default = text_of(node.find("{*}defaultOutputEntry/{*}text"))
        order = tuple(one.evaluate({}) for one in cells if one is not None and one.constant)
        fallback = self.expression(default, label) if default else None
        return Output(name, label, order, fallback, str(node.get("typeRef", "")).rpartition(":")[2])

    def cells(self, number: int, node: etree._Element, labels: Sequence[str]) -> list[Cell]:
        """Compile a row's tests."""
        entries = [text_of(one.find("{*}text")) for one in node.findall("{*}inputEntry")]
        if len(entries) != len(labels):
            self._uneven(number, node)
            return []
        found = []
        for place, (label, entry) in enumerate(zip(labels, entries, strict=True), 1):
            try:
                found.append(compile_cell(entry))
            except ExpressionError as error:
                self._cell(number, node, (label, f"input {place}"), entry, error)
        return found

    def rule(self, number: int, node: etree._Element, outputs: Sequence[Output]) -> Rule:
        """Compile a row's results."""
        entries = [text_of(one.find("{*}text")) for one in node.findall("{*}outputEntry")]
        if len(entries) != len(outputs):
            self._uneven(number, node)
            return Rule(node.get("id", ""), ())
        made = [
            self._result(number, node, (output, place), entry)
            for place, (output, entry) in enumerate(zip(outputs, entries, strict=True), 1)
        ]
        return Rule(node.get("id", ""), tuple(made))

    def _result(
        self, number: int, node: etree._Element, column: tuple[Output, int], entry: str
    ) -> Expression | None:
        if entry in ("", "-"):
            return None
        output, place = column
        where = (output.label, f"output {place}")
        try:
            made = compile_entry(entry)
            value = made.evaluate({}) if made.constant else None
        except ExpressionError as error:
            self._cell(number, node, where, entry, error)
            return None
        if output.order and made.constant and not any(same(value, one) for one in output.order):
            self._cell(number, node, where, entry, _UNLISTED)
        return made

    def expression(self, source: str, label: str = "") -> Expression | None:
        """Compile an expression of the table's head."""
        try:
            made = compile_entry(source)
            if made.constant:
                made.evaluate({})
        except ExpressionError as error:
            where = f"“{label}”列" if label else ""
            self._wrong(
                f"{where}“{source[:60]}” {error.message.zh}",
                f"{f'column “{label}”: ' if label else ''}“{source[:60]}” {error.message.en}",
            )
            return None
        return made

    def contradictory(self, grid: Grid, policy: str) -> None:
        """Say which rows contradict each other under the policy, where that can be seen."""
        for one, other in contradictions(grid, policy):
            zh = "会同时适用" if policy == "U" else "会同时适用而结论不同"
            en = "apply at once" if policy == "U" else "apply at once with different results"
            text = Text(
                f"决策表 {self.table}：第 {one + 1} 行和第 {other + 1} 行{zh}，"
                "请改其中一行的条件，使一种情况只对应一行。",
                f"{self.table}: rows {one + 1} and {other + 1} {en}. "
                "Change one of them, so that each situation has one row.",
            )
            self._at(other + 1, grid.rules[other].id, text)

    def _wrong(self, zh: str, en: str) -> None:
        tell(self.findings, self.table, f"决策表 {self.table}：{zh}", f"{self.table}: {en}")

    def _uneven(self, number: int, node: etree._Element) -> None:
        text = Text(
            f"决策表 {self.table} 第 {number} 行的格数和表头不一致，请删掉这一行重新添加。",
            f"{self.table}, row {number} has more or fewer cells than the head. "
            "Remove the row and add it again.",
        )
        self._at(number, node.get("id", ""), text)

    def _cell(
        self,
        number: int,
        node: etree._Element,
        column: _Column,
        entry: str,
        error: ExpressionError,
    ) -> None:
        label, place = column
        shown = entry[:60]
        text = Text(
            f"决策表 {self.table} 第 {number} 行“{label}”列：“{shown}” {error.message.zh}",
            f"{self.table}, row {number}, column “{label}”: “{shown}” {error.message.en}",
        )
        self._at(number, node.get("id", ""), text, f", {place}")

    def _at(self, number: int, rule: str, text: Text, place: str = "") -> None:
        where = f"{self.table}: rule {number}{place}"
        self.findings.append(Finding(rule or self.table, text, place=where))


_UNLISTED = ExpressionError(
    Text(
        "不在这个输出列出的取值里，请改成其中一个，或在表头补上这个取值。",
        "is none of the output's listed values. Choose one of them, or add it to the head.",
    )
)
