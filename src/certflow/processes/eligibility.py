"""The registration's rules against a person's figures: self-check, submission, experts (C9-C11)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from certflow.accounts.queries import the_person
from certflow.cases.conditions import unmet
from certflow.cases.queries import latest_answer, latest_data
from certflow.cases.registry import FACTS, Exhibit, Step, check, exhibit, operation, sets
from certflow.cases.verdicts import conditions_exhibit, shortfall
from certflow.core import clock
from certflow.core.text import Text
from certflow.personnel import facts
from certflow.personnel.counting import Fact
from certflow.personnel.experience import COUNTED_AT, KINDS
from certflow.processes.judging import figures, rows_for

TITLE = Text("注册条件（按提交的记录）", "Registration rules, by the submitted records")
NOTE = Text("时间算到申请日 {day}。", "Judged as of the day of application, {day}.")


@operation("registration.gather_facts")
@sets(*FACTS)
def gather_facts(step: Step) -> dict[str, Any]:
    """Work out the applicant's figures from the profile library (C9, C10)."""
    found = _figures(step, None)
    return {"facts": facts.values(found), "evidence": facts.evidence(found)}


@check("registration.records_suffice")
def records_suffice(step: Step, data: Mapping[str, Any], _outcome: str) -> dict[str, Text]:
    """Let the same rules judge the records that were picked: the library may hold more (C9)."""
    found = _figures(step, data)
    rows = unmet(step, "eligibility", facts.values(found), facts.evidence(found))
    return {
        COUNTED_AT[row["figure"]]: shortfall(row) for row in rows if row["figure"] in COUNTED_AT
    }


@exhibit("registration.judged_rules")
def judged_rules(step: Step) -> Exhibit | None:
    """Show who decides how the rules judge the records that were submitted (C5, C9-C11)."""
    submitted = latest_answer(step.session, step.case.id, "apply")
    if submitted is None:
        return None
    found = _figures(step, submitted.data)
    rows = rows_for(step.tables, dict(step.data), found)
    return conditions_exhibit(rows, TITLE, NOTE.filled(day=_applied_on(step)))


def chosen_specialities(step: Step) -> list[str]:
    """Return the specialities applied for."""
    chosen = latest_data(step.session, step.case.id, "choose") or {}
    return list(chosen.get("specialities") or [])


def _figures(step: Step, given: Mapping[str, Any] | None) -> dict[str, Fact]:
    person, field = the_person(step.session, step.case.applicant_id), str(step.data["field"])
    records = None if given is None else {kind: given.get(kind) or [] for kind in KINDS}
    chosen = chosen_specialities(step)
    return figures(step.session, step.tables, person.id, field, _applied_on(step), records, chosen)


def _applied_on(step: Step) -> date:
    """Return the day of application: until it is submitted, today."""
    at = step.case.submitted_at
    return at.astimezone(clock.SHANGHAI).date() if at else clock.today()
