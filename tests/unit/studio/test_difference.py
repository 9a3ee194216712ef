"""What differs between two bundles: told element by element, field by field, row by row."""

import copy
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from certflow.app import find_processes
from certflow.cases import versions
from certflow.studio.difference import Change, Difference, difference

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
