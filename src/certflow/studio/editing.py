"""A test of a process as a list that people edit: its steps and what is expected (catalogue H5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from certflow.cases.versions import Loaded
from certflow.core.errors import Invalid
from certflow.core.given import refuse, wrong_in
from certflow.core.text import Text
from certflow.forms.parts import Outcome
from certflow.studio import scenario_shape

USER_TASKS: Final = ("userTask",)
WAITED_AT: Final = frozenset({"userTask", "receiveTask", "callActivity"})
"""What a case can be found waiting at, beside events."""
NO_TITLE = Text("请给这项测试一个名称。", "Please give this test a name.")
MOST_TITLE: Final = 80
NO_DAYS = Text("请填 1 至 3660 之间的天数。", "Give a number of days from 1 to 3660.")
_DAYS: Final = frozenset(map(str, range(1, 3661)))
NEW_STEPS: Final = ("wait:timer", "wait:deadline", "wait:days", "pay", "withdraw")
"""What can be added to a list of steps beside tasks, which a trial adds."""


@dataclass(frozen=True)
class Row:
    """One step of the list. `outcomes` are what can be pressed, `answers` what was filled in."""

    number: int
    words: Text
    do: str
    step: Mapping[str, Any]
    outcomes: tuple[Outcome, ...]
    then: tuple[str, ...]
    answers: tuple[tuple[Text, str], ...]


def rows(loaded: Loaded, scenario: Mapping[str, Any], read: Any, tell: Any) -> list[Row]:
    """Return the steps for the page; `read(form, data)` says answers, `tell(step)` a step."""
    found = []
    for number, step in enumerate(scenario.get("steps", []), start=1):
        element = loaded.definition.elements.get(str(step.get("element", "")))
        form = loaded.forms.get(element.form) if element else None
        found.append(
            Row(
                number=number,
                words=tell(step),
                do=str(step.get("do", "")),
                step=step,
                outcomes=form.outcomes if form else (),
                then=tuple(map(str, step.get("then", []))),
                answers=tuple(read(form, step.get("data", {}))) if form else (),
            )
        )
    return found


def edited(scenario: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a scenario with what a posted list says.

    `given` has "title_zh", "title_en", "outcome", and for each kept step, in its new order,
    "steps": [{"number", "outcome", "then", "days"}]; "add" names a step to be put at the end.

    Raises:
        Invalid: without a name, or when what comes of it is no test.

    """
    refuse({**_wrong_titles(given), **_wrong_days(given.get("steps", []))})
    steps = [_step(scenario["steps"], one) for one in given.get("steps", [])]
    added = _new(str(given.get("add", "")))
    steps += [added] if added else []
    changed = list(scenario["steps"]) != steps
    expect = dict(scenario.get("expect") or {})
    if changed:  # the way was another one: what it led to then says nothing of this one
        expect = {name: one for name, one in expect.items() if name == "outcome"}
    outcome = str(given.get("outcome", ""))
    expect.pop("outcome", None)
    found = {
        **scenario,
        "title": {
            "zh": str(given["title_zh"]).strip(),
            "en": str(given.get("title_en", "")).strip(),
        },
        "steps": steps,
        "expect": {**expect, **({"outcome": outcome} if outcome else {})},
    }
    scenario_shape.checked(found)
    return found


def _wrong_titles(given: Mapping[str, Any]) -> dict[str, Text | None]:
    zh, en = (str(given.get(name, "")) for name in ("title_zh", "title_en"))
    return {"title_zh": wrong_in(zh, MOST_TITLE, NO_TITLE), "title_en": wrong_in(en, MOST_TITLE)}


def _wrong_days(steps: Sequence[Mapping[str, Any]]) -> dict[str, Text | None]:
    return {
        f"days.{one['number']}": None if one["days"] in _DAYS else NO_DAYS
        for one in steps
        if one.get("days")
    }


def _step(before: Sequence[Mapping[str, Any]], given: Mapping[str, Any]) -> dict[str, Any]:
    number = int(given["number"]) - 1
    if not 0 <= number < len(before):
        raise Invalid(scenario_shape.UNREADABLE)
    step = dict(before[number])
    if step.get("do") == "task" and given.get("outcome"):
        step["outcome"] = given["outcome"]
    if "days" in step and str(given.get("days", "")).isdecimal():
        step["days"] = int(given["days"])
    if "then" in given:
        step["then"] = list(given["then"])
    if given.get("any"):
        step.pop("then", None)
    return step


def _new(word: str) -> dict[str, Any] | None:
    if word not in NEW_STEPS:
        return None
    do, _, how = word.partition(":")
    if do != "wait":
        return {"do": do}
    return {"do": "wait", "days": 1} if how == "days" else {"do": "wait", "until": how}
