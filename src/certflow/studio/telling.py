"""A trial's moves in plain words, for the list of steps (catalogue H5)."""

from collections.abc import Iterable, Mapping
from typing import Any

from certflow.cases.versions import ENDS, Loaded
from certflow.core.text import Text
from certflow.studio.cast import NEWCOMER, called

_JOIN = Text("{one}、{two}", "{one}, {two}")
_TASK = Text("{element}：{outcome}", "{element}: {outcome}")
_CALLED = Text("{element}办结：{outcome}", "{element} ended: {outcome}")
_START = Text("发起：{who}", "Start: {who}")
_DAYS = Text("时间推进 {days} 天", "Time moves on by {days} days")
_TIMER = Text("等到下一个定时器", "Wait for the next timer")
_TIMER_OF = Text("等到定时器“{element}”", "Wait for the timer “{element}”")
_DEADLINE = Text("过了下一个时限", "Past the next deadline")
_FIXED = {
    "pay": Text("缴费到账", "The fee arrives"),
    "withdraw": Text("申请人撤回", "The applicant withdraws"),
    "retry": Text("重试失败的环节", "Retry what failed"),
}
_ENDED = Text("已办结", "ended")
_FAILED = Text("停在失败的环节之前", "held before the step that failed")


def told(loaded: Loaded, move: Mapping[str, Any]) -> Text:
    """Return a move in words."""
    do = str(move.get("do", ""))
    if do == "start":
        _role, who = called(str(move.get("as", NEWCOMER)))
        return _START.filled(who=who)
    if do == "task":
        return _TASK.filled(element=_name(loaded, move), outcome=outcome_of(loaded, move))
    if do == "called":
        outcome = str(move.get("outcome", ""))
        said = Text.read(move["said"]) if move.get("said") else ENDS.get(outcome)
        return _CALLED.filled(element=_name(loaded, move), outcome=said or outcome)
    if do == "wait":
        return _waited(loaded, move)
    return _FIXED.get(do, Text.read(do))


def _name(loaded: Loaded, move: Mapping[str, Any]) -> Text:
    return loaded.name_of(str(move.get("element", "")))


def outcome_of(loaded: Loaded, move: Mapping[str, Any]) -> Text:
    """Return what the button is called that a move presses."""
    element = loaded.definition.elements.get(str(move.get("element", "")))
    form = loaded.forms.get(element.form) if element else None
    outcome = form.outcome(str(move.get("outcome", ""))) if form else None
    return outcome.label if outcome else Text.read(str(move.get("outcome", "")))


def waiting_at(loaded: Loaded, stages: Iterable[str], *, failed: bool = False) -> Text:
    """Return where a case waits, in words; `failed`: before a step that failed."""
    words: Text | None = None
    for one in stages:
        name = loaded.name_of(one)
        words = name if words is None else _JOIN.filled(one=words, two=name)
    return words or (_FAILED if failed else _ENDED)


def _waited(loaded: Loaded, move: Mapping[str, Any]) -> Text:
    if move.get("until") == "deadline":
        return _DEADLINE
    if move.get("until") == "timer":
        element = str(move.get("element") or "")
        return _TIMER_OF.filled(element=loaded.name_of(element)) if element else _TIMER
    return _DAYS.filled(days=move.get("days", 0))
