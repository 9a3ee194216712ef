"""Which rows of a table contradict each other, seen when it is published (U and A).

A cell is constant between the values that it names. So trying, per column, each value that any
cell names and one in every gap between them decides whether two rows can apply at once. Where a
cell or an input is known only while a case runs, evaluation finds the contradiction.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import reduce
from itertools import combinations, pairwise
from operator import and_
from typing import Any, Final

from certflow.core.expression_times import Months
from certflow.core.expression_values import same
from certflow.core.expressions import ExpressionError
from certflow.engine.decisions import Rule
from certflow.engine.unary import Cell, Names

MOST_TOLD: Final = 10
_PATH: Final = re.compile(r"[^\W\d]\w*(\.\w+)*")
_NOTHING: Final = Names({}, None)


@dataclass(frozen=True)
class Grid:
    """The cells of a table by row, with what each column reads."""

    inputs: Sequence[str]
    cells: Sequence[Sequence[Cell]]
    rules: Sequence[Rule]


def contradictions(grid: Grid, policy: str) -> list[tuple[int, int]]:
    """Return pairs of rows (from 0) that break a unique or any policy for certain."""
    if policy not in ("U", "A") or not all(_PATH.fullmatch(one) for one in grid.inputs):
        return []
    found = []
    for one, other in _overlapping(grid):
        if policy == "U" or _differ(grid.rules[one], grid.rules[other]):
            found.append((one, other))
        if len(found) == MOST_TOLD:
            break
    return found


def _differ(one: Rule, other: Rule) -> bool:
    """Tell whether two rows' results are known and different."""
    for sides in zip(one.outputs, other.outputs, strict=True):
        if all(cell is None or cell.constant for cell in sides):
            left, right = (cell and cell.evaluate({}) for cell in sides)
            if not same(left, right):
                return True
    return False


def _overlapping(grid: Grid) -> Iterator[tuple[int, int]]:
    reached = [_reached(grid, [n for n, one in enumerate(grid.inputs) if one == source])
               for source in dict.fromkeys(grid.inputs)]  # fmt: skip
    for one, other in combinations(range(len(grid.rules)), 2):
        if all(_meet(column[one], column[other]) for column in reached):
            yield one, other


def _meet(one: int | None, other: int | None) -> bool:
    return one is not None and other is not None and bool(one & other)


def _reached(grid: Grid, places: Sequence[int]) -> list[int | None]:
    """Return, for each row, which sample values it takes, as bits; None where unknown.

    `places` are the columns that read the same input: a row must take a value in all of them.
    """
    cells = [cell for row in grid.cells for cell in (row[place] for place in places)]
    groups = samples([edge for cell in cells for edge in cell.edges or ()])
    everything = (1 << sum(map(len, groups))) - 1
    taken: dict[str, int | None] = {}
    for cell in cells:
        if cell.source not in taken:
            taken[cell.source] = None if cell.edges is None else _taken(cell, groups)
    rows: list[int | None] = []
    for row in grid.cells:
        found = [taken[row[place].source] for place in places]
        known = [one for one in found if one is not None]
        whole = len(known) == len(found)
        rows.append(reduce(and_, known, everything) if whole else None)
    return rows


def _taken(cell: Cell, groups: Sequence[Sequence[Any]]) -> int:
    """Return the samples that a cell takes, as bits; tried once between two values that it names."""
    bits, offset = 0, 0
    for values in groups:
        places = {value: place for place, value in enumerate(values)}
        marks = sorted(
            {
                places[one]
                for one in cell.edges or ()
                if _kind(one) is _kind(values[0]) and one in places
            }
        )
        for first, after in _stretches(marks, len(values)):
            if _holds(cell, values[first]):
                bits |= ((1 << (after - first)) - 1) << (offset + first)
        offset += len(values)
    return bits


def _stretches(marks: Sequence[int], length: int) -> Iterator[tuple[int, int]]:
    """Yield each mark by itself, and the stretches between them."""
    start = 0
    for mark in marks:
        if start < mark:
            yield start, mark
        yield mark, mark + 1
        start = mark + 1
    if start < length:
        yield start, length


def _holds(cell: Cell, value: object) -> bool:
    try:
        return cell.test(value, _NOTHING)
    except ExpressionError:
        return False


def samples(edges: Sequence[object]) -> list[list[Any]]:
    """Return every value named, and one below, between and above them: sorted, kind by kind."""
    kinds: dict[type, list[Any]] = {}
    for edge in edges:
        kinds.setdefault(_kind(edge), []).append(edge)
    found: list[list[Any]] = []
    for kind, values in kinds.items():
        if kind is bool:
            found.append([False, True])
        elif kind in _STEPS:
            found.append(sorted(_around(sorted(set(values)), _STEPS[kind])))
        elif kind is str:
            found.append(sorted({"", *(one + tail for one in values for tail in ("", "\0"))}))
        elif kind is type(None):
            found.append([None])
    return found if set(kinds) - {type(None)} else [*found, ["…"]]


_STEPS: Final[dict[type, Any]] = {
    float: 1,
    date: timedelta(days=1),
    datetime: timedelta(seconds=1),
    timedelta: timedelta(seconds=1),
    Months: Months(1),
}


def _kind(value: object) -> type:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float
    return type(value)


def _around(values: Sequence[Any], step: Any) -> set[Any]:
    """Return sorted values with one below, one above and one in every gap."""
    if isinstance(values[0], Months):
        return {Months(int(one)) for one in _around([one.count for one in values], 1)}
    between = [
        one + (other - one) / 2 if not isinstance(one, date) or isinstance(one, datetime)
        else one + step
        for one, other in pairwise(values)
    ]  # fmt: skip
    return {values[0] - step, *values, *between, values[-1] + step}
