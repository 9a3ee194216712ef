"""Decisions (DMN): tables and formulas over other decisions, compiled once, no Python.

A table keeps its rows as the bits of one number. Each column knows which rows a value leaves, each
different cell is tried once, so five hundred rows cost little more than five.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Final

from certflow.core.expression_times import read_date, read_duration, read_instant
from certflow.core.expressions import Expression, ExpressionError, as_stored
from certflow.core.text import Text
from certflow.engine.hitpolicies import Hit, Output, settle
from certflow.engine.unary import Cell, Names, Test

READERS: Final[Mapping[str, Callable[[object], object]]] = {
    "date": read_date,
    "dateTime": read_instant,
    "date and time": read_instant,
    "dayTimeDuration": read_duration,
    "days and time duration": read_duration,
    "yearMonthDuration": read_duration,
    "years and months duration": read_duration,
}
"""How a text becomes what a column's type says."""


@dataclass(frozen=True, eq=False)
class Decision:
    """What a business rule task may ask; `requires` are the decisions whose results it reads."""

    id: str
    name: str
    requires: tuple["Decision", ...] = field(default=(), kw_only=True)

    def decide(self, data: Mapping[str, object], *, now: datetime | None = None) -> object:
        """Return the result over a case's variables; a required result goes by its decision's id.

        Raises ExpressionError, naming table, row and column, when a cell fails or the hit policy
        is broken.
        """
        return self._result(Names(self.known(data, now=now), now))

    def known(
        self, data: Mapping[str, object], *, now: datetime | None = None
    ) -> Mapping[str, object]:
        """Return a case's variables and, by their ids, the results of the decisions required."""
        results: dict[str, object] = {}
        for one in self._before:
            results[one.id] = one._result(Names(one._with(data, results), now))  # noqa: SLF001 - its own kind
        return self._with(data, results)

    def _with(
        self, data: Mapping[str, object], results: Mapping[str, object]
    ) -> Mapping[str, object]:
        return {**data, **{one.id: results[one.id] for one in self.requires}}

    @cached_property
    def _before(self) -> tuple["Decision", ...]:
        """What is decided before this, each once: a ladder of pairs would else double each rung."""
        found: dict[str, Decision] = {}
        for one in self.requires:
            found |= {each.id: each for each in (*one._before, one)}  # noqa: SLF001
        return tuple(found.values())

    def _result(self, names: Names) -> object:
        raise NotImplementedError


@dataclass(frozen=True, eq=False)
class Formula(Decision):
    """A decision that is one expression."""

    expression: Expression = field(kw_only=True)

    def _result(self, names: Names) -> object:
        try:
            return as_stored(self.expression.evaluate(names.data, now=names.now))
        except ExpressionError as error:
            raise _placed(Text(f"决策 {self.id}", self.id), error) from error


@dataclass(frozen=True, eq=False)
class Column:
    """One input: which rows each value leaves, as bits.

    `listed` has the rows whose cell lists a text or number, `tests` each other cell with its rows.
    """

    label: str
    input: Expression
    type: str
    always: int
    listed: Mapping[object, int]
    tests: tuple[tuple[Test, int], ...]

    def rows(self, value: object, names: Names, left: int) -> int:
        """Return which of the rows `left` take this value."""
        found = self.always
        if isinstance(value, (str, int, float)) and not isinstance(value, bool):
            found |= self.listed.get(value, 0)
        for test, rows in self.tests:
            if rows & left and self._holds(test, rows & left, value, names):
                found |= rows
        return found & left

    def _holds(self, test: Test, rows: int, value: object, names: Names) -> bool:
        try:
            return test(value, names)
        except ExpressionError as error:
            number = next(_bits(rows)) + 1
            raise _placed(Text(f"第 {number} 行", f"row {number}"), error) from error

    def value(self, names: Names) -> object:
        """Compute the input; texts become dates and durations where the column says so."""
        value = self.input.evaluate(names.data, now=names.now)
        if isinstance(value, str) and (read := READERS.get(self.type)) is not None:
            return read(value)
        return value


def column(label: str, source: Expression, kind: str, cells: Sequence[Cell]) -> Column:
    """Put the cells of one column together; equal cells become one."""
    rows: dict[str, tuple[Cell, int]] = {}
    for number, cell in enumerate(cells):
        before = rows.get(cell.source, (cell, 0))
        rows[cell.source] = (before[0], before[1] | 1 << number)
    always, listed, tests = 0, dict[object, int](), []
    for cell, bits in rows.values():
        if cell.anything:
            always |= bits
        elif cell.listed is not None:
            for value in cell.listed:
                listed[value] = listed.get(value, 0) | bits
        else:
            tests.append((cell.test, bits))
    return Column(label, source, kind, always, listed, tuple(tests))


@dataclass(frozen=True, eq=False)
class Rule:
    """One row's results."""

    id: str
    outputs: tuple[Expression | None, ...]


@dataclass(frozen=True, eq=False)
class Table(Decision):
    """A decision table with its hit policy.

    The result is the row that applies (U, A, P, F; the default or nothing if none does), the list
    of rows (R, O, C), or one aggregated row (C+ C< C> C#).
    """

    policy: str = field(kw_only=True)
    columns: tuple[Column, ...] = field(kw_only=True)
    outputs: tuple[Output, ...] = field(kw_only=True)
    rules: tuple[Rule, ...] = field(kw_only=True)

    def _result(self, names: Names) -> object:
        return settle(self.id, self.policy, self.outputs, self.hits(names), names)

    def hits(self, names: Names) -> list[Hit]:
        """Return the rows that apply, in their order; of a table "first" only the first.

        Raises:
            ExpressionError: a cell fails, named by row and column.

        """
        values = [self._value(one, names) for one in self.columns]
        left = (1 << len(self.rules)) - 1
        for one, value in zip(self.columns, values, strict=True):
            left = self._rows(one, value, names, left)
            if not left:
                break
        if self.policy == "F":
            left &= -left
        return [self._hit(number, names) for number in _bits(left)]

    def _value(self, one: Column, names: Names) -> object:
        try:
            return one.value(names)
        except (ExpressionError, ValueError) as error:
            raise _placed(self._place(one), error) from error

    def _rows(self, one: Column, value: object, names: Names, left: int) -> int:
        try:
            return one.rows(value, names, left)
        except ExpressionError as error:
            raise _placed(self._place(one), error) from error

    def _place(self, one: Column) -> Text:
        return Text(f"决策表 {self.id}，“{one.label}”列", f"{self.id}, column “{one.label}”")

    def _hit(self, number: int, names: Names) -> Hit:
        rule = self.rules[number]
        row = {}
        for output, cell in zip(self.outputs, rule.outputs, strict=True):
            try:
                row[output.name] = cell and cell.evaluate(names.data, now=names.now)
            except ExpressionError as error:
                place = Text(
                    f"决策表 {self.id} 第 {number + 1} 行（{rule.id}）“{output.label}”列",
                    f"{self.id}, row {number + 1} ({rule.id}), column “{output.label}”",
                )
                raise _placed(place, error) from error
        return Hit(number + 1, rule.id, row)


def _placed(place: Text, error: Exception) -> ExpressionError:
    said = error.message if isinstance(error, ExpressionError) else Text(str(error), str(error))
    return ExpressionError(Text(f"{place.zh}：{said.zh}", f"{place.en}: {said.en}"))


def _bits(rows: int) -> Iterator[int]:
    while rows:
        lowest = rows & -rows
        yield lowest.bit_length() - 1
        rows ^= lowest
