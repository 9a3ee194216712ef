"""One table under the magnifying glass: cells, what it reads, test rows (catalogue H2)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from certflow.core.expressions import ExpressionError
from certflow.studio import table_tests
from certflow.studio.examining import Examination, examine, unmet_remarks
from certflow.studio.table_tests import value_of

NOW = datetime(2026, 6, 1, tzinfo=UTC)
NS = (
    'xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" xmlns:certflow="http://certflow.org/bpmn"'
)
TEST = (
    "<extensionElements><certflow:tests><certflow:test {expected}>"
    '<certflow:given name="mode" value="{mode}"/><certflow:given name="facts.age" value="{age}"/>'
    "</certflow:test></certflow:tests></extensionElements>"
)


def table(*cells: tuple[str, str, str], tests: str = "", policy: str = "UNIQUE") -> str:
    rules = "".join(
        f'<rule id="r{n}"><inputEntry><text>{mode}</text></inputEntry>'
        f"<inputEntry><text>{age}</text></inputEntry>"
        f"<outputEntry><text>{out}</text></outputEntry></rule>"
        for n, (mode, age, out) in enumerate(cells, 1)
    )
    return (
        f'<definitions {NS}><decision id="fee" name="费用">{tests}<decisionTable hitPolicy="{policy}">'
        '<input label="方式"><inputExpression typeRef="string"><text>mode</text></inputExpression>'
        '</input><input label="年龄"><inputExpression typeRef="number"><text>facts.age</text>'
        f'</inputExpression></input><output name="fee"/>{rules}</decisionTable></decision></definitions>'
    )


def seen(xml: str, content: dict[str, Any] | None = None) -> Examination:
    return examine(content or {}, "fee", xml, "fee", NOW)


GOOD = ('"a"', "&lt; 18", "0"), ('"a"', ">= 18", "10"), ('"b"', "-", "base * 2")


def test_a_cell_that_cannot_be_read_is_found_with_row_and_column() -> None:
    (one,) = seen(table(('"a"', "&lt; 18 years", "0"))).findings
    assert (one.decision, one.row, one.column) == ("fee", 1, "input 2")


def test_a_result_that_is_code_is_found_too() -> None:
    (one,) = seen(table(('"a"', "-", "open('/etc/passwd')"))).findings
    assert (one.row, one.column) == (1, "output 1")


def test_what_a_table_reads_is_listed_with_its_type() -> None:
    inputs = {one.name: (one.label, one.type) for one in seen(table(*GOOD)).inputs}
    assert inputs == {
        "mode": ("方式", "string"),
        "facts.age": ("年龄", "number"),
        "base": ("base", ""),
    }


def test_the_values_that_a_form_offers_come_with_their_words() -> None:
    form = {
        "schema": {"properties": {"how": {"enum": ["a", "b"]}}},
        "decides": {"mode": "how"},
        "pages": [{"fields": [{"name": "how", "options": [
            {"value": "a", "label": {"zh": "首次", "en": "First"}}]}]}],
    }  # fmt: skip
    found = {one.name: one.values for one in seen(table(*GOOD), {"forms": {"x": form}}).inputs}
    assert [text.zh for text in found["mode"].values()] == ["首次", "b"]


def test_a_test_row_says_which_row_hits_and_what_comes_out() -> None:
    xml = table(*GOOD, tests=TEST.format(expected="", mode="a", age="30"))
    (outcome,) = seen(xml).outcomes
    assert outcome.hits == (2,)
    assert outcome.result == {"fee": 10}
    assert outcome.met is None


@pytest.mark.parametrize(("expected", "met"), [("10", True), ("11", False), ("none", False)])
def test_what_is_expected_is_compared(expected: str, met: bool) -> None:
    told = f"expected='{{&quot;fee&quot;: {expected}}}'" if expected != "none" else 'expected="{"'
    xml = table(*GOOD, tests=TEST.format(expected=told, mode="a", age="30"))
    assert seen(xml).outcomes[0].met is met
    assert bool(unmet_remarks({"tables": {"fee": xml}}, NOW)) is not met


def test_a_value_of_the_wrong_type_is_said_at_its_input() -> None:
    xml = table(*GOOD, tests=TEST.format(expected="", mode="a", age="old"))
    (outcome,) = seen(xml).outcomes
    assert set(outcome.wrong) == {"facts.age"}


def test_rows_that_contradict_each_other_are_an_error_of_the_row() -> None:
    xml = table(
        ('"a"', "-", "1"), ('"a"', "> 3", "2"), tests=TEST.format(expected="", mode="a", age="9")
    )
    (outcome,) = seen(xml).outcomes or (None,)
    assert outcome is None  # the table cannot be used at all until this is mended
    assert seen(xml).findings


def test_a_row_that_fails_says_why_and_lights_nothing() -> None:
    xml = table(*GOOD, tests=TEST.format(expected="", mode="b", age="9"))
    (outcome,) = seen(xml).outcomes
    assert outcome.error is not None  # base is nothing: nothing times two


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("", "number", None), ("48", "number", 48), ("4.5", "number", 4.5), ("true", "boolean", True),
        ("2026-01-31", "date", "2026-01-31"), ("P3Y", "yearMonthDuration", "P3Y"), ("48", "string", "48"),
        ('["a", "b"]', "", ["a", "b"]), ("12", "", 12), ("words", "", "words"), ("null", "", None),
    ],
)  # fmt: skip
def test_what_is_typed_becomes_a_value(text: str, kind: str, value: object) -> None:
    assert value_of(text, kind) == value


@pytest.mark.parametrize(
    ("text", "kind"),
    [("x", "number"), ("NaN", "number"), ("1e999x", "number"), ("ja", "boolean"), ("31.1.", "date"),
     ("3 years", "yearMonthDuration")],
)  # fmt: skip
def test_what_is_no_such_value_is_refused(text: str, kind: str) -> None:
    with pytest.raises(ExpressionError):
        value_of(text, kind)


def test_no_more_rows_are_run_than_a_table_keeps() -> None:
    made = table_tests.SampleRow("", {"mode": "a"})
    from certflow.engine.dmn import load_tables

    decisions, _found = load_tables({"fee": table(*GOOD).encode()})
    outcomes = table_tests.run(decisions["fee"], [made] * 500, {"mode": "string"}, NOW)
    assert len(outcomes) == table_tests.MOST_ROWS
