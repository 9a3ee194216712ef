"""What can be known where in a process, and what is wrong with a condition there (H1)."""

import re
from pathlib import Path
from typing import Any

import pytest

from certflow.app import find_processes
from certflow.cases import versions
from certflow.core.text import Text
from certflow.engine.diagram import processes, read
from certflow.engine.xml import parse
from certflow.studio.conditions import objection
from certflow.studio.data_checking import data_remarks
from certflow.studio.variables import Value, Variable, knowing, known_at
from factories.drawing import (
    arrows,
    bpmn,
    choice,
    end,
    node,
    properties,
    script,
    service,
    start,
    user,
)

ROOT = Path(__file__).parents[3]
find_processes()

ASK = {
    "key": "ask",
    "title": {"zh": "申请", "en": "Ask"},
    "schema": {
        "type": "object",
        "properties": {
            "size": {"type": "string", "enum": ["small", "large"]},
            "days": {"type": "integer"},
        },
        "required": [],
    },
    "pages": [
        {
            "key": "ask",
            "title": {"zh": "申请", "en": "Ask"},
            "fields": [
                {
                    "name": "size",
                    "label": {"zh": "大小", "en": "Size"},
                    "widget": "radio",
                    "options": [
                        {"value": "small", "label": {"zh": "小", "en": "Small"}},
                        {"value": "large", "label": {"zh": "大", "en": "Large"}},
                    ],
                },
                {"name": "days", "label": {"zh": "天数", "en": "Days"}, "widget": "number"},
            ],
        }
    ],
    "outcomes": [{"key": "submit", "label": {"zh": "提交", "en": "Submit"}}],
    "decides": {"size": "size", "long": "days > 10", "weeks": "days / 7"},
}


RESULTS = (
    '<output id="o1" name="size" label="大小" typeRef="string" />'
    '<output id="o2" name="days" typeRef="number" /><output id="o3" name="until" typeRef="date" />'
)
ROWS = "".join(
    f'<rule id="r{n}"><inputEntry id="i{n}"><text>{n}</text></inputEntry>'
    f'<outputEntry id="s{n}"><text>"{size}"</text></outputEntry>'
    f'<outputEntry id="d{n}"><text>{days}</text></outputEntry>'
    f'<outputEntry id="u{n}"><text>date("2026-01-01")</text></outputEntry></rule>'
    for n, size, days in ((1, "small", 5), (2, "large", 10))
)


def content(*drawn: str) -> dict[str, Any]:
    return {
        "bpmn": bpmn(*drawn).decode(),
        "forms": {"ask": ASK},
        "records": {},
        "tables": {},
        "service": {},
    }


def drawn() -> dict[str, Any]:
    """Ask; large ones are counted first; both go on to the end."""
    return content(
        start("begun"),
        user("ask"),
        choice("which"),
        script("count", "round = 1\nmore = round + 1"),
        choice("again"),
        service("clock", "start_deadline", key="'answer'"),
        end("done"),
        arrows("begun -> ask -> which -> count -> again -> clock -> done", "which -> again"),
    )


def known(given: dict[str, Any], element: str) -> dict[str, Variable]:
    return {one.name: one for one in known_at(given, element)}


def test_what_a_form_decides_is_known_after_it() -> None:
    assert set(known(drawn(), "ask")) == {"applicant"}
    after = known(drawn(), "which")
    assert after["ask_outcome"].values == (Value("submit", Text("提交", "Submit")),)
    assert after["size"].type == "text"
    assert [one.value for one in after["size"].values] == ["small", "large"]
    assert after["size"].label.en == "Size"
    assert after["long"].type == "boolean"
    assert after["weeks"].type == "number"
    assert "round" not in after


def test_what_only_one_way_sets_is_not_always_there() -> None:
    after = known(drawn(), "clock")
    assert (after["round"].type, after["round"].always) == ("number", False)
    assert after["more"].type == "number"
    assert after["size"].always


def test_an_operation_names_its_results_after_its_parameters() -> None:
    after = known(drawn(), "done")
    assert after["answer_due"].type == "date"
    assert after["answer_due"].always


def asked(
    policy: str, outputs: str = RESULTS, rules: str = ROWS, condition: str = ""
) -> dict[str, Any]:
    """The process with a table that is asked before the choice."""
    given = content(
        start("begun"),
        node("businessRuleTask", "look", properties(decision="levels", result="level")),
        choice("which"),
        end("done"),
        arrows("begun -> look -> which", f"which -> done{condition}"),
    )
    return {**given, "tables": {"levels": table(policy, outputs, rules)}}


def table(policy: str, outputs: str, rules: str) -> str:
    return (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" '
        f'namespace="n"><decision id="levels" name="档次"><decisionTable id="t" {policy}>'
        '<input id="i"><inputExpression id="e"><text>applicant</text></inputExpression></input>'
        f"{outputs}{rules}</decisionTable></decision></definitions>"
    )


def test_each_column_of_a_decision_is_known_with_its_type_and_values() -> None:
    after = known(asked('hitPolicy="UNIQUE"'), "which")
    assert after["level"].type == "record"
    size, days, until = (after[f"level.{one}"] for one in ("size", "days", "until"))
    assert (size.type, [one.value for one in size.values]) == ("text", ["small", "large"])
    assert size.label == Text("档次：大小", "档次: 大小")
    assert (days.type, [one.value for one in days.values]) == ("number", [5, 10])
    assert (until.type, until.values) == ("date", ())


def test_of_several_rows_one_can_ask_how_many() -> None:
    after = known(asked('hitPolicy="COLLECT"'), "which")
    assert after["level"].type == "rows"
    assert after["len(level)"].type == "number"
    assert "level.size" not in after


def test_an_aggregate_is_one_number() -> None:
    one = '<output id="o2" name="days" typeRef="number" />'
    rules = re.sub(r"<outputEntry id=.[su]\d.>.*?</outputEntry>", "", ROWS)
    after = known(asked('hitPolicy="COLLECT" aggregation="SUM"', one, rules), "which")
    assert (after["level.days"].type, after["level.days"].values) == ("number", ())


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ('level.size == "huge"', "不会是 'huge'", "never 'huge'"),
        ("level.days > 7", "", ""),
        ("level.days == 7", "不会是 7", "never 7"),
        ("level.weight > 7", "没有“weight”这一列", "no column “weight”"),
        ("applicant.name == 'x'", "后面不能再写 .name", ".name cannot follow"),
        ("len(level) > 1", "", ""),
        ("len(level.days) > 1", "是数字", "is a number"),
        ("level.days => 1", "请写成 >=", "Write >="),
        ("level.days > 1 && true", "请写成 and", "Write and"),
        ("level.days > 1 或 level.days < 0", "请写成 or", "Write or"),
        ('level.size == "a => b" x', "看不懂", "Not understood"),
        ('{"a": 1}', "这种写法不能用", "cannot be written here"),
    ],
)
def test_a_wrong_column_is_told_in_plain_words(text: str, zh: str, en: str) -> None:
    found = objection(text, known_at(asked('hitPolicy="UNIQUE"'), "which"))
    assert zh in (found.message.zh if found else "")
    assert en in (found.message.en if found else "")
    assert (found is None) == (zh == "")


def test_a_wrong_column_stands_in_the_way_of_publishing() -> None:
    given = asked('hitPolicy="UNIQUE"', condition=" ? level.weight > 7")
    root = parse(given["bpmn"].encode())
    [one] = data_remarks(given, read(root, processes(root)[0]))
    assert (one.severity, one.place) == ("error", "which_to_done")
    assert "没有“weight”这一列" in one.message.zh


def test_a_look_into_several_rows_is_told() -> None:
    found = objection("level.size == 'x'", known_at(asked('hitPolicy="RULE ORDER"'), "which"))
    assert found
    assert "len(level)" in found.message.zh


def test_every_condition_of_the_shipped_processes_looks_at_what_is_known_there() -> None:
    for folder in sorted((ROOT / "bpmn").glob("*/service.json")):
        key = folder.parent.name
        given = versions.read_folder(ROOT, key)
        known_here = knowing(given)
        for flow, text in conditions(given):
            found = objection(text, known_here(flow))
            assert found is None, (key, flow, text, found)


def conditions(given: dict[str, Any]) -> list[tuple[str, str]]:
    root = parse(given["bpmn"].encode())
    flows = read(root, processes(root)[0]).flows.values()
    return [(flow.id, flow.condition) for flow in flows if flow.condition]


def test_what_cannot_be_read_makes_nothing_known() -> None:
    broken = {**drawn(), "bpmn": "<no"}
    assert known_at(broken, "ask") == []
    odd = drawn()
    odd["forms"]["ask"] = {"key": "ask", "pages": [{"fields": [{"name": 5}]}]}
    assert set(known(odd, "which")) == {"applicant"}


OUTCOME = Variable(
    "accept_outcome",
    "text",
    (Value("accept", Text("受理", "Accept")),),
    Text("", ""),
    Text("受理结果", "Acceptance"),
)
ROUND = Variable("round", "number", (), Text("", ""))


@pytest.mark.parametrize(
    ("text", "said", "marked"),
    [
        ('accept_outcom == "accept"', "Did you mean “accept_outcome”", "accept_outcom"),
        ('accept_outcome = "accept"', "two equals signs", "="),
        ("accept_outcome == “accept”", "full-width", "“"),
        ('accept_outcome == "acept"', "is never 'acept'", '"acept"'),
        ('round == "2"', "a number, compared here with text", '"2"'),
        ("(round > 1", "has no )", "("),
        ("round >", "ends too early", ""),
        ("round > 1 und", "Not understood", "und"),
        ("round.x()", "", "round.x()"),
        ("轮 > 1 and round > 1", "nothing named “轮”", "轮"),
        ("", "Write a condition", ""),
    ],
)
def test_what_is_wrong_is_said_where_it_stands(text: str, said: str, marked: str) -> None:
    found = objection(text, [OUTCOME, ROUND])
    assert found is not None
    assert said in found.message.en
    assert text[found.start : found.end] == marked


@pytest.mark.parametrize("text", ['accept_outcome == "accept" and round < 2', "round in [1, 2]"])
def test_a_right_condition_gets_no_objection(text: str) -> None:
    assert objection(text, [OUTCOME, ROUND]) is None
