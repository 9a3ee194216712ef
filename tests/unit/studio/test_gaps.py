"""What a decision table leaves out or decides twice is found, with an example that is right (H2)."""

from collections.abc import Sequence

import pytest

from certflow.core.expressions import ExpressionError
from certflow.engine.decisions import Rule
from certflow.engine.overlaps import Grid
from certflow.engine.unary import Names, compile_cell
from certflow.studio.gaps import Example, survey

NOTHING = Names({}, None)


def grid(inputs: Sequence[str], *rows: Sequence[str]) -> Grid:
    cells = [[compile_cell(cell) for cell in row] for row in rows]
    return Grid(inputs, cells, [Rule(f"r{number}", ()) for number, _ in enumerate(rows)])


def hits(table: Grid, example: Example) -> list[int]:
    """The rows (from 1) that really take an example, asked cell by cell."""
    return [
        number
        for number, row in enumerate(table.cells, 1)
        if all(
            holds(cell.test, example[source])
            for source, cell in zip(table.inputs, row, strict=True)
        )
    ]


def holds(test: object, value: object) -> bool:
    try:
        return bool(test(value, NOTHING))  # type: ignore[operator]
    except ExpressionError:
        return False


WHOLE = [
    grid(["age"], ["< 18"], ["[18..60]"], ["> 60"]),
    grid(["ok"], ["true"], ["false"]),
    grid(["kind"], ['"a"'], ['not("a")']),
    grid(["age", "kind"], ["-", '"a"'], ["-", 'not("a")']),
    grid(["day"], ['< date("2024-01-01")'], ['>= date("2024-01-01")']),
    grid(["length"], ['< duration("P3Y")'], ['>= duration("P3Y")']),
]


@pytest.mark.parametrize("table", WHOLE, ids=lambda table: table.inputs)
def test_a_table_that_takes_everything_has_no_gap(table: Grid) -> None:
    found = survey(table, "U")
    assert not found.gaps
    assert not found.overlaps
    assert found.whole


@pytest.mark.parametrize(
    "table",
    [
        grid(["age"], ["< 18"], ["> 18"]),
        grid(["age"], ["[0..10)"], ["(10..20]"]),
        grid(["age", "kind"], [">= 18", '"a"'], ["< 18", '"b"']),
        grid(["ok", "day"], ["true", '> date("2024-01-01")'], ["false", "-"]),
        grid(["length"], ['<= duration("P1Y")'], ['> duration("P2Y")']),
        grid(["age", "age"], ["> 1", "< 5"], ["<= 1", "-"]),
    ],
)
def test_the_example_of_a_gap_is_taken_by_no_row(table: Grid) -> None:
    found = survey(table, "U")
    assert found.gaps
    assert all(hits(table, gap.example) == [] for gap in found.gaps)


def test_without_the_rows_that_close_it_a_gap_is_found() -> None:
    """The control of the first test: each of its tables without its last row."""
    for table in WHOLE:
        shorter = Grid(table.inputs, table.cells[:-1], table.rules[:-1])
        assert survey(shorter, "U").gaps


def test_both_rows_of_an_overlap_take_its_example() -> None:
    table = grid(["age", "kind"], ["<= 18", "-"], [">= 18", '"a","b"'], ["> 30", '"c"'])
    (overlap,) = survey(table, "U").overlaps
    assert overlap.rows == (1, 2)
    assert hits(table, overlap.example) == [1, 2]


def test_the_same_rows_may_overlap_where_the_first_counts() -> None:
    table = grid(["age"], ["<= 18"], [">= 18"])
    assert not survey(table, "F").overlaps


def test_a_row_that_never_gets_its_turn_is_named() -> None:
    table = grid(["age", "kind"], [">= 18", "-"], [">= 20", '"x"'], ["-", "-"])
    assert survey(table, "F").masked == (2,)


def test_two_rows_together_can_mask_a_third() -> None:
    table = grid(["age"], ["< 20"], [">= 20"], ["[10..30]"])
    assert survey(table, "F").masked == (3,)


def test_only_values_that_a_form_offers_count() -> None:
    table = grid(["kind"], ['"a"'], ['"b"'])
    assert survey(table, "U").gaps
    assert not survey(table, "U", {"kind": ["a", "b"]}).gaps
    (gap,) = survey(table, "U", {"kind": ["a", "b", "c"]}).gaps
    assert gap.example == {"kind": "c"}


def test_an_example_says_a_plain_word_for_all_other_values() -> None:
    found = survey(grid(["kind"], ['"a"']), "U")
    assert found.others == {"kind": "其他"}
    assert found.gaps[0].example == {"kind": "其他"}


def test_what_does_not_matter_is_said_to_be_free() -> None:
    found = survey(grid(["kind", "age"], ['"a"', "> 1"], ['"a"', "<= 1"]), "U")
    assert found.gaps[0].free == ("age",)


def test_a_row_that_depends_on_the_case_makes_no_gap_but_is_named() -> None:
    found = survey(grid(["day"], ['< date("2024-01-01")'], [">= today()"]), "U")
    assert not found.gaps
    assert found.doubtful == (2,)


def test_a_table_too_large_to_look_through_says_so() -> None:
    inputs = [f"x{n}" for n in range(20)]
    rows = [[f"> {(n * m) % 13}" for n in range(20)] for m in range(60)]
    small = survey(grid(inputs, *rows), "F", budget=500)
    assert not small.whole
    assert not survey(grid(["x"], *([f"{n}"] for n in range(600))), "U").whole


def test_a_table_without_rows_or_inputs_is_no_trouble() -> None:
    assert survey(grid(["a"]), "U").gaps == ()
    assert survey(grid([], []), "U").gaps == ()
