"""What differs between two bundles: told element by element, field by field, row by row."""

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from certflow.app import find_processes
from certflow.cases import versions
from certflow.studio.difference import Change, Difference, difference
from certflow.studio.property_words import SETTING_VALUES, SETTINGS
from certflow.web.studio import settings_fields

ROOT = Path(__file__).parents[3]

find_processes()
BEFORE = versions.read_folder(ROOT, "registration")
Content = dict[str, Any]


def changed(edit: Callable[[Content], None]) -> Difference:
    after = copy.deepcopy(BEFORE)
    edit(after)
    return difference(BEFORE, after)


def drawn(right: str, wrong: str) -> Difference:
    def edit(content: Content) -> None:
        assert right in content["bpmn"]
        content["bpmn"] = content["bpmn"].replace(right, wrong, 1)

    return changed(edit)


def only(found: Difference) -> Change:
    [one] = found.changes
    return one


def said(one: Change) -> dict[str, tuple[str, str]]:
    return {
        each.label.zh: (each.before.zh if each.before else "", each.after.zh if each.after else "")
        for each in one.details
    }


def test_the_same_differs_in_nothing():
    assert difference(BEFORE, copy.deepcopy(BEFORE)).nothing


def test_another_way_to_write_the_same_xml_differs_in_nothing():
    again = re.sub(r"\n\s*", "\n", BEFORE["bpmn"])
    assert difference(BEFORE, {**BEFORE, "bpmn": again}).nothing


def test_a_new_name_is_one_change_and_not_one_of_everything_that_leads_there():
    one = only(drawn('name="受理审查"', 'name="形式审核"'))
    assert (one.place, one.kind) == ("accept", "changed")
    assert said(one) == {"名称": ("受理审查", "形式审核")}


def test_lanes_and_decisions_are_called_by_their_names():
    def edit(content: Content) -> None:
        content["bpmn"] = content["bpmn"].replace('value="eligibility"', 'value="exam_validity"', 1)
        one, other = (f"<bpmn:flowNodeRef>{x}</bpmn:flowNodeRef>" for x in ("accept", "approve"))
        without = content["bpmn"].replace(one, "", 1)
        content["bpmn"] = without.replace(other, one + other, 1)

    found = {one.place: one.details for one in changed(edit).changes}
    [asked] = next(details for place, details in found.items() if place == "check_conditions")
    assert asked.after.zh.endswith("（exam_validity）")
    [lane] = found["accept"]
    assert (lane.before.en, lane.after.en) == ("Association", "Approver")


def test_a_condition_is_told_before_and_after():
    one = only(drawn(">eligible<", ">eligible and rounds &lt; 3<"))
    assert one.what.zh == "连线"
    assert said(one) == {"条件": ("eligible", "eligible and rounds < 3")}


def test_a_parameter_of_an_operation_is_told():
    found = said(only(drawn("'evaluation_reminder'", "'evaluation_lapsed'")))
    assert list(found.values()) == [("'evaluation_reminder'", "'evaluation_lapsed'")]
    assert "notice" not in found


def test_another_operation_brings_other_parameters():
    one = only(drawn('name="operation" value="tally_reviews"', 'name="operation" value="notify"'))
    assert one.details[0].label.zh == "操作"
    assert {each.before is None or each.after is None for each in one.details[1:]} == {True}


def test_a_removed_flow_is_marked_on_the_diagram():
    flow = re.search(r'<bpmn:sequenceFlow id="(\w+)"[^>]*/>', BEFORE["bpmn"])
    assert flow
    found = drawn(flow.group(0), "")
    assert found.marks[flow.group(1)] == "removed"
    assert found.count("removed") == 1


def test_what_was_only_drawn_elsewhere_is_said_to_be_that():
    shape = re.search(r'bpmnElement="accept"[^>]*>\s*<dc:Bounds x="(\d+)"', BEFORE["bpmn"])
    assert shape
    found = drawn(shape.group(0), shape.group(0).replace(shape.group(1), "999"))
    assert found.layout_only
    assert found.marks == {"accept": "moved"}


def test_something_that_changed_and_moved_is_a_change():
    found = drawn('name="受理审查"', 'name="形式审核"')
    assert not found.layout_only


def test_fields_are_told_one_by_one():
    def edit(content: Content) -> None:
        form = content["forms"]["apply"]
        fields = form["pages"][0]["fields"]
        fields[0]["label"] = {"zh": "新名字", "en": "New"}
        fields.append({"name": "more", "widget": "text", "label": {"zh": "补充", "en": "More"}})
        form["schema"]["properties"]["more"] = {"type": "string", "maxLength": 80}

    found = {one.kind: one for one in changed(edit).of("form:apply")}
    assert said(found["changed"])["名称"][1] == "新名字"
    assert found["added"].place == "more"
    assert said(found["added"])["最多字数"] == ("", "80")


def test_another_order_of_fields_is_told():
    def edit(content: Content) -> None:
        content["forms"]["apply"]["pages"][0]["fields"].reverse()

    fields = BEFORE["forms"]["apply"]["pages"][0]["fields"]
    if len(fields) > 1:
        assert "字段的顺序" in only(changed(edit)).name.zh


def test_a_form_that_is_gone_is_one_change():
    one = next(iter(changed(lambda content: content["forms"].pop("correct")).of("form:correct")))
    assert one.kind == "removed"


def rows(table: str) -> list[str]:
    return re.findall(r"<rule .*?</rule>", table, re.DOTALL)


def table(edit: Callable[[str, list[str]], str]) -> list[Change]:
    def inside(content: Content) -> None:
        source = content["tables"]["exams"]
        content["tables"]["exams"] = edit(source, rows(source))

    return changed(inside).of("table:exams")


def test_rows_are_told_one_by_one():
    first = rows(BEFORE["tables"]["exams"])[0]
    [gone] = table(lambda source, found: source.replace(found[0], "", 1))
    assert (gone.kind, gone.place) == ("removed", "exam_validity: rule 1")
    [new] = table(lambda source, found: source.replace(
        found[1], found[1] + first.replace('id="', 'id="new_'), 1))  # fmt: skip
    assert (new.kind, new.place) == ("added", "exam_validity: rule 3")


def test_a_cell_is_told_before_and_after():
    def edit(source: str, found: list[str]) -> str:
        return source.replace(found[0], re.sub(r"<text>[^<]*", "<text>77", found[0], count=1), 1)

    [one] = table(edit)
    assert one.kind == "changed"
    assert [after for _before, after in said(one).values()] == ["77"]


def test_rows_in_another_order_are_told_as_moved_rows():
    def edit(source: str, found: list[str]) -> str:
        return (
            source.replace(found[0], "@", 1).replace(found[1], found[0], 1).replace("@", found[1])
        )

    assert {name for one in table(edit) for name in said(one)} == {"位置"}


@pytest.mark.parametrize(
    ("path", "value", "name", "label"),
    [
        (("title", "zh"), "审核员注册", "名称", "内容"),
        (("time_limit", "length"), 77, "承诺时限", "长度"),
        (("start_roles",), ["applicant", "expert"], "谁可以申请", "内容"),
    ],
)
def test_settings_are_told_in_words(path: tuple[str, ...], value: object, name: str, label: str):
    def edit(content: Content) -> None:
        holder = content["service"]
        for step in path[:-1]:
            holder = holder[step]
        holder[path[-1]] = value

    one = only(changed(edit))
    assert one.name.zh == name
    assert label in said(one)


def with_test(expected: str) -> Callable[[str, list[str]], str]:
    rows = (
        '<extensionElements><c:tests xmlns:c="http://certflow.org/bpmn"><c:test name="满分" '
        f'expected="{expected}"><c:given name="score" value="100"/></c:test></c:tests>'
        "</extensionElements>"
    )
    return lambda source, _found: re.sub(
        r"(<decision [^>]*>)", lambda start: start[1] + rows, source, count=1
    )


def test_a_test_row_of_a_table_is_told_as_what_it_is():
    [new] = table(with_test("3"))
    assert (new.kind, new.what.zh, new.name.zh) == ("added", "测试行", "测试 1")
    assert ("测试名称", ("", "满分")) in said(new).items()
    one, other = copy.deepcopy(BEFORE), copy.deepcopy(BEFORE)
    for bundle, expected in ((one, "3"), (other, "5")):
        source = bundle["tables"]["exams"]
        bundle["tables"]["exams"] = with_test(expected)(source, [])
    assert said(only(difference(one, other))) == {"预期": ("3", "5")}


def settings(*edits: tuple[str, object]) -> list[Change]:
    def edit(content: Content) -> None:
        for path, value in edits:
            holder = content["service"]
            *steps, last = path.split(".")
            for step in steps:
                holder = holder[step]
            holder[last] = value

    return list(changed(edit).of("service"))


@pytest.mark.parametrize(
    ("path", "value", "name", "told"),
    [
        ("fee.amounts.first_intern", 25000, "收费",
         {"金额 › 首次申请实习": ("200.00 元", "250.00 元")}),
        ("time_limit.unit", "calendar_days", "承诺时限", {"单位": ("个工作日", "个自然日")}),
        ("submit", "choose", "提交环节", {"内容": ("填报申请", "选择申请类型")}),
        ("notices.returned.to", ["expert"], "通知“申请被退回，请补正”", {"发给": ("申请人", "评价专家")}),
        ("names.registration_pool", "Other", "英文名称",
         {"registration_pool": ("Registration", "Other")}),
        ("lanes.expert.en", "Judge", "泳道名称“评价专家”", {"内容（英文）": ("Experts", "Judge")}),
        ("keywords.en", ["a", "b"], "搜索词", {"内容（英文）": ("registration, register", "a, b")}),
    ],
)  # fmt: skip
def test_what_a_setting_names_is_said_in_words(
    path: str, value: object, name: str, told: dict[str, tuple[str, str]]
):
    [one] = settings((path, value))
    assert one.name.zh == name
    for label, (before, after) in told.items():
        assert said(one)[label][0].startswith(before)
        assert said(one)[label][1] == after


def test_a_step_with_a_new_name_is_not_told_at_every_setting_that_names_it():
    found = drawn('name="受理审查"', 'name="形式审核"')
    assert [one.part for one in found.changes] == ["bpmn"]


def test_two_roles_are_told_apart_even_when_they_are_called_the_same():
    lanes = {"zh": "同名", "en": "Same"}
    content = copy.deepcopy(BEFORE)
    content["service"]["withdraw_until"] = ["choose"]
    content["service"]["lanes"] |= {"choose": lanes, "apply": lanes}
    after = copy.deepcopy(content)
    after["service"]["withdraw_until"] = ["apply"]
    assert said(only(difference(content, after))) == {"内容": ("同名", "同名（apply）")}


def test_every_setting_that_can_change_has_words():
    fields = [one for section in settings_fields.sections() for one in section["fields"]]
    inner = [field for one in fields for field in one.get("fields", [])]
    names = {part for one in (*fields, *inner) for part in one["path"].split(".")}
    for path in ROOT.glob("bpmn/*/service.json"):
        names |= set(keys(json.loads(path.read_text())))
    assert sorted(names - set(SETTINGS)) == []
    for setting in ("unit", "from", "kind", "event", "about"):
        offered = {
            value
            for one in (*fields, *inner)
            if one["path"] == setting
            for value, _title in one["options"]
        }
        assert offered == set(SETTING_VALUES[setting])


CALLED = {"deadlines", "stages", "outcomes", "lanes", "names", "notices", "letters", "amounts"}
"""What holds names that people choose; inside each, the same settings again."""


def keys(part: Any, holder: str = "") -> list[str]:
    if isinstance(part, list):
        return [name for one in part for name in keys(one)]
    if not isinstance(part, dict):
        return []
    own = [] if holder in CALLED else list(part)
    inner = "" if holder in CALLED else "{}"
    return own + [name for key, one in part.items() for name in keys(one, inner and key)]


def test_a_test_that_is_new_is_told():
    found = difference(
        BEFORE, BEFORE | {"scenarios": {"one": {"title": {"zh": "正常", "en": "Ok"}}}}
    )
    assert (only(found).part, only(found).kind) == ("scenario:one", "added")


def test_a_first_version_has_everything_added():
    nothing = {"bpmn": "", "tables": {}, "forms": {}, "records": {}, "service": {}}
    found = difference(nothing, BEFORE)
    assert {one.kind for one in found.changes} == {"added"}


def test_a_diagram_that_cannot_be_read_is_one_change_and_no_exception():
    one = only(difference(BEFORE, {**BEFORE, "bpmn": "<a"}))
    assert (one.part, one.kind) == ("bpmn", "changed")
