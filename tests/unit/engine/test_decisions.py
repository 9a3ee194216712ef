"""Decision tables, written the way authors write them."""

from datetime import date, timedelta

import pytest

from certflow.core.expression_times import Months
from certflow.core.expressions import ExpressionError
from certflow.engine.errors import DefinitionError, StepFailed
from certflow.engine.unary import Names, compile_test, split
from factories.drawing import START, Walk, arrows, bpmn, definition, end, node, properties, start
from factories.tables import decide, definitions, dmn, formula, problems, table


@pytest.mark.parametrize(
    ("cell", "value", "holds"),
    [
        ("-", "anything", True), ("", None, True), ('"a"', "a", True), ('"a"', "b", False),
        ('"a","b"', "b", True), ('"a, b"', "a, b", True), ("48", 48, True), (">= 48", 48, True),
        ("> 48", 48, False), ("< 48", 47.5, True), ("<=48", 48, True), ("!= 3", 4, True),
        ("= 3", 3, True), ("[60..100]", 60, True), ("(60..100]", 60, False), ("[60..100)", 100, False),
        ("]60..100[", 61, True), ("not(3)", 4, True), ('not("a","b")', "b", False),
        ("not([1..2])", 3, True), ("true", True, True), ("true", 1, False), ("false", False, True),
        ("null", None, True), (">= 48", None, False), ("[1..2]", None, False), ("limit", 7, True),
        ("< limit * 2", 13, True), ("[1..2],[5..6]", 5, True), ('date("2026-03-01")', START.date(), True),
        ('>= date("2026-03-01")', START.date(), True), ("-5", -5, True), ("[-5..-1]", -3, True),
        ("]60..100[", 60, False), ("]60..100[", 100, False), ("]60..100]", 100, True),
        ("[60..100[", 60, True), ("[5..9[,20", 20, True), ("(1..2[,3", 3, True), ("not([1..5))", 5, True),
        ('"高级","中级"', "中级", True), ('not("高级","中级")', "初级", True), ('not("a")', None, True),
        ('@"2023-04-01"', date(2023, 4, 1), True), ('@"P3Y"', Months(36), True),
        ('< date("2023-04-01")', date(2023, 3, 31), True), ('< date("2023-04-01")', date(2023, 4, 1), False),
        ('[date("2023-01-01")..date("2023-03-31")]', date(2023, 3, 31), True),
        ('>= date and time("2026-03-01T08:00:00")', START, True),
        ('duration("P3Y")', Months(36), True), ('> duration("P1Y6M")', Months(19), True),
        ('[duration("P1Y")..duration("P2Y"))', Months(24), False),
        ('<= duration("P90D")', timedelta(days=90), True), ('<= duration("P90D")', timedelta(days=91), False),
    ],
)  # fmt: skip
def test_a_cell_tests_its_input(cell, value, holds):
    assert compile_test(cell)(value, Names({"limit": 7}, START)) is holds


@pytest.mark.parametrize(
    "cell",
    [
        "? > 5",
        "().__class__",
        "open('x')",
        ">",
        "[1..",
        "1 ..2]x",
        "x" * 3_000,
        "not(",
        "not(not(3))",
        '"高级" "中级"',
        "“高级”，“中级”",
        'date("2023-02-30")',
        'duration("3 years")',
        'duration("P1Y2D")',
        "not(" * 400 + "1" + ")" * 400,
        "a b",
        "[x for x in y]",
    ],
)
def test_other_cells_are_refused(cell):
    with pytest.raises(ExpressionError):
        compile_test(cell)


def test_a_number_is_not_ordered_against_a_text():
    with pytest.raises(ExpressionError, match="Cannot order"):
        compile_test("> 5")("6", Names({}, None))


def test_a_unique_table_gives_the_one_row():
    table = dmn(
        '"QMS" | >= 3 -> 100 | "basic"',
        '- | < 3 -> 50 | "small"',
        inputs="field | years",
        outputs="fee | kind",
    )
    assert decide(table, field="QMS", years=5) == {"fee": 100, "kind": "basic"}
    assert decide(table, field="EMS", years=1) == {"fee": 50, "kind": "small"}
    assert decide(table, field="EMS", years=5) is None


def test_output_cells_are_expressions_of_ours():
    assert decide(dmn("- -> x * 2 + len(rows)"), x=4, rows=[1]) == {"result": 9}
    assert decide(dmn("- -> -"), x=4) == {"result": None}


@pytest.mark.parametrize(
    ("source", "element"),
    [
        (dmn("- -> ().__class__"), "rule_0"),
        (dmn("open('x') -> 1"), "rule_0"),
        (dmn("- | - -> 1"), "rule_0"),
        (dmn("- -> 1", inputs="x.__class__"), "fee"),
        (definitions(), "fee.dmn"),
        (dmn("- -> 1", policy="PRIORITY"), "fee"),
        (dmn("- -> 1", policy="OUTPUT ORDER"), "fee"),
        (dmn("- -> 1", policy="BEST"), "fee"),
        (dmn("- -> 1", aggregation="SUM"), "fee"),
        (dmn("- -> 1", policy="COLLECT", aggregation="MEAN"), "fee"),
        (dmn("- -> 1 | 2", policy="COLLECT", aggregation="SUM", outputs="a | b"), "fee"),
        (dmn('- -> "loww"', policy="PRIORITY", values='"high","low"'), "rule_0"),
        (dmn("- -> 1", name="not a name"), "not a name"),
        (dmn("- -> 1", needs=("elsewhere",)), "fee"),
        (dmn(*["- -> 1"] * 1_001, policy="FIRST"), "fee"),
        (dmn("- -> 1 | 2", outputs="a | a"), "fee"),
        (
            b'<d xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"><decision id="fee"/></d>',
            "fee",
        ),
    ],
)
def test_a_bad_table_is_refused_at_its_rule(source, element):
    assert [at for at, _ in problems(source)] == [element]


def test_a_finding_names_table_row_and_column():
    table = dmn("- -> 1", "open('x') -> 2", inputs="years", policy="FIRST")
    [(element, said)] = problems(table)
    assert element == "rule_1"
    assert said.startswith("fee, row 2, column “years”: “open('x')”")


def test_an_error_of_a_run_names_table_row_and_column():
    with pytest.raises(ExpressionError, match="fee, column “x”: row 2: Cannot order"):
        decide(dmn('"a" -> 1', "> 5 -> 2", policy="FIRST"), x="b")
    with pytest.raises(ExpressionError, match=r"fee, row 1 \(rule_0\), column “result”"):
        decide(dmn("- -> x / 0"), x=1)
    with pytest.raises(ExpressionError, match="fee, column “y”: There is no variable y"):
        decide(dmn("- -> 1", inputs="y"), x=1)


def test_a_list_may_hold_intervals_that_open_to_either_side():
    assert split(']1..2[ , [3..4[,"a,b", max(1, 2),(5..6)') == [
        "]1..2[ ", " [3..4[", '"a,b"', " max(1, 2)", "(5..6)",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "given", "hit"),
    [
        ("x: date", "2023-03-31", "before"),
        ("x: date", "2023-04-01", "after"),
        ("x: feel:date", date(2023, 4, 1), "after"),
        ("x: date", None, None),
    ],
)
def test_a_column_of_dates_reads_the_texts_of_a_case(typed, given, hit):
    rules = '< date("2023-04-01") -> "before"', '>= date("2023-04-01") -> "after"'
    found = decide(dmn(*rules, inputs=typed), x=given)
    assert found == (hit and {"result": hit})


def test_a_column_of_dates_says_what_is_no_date():
    with pytest.raises(ExpressionError, match="fee, column “x”"):
        decide(dmn("- -> 1", inputs="x: date"), x="soon")


def test_dates_move_by_calendar_months_and_results_are_stored_as_text():
    table = dmn('- -> x + duration("P3Y") | x - duration("P90D") | duration("P18M")', inputs="x: date", outputs="a | b | c")  # fmt: skip
    assert decide(table, x=date(2024, 2, 29)) == {
        "a": "2027-02-28",
        "b": "2023-12-01",
        "c": "P1Y6M",
    }
    between = dmn('years and months duration(date(x), date("2026-11-20")) | - -> 1', inputs="x | x")
    assert problems(between) == []


def test_a_decision_reads_those_that_it_requires():
    source = definitions(
        table("> 0 -> 16", name="hours", policy="COLLECT"),
        table("- -> 24", name="more", policy="COLLECT"),
        formula("fee", "hours + more", "hours", "more"),
    )
    assert decide(source, x=1) == [{"result": 16}, {"result": 24}]
    assert decide(source, x=0) == [{"result": 24}]


def test_a_decision_that_needs_itself_is_refused():
    circle = definitions(formula("fee", "other", "other"), formula("other", "fee", "fee"))
    assert "other" in [at for at, _ in problems(circle)]


RULES = bpmn(
    start(),
    node("businessRuleTask", "x", properties(decision="fee", result="price")),
    end(),
    arrows("start -> x -> end"),
)


def test_a_business_rule_task_reads_the_table_into_its_variable():
    made = definition(RULES, {"fee.dmn": dmn("> 0 -> 300", "- -> 0", policy="FIRST")})
    assert Walk(made, x=1).run.data["price"] == {"result": 300}


def test_a_table_that_fails_names_the_task():
    made = definition(RULES, {"fee.dmn": dmn("> 0 -> 300")})
    with pytest.raises(StepFailed) as caught:
        Walk(made, x="many")
    assert caught.value.element == "x"


def test_a_hostile_table_cannot_be_published():
    with pytest.raises(DefinitionError):
        definition(RULES, {"fee.dmn": dmn("- -> __import__('os').getcwd()")})
