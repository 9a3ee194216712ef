"""Judged rules in words: for who decides beside the form, for who submits at the field (B2, C5)."""

from collections.abc import Iterable, Mapping
from typing import Any

from certflow.cases.conditions import MET, NOT_MET, UNDECIDABLE
from certflow.cases.registry import Exhibit
from certflow.core.text import NOTHING, Text, dated

_VERDICTS = {
    NOT_MET: Text("不满足", "Not met"),
    UNDECIDABLE: Text("无法判定", "Cannot be decided"),
    MET: Text("满足", "Met"),
}
_COLUMNS = (
    Text("规则", "Rule"),
    Text("判定", "Verdict"),
    Text("本人数据", "Own figures"),
    Text("规则原文", "The rule's words"),
    Text("出处", "Source"),
)
_AT_LEAST = Text("需要 {required} {unit.zh}，有 {have} {unit.zh}", "{unit.en}: {required} needed, {have} there")  # fmt: skip
_AT_MOST = Text("至多 {required} {unit.zh}，有 {have} {unit.zh}", "{unit.en}: at most {required}, {have} there")  # fmt: skip
_HAS = Text("已经具备", "There")
_LACKS = Text("还没有", "Not there")
_SHORT = Text(
    "{title.zh}：{figures.zh}。请补充后再提交。",
    "{title.en}: {figures.en}. Add what is missing and submit again.",
)
_UNTIL = Text("，有效至 {day}", ", valid until {day}")


def conditions_exhibit(
    rows: Iterable[Mapping[str, Any]], title: Text, note: Text = NOTHING
) -> Exhibit:
    """Return judged rules as a table: what is not met or cannot be decided first."""
    order = list(_VERDICTS)
    ranked = sorted(rows, key=lambda row: order.index(state_of(row)))
    lines = tuple(
        (
            said(row, "title"),
            _VERDICTS[state_of(row)],
            figures(row),
            said(row, "text"),
            said(row, "source"),
        )
        for row in ranked
    )
    return Exhibit(title, _COLUMNS, lines, note)


def shortfall(row: Mapping[str, Any]) -> Text:
    """Tell who submits what a rule still wants of the records that were picked."""
    return _SHORT.filled(title=said(row, "title"), figures=figures(row))


def state_of(row: Mapping[str, Any]) -> str:
    """Return a judged row's state; rows of earlier self-checks know only met or not."""
    return str(row.get("state") or (MET if row["met"] else NOT_MET))


def said(row: Mapping[str, Any], name: str) -> Text:
    """Return one of a row's texts."""
    zh = str(row.get(f"{name}_zh") or "")
    return Text(zh, str(row.get(f"{name}_en") or zh))


def figures(row: Mapping[str, Any]) -> Text:
    """Say what the person has of what the rule asks, or which datum is missing."""
    evidence = row.get("evidence") or {}
    if state_of(row) == UNDECIDABLE:
        return _joined(Text.read(gap["text"]) for gap in row["missing"])
    if "said" in evidence:
        return Text.read(evidence["said"])
    unit = said(row, "unit")
    if unit.zh:
        words = _AT_LEAST if (row.get("comparison") or ">=") == ">=" else _AT_MOST
        return words.filled(required=row["required"], have=row["have"], unit=unit)
    counted = evidence.get("counted") or ()
    if not counted:
        return _HAS if row["met"] else _LACKS
    return _line(max(counted, key=lambda one: str(one.get("until") or "")))


def _line(one: Mapping[str, Any]) -> Text:
    text = Text.read(one["text"])
    until = _UNTIL.filled(day=dated(one["until"])) if one.get("until") else NOTHING
    return Text(text.zh + until.zh, text.en + until.en)


def _joined(texts: Iterable[Text]) -> Text:
    found = list(texts)
    return Text("；".join(one.zh for one in found), "; ".join(one.en for one in found))
