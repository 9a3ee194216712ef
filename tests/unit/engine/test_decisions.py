"""Decision tables, written the way authors write them."""

from xml.sax.saxutils import escape

import pytest

from certflow.core.expressions import ExpressionError
from certflow.engine.decisions import load_tables
from certflow.engine.errors import DefinitionError, StepFailed
from certflow.engine.unary import Names, compile_test
from factories.drawing import START, Walk, arrows, bpmn, definition, end, node, properties, start


def dmn(
    *rules: str,
    policy: str = "UNIQUE",
    inputs: str = "x",
    outputs: str = "result",
    values: str = "",
) -> bytes:
    """Return a table; a rule is "input | input -> output | output"."""

    def cells(text: str, kind: str) -> str:
        return "".join(
            f"<{kind}><text>{escape(one.strip())}</text></{kind}>" for one in text.split("|")
        )

    ordered = f"<outputValues><text>{escape(values)}</text></outputValues>" if values else ""
    heads = "".join(
        f"<input><inputExpression><text>{one.strip()}</text></inputExpression></input>"
        for one in inputs.split("|")
    )
    heads += "".join(
        f'<output name="{one.strip()}">{ordered}</output>' for one in outputs.split("|")
    )
    rows = ""
    for number, rule in enumerate(rules):
        left, right = rule.split("->")
        rows += f'<rule id="rule_{number}">{cells(left, "inputEntry")}{cells(right, "outputEntry")}</rule>'
    return (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"><decision id="fee" name="fee">'
        f'<decisionTable hitPolicy="{policy}">{heads}{rows}</decisionTable></decision></definitions>'
    ).encode()


def decide(source: bytes, **data: object) -> object:
    tables, findings = load_tables({"fee.dmn": source})
    assert findings == []
    return tables["fee"].decide(data, now=START)


def problems(source: bytes) -> list[tuple[str, str]]:
    return [(one.element, one.message.en) for one in load_tables({"fee.dmn": source})[1]]


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


def test_two_rows_of_a_unique_table_are_an_error():
    with pytest.raises(ExpressionError, match="More than one row"):
        decide(dmn("- -> 1", "> 0 -> 2"), x=1)


def test_any_wants_equal_rows():
    assert decide(dmn("- -> 1", "> 0 -> 1", policy="ANY"), x=1) == {"result": 1}
    with pytest.raises(ExpressionError):
        decide(dmn("- -> 1", "> 0 -> 2", policy="ANY"), x=1)


def test_first_takes_the_first():
    assert decide(dmn("> 5 -> 1", "> 0 -> 2", "- -> 3", policy="FIRST"), x=1) == {"result": 2}


@pytest.mark.parametrize("policy", ["RULE ORDER", "COLLECT"])
def test_lists_keep_the_order_of_the_rules(policy):
    rows = decide(dmn("- -> 2", "> 5 -> 9", "> 0 -> 1", policy=policy), x=1)
    assert rows == [{"result": 2}, {"result": 1}]
    assert decide(dmn("> 5 -> 9", policy=policy), x=1) == []


def test_output_order_follows_the_listed_values():
    table = dmn('- -> "low"', '- -> "high"', policy="OUTPUT ORDER", values='"high","low"')
    assert decide(table, x=1) == [{"result": "high"}, {"result": "low"}]


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
        (dmn("- -> 1", policy="PRIORITY"), "fee"),
        (dmn("- -> 1 | 2", outputs="a | a"), "fee"),
        (
            b'<d xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"><decision id="fee"/></d>',
            "fee",
        ),
    ],
)
def test_a_bad_table_is_refused_at_its_rule(source, element):
    assert [at for at, _ in problems(source)] == [element]


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
