"""The condition self-check (catalogue B2): rules of a decision table against a person's figures.

A process gathers figures (`facts`, by name) and what was counted (`evidence`), lets its
decision table name the rules that apply, and judges them here. The page shows each rule with
the rule's words, its source and the person's own figures.

A rule is met, not met or undecidable: what is missing is named with the place where it can be
added, and nothing passes or fails for want of a datum.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from certflow.cases.about import open_about
from certflow.cases.described import Parameter, described
from certflow.cases.models import Answer
from certflow.cases.queries import answers, latest_answer, open_cases_of
from certflow.cases.registry import Result, Step, operation, sets
from certflow.core import clock
from certflow.core.db import Session
from certflow.core.text import Text

FORM = "conditions"
_UNDER_WAY = Text("在办：{numbers}", "Under way: {numbers}")
_NONE_UNDER_WAY = Text("没有在办的", "None under way")
MET, NOT_MET, UNDECIDABLE = "met", "not_met", "undecidable"
_NO_FIGURE = Text("缺少核对这一条所需的数据", "What this rule needs to be checked is missing")
_NO_REQUIREMENT = Text(
    "缺少确定这一条要求所需的数据", "What decides how much this rule asks is missing"
)


@operation("judge_conditions")
@described(
    Text("逐条核对条件", "Judge the conditions"),
    Text(
        "用决策表给出的条件核对数据，结果给申请人自查，并记入业务。",
        "Judges each rule of a table by the figures; the applicant sees how it stands.",
    ),
    Parameter(
        "conditions",
        "variable",
        Text("条件", "Conditions"),
        Text("决策表的结果变量。", "What the decision table gave."),
    ),
    Parameter(
        "facts",
        "variable",
        Text("数据", "Figures"),
        Text("前面的环节收集的数据。", "What an earlier step gathered."),
    ),
)
@sets(
    Result("eligible", "boolean", Text("满足全部条件", "All conditions are met")),
)
def judge(
    step: Step, conditions: Sequence[Mapping[str, Any]], facts: Mapping[str, Any]
) -> dict[str, Any]:
    """Judge each rule, keep the result with the case, set `eligible`.

    `conditions` are the table's rows (rule, figure, comparison, required, words, place); `facts`
    the figures, kept too, so that changed rules can be replayed over them. Both are then dropped from the variables, so that the state stays small.
    """
    rows = judged(conditions, facts, step.data.get("evidence") or {})
    eligible = bool(rows) and all(row["met"] for row in rows)
    step.session.add(
        Answer(
            case_id=step.case.id,
            form=FORM,
            task_form=FORM,
            outcome="eligible" if eligible else "not_eligible",
            data={"rows": rows, "facts": dict(facts)},
            actor_id=step.case.applicant_id,
            actor_role="system",
            at=clock.now(),
        )
    )
    return {"eligible": eligible, "conditions": None, "facts": None, "evidence": None}


def unmet(
    step: Step,
    table: str,
    facts: Mapping[str, Any],
    evidence: Mapping[str, Any] | None = None,
    **inputs: Any,
) -> list[dict[str, Any]]:
    """Return the rules of a decision that the figures do not meet, or that cannot be decided."""
    data = {**step.data, **inputs, "facts": facts}
    rows = cast("list[dict[str, Any]]", step.tables[table].decide(data, now=clock.now()))
    return [row for row in judged(rows, facts, evidence or {}) if not row["met"]]


def none_open(step: Step, *services: str) -> tuple[dict[str, int], dict[str, Any]]:
    """Tell of services whether the applicant has no other case of them running.

    Returns the figures `no_<service>_open` (1 or 0) and their evidence.
    """
    facts, evidence = {}, {}
    for service in services:
        found = open_cases_of(step.session, step.case.applicant_id, service)
        numbers = [str(one.number) for one in found if one.id != step.case.id]
        facts[f"no_{service}_open"] = int(not numbers)
        evidence[f"no_{service}_open"] = {"said": _said(numbers).as_json()}
    return facts, evidence


def _said(numbers: Sequence[str]) -> Text:
    return _UNDER_WAY.filled(numbers=numbers) if numbers else _NONE_UNDER_WAY


def told(figures: Mapping[str, tuple[Any, Text]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return figures, each with what is said of it, as facts and their evidence."""
    return (
        {name: value for name, (value, _said_of_it) in figures.items()},
        {name: {"said": said.as_json()} for name, (_value, said) in figures.items()},
    )


def none_about(step: Step, field: str, value: int) -> tuple[dict[str, int], dict[str, Any]]:
    """Tell how many other cases of this service are about the same: `other_cases` with evidence."""
    found = open_about(step.session, step.case.service, field, [value], step.case.id)
    numbers = found.get(value, [])
    return {"other_cases": len(numbers)}, {"other_cases": {"said": _said(numbers).as_json()}}


def judged(
    rows: Sequence[Mapping[str, Any]], facts: Mapping[str, Any], evidence: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the rows of a table, each with the figure, its `state` and what is `missing`.

    `facts` are the figures by name, `evidence` says of a figure what was counted, its `gaps`
    (text, place) and how much it may be at most (`most`, None: nobody can say).
    """
    return [_judged(row, facts, evidence.get(str(row["figure"])) or {}) for row in rows]


def _judged(
    row: Mapping[str, Any], facts: Mapping[str, Any], evidence: Mapping[str, Any]
) -> dict[str, Any]:
    have, required = facts.get(str(row["figure"])), row["required"]
    gaps = list(evidence.get("gaps") or ())
    state = UNDECIDABLE
    if have is not None and required is not None:
        most = evidence.get("most") if gaps else have
        state = _state(row.get("comparison") or ">=", have, most, required)
    if state == UNDECIDABLE and not gaps:
        text = _NO_FIGURE if have is None else _NO_REQUIREMENT
        gaps = [{"text": text.as_json(), "place": row.get("place") or ""}]
    return {
        **row,
        "have": have,
        "state": state,
        "met": state == MET,
        "missing": gaps if state == UNDECIDABLE else [],
        "evidence": dict(evidence),
    }


def _state(comparison: str, least: Any, most: Any, required: Any) -> str:
    """Compare a figure that lies between `least` and `most` (None: no limit)."""
    if comparison == "=":
        if least == most:
            return MET if least == required else NOT_MET
        possible = least <= required and (most is None or required <= most)
        return UNDECIDABLE if possible else NOT_MET
    if comparison == "<=":
        if most is not None and most <= required:
            return MET
        return NOT_MET if least > required else UNDECIDABLE
    if least >= required:
        return MET
    return NOT_MET if most is not None and most < required else UNDECIDABLE


def latest_conditions(session: Session, case_id: int) -> dict[str, Any] | None:
    """Return the last self-check of a case: rows, whether all are met, and when it was made."""
    answer = latest_answer(session, case_id, FORM)
    if answer is None:
        return None
    return {"rows": answer.data["rows"], "met": answer.outcome == "eligible", "at": answer.at}


def check_set_off(session: Session, case_id: int, task_id: int) -> bool:
    """Whether answering a task led straight to a self-check."""
    given = answers(session, case_id)
    places = [place for place, one in enumerate(given) if one.task_id == task_id]
    return bool(places) and [one.form for one in given[places[-1] + 1 :]][:1] == [FORM]
