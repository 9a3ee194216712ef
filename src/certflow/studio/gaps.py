"""Which situations a decision table leaves out or decides twice, each with an example (H2).

A cell is constant between the values that it names (`engine.overlaps.samples`), so a table is a
grid of boxes. The boxes are walked column by column, carrying the rules that still apply; samples
that the same rules take are one box. The walk has a budget: past it the answer says so.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import islice
from operator import and_, or_
from typing import Final

from certflow.core.expressions import ExpressionError
from certflow.engine.overlaps import Grid, contradictions, samples
from certflow.engine.unary import Cell, Names

MOST_TOLD: Final = 10
BUDGET: Final = 60_000
"""Boxes looked at for one table; a second of work at most."""
MOST_TESTS: Final = 500_000
"""Cells tried with values, at most; half a second."""
OTHER: Final = ("其他", "other", "…")
_NOTHING: Final = Names({}, None)
Example = dict[str, object]
Values = tuple[object, ...]


@dataclass(frozen=True)
class Gap:
    """A situation that no row takes; `free` are inputs whose value does not matter."""

    example: Example
    free: tuple[str, ...] = ()


@dataclass(frozen=True)
class Overlap:
    """Two rows (from 1) that apply at once though the hit policy forbids it."""

    rows: tuple[int, int]
    example: Example


@dataclass(frozen=True)
class Survey:
    """What was found. `others`: for each input, the example value that stands for all unnamed ones.

    `masked` are rows of a first-hit table that rows above always beat; `doubtful` rows that depend
    on values known only while a case runs, counted as if they applied; `whole` whether the budget
    sufficed.
    """

    gaps: tuple[Gap, ...] = ()
    overlaps: tuple[Overlap, ...] = ()
    masked: tuple[int, ...] = ()
    doubtful: tuple[int, ...] = ()
    others: Mapping[str, object] | None = None
    whole: bool = True


def survey(
    grid: Grid,
    policy: str,
    domains: Mapping[str, Sequence[object]] | None = None,
    budget: int = BUDGET,
) -> Survey:
    """Look for what a table leaves out, and for rows that collide or never get their turn.

    `domains` holds, by input, the only values that it can have; `budget` the boxes to look at.
    """
    inputs = [
        _Input(grid, source, (domains or {}).get(source)) for source in dict.fromkeys(grid.inputs)
    ]
    if sum(one.tests for one in inputs) > MOST_TESTS:
        return Survey(whole=False)
    for one in inputs:
        one.fill()
    walk = _Walk(inputs, len(grid.rules), budget)
    gaps = list(walk.uncovered()) if grid.rules else []
    masked = list(walk.masked()) if policy == "F" else []
    pairs = contradictions(grid, policy)
    return Survey(
        gaps=tuple(gaps),
        overlaps=tuple(
            Overlap((one + 1, other + 1), example)
            for one, other in pairs
            if (example := walk.shared(one, other)) is not None
        ),
        masked=tuple(masked),
        doubtful=tuple(
            number
            for number, row in enumerate(grid.cells, 1)
            if any(cell.edges is None for cell in row)
        ),
        others={one.source: one.other for one in inputs if one.other is not None},
        whole=not walk.spent,
    )


class _Input:
    """One input with its boxes: a value each, and the rows that take it, as bits."""

    def __init__(self, grid: Grid, source: str, domain: Sequence[object] | None) -> None:
        self.source = source
        self.other: object = None
        places = [place for place, one in enumerate(grid.inputs) if one == source]
        self._columns = [_Column([row[place] for row in grid.cells]) for place in places]
        self._named = [edge for column in self._columns for edge in column.named]
        self._domain = domain
        self.values = list(domain) if domain else _usual([*self._named, *_between(self._named)])
        self.tests = len(self.values) * sum(len(column.cells) for column in self._columns)
        self.boxes: list[tuple[object, int]] = []

    def fill(self) -> None:
        """Find the boxes: values that the same rows take are one."""
        boxes: dict[int, object] = {}
        for value in self.values:
            boxes.setdefault(self._taken(value), value)
        if not self._domain:
            self._name_others(boxes, self._named)
        self.boxes = [(value, rows) for rows, value in boxes.items()]

    def _taken(self, value: object) -> int:
        return reduce(and_, (column.rows(value) for column in self._columns))

    def _name_others(self, boxes: dict[int, object], named: Sequence[object]) -> None:
        """Say a plain word where the sample is an odd text that stands for all unnamed ones."""
        for rows, value in boxes.items():
            if isinstance(value, str) and value not in named:
                plain = next((one for one in OTHER if self._taken(one) == rows), None)
                if plain is not None:
                    boxes[rows] = self.other = plain


class _Column:
    """The different cells of a column, each with its rows as bits."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        self.cells: dict[str, tuple[Cell, int]] = {}
        for number, cell in enumerate(cells):
            _same, bits = self.cells.get(cell.source, (cell, 0))
            self.cells[cell.source] = (cell, bits | 1 << number)
        self.named = [
            edge
            for cell, _bits in self.cells.values()
            for edge in cell.edges or ()
            if edge is not None and not isinstance(edge, (list, dict))
        ]

    def rows(self, value: object) -> int:
        """Return the rows that take a value; one that depends on the case is counted as taking."""
        return reduce(
            or_,
            (
                bits
                for cell, bits in self.cells.values()
                if cell.anything or cell.edges is None or _test(cell, value)
            ),
            0,
        )


def _test(cell: Cell, value: object) -> bool:
    try:
        return cell.test(value, _NOTHING)
    except ExpressionError:
        return False


def _between(named: Sequence[object]) -> Iterator[object]:
    """Yield a value below, between and above those that cells name."""
    for group in samples(named):
        yield from group


def _usual(values: Sequence[object]) -> list[object]:
    """Return each value once, nothing only where there is nothing else; yes/no is no number."""
    kept = {(type(one), one): one for one in values if one is not None}
    return list(kept.values()) or [None]


class _Walk:
    """Goes through the boxes of all inputs within a budget."""

    def __init__(self, inputs: Sequence[_Input], rules: int, budget: int) -> None:
        self._inputs, self._rules, self._left = inputs, rules, budget
        self.spent = False

    def uncovered(self) -> Iterator[Gap]:
        """Yield an example of each situation that no row takes, MOST_TOLD at most."""
        yield from islice(self._outside((1 << self._rules) - 1, None), MOST_TOLD)

    def masked(self) -> Iterator[int]:
        """Yield the rows (from 1) that rows above leave nothing."""
        for number in range(1, self._rules):
            left = next(iter(self._outside((1 << number) - 1, 1 << number)), None)
            if left is None and not self.spent:
                yield number + 1

    def shared(self, one: int, other: int) -> Example | None:
        """Return an example that two rows (from 0) both take."""
        both, example = (1 << one) | (1 << other), {}
        for given in self._inputs:
            value = next((value for value, rows in given.boxes if rows & both == both), _NONE)
            if value is _NONE:
                return None
            example[given.source] = value
        return example

    def _outside(self, rules: int, within: int | None) -> Iterator[Gap]:
        """Yield examples that none of `rules` takes, and that the row `within` takes."""
        clean: set[tuple[int, int]] = set()

        def walk(place: int, left: int, chosen: tuple[object, ...]) -> Iterator[Gap]:
            if not left:
                yield from self._rest(place, within, chosen)
                return
            if place == len(self._inputs) or (place, left) in clean:
                return
            found = False
            for value, rows in self._boxes(place, within):
                for gap in walk(place + 1, left & rows, (*chosen, value)):
                    found = True
                    yield gap
            if not found and not self.spent:
                clean.add((place, left))

        yield from walk(0, rules, ())

    def _boxes(self, place: int, within: int | None) -> Iterator[tuple[object, int]]:
        """Yield an input's boxes, those of the row `within`, while the budget lasts."""
        for value, rows in self._inputs[place].boxes:
            if within is not None and not rows & within:
                continue
            self._left -= 1
            if self._left < 0:
                self.spent = True
                return
            yield value, rows

    def _rest(self, place: int, within: int | None, chosen: Values) -> Iterator[Gap]:
        """Yield the example with any value of the inputs that did not matter any more."""
        rest = tuple(self._any(one, within) for one in self._inputs[place:])
        if _NONE not in rest:
            values = zip(self._inputs, chosen + rest, strict=True)
            free = tuple(one.source for one in self._inputs[len(chosen) :])
            yield Gap({one.source: value for one, value in values}, free)

    def _any(self, given: _Input, within: int | None) -> object:
        return next(
            (value for value, rows in given.boxes if within is None or rows & within), _NONE
        )


_NONE: Final = object()
