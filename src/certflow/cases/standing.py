"""Where a case stands: stage, whose turn, clocks, diagram, the list of steps (B5, design §8)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from certflow.calendar.models import WORKING_DAYS
from certflow.calendar.queries import DeadlineClock
from certflow.cases.dossier import Dossier
from certflow.cases.models import HumanTask
from certflow.cases.steps import MOST_ROUNDS
from certflow.cases.words import clock_name, clock_note
from certflow.core.text import NOTHING, Text

SOON = timedelta(days=3)
_DUE_DAYS = 3
_ROUND = Text("第 {n} 次，共 {most} 次机会", "Round {n} of {most}")
_ROUND_LABEL = Text("第 {n}/{most} 次", "{n} of {most}")
_EXPERTS_LABEL = Text("{n}/{most} 位完成", "{n} of {most} done")
_RUNNING, _PAUSED = Text("进行中", "running"), Text("暂停中", "Paused")
_OVER, _STOPPED = Text("已超期", "Overdue"), Text("已结束", "Ended")


@dataclass(frozen=True)
class ClockView:
    """A deadline as the ruler draws it. `unit` is working or calendar."""

    key: str
    label: Text
    used: int
    total: int
    unit: str
    state: str
    end: date | None
    note: Text
    badge: Text | None
    paused_since: Any = None


@dataclass(frozen=True)
class Standing:
    """The answers to: what stage, whose turn, until when."""

    stage: Text
    kind: str
    icon: str
    hint: Text
    turn: Text
    round: Text
    mending: bool
    clocks: tuple[ClockView, ...]


def standing(dossier: Dossier) -> Standing:
    """Return where a case stands, for its reader."""
    case, loaded = dossier.case, dossier.loaded
    mending = _mending(dossier)
    hints = [loaded.hint_of(stage) for stage in case.stages]
    return Standing(
        stage=stage_of(dossier),
        kind=_kind(dossier, mending),
        icon="pencil" if mending else "",
        hint=next((one for one in hints if one.zh), NOTHING),
        turn=_turn(dossier),
        round=_round(dossier, mending),
        mending=mending is not None,
        clocks=tuple(_clocks(dossier, mending)),
    )


def stage_of(dossier: Dossier) -> Text:
    """Return the present stages, or the outcome of a closed case."""
    case = dossier.case
    if case.state == "closed":
        return _outcome(dossier)
    names = [dossier.loaded.name_of(stage) for stage in case.stages]
    return Text("、".join(one.zh for one in names), ", ".join(one.en for one in names))


def _outcome(dossier: Dossier) -> Text:
    return dossier.loaded.name_of(dossier.case.outcome or "closed")


def _mending(dossier: Dossier) -> HumanTask | None:
    """Return the open task in which the applicant mends, if there is one."""
    forms = dossier.loaded.forms
    return next((t for t in dossier.open_tasks if t.form in forms and forms[t.form].amends), None)


def _kind(dossier: Dossier, mending: HumanTask | None) -> str:
    case = dossier.case
    if case.state == "closed":
        outcomes = dossier.loaded.settings.get("outcomes", {})
        good = outcomes.get(case.outcome or "", {}).get("kind") == "good"
        return "passed" if good else "closed"
    if case.state == "draft":
        return "draft"
    ends = [task.due_at for task in dossier.open_tasks if task.due_at is not None]
    if ends and min(ends) <= dossier.at:
        return "overdue"
    if mending is not None:
        return "mend"
    return "due" if ends and min(ends) - dossier.at <= SOON else "going"


def _turn(dossier: Dossier) -> Text:
    """Return whose turn it is in words; empty when it is the reader's."""
    if dossier.mine or dossier.case.state == "closed":
        return NOTHING
    people, lanes = dossier.people, dossier.loaded.settings.get("lanes", {})
    found: list[Text] = []
    for task in dossier.open_tasks:
        known = task.assignee_id is not None
        side = Text.read(lanes.get(task.role, task.role))
        found.append(people.signed(task.assignee_id, task.role) if known else side)
    found = list(dict.fromkeys(found))
    return Text("、".join(one.zh for one in found), ", ".join(one.en for one in found))


def _round(dossier: Dossier, mending: HumanTask | None) -> Text:
    if mending is None or dossier.loaded.forms[mending.form].editable != "flagged":
        return NOTHING
    return _ROUND.filled(n=_ordinal(dossier, mending.element), most=MOST_ROUNDS)


def _ordinal(dossier: Dossier, element: str) -> int:
    return sum(task.element == element for task in dossier.tasks)


def _clocks(dossier: Dossier, mending: HumanTask | None) -> Iterator[ClockView]:
    """Yield the deadlines, that of the present task first."""
    first = {task.deadline_key for task in dossier.open_tasks}
    keys = sorted(dossier.clocks, key=lambda key: (key not in first, key))
    for key in keys:
        clock = dossier.clocks[key]
        if clock.state == "paused" and mending is None and key not in first and clock.used == 0:
            continue
        yield clock_view(dossier, key, clock, mend=mending is not None and key in first)


def clock_view(dossier: Dossier, key: str, clock: DeadlineClock, *, mend: bool) -> ClockView:
    """Return a deadline's clock for the ruler."""
    state, badge = _state(clock, mend=mend), None
    if state == "paused":
        badge = _PAUSED
    elif state == "overdue":
        badge = _OVER
    elif state == "done":
        badge = _STOPPED
    return ClockView(
        key,
        clock_name(dossier.loaded, key),
        clock.used,
        clock.total,
        "working" if clock.unit == WORKING_DAYS else "calendar",
        state,
        clock.last_day if state not in {"paused", "done"} else None,
        _note(dossier, key, clock),
        badge,
        clock.paused_since,
    )


def _state(clock: DeadlineClock, *, mend: bool) -> str:
    if clock.state in {"ended", "lapsed"}:
        return "overdue" if clock.overdue else "done"
    if clock.state == "paused":
        return "paused"
    if clock.overdue:
        return "overdue"
    if mend:
        return "mend"
    return "due" if clock.left <= _DUE_DAYS else "going"


def _note(dossier: Dossier, key: str, clock: DeadlineClock) -> Text:
    if clock.reason is not None:
        return clock.reason
    if not clock.official and clock.state == "running":
        return Text(
            "次年节假日安排公布后，日期可能调整",
            "The date may move when next year's holidays are announced",
        )
    return clock_note(dossier.loaded, key) if clock.state == "running" else NOTHING


def diagram_state(dossier: Dossier) -> dict[str, Any]:
    """Return which elements are done and present, with words for the drawing (data-state)."""
    locale, labels = dossier.voice.locale, {}
    for element in dossier.case.stages:
        label = _label(dossier, element)
        if label is not None:
            labels[element] = label.of(locale)
    done = set(dossier.case.visited)
    if dossier.case.state == "closed" and dossier.case.outcome:
        done.add(dossier.case.outcome)
    return {
        "done": sorted(done - set(dossier.case.stages)),
        "present": list(dossier.case.stages),
        "mending": _mending(dossier) is not None,
        "labels": labels,
        "names": dossier.loaded.drawn_names(locale),
    }


def _label(dossier: Dossier, element: str) -> Text | None:
    tasks = [task for task in dossier.open_tasks if task.element == element]
    if not tasks:
        return None
    form = dossier.loaded.forms.get(tasks[0].form)
    if form is not None and form.amends and form.editable == "flagged":
        return _ROUND_LABEL.filled(n=_ordinal(dossier, element), most=MOST_ROUNDS)
    together = [
        t for t in dossier.tasks if t.element == element and t.opened_in == tasks[0].opened_in
    ]
    if len(together) > 1:
        return _EXPERTS_LABEL.filled(n=len(together) - len(tasks), most=len(together))
    return None


@dataclass(frozen=True)
class Step:
    """A line of the phone's step list; `state` is done, now, mend or future."""

    label: Text
    state: str
    at: Any = None


def steps(dossier: Dossier) -> list[Step]:
    """Return the stages of a case in their order; loops only where the case went that way."""
    seen = {event.element: event.at for event in dossier.events if event.element}
    case, mending = dossier.case, _mending(dossier)
    found = []
    for element, stage in dossier.loaded.settings.get("stages", {}).items():
        label = Text.read(stage["name"])
        if element in case.stages:
            found.append(Step(label, "mend" if mending else "now"))
        elif element in case.visited:
            found.append(Step(label, "done", seen.get(element)))
        elif case.state != "closed" and not _loop(dossier, element):
            found.append(Step(label, "future"))
    if case.state == "closed":
        found.append(Step(stage_of(dossier), "done", case.closed_at))
    return found


def _loop(dossier: Dossier, element: str) -> bool:
    """Tell whether an element is one to which only some cases come: mending."""
    known = dossier.loaded.definition.elements.get(element)
    form = dossier.loaded.forms.get(known.form) if known else None
    return form is not None and form.amends is not None
