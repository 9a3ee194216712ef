from dataclasses import replace

from certflow.core.text import Text
from certflow.forms.amend import Remark
from certflow.forms.answers import Option, validate
from certflow.forms.display import FileInfo, Reader
from certflow.forms.view import (
    LibraryRecord,
    Scene,
    form_view,
    readonly_view,
    referenced_files,
    step,
)
from factories.forms_data import definition

FILES = {"f1": FileInfo("f1", "计划.pdf", "/files/f1", 4_400_000)}
MARK = Remark(text="补条款", code="J-07", fields=("days",))


def field(view, name):
    return next(each for each in view.fields if each.name == name)


def test_pages_that_are_not_visible_are_left_out(apply):
    assert [page.key for page in form_view(apply, {"mode": "first"}).pages] == ["choose"]
    assert [page.key for page in form_view(apply, {"mode": "upgrade"}).pages] == [
        "choose",
        "records",
    ]


def test_what_was_typed_is_shown_again(apply):
    data = {"count": "四天"}
    view = form_view(apply, data, "choose", Scene(errors=validate(apply, data).errors))
    assert field(view, "count").value == "四天"
    assert field(view, "count").error == "请填 1 到 30 之间的整数，比如 4"


def test_a_form_opens_at_its_first_error(apply, answers):
    answers["audit"][0]["days"] = "x"
    view = form_view(apply, answers, scene=Scene(errors=validate(apply, answers).errors))
    assert view.page_key == "records"
    assert view.errors[0].html_id == "f-audit-r1-days"
    assert view.errors[0].text.startswith("审核经历 第 1 条：天数：请填 0.5 到 30 之间的数字")
    assert view.errors[0].here


def test_an_error_on_another_page_knows_its_page(apply, answers):
    view = form_view(
        apply, {**answers, "reason": ""}, "records", Scene(errors={"reason": Text("空", "empty")})
    )
    assert [(each.page, each.here) for each in view.errors] == [("choose", False)]
    assert view.pages[0].state == "error"


def test_steps_go_on_and_back(apply):
    data = {"mode": "upgrade"}
    assert step(apply, data, "choose", "next") == "records"
    assert step(apply, data, "records", "back") == "choose"
    assert step(apply, data, "records", "next") == "records"
    assert step(apply, data, "records", "choose") == "choose"
    assert step(apply, {"mode": "first"}, "choose", "records") == "choose"


def test_a_record_has_its_line(apply, answers):
    record = field(form_view(apply, answers, "records"), "audit").records[0]
    assert record.heading == "北川样例化工"
    assert record.summary == "2025-09-08 至 09-11，初次认证，4 天"
    assert not record.open


def test_a_span_keeps_the_second_year_when_it_differs():
    assert Reader().span("2025-12-30", "2026-01-02") == "2025-12-30 至 2026-01-02"
    assert Reader("en").span("30 Dec 2025", "31 Dec 2025") == "30 Dec to 31 Dec 2025"
    assert Reader().span("2025-12-30", "2025-12-30") == "2025-12-30"


def test_a_blank_record_waits_to_be_added(apply, answers):
    blank = field(form_view(apply, answers, "records"), "audit").blank
    assert blank.fields[0].name == "audit.__id__.organisation"


def test_picked_library_records_are_known(apply, answers):
    library = {"audit": [LibraryRecord("lib1", "松江"), LibraryRecord("lib2", "云台")]}
    shown = field(form_view(apply, answers, "records", Scene(library=library)), "audit").library
    assert [each.picked for each in shown] == [False, True]


def test_hidden_fields_are_hidden(apply):
    view = form_view(apply, {"mode": "first"}, "choose")
    assert field(view, "reason").hidden
    assert field(view, "reason").visible_when == "mode == 'upgrade'"


def test_options_of_the_server_are_shown(apply):
    scene = Scene("en", choices={"body": [Option("7", Text("云杉", "Spruce"))]})
    option = field(form_view(apply, {"body": "7"}, "choose", scene), "body").options[0]
    assert (option.label, option.chosen) == ("Spruce", True)


def test_a_correction_opens_only_what_was_marked(correct, answers):
    view = form_view(
        correct, answers, scene=Scene(flags={"audit/r1": [MARK]}, verdicts={"audit/r2": "pass"})
    )
    marked, other = field(view, "audit").records
    assert view.page_key == "records"
    assert (marked.open, marked.locked, marked.returned, marked.removable) == (
        True,
        False,
        True,
        False,
    )
    assert {each.name: each.locked for each in marked.fields}["audit.r1.days"] is False
    assert {each.name: each.locked for each in marked.fields}["audit.r1.organisation"] is True
    assert (other.open, other.locked, other.verdict) == (False, True, "pass")
    assert field(view, "audit").locked
    assert field(view, "audit").blank is None


def test_an_application_has_nothing_locked(apply, answers):
    record = field(form_view(apply, answers, "records"), "audit").records[0]
    assert not record.locked
    assert not any(each.locked for each in record.fields)


def test_a_review_shows_each_record_with_its_values(evaluate, answers):
    data = {"verdicts": {"audit/r1": {"verdict": "fail", "code": "J-07", "remark": "补"}}}
    scene = Scene(reviewed=answers, files=FILES)
    groups = field(form_view(evaluate, data, scene=scene), "verdicts").groups
    assert [(group.name, len(group.items), group.judged) for group in groups] == [
        ("", 1, 0),
        ("audit", 2, 1),
    ]
    item = groups[1].items[0]
    assert (item.verdict, item.code, item.name) == ("fail", "J-07", "verdicts.audit/r1")
    assert item.subject == "审核经历 第 1 条"
    assert item.values[-1].files == (FILES["f1"],)
    assert [each.code for each in groups[0].items[0].nonconformities] == ["J-08"]


def test_a_review_opens_at_the_first_without_a_verdict(evaluate, answers):
    data = {"verdicts": {"field/mode": {"verdict": "pass"}}}
    groups = field(form_view(evaluate, data, scene=Scene(reviewed=answers)), "verdicts").groups
    assert [item.open for group in groups for item in group.items] == [False, True, False]


def test_a_submitted_form_is_read_page_by_page(apply, answers):
    view = readonly_view(apply, answers, Reader("zh", files=FILES))
    choose, records = view.sections
    assert [(each.label, each.text) for each in choose.values] == [
        ("方式", "升级"),
        ("理由", "已满一年"),
        ("我同意", "是"),
    ]
    assert records.groups[0].records[0].heading == "北川样例化工"
    assert view.files == (FILES["f1"],)


def test_files_are_found_in_fields_and_records(apply, answers):
    answers["audit"][1]["files"] = ["f2", "f1"]
    assert referenced_files(apply, answers) == ["f1", "f2"]


def test_an_error_on_a_verdict_names_its_record(evaluate, answers):
    told = validate(evaluate, {}, outcome="submit", reviewed=answers)
    view = form_view(evaluate, {}, scene=Scene(errors=told.errors, reviewed=answers))
    assert "审核经历 第 1 条：这一条还没有评" in [each.text for each in view.errors]


def test_errors_stand_in_reading_order(apply, answers):
    answers["audit"][0] |= {"days": "", "organisation": ""}
    answers["audit"][1] |= {"days": "", "started_on": ""}
    answers["reason"] = ""
    assert list(validate(apply, answers).errors) == [
        "reason",
        "audit/r1/organisation",
        "audit/r1/days",
        "audit/r2/started_on",
        "audit/r2/days",
    ]


def test_a_label_that_is_a_sentence_loses_its_full_stop_before_a_colon(apply, answers):
    label = Text("我承诺如实填写。", "I promise.")
    promise = replace(apply.fields["agreed"], label=label)
    pages = tuple(
        replace(page, fields=tuple(promise if f.name == "agreed" else f for f in page.fields))
        for page in apply.pages
    )
    form = replace(apply, pages=pages)
    view = form_view(form, answers, scene=Scene(errors={"agreed": Text("请勾选", "tick it")}))
    assert view.errors[0].text == "我承诺如实填写：请勾选"


def test_only_flagged_records_are_returned(answers):
    form = definition("correct", editable="all")
    scene = Scene(flags={"audit/r2": [MARK]})
    records = field(form_view(form, answers, "records", scene), "audit").records
    assert [(each.id, each.open, each.returned) for each in records] == [
        ("r1", False, False),
        ("r2", True, True),
    ]
    assert not any(each.locked for each in records)


def test_a_choice_among_the_own_records_is_read_by_name(answers):
    form = definition("apply")
    chosen = replace(form.fields["body"], source="records:audit")
    first = replace(form.pages[0], fields=(*form.pages[0].fields[:2], chosen))
    form = replace(form, pages=(first, form.pages[1]))
    shown = readonly_view(form, {**answers, "body": "r2"}).sections[0].values
    assert [each.text for each in shown if each.path == "body"] == ["云台示例电子"]
