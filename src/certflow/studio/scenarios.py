"""A process's own tests: steps and what is expected, kept with it, run at every publish (H5).

A scenario is a part "scenario:<name>" of a bundle:

    {"title": {"zh", "en"}, "at": "2026-11-20T09:00:00+08:00",
     "steps": [{"do": "start", "as": "newcomer", "then": ["file"]},
               {"do": "task", "element": "file", "outcome": "submit", "data": {...}, "then": [...]},
               {"do": "wait", "until": "timer"}, {"do": "pay"}, ...],
     "expect": {"outcome": "replied", "path": ["file", ...], "variables": {...}, "notices": [...]}}

`then` and everything in `expect` may be left out: then it is not looked at.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from typing import Any

from certflow.cases.versions import all_in_force, build
from certflow.core.db import Session
from certflow.core.errors import AppError, Invalid
from certflow.core.text import NOTHING, Text
from certflow.engine.definitions import DefinitionError
from certflow.forms.definition import FormError
from certflow.studio import beginning, expecting, sandbox, telling
from certflow.studio.coverage import Coverage, coverage
from certflow.studio.scenario_shape import checked, starts_at

Scenario = Mapping[str, Any]
NOT_SOUND = Text(
    "流程图或表单有错误，先按检查结果改好，再运行测试。",
    "Diagram or forms have errors: mend what the findings show, then run the tests.",
)


@dataclass(frozen=True)
class StepResult:
    """What came of one step: what it was, whether it went as expected, what differed."""

    number: int
    words: Text
    passed: bool
    said: tuple[Text, ...] = ()
    then: Text = NOTHING


@dataclass(frozen=True)
class Result:
    """What came of a scenario; `said` is what differed at its end."""

    name: str
    title: Text
    passed: bool
    steps: tuple[StepResult, ...]
    said: tuple[Text, ...]
    reached: tuple[str, ...]
    flows: tuple[str, ...]
    milliseconds: int

    @property
    def failed_at(self) -> int | None:
        """The number of the first step that went another way; None when none did."""
        return next((one.number for one in self.steps if not one.passed), None)

    @property
    def why(self) -> tuple[Text, ...]:
        """The first thing that differed, in words."""
        step = next((one for one in self.steps if not one.passed), None)
        return step.said if step else self.said


@dataclass(frozen=True)
class Report:
    """What came of all tests of a bundle, and what they reach; no coverage of what cannot run."""

    results: tuple[Result, ...]
    coverage: Coverage | None

    @property
    def passed(self) -> bool:
        """Whether every test went as expected."""
        return all(one.passed for one in self.results)


def run(
    key: str, content: Mapping[str, Any], neighbours: Mapping[str, Any] | None = None
) -> Report:
    """Run every scenario that a bundle carries, each in a fresh world of its own.

    `neighbours` are the other processes in force, by key (`neighbours_of`): some processes ask
    for the rules of others.
    """
    known = content.get("scenarios", {})
    results = tuple(
        run_one(key, content, name, one, neighbours) for name, one in sorted(known.items())
    )
    return Report(results, covered(key, content, results))


def covered(
    key: str, content: Mapping[str, Any], results: tuple[Result, ...] | list[Result]
) -> Coverage | None:
    """Return what these results reach together; None where the bundle cannot run."""
    try:
        loaded = build(key, content)
    except (DefinitionError, FormError):
        return None
    elements = (element for one in results for element in one.reached)
    return coverage(loaded, elements, (flow for one in results for flow in one.flows))


def run_one(
    key: str,
    content: Mapping[str, Any],
    name: str,
    scenario: Scenario,
    neighbours: Mapping[str, Any] | None = None,
) -> Result:
    """Run one scenario in a fresh world; whatever goes wrong is in the result."""
    begun, title = perf_counter(), title_of(scenario, name)
    steps: list[StepResult] = []
    track = _Track()
    try:
        checked(scenario)
        with beginning.fresh(key, content, starts_at(scenario), neighbours) as box:
            steps.extend(_walk(box, scenario, track))
            whole = len(steps) == len(scenario["steps"]) and all(one.passed for one in steps)
            said = tuple(expecting.at_the_end(box, scenario.get("expect") or {}, track.reached))
            said = said if whole else ()
    except (DefinitionError, FormError):
        said = (NOT_SOUND,)
    except AppError as error:
        said = (error.message,)
    return Result(
        name=name,
        title=title,
        passed=bool(steps) and not said and all(one.passed for one in steps),
        steps=tuple(steps),
        said=said,
        reached=tuple(track.reached),
        flows=tuple(track.flows),
        milliseconds=round((perf_counter() - begun) * 1000),
    )


def title_of(scenario: Any, name: str) -> Text:
    """Return what a scenario is called: its title, or the name of its part."""
    return Text.read((scenario.get("title") if isinstance(scenario, Mapping) else None) or name)


class _Track:
    """What was reached so far, in its order."""

    def __init__(self) -> None:
        self.reached: list[str] = []
        self.flows: list[str] = []


def _walk(box: sandbox.Sandbox, scenario: Scenario, track: _Track) -> Iterator[StepResult]:
    """Do step after step; stop at the first that cannot be done or goes another way."""
    for number, step in enumerate(scenario["steps"], start=1):
        words = telling.told(box.loaded, step)
        try:
            done = box.do({name: one for name, one in step.items() if name != "then"})
        except AppError as error:
            yield StepResult(number, words, passed=False, said=tuple(_reasons(box, step, error)))
            return
        track.reached += done.reached
        track.flows += done.flows
        said = tuple(expecting.after_step(box.loaded, step, done))
        then = telling.waiting_at(box.loaded, done.then)
        yield StepResult(number, words, passed=not said, said=said, then=then)
        if said:
            return


def _reasons(box: sandbox.Sandbox, step: Scenario, error: AppError) -> Iterator[Text]:
    """Say why a step could not be done, field by field where a form refused."""
    fields = error.fields if isinstance(error, Invalid) else {}
    if not fields:
        yield error.message
    element = box.loaded.definition.elements.get(str(step.get("element", "")))
    form = box.loaded.forms.get(element.form) if element else None
    for path, sentence in fields.items():
        field = form.fields.get(path.split("/")[0]) if form else None
        label = field.label if field else Text.read(path)
        yield Text(f"{label.zh}：{sentence.zh}", f"{label.en}: {sentence.en}")


def neighbours_of(session: Session, key: str) -> dict[str, Any]:
    """Return the other processes in force here, by key."""
    return {one.key: one.bundle for one in all_in_force(session) if one.key != key}


def recorded(
    title: Text, at: datetime, script: list[dict[str, Any]], box: sandbox.Sandbox
) -> dict[str, Any]:
    """Make a scenario of what was done in a sandbox: its steps, and that all went this way."""
    steps = [{**one["move"], "then": one["then"]} for one in script]
    reached = [element for one in script for element in one["reached"]]
    expect = expecting.observed(box, reached) if box.case else {}
    return {"title": title.as_json(), "at": at.isoformat(), "steps": steps, "expect": expect}


def name_for(content: Mapping[str, Any], word: str) -> str:
    """Return a name for a new scenario that none has yet."""
    taken, number = set(content.get("scenarios", {})), 1
    while f"{word}-{number}" in taken:
        number += 1
    return f"{word}-{number}"


def digest(value: object) -> str:
    """Return a text that says the same for the same content."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
