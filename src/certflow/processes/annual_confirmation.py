"""Annual confirmation: what its diagram and forms ask of the domain (D1, C11)."""

from functools import partial
from typing import Any

from certflow.cases import conditions, registry, subjects
from certflow.cases.registry import Choice, Exhibit, Step
from certflow.core import clock
from certflow.core.db import Session
from certflow.personnel import confirming, credentials, standing
from certflow.personnel.operations import confirm_year
from certflow.processes import variables
from certflow.processes.windows import CONFIRMATION, standings

registry.choice("annual_confirmation.certificates")(subjects.offered)
registry.check("annual_confirmation.may_file")(partial(subjects.still_free, at="year"))
still_valid = registry.check("annual_confirmation.still_valid")
still_valid(partial(subjects.still_there, granting="confirm"))
registry.starting("annual_confirmation.year")(lambda step: _certificate(step).proposed)
shown = registry.exhibit("annual_confirmation.certificate")
shown(lambda step: Exhibit(*credentials.shown(step.session, _certificate(step), step.actor)))


@subjects.subjects(CONFIRMATION, "certificate", none=standing.NOTHING_DUE, lock=confirming.lock)
def certificates(session: Session, filer: subjects.Filer, only: str) -> list[subjects.Subject]:
    """List a person's certificates or those of a body's people, with why not now."""
    asked = confirming.of_certificate(int(only)) if only else confirming.of_filer(*filer)
    return [
        subjects.Subject(
            value=str(one.certificate_id),
            label=one.named,
            note=one.calendar(),
            blocked=one.blocked(),
            ended=standing.NOT_VALID.get(one.state),
            name=one.holder,
            organisation_id=one.organisation_id,
            theirs=one.belongs_to(*filer),
        )
        for one in reversed(standings(session, asked))
        if only or not one.over
    ]


@registry.operation("annual_confirmation.gather_facts")
@registry.sets(*variables.CONFIRMATION)
def gather_facts(step: Step) -> dict[str, Any]:
    """Work out what the conditions ask, and name the case after the certificate."""
    one, case = _certificate(step), step.case
    case.organisation_id, filed_for = one.organisation_id, case.applicant_organisation_id
    case.title = (standing.TITLE_FOR if filed_for else standing.TITLE).filled(one=one).as_json()
    facts, evidence = conditions.told(standing.figures(one, filed_for))
    others, running = conditions.none_about(step, "certificate", one.certificate_id)
    return {
        "facts": facts | others,
        "evidence": evidence | running,
        "own_body": filed_for is not None and filed_for == one.organisation_id,
        "holder": one.user_id,
        "decide_outcome": "",
    }


@registry.choice("annual_confirmation.years")
def years(step: Step) -> list[Choice]:
    """Offer the year that is due, once it was chosen only that one."""
    return [Choice(*one) for one in _certificate(step).years(str(step.data.get("year") or ""))]


@registry.operation("annual_confirmation.confirm")
def confirm(step: Step) -> None:
    """Confirm the certificate for the year that was applied for."""
    about, year = int(step.data["certificate"]), int(step.data["year"])
    confirm_year(step.session, about, year, clock.today(), step.actor)


def _certificate(step: Step) -> standing.Standing:
    return standings(step.session, confirming.of_certificate(int(step.data["certificate"])))[0]
