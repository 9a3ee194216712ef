"""A rule is met, not met or undecidable, and never passes or fails for want of a datum."""

import pytest

from certflow.cases.conditions import judged
from certflow.cases.verdicts import conditions_exhibit, figures, shortfall
from certflow.core.text import Text

GAP = {"text": {"zh": "“清河机械厂”没有填写结束日期", "en": "“清河” does not say its end date"}, "place": "record/7"}  # fmt: skip
AUDITS = {
    "figure": "audits", "comparison": ">=", "required": 4, "unit_zh": "次", "unit_en": "audits",
    "title_zh": "完整体系审核", "title_en": "Complete audits", "text_zh": "原文", "text_en": "words",
    "source_zh": "出处", "source_en": "source", "place": "profile/audit",
}  # fmt: skip


def judge(have, evidence=None, **changes):
    [row] = judged([{**AUDITS, **changes}], {"audits": have}, {"audits": evidence or {}})
    return row


@pytest.mark.parametrize(
    ("have", "most", "state"),
    [
        (4, None, "met"),
        (3, 3, "not_met"),
        (3, 4, "undecidable"),
        (2, 3, "not_met"),
        (0, None, "undecidable"),
    ],
)
def test_a_least_number_with_gaps(have, most, state):
    row = judge(have, {"gaps": [GAP], "most": most})
    assert (row["state"], row["met"]) == (state, state == "met")
    assert row["missing"] == ([GAP] if state == "undecidable" else [])


@pytest.mark.parametrize(
    ("have", "most", "state"),
    [(0, 0, "met"), (0, 1, "undecidable"), (0, None, "undecidable"), (1, None, "not_met")],
)
def test_a_greatest_number_with_gaps(have, most, state):
    row = judge(have, {"gaps": [GAP], "most": most}, comparison="<=", required=0)
    assert row["state"] == state


@pytest.mark.parametrize(
    ("have", "most", "state"),
    [(4, 4, "met"), (3, 3, "not_met"), (3, 5, "undecidable"), (5, None, "not_met")],
)
def test_an_exact_number_with_gaps(have, most, state):
    row = judge(have, {"gaps": [GAP], "most": most}, comparison="=")
    assert row["state"] == state


@pytest.mark.parametrize(("comparison", "have", "met"), [(">=", 4, True), (">=", 3, False), ("<=", 4, True), ("<=", 5, False), ("=", 4, True), ("=", 5, False), (None, 4, True)])  # fmt: skip
def test_without_gaps_a_rule_is_met_or_not(comparison, have, met):
    row = judge(have, comparison=comparison)
    assert (row["met"], row["state"]) == (met, "met" if met else "not_met")


@pytest.mark.parametrize("changes", [{"have": None}, {"required": None}])
def test_a_figure_or_a_requirement_that_is_unknown_is_named_with_its_place(changes):
    row = judge(changes.pop("have", 4), **changes)
    assert (row["state"], row["met"]) == ("undecidable", False)
    assert [gap["place"] for gap in row["missing"]] == ["profile/audit"]
    assert "缺少" in figures(row).zh


def test_a_rule_without_a_figure_of_that_name_is_undecidable_too():
    [row] = judged([{**AUDITS, "figure": "other"}], {}, {})
    assert row["state"] == "undecidable"


def test_figures_are_told_in_words():
    assert figures(judge(3)).zh == "需要 4 次，有 3 次"
    assert figures(judge(5, comparison="<=")).en == "audits: at most 4, 5 there"
    assert figures(judge(1, {"said": {"zh": "在办", "en": "Under way"}})).zh == "在办"
    line = {"text": {"zh": "2026-05-24 认证通用基础", "en": "…"}, "until": "2031-05-24"}
    held = judge(4, {"counted": [line]}, unit_zh="", unit_en="")
    assert figures(held).zh == "2026-05-24 认证通用基础，有效至 2031-05-24"


def test_who_submits_learns_what_is_short():
    assert shortfall(judge(3)).zh == "完整体系审核：需要 4 次，有 3 次。请补充后再提交。"


def test_who_decides_sees_first_what_is_not_met_then_what_cannot_be_decided():
    rows = [judge(4), judge(3, {"gaps": [GAP], "most": None}), judge(1)]
    shown = conditions_exhibit(rows, Text("规则", "Rules"))
    assert [row[1].zh for row in shown.rows] == ["不满足", "无法判定", "满足"]
    assert shown.rows[0][3:] == (Text("原文", "words"), Text("出处", "source"))


def test_a_self_check_of_an_earlier_version_still_reads():
    old = {**AUDITS, "have": 3, "met": False, "evidence": {}}
    assert conditions_exhibit([old], Text("规则", "Rules")).rows[0][1].zh == "不满足"
