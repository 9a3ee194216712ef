from copy import deepcopy

import pytest

from certflow.forms.amend import Review, amend, changes, flagged, verdicts
from certflow.forms.answers import validate
from certflow.forms.display import FileInfo, Reader
from factories.forms_data import definition


@pytest.fixture
def flags(evaluate):
    given = {
        "audit/r1": {"verdict": "fail", "code": "J-07", "remark": "补条款"},
        "audit/r2": {"verdict": "pass"},
    }
    return flagged([Review(evaluate, {"verdicts": given}, "评价专家的意见")])


@pytest.fixture
def submitted(answers):
    """Return answers in which everything was changed."""
    other = deepcopy(answers)
    other |= {"mode": "first", "reason": "别的", "note": "已补"}
    for row in other["audit"]:
        row |= {"organisation": "改了名", "days": 9}
    return other


def test_failed_verdicts_are_marks(flags):
    assert list(flags) == ["audit/r1"]
    remark = flags["audit/r1"][0]
    assert (remark.text, remark.code, remark.fields, remark.author) == (
        "补条款",
        "J-07",
        ("days",),
        "评价专家的意见",
    )


def test_a_mark_on_a_field_loses_its_prefix(evaluate):
    given = {"field/mode": {"verdict": "fail", "remark": "x"}}
    assert list(flagged([Review(evaluate, {"verdicts": given})])) == ["mode"]


def test_of_two_reviewers_the_one_who_failed_it_counts(evaluate):
    one = Review(evaluate, {"verdicts": {"audit/r1": {"verdict": "fail", "remark": "x"}}})
    other = Review(evaluate, {"verdicts": {"audit/r1": {"verdict": "pass"}}})
    assert verdicts([one, other]) == verdicts([other, one]) == {"audit/r1": "fail"}


def test_only_marked_fields_change(correct, answers, submitted, flags):
    amended = amend(correct, answers, submitted, flags)
    assert amended["audit"][0] == {**answers["audit"][0], "days": 9}
    assert amended["audit"][1] == answers["audit"][1]
    assert (amended["mode"], amended["reason"]) == ("upgrade", "已满一年")


def test_the_corrections_own_fields_change(correct, answers, submitted, flags):
    assert amend(correct, answers, submitted, flags)["note"] == "已补"


def test_with_everything_editable_everything_changes(answers, submitted, flags):
    form = definition("correct", editable="all")
    assert amend(form, answers, submitted, flags) == submitted


def test_a_mark_without_fields_opens_the_whole_record(correct, evaluate, answers, submitted):
    flags = flagged(
        [Review(evaluate, {"verdicts": {"audit/r1": {"verdict": "fail", "remark": "x"}}})]
    )
    assert amend(correct, answers, submitted, flags)["audit"][0]["organisation"] == "改了名"


def test_records_are_neither_added_nor_removed(correct, answers, row, flags):
    fewer = {**answers, "audit": [{**row, "id": "new"}]}
    assert amend(correct, answers, fewer, flags)["audit"] == answers["audit"]


def test_a_marked_list_may_be_added_to(correct, evaluate, answers, row):
    flags = flagged(
        [Review(evaluate, {"verdicts": {"field/audit": {"verdict": "fail", "remark": "少"}}})]
    )
    more = {**answers, "audit": [*answers["audit"], {**row, "id": "r3"}]}
    assert len(amend(correct, answers, more, flags)["audit"]) == 3


def test_a_field_that_follows_a_marked_one_is_open_too(correct, evaluate, answers):
    given = {"audit/r1": {"verdict": "fail", "code": "J-08", "remark": "x"}}
    flags = flagged([Review(evaluate, {"verdicts": given})])
    new = deepcopy(answers)
    new["audit"][0] |= {"kind": "other", "explanation": "说明"}
    assert amend(correct, answers, new, flags)["audit"][0]["explanation"] == "说明"


def test_the_previous_answers_stay_as_they_were(correct, answers, submitted, flags):
    before = deepcopy(answers)
    amend(correct, answers, submitted, flags)
    assert answers == before


def test_the_note_of_another_amending_form_is_left_behind(correct, answers):
    amended = amend(correct, {**answers, "reply": "上一次的说明"}, {}, {})
    assert validate(correct, amended).ok


def test_changes_are_told_in_words(apply, answers):
    now = deepcopy(answers)
    now["audit"][0] |= {"days": 3.5, "kind": "other"}
    now["reason"] = ""
    told = [
        (each.path, each.label, each.before, each.after) for each in changes(apply, answers, now)
    ]
    assert told == [
        ("reason", "理由", "已满一年", ""),
        ("audit/r1/kind", "审核经历 第 1 条 类型", "初次认证", "其他"),
        ("audit/r1/days", "审核经历 第 1 条 天数", "4 天", "3.5 天"),
    ]


def test_new_and_removed_records_are_told(apply, answers, row):
    now = {
        **answers,
        "audit": [answers["audit"][0], {**row, "id": "r3", "organisation": "松江样例"}],
    }
    told = changes(apply, answers, now, Reader("en"))
    assert [(each.path, each.label) for each in told] == [
        ("audit/r3", "x no. 2 added"),
        ("audit/r2", "x removed"),
    ]
    assert told[0].after.startswith("松江样例 8 Sep to 11 Sep 2025, Initial")


def test_nothing_changed_is_nothing_told(apply, answers):
    assert changes(apply, answers, {**answers, "body": "", "count": None}) == []


def test_a_draft_that_reads_the_same_is_no_change(apply, answers):
    typed = deepcopy(answers)
    typed["audit"][0]["days"] = "4"
    typed["agreed"] = "true"
    assert changes(apply, answers, typed) == []
    typed["audit"][0]["days"] = "5"
    assert [each.path for each in changes(apply, answers, typed)] == ["audit/r1/days"]


def test_another_file_is_a_change_even_under_the_same_name(apply, answers):
    names = {key: FileInfo(key, "计划.pdf", "") for key in ("f1", "f2")}
    now = deepcopy(answers)
    now["audit"][0]["files"] = ["f2"]
    told = changes(apply, answers, now, Reader(files=names))
    assert [each.path for each in told] == ["audit/r1/files"]
