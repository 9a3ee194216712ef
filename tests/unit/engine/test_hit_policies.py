"""What a table makes of several rows that apply: U A P F R O C and C with + < > #."""

import random

import pytest

from certflow.core.expressions import ExpressionError
from certflow.engine.unary import Names, compile_test
from factories.tables import decide, dmn, problems

TWO = "> low -> 1", "> 0 -> 2"


def test_two_rows_of_a_unique_table_are_an_error_that_names_them():
    with pytest.raises(
        ExpressionError, match=r"fee: rows 1 \(rule_0\), 2 \(rule_1\) apply at once"
    ):
        decide(dmn(*TWO), x=5, low=1)
    assert decide(dmn(*TWO), x=5, low=9) == {"result": 2}


def test_any_takes_equal_rows_and_refuses_different_ones():
    assert decide(dmn("- -> 1", "> 0 -> 1", policy="ANY"), x=1) == {"result": 1}
    with pytest.raises(ExpressionError, match=r"rows 1 \(rule_0\), 2 \(rule_1\).*different"):
        decide(dmn(*TWO, policy="ANY"), x=5, low=1)


def test_first_takes_the_first_and_looks_no_further():
    table = dmn("> 5 -> 1", "> 0 -> 2", "- -> x / 0", policy="FIRST")
    assert decide(table, x=1) == {"result": 2}


def test_priority_takes_the_most_important_result():
    table = dmn('- -> "low"', '> 5 -> "high"', policy="PRIORITY", values='"high","low"')
    assert decide(table, x=6) == {"result": "high"}
    assert decide(table, x=1) == {"result": "low"}


def test_the_first_output_decides_about_priority_before_the_second():
    rules = '- -> "a" | "a"', '- -> "b" | "b"', '- -> "b" | "a"'
    table = dmn(*rules, policy="PRIORITY", outputs="one | two", values='"b","a"')
    assert decide(table, x=1) == {"one": "b", "two": "b"}


def test_output_order_follows_the_listed_values():
    rules = '- -> "low"', '- -> "high"', '- -> "low"'
    table = dmn(*rules, policy="OUTPUT ORDER", values='"high","low"')
    assert [row["result"] for row in decide(table, x=1)] == ["high", "low", "low"]


@pytest.mark.parametrize("policy", ["RULE ORDER", "COLLECT"])
def test_lists_keep_the_order_of_the_rules(policy):
    rows = decide(dmn("- -> 2", "> 5 -> 9", "> 0 -> 1", policy=policy), x=1)
    assert rows == [{"result": 2}, {"result": 1}]


@pytest.mark.parametrize(
    ("aggregation", "result"), [("SUM", 14), ("MIN", 2), ("MAX", 7), ("COUNT", 3)]
)
def test_collect_sums_finds_the_least_and_the_most_and_counts(aggregation, result):
    table = dmn("- -> 5", "> 0 -> 2", "- -> 7", "> 9 -> 99", policy="COLLECT", aggregation=aggregation)  # fmt: skip
    assert decide(table, x=1) == {"result": result}


def test_the_earliest_of_dates_is_found_too():
    rules = '- -> date("2026-03-01")', '- -> date("2025-03-01")'
    table = dmn(*rules, policy="COLLECT", aggregation="MIN")
    assert decide(table, x=1) == {"result": "2025-03-01"}


def test_texts_are_not_summed():
    with pytest.raises(ExpressionError):
        decide(dmn('- -> "a"', policy="COLLECT", aggregation="SUM"), x=1)


@pytest.mark.parametrize(
    ("policy", "aggregation", "result"),
    [
        ("UNIQUE", "", None), ("ANY", "", None), ("FIRST", "", None), ("PRIORITY", "", None),
        ("RULE ORDER", "", []), ("OUTPUT ORDER", "", []), ("COLLECT", "", []),
        ("COLLECT", "COUNT", {"result": 0}), ("COLLECT", "SUM", {"result": None}),
        ("COLLECT", "MIN", {"result": None}), ("COLLECT", "MAX", {"result": None}),
    ],
)  # fmt: skip
def test_without_a_hit_the_result_is_clear(policy, aggregation, result):
    values = "1,2" if policy in ("PRIORITY", "OUTPUT ORDER") else ""
    table = dmn("> 5 -> 1", policy=policy, aggregation=aggregation, values=values)
    assert decide(table, x=1) == result


def test_without_a_hit_a_default_stands_in():
    assert decide(dmn("> 5 -> 1", default="0"), x=1) == {"result": 0}
    assert decide(dmn("> 5 -> 1", default="0"), x=6) == {"result": 1}
    assert decide(dmn("> 5 -> 1", default="0", policy="COLLECT"), x=1) == [{"result": 0}]


@pytest.mark.parametrize(
    "rules",
    [
        ("- -> 1", "> 0 -> 2"),
        ("[1..5] -> 1", "[5..9] -> 2"),
        ("< 12 -> 1", "> 11 -> 2"),
        ('"a","b" -> 1', '"b","c" -> 2'),
        ('not("a") -> 1', 'not("b") -> 2'),
        ('<= date("2023-04-01") -> 1', '>= date("2023-04-01") -> 2'),
        ('< duration("P2Y") -> 1', '>= duration("P1Y") -> 2'),
        ("null -> 1", "- -> 2"),
        ("not(5) -> 1", "6 -> 2"),
        ("true -> 1", "not(false) -> 2"),
    ],
)
def test_rows_of_a_unique_table_that_overlap_cannot_be_published(rules):
    [(element, said)] = problems(dmn(*rules))
    assert element == "rule_1"
    assert said.startswith("fee: rows 1 and 2 apply at once.")


@pytest.mark.parametrize(
    "rules",
    [
        ("[1..5) -> 1", "[5..9] -> 2"),
        ("< 12 -> 1", "[12..24) -> 2", ">= 24 -> 3", "null -> 4"),
        ('"a","b" -> 1', '"c" -> 2', 'not("a","b","c") -> 3'),
        ('< date("2023-04-01") -> 1', '>= date("2023-04-01") -> 2'),
        ('<= date("2023-03-31") -> 1', '>= date("2023-04-01") -> 2'),
        ('< duration("P1Y") -> 1', '[duration("P1Y")..duration("P2Y")[ -> 2'),
        ("true -> 1", "not(true) -> 2"),
        ("null -> 1", "not(null) -> 2"),
        ("< low -> 1", ">= low -> 2"),
    ],
)
def test_rows_that_do_not_overlap_can(rules):
    assert problems(dmn(*rules)) == []


def test_rows_overlap_only_when_every_column_does():
    apart = dmn('"a" | < 5 -> 1', '"a" | >= 5 -> 2', '"b" | - -> 3', inputs="x | y")
    assert problems(apart) == []
    together = dmn('"a" | < 5 -> 1', "- | 4 -> 2", inputs="x | y")
    assert len(problems(together)) == 1


def test_columns_that_read_the_same_input_are_taken_together():
    assert problems(dmn(">= 1 | < 5 -> 1", ">= 5 | < 9 -> 2", inputs="x | x")) == []
    assert len(problems(dmn(">= 1 | < 6 -> 1", ">= 5 | < 9 -> 2", inputs="x | x"))) == 1


def test_overlapping_rows_of_an_any_table_must_agree():
    assert problems(dmn("- -> 1", "> 0 -> 1", policy="ANY")) == []
    assert "different results" in problems(dmn("- -> 1", "> 0 -> 2", policy="ANY"))[0][1]


@pytest.mark.parametrize("policy", ["FIRST", "RULE ORDER", "COLLECT"])
def test_other_policies_let_rows_overlap(policy):
    assert problems(dmn("- -> 1", "> 0 -> 2", policy=policy)) == []


def cell_of(dice):
    low, high = sorted(dice.sample(range(6), 2))
    return dice.choice(
        [
            f"[{low}..{high}]", f"]{low}..{high}[", f"[{low}..{high})", f"< {low}", f">= {high}",
            f"{low},{high}", f"not({low})", f"not([{low}..{high}])", f"!= {high}", f"{low}",
        ]
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(20))
def test_what_is_seen_at_publishing_is_what_trying_every_value_finds(seed):
    dice = random.Random(seed)
    pairs = [(cell_of(dice), cell_of(dice)) for _ in range(20)]
    for one, other in pairs:
        tests = [compile_test(cell) for cell in (one, other)]
        values = [number / 2 for number in range(-4, 16)]
        overlap = any(all(test(value, Names({}, None)) for test in tests) for value in values)
        assert bool(problems(dmn(f"{one} -> 1", f"{other} -> 2"))) is overlap, (one, other)
