"""What a decision table makes of the rows that apply: the hit policies of DMN 1.3, chapter 8.2.10."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from certflow.core.expression_values import FUNCTIONS, same
from certflow.core.expressions import Expression, ExpressionError, as_stored
from certflow.core.text import Text
from certflow.engine.unary import Names

POLICIES: Final[Mapping[str, str]] = {
    "UNIQUE": "U", "ANY": "A", "PRIORITY": "P", "FIRST": "F",
    "RULE ORDER": "R", "OUTPUT ORDER": "O", "COLLECT": "C",
}  # fmt: skip
AGGREGATIONS: Final[Mapping[str, str]] = {"SUM": "C+", "MIN": "C<", "MAX": "C>", "COUNT": "C#"}
ORDERED: Final = ("P", "O")
LISTS: Final = ("R", "O", "C")
_FUNCTIONS: Final = {"C+": FUNCTIONS["sum"], "C<": FUNCTIONS["min"], "C>": FUNCTIONS["max"]}

Row = dict[str, object]


@dataclass(frozen=True)
class Output:
    """An output column; `order` are its listed values, the most important first."""

    name: str
    label: str
    order: tuple[object, ...] = ()
    default: Expression | None = None
    type: str = ""


@dataclass(frozen=True)
class Hit:
    """A row that applies: its number as people count, its id, its results."""

    number: int
    rule: str
    row: Row


def settle(
    table: str, policy: str, outputs: Sequence[Output], hits: Sequence[Hit], names: Names
) -> object:
    """Return what the policy makes of the hits; raise ExpressionError where they contradict it.

    Without a hit: the outputs' defaults, else nothing (U A P F), no rows (R O C), 0 (C#).
    """
    rows = [hit.row for hit in hits] or _defaults(outputs, names)
    if policy == "U" and len(hits) > 1:
        raise _contradiction(table, hits, "不能同时适用", "apply at once in a unique table")
    if policy == "A" and any(not _equal(row, rows[0]) for row in rows):
        raise _contradiction(table, hits, "结论不同", "apply at once with different results")
    if policy in ORDERED:
        rows = sorted(rows, key=lambda row: rank(outputs, row))
    if policy in LISTS:
        return [_stored(row) for row in rows]
    if policy.startswith("C"):
        values = [row[outputs[0].name] for row in rows]
        return _stored(
            {outputs[0].name: _aggregate(policy, values) if policy != "C#" else len(hits)}
        )
    return _stored(rows[0]) if rows else None


def rank(outputs: Sequence[Output], row: Mapping[str, object]) -> tuple[int, ...]:
    """Return where a row stands by the listed output values, the first output deciding first."""
    return tuple(
        next(
            (n for n, one in enumerate(output.order) if same(one, row[output.name])),
            len(output.order),
        )
        for output in outputs
        if output.order
    )


def _defaults(outputs: Sequence[Output], names: Names) -> list[Row]:
    if all(output.default is None for output in outputs):
        return []
    return [
        {
            output.name: output.default.evaluate(names.data, now=names.now)
            if output.default
            else None
            for output in outputs
        }
    ]


def _equal(one: Row, other: Row) -> bool:
    return all(same(one[name], other[name]) for name in one)


def _aggregate(policy: str, values: list[object]) -> object:
    function: Callable[..., object] = _FUNCTIONS[policy]
    return function(values) if values else None


def _stored(row: Row) -> Row:
    return {name: as_stored(value) for name, value in row.items()}


def _contradiction(table: str, hits: Sequence[Hit], zh: str, en: str) -> ExpressionError:
    rows_zh = "、".join(f"第 {hit.number} 行（{hit.rule}）" for hit in hits)
    rows_en = ", ".join(f"{hit.number} ({hit.rule})" for hit in hits)
    return ExpressionError(
        Text(f"决策表 {table}：{rows_zh}{zh}。", f"{table}: rows {rows_en} {en}.")
    )
