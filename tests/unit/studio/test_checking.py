"""What stands in the way of publishing: said in plain words, at its place, never an exception."""

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest

from certflow.app import find_processes
from certflow.cases import versions
from certflow.studio.checking import Remark, check, stands_in_the_way
from certflow.studio.places import Places

ROOT = Path(__file__).parents[3]
KEYS = sorted(path.parent.name for path in ROOT.glob("bpmn/*/service.json"))
JARGON = ("Flow", "gateway ", "DMN", "XML", "schema", "null", "None", "operation", "Exception")

find_processes()
REGISTRATION = versions.read_folder(ROOT, "registration")
FEEDBACK = versions.read_folder(ROOT, "feedback")


def feedback(**changed: Any) -> dict[str, Any]:
    return copy.deepcopy(FEEDBACK) | changed


def drawn(right: str, wrong: str) -> dict[str, Any]:
    assert right in FEEDBACK["bpmn"]
    return feedback(bpmn=FEEDBACK["bpmn"].replace(right, wrong, 1))


def form(name: str, **changed: Any) -> dict[str, Any]:
    content = feedback()
    content["forms"][name] |= changed
    return content


def errors(content: dict[str, Any], key: str = "feedback") -> list[Remark]:
    return [one for one in check(key, content) if one.severity == "error"]


@pytest.mark.parametrize("key", KEYS)
def test_what_is_shipped_can_be_published(key: str):
    assert errors(versions.read_folder(ROOT, key), key) == []


@pytest.mark.parametrize(
    ("content", "part", "place", "said"),
    [
        (drawn('value="answer"', 'value="ansver"'), "bpmn", "answer", "没有编号为 ansver 的表单"),
        (drawn('<bpmn:lane id="applicant"', '<bpmn:lane id="nobody"'), "bpmn", "file", "nobody"),
        (form("file", checks=["no.such"]), "form:file", "", "没有名为“no.such”的检查"),
        (form("file", title={"zh": "只有中文"}), "form:file", "", "缺少中文或英文文字"),
        (form("file", decides={"kind": "nothing + 1"}), "form:file", "nothing", "没有这个字段"),
        (feedback(service={**FEEDBACK["service"], "submit": "fil"}), "service", "submit", "fil"),
        (feedback(service={**FEEDBACK["service"], "title": {"zh": "", "en": "x"}}),
         "service", "title.zh", "中文"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_at_its_place(content: dict, part: str, place: str, said: str):
    found = [one for one in errors(content) if (one.part, one.place) == (part, place)]
    assert any(said in one.message.zh for one in found), errors(content)
    assert stands_in_the_way(check("feedback", content))


def test_a_variable_that_nothing_sets_is_told_with_the_one_that_was_meant():
    condition = 'answer_outcome == "reply"'
    [one] = errors(drawn(condition, condition.replace("answer", "answr")))
    assert one.part == "bpmn"
    assert "answr_outcome" in one.message.zh
    assert "“answer_outcome”" in one.message.zh


def test_a_condition_that_compares_with_a_value_that_never_comes_is_doubted():
    condition = 'answer_outcome == "reply"'
    [one] = [
        each
        for each in check("feedback", drawn(condition, 'answer_outcome == "replied"'))
        if each.part == "bpmn"
    ]
    assert one.severity == "warning"
    assert "不会是 'replied'" in one.message.zh


def test_a_task_in_none_of_the_applicants_steps_is_told():
    service = copy.deepcopy(FEEDBACK["service"])
    for step in service["steps"]:
        step["elements"] = [one for one in step["elements"] if one != "answer"]
    [one] = check("feedback", feedback(service=service))
    assert (one.place, one.severity) == ("steps", "warning")
    assert "没有放进申请人看到的步骤" in one.message.zh


def test_an_error_elsewhere_does_not_hide_a_variable_that_nothing_sets():
    condition = 'answer_outcome == "reply"'
    content = drawn(condition, condition.replace("answer", "answr"))
    content["bpmn"] = content["bpmn"].replace('"issue_letter"', '"isue_letter"', 1)
    found = {one.place: one.message.zh for one in errors(content)}
    assert "isue_letter" in found.pop("reply_letter")
    [unknown] = found.values()
    assert "answr_outcome" in unknown


def test_what_a_broken_step_would_set_is_not_missed_after_it():
    content = drawn('value="answer"', 'value="ansver"')
    assert {one.place for one in errors(content)} == {"answer"}


def test_a_parameter_that_an_operation_needs_is_told_by_its_name():
    content = copy.deepcopy(REGISTRATION)
    given = re.search(r'<certflow:property name="unit"[^>]*/>', content["bpmn"])
    assert given
    content["bpmn"] = content["bpmn"].replace(given.group(0), "", 1)
    [one] = errors(content, "registration")
    assert one.part == "bpmn"
    assert "还没有填“单位”" in one.message.zh


def test_a_variable_of_a_later_step_is_told_too():
    content = copy.deepcopy(REGISTRATION)
    before = "<bpmn:conditionExpression"
    at = content["bpmn"].index(before)
    start = content["bpmn"].index(">", at) + 1
    end = content["bpmn"].index("<", start)
    content["bpmn"] = content["bpmn"][:start] + "approve_outcome" + content["bpmn"][end:]
    [one] = errors(content, "registration")
    assert "approve_outcome" in one.message.zh


def test_rows_of_a_table_that_contradict_each_other_are_told_with_their_row():
    content = copy.deepcopy(REGISTRATION)
    table = content["tables"]["exams"]
    rule = table[table.index("<rule") : table.index("</rule>") + len("</rule>")]
    again = rule.replace('id="', 'id="again_')
    content["tables"]["exams"] = table.replace(rule, f"{rule}\n{again}", 1)
    found = [one for one in errors(content, "registration") if one.part == "table:exams"]
    assert found[0].place == "exam_validity: rule 2"
    assert Places(content).name_of(found[0].part, found[0].place).zh.endswith("第 2 行")


def test_what_a_form_repeats_of_another_is_told_once():
    content = form("file", title={"zh": "只有中文"})
    assert [one.part for one in errors(content)] == ["form:file"]


BROKEN: list[dict[str, Any]] = [
    feedback(bpmn=""),
    feedback(bpmn=FEEDBACK["bpmn"][:900]),
    feedback(bpmn=5),
    feedback(bpmn='<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'),
    feedback(bpmn="<a/>"),
    feedback(tables={"fee": "<a"}),
    feedback(tables={"fee": None}),
    feedback(forms={"file": 5, "x": {"pages": 3, "title": []}}),
    feedback(forms=[1]),
    feedback(service={}),
    feedback(service=[]),
    feedback(service={"notices": {"x": {"on": 5}}, "title": 4, "stages": [1], "steps": [1],
                      "submit": {"a": 1}, "lanes": 7, "fee": "much"}),
    feedback(records={"cpd": {"fields": [{"name": 1}]}}),
    feedback(scenarios={"one": 1}),
    {},
]  # fmt: skip


@pytest.mark.parametrize("content", BROKEN, ids=range(len(BROKEN)))
def test_whatever_is_broken_is_a_remark_and_never_an_exception(content: dict):
    found = errors(content)
    assert found
    places = Places(content)
    for one in found:
        assert places.name_of(one.part, one.place).zh
        assert one.message.zh
        assert one.message.en


def test_remarks_can_be_kept_as_json():
    kept = json.loads(json.dumps([one.as_json() for one in errors(feedback(bpmn=""))]))
    assert kept[0]["part"] == "bpmn"
    assert kept[0]["message"]["zh"]


def test_the_sentences_say_what_to_do():
    wrong = drawn('value="answer"', 'value=""')["bpmn"].replace("<bpmn:lane id", "<bpmn:lane x", 1)
    for one in errors(feedback(bpmn=wrong)):
        assert "请" in one.message.zh, one
        assert not any(word in one.message.zh for word in JARGON), one


def test_a_test_that_cannot_be_read_is_an_error_at_the_test():
    wrong = {"steps": [{"do": "start", "given": 5}]}
    found = errors(feedback(scenarios={"late": wrong}))
    assert [(one.part, one.message.zh[:13]) for one in found] == [
        ("scenario:late", "这项测试的第 1 步读不懂")
    ]
