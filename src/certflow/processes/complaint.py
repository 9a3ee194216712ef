"""Complaints about people and bodies: what the diagram asks of the domains (D4, D6)."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from certflow.accounts.queries import organisations
from certflow.cases import registry
from certflow.cases.exhibiting import answer_table
from certflow.cases.parties import take_part
from certflow.cases.queries import latest_answer
from certflow.cases.registry import Choice, Step
from certflow.core import clock
from certflow.core.text import Text
from certflow.personnel import conduct, redress
from certflow.processes import variables

for shown in ("file", "prepare", "state"):
    registry.exhibit(f"complaint.{shown}")(partial(answer_table, form_key=shown))
credit = registry.choice("complaint.credit")  # what can be entered, or said to a body
credit(lambda step: [Choice(*one) for one in conduct.credit_measures(_person(step)).items()])
certificates = registry.choice("complaint.certificates")  # that can be suspended or cancelled
certificates(lambda step: [Choice(*one) for one in conduct.at_stake(step.session, _person(step))])


@registry.choice("complaint.bodies")
def bodies(step: Step) -> list[Choice]:
    """Offer every body except the association and the regulator."""
    known = [one for one in organisations(step.session) if one.kind not in conduct.ABOVE]
    return [Choice(str(one.id), Text(one.name, one.name_en or one.name)) for one in known]


@registry.check("complaint.subject_found")
def subject_found(step: Step, data: Mapping[str, Any], _outcome: str) -> dict[str, Text]:
    """A complaint is about somebody known here, not oneself, and stays about the same (D4)."""
    field = "body" if data["subject"] == "body" else "certificate_number"
    found, case = conduct.subject_of(step.session, data, clock.today()), step.case
    if found is None:
        return {field: conduct.UNKNOWN}
    if found.is_one_of(case.applicant_id, case.applicant_organisation_id):
        return {field: conduct.OWN}
    known = {name: step.data[name] for name in found.named() if name in step.data}
    return {field: conduct.OTHER} if known and known != found.named() else {}


@registry.operation("complaint.identify")
@registry.sets(*variables.COMPLAINED_OF)
def identify(step: Step) -> dict[str, Any]:
    """Note whom it is about: from now on they cannot see the case, whatever their role (D4)."""
    found = conduct.subject_of(step.session, _said(step, "file"), clock.today())
    party = found or conduct.Subject()
    who = {"user_id": party.user_id, "organisation_id": party.organisation_id}
    take_part(step.session, step.case.id, "party", **who)
    return {**party.named(), "party_reachable": conduct.can_be_asked(step.session, party)}


@registry.operation("complaint.apply_measures")
@registry.sets(variables.MEASURED)
def apply_measures(step: Step) -> dict[str, Any]:
    """Carry out what was decided about a person; to a body it is said in the letter (D6)."""
    files, case = _said(step, "prepare").get("disclosed") or [], step.case
    measures = conduct.read_measures(_said(step, "decide"), case.id, case.number or "", files)
    conduct.discipline(step.session, _person(step), measures, clock.today(), step.actor)
    return {"measured": measures.taken}


@registry.undoing("complaint")
def take_back(step: Step) -> None:
    """Take the measures back when the decision is overturned (D3)."""
    case = step.case
    redress.take_back(step.session, _person(step), case.id, case.number or "", step.actor)


def _person(step: Step) -> int | None:
    return step.data.get("party_person")


def _said(step: Step, form: str) -> Mapping[str, Any]:
    answer = latest_answer(step.session, step.case.id, form)
    return answer.data if answer else {}
