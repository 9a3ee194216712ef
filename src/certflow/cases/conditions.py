"""The condition self-check (catalogue B2): rules of a decision table against a person's figures.

A process gathers figures (`facts`, by name) and what was counted (`evidence`), lets its
decision table name the rules that apply, and judges them here. The page shows each rule with
the rule's words, its source and the person's own figures.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from certflow.cases.models import Answer
from certflow.cases.queries import answers, latest_answer
from certflow.cases.registry import Step, operation
from certflow.core import clock
from certflow.core.db import Session

FORM = "conditions"
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "=": operator.eq,
}


@operation("judge_conditions")
def judge(
    step: Step, conditions: Sequence[Mapping[str, Any]], facts: Mapping[str, Any]
) -> dict[str, Any]:
    """Judge each rule, keep the result with the case, set `eligible`.

    `conditions` are the table's rows (rule, figure, comparison, required, words); `facts` the
    figures. Both are then dropped from the variables, so that the state stays small.
    """
    evidence = step.data.get("evidence") or {}
    rows = [_judged(row, facts, evidence) for row in conditions]
    eligible = bool(rows) and all(row["met"] for row in rows)
    step.session.add(
        Answer(
            case_id=step.case.id,
            form=FORM,
            task_form=FORM,
            outcome="eligible" if eligible else "not_eligible",
            data={"rows": rows},
            actor_id=step.case.applicant_id,
            actor_role="system",
            at=clock.now(),
        )
    )
    return {"eligible": eligible, "conditions": None, "facts": None, "evidence": None}


def unmet(step: Step, table: str, facts: Mapping[str, Any], **inputs: Any) -> list[dict[str, Any]]:
    """Return the rules of a decision table that the figures do not meet."""
    data = {**step.data, **inputs, "facts": facts}
    rows = step.tables[table].decide(data, now=clock.now())
    judged = [_judged(row, facts, {}) for row in cast("list[dict[str, Any]]", rows)]
    return [row for row in judged if not row["met"]]


def _judged(
    row: Mapping[str, Any], facts: Mapping[str, Any], evidence: Mapping[str, Any]
) -> dict[str, Any]:
    figure = str(row["figure"])
    have, required = facts.get(figure), row["required"]
    compare = _COMPARISONS[row.get("comparison") or ">="]
    met = have is not None and bool(compare(have, required))
    return {**row, "have": have, "met": met, "evidence": evidence.get(figure, {})}


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
