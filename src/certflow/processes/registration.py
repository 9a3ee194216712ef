"""Registration of certification personnel: what its diagram asks of the domain (C1-C11)."""

from collections.abc import Mapping
from typing import Any

from certflow.accounts.models import Person
from certflow.accounts.queries import person_of_user
from certflow.cases.conditions import unmet
from certflow.cases.queries import latest_answer
from certflow.cases.registry import Choice, Step, check, choice, operation
from certflow.core import clock
from certflow.core.errors import NotFound
from certflow.core.outbox import enqueue
from certflow.core.text import Text
from certflow.personnel import facts
from certflow.personnel.counting import Fact, Records
from certflow.personnel.fields import specialities_of
from certflow.personnel.operations import NewCertificate, issue_certificate
from certflow.personnel.witnessing import unmatched

COUNTED_AT = {
    "education_with_diploma": "education",
    "professional_records": "professional_employment",
    "complete_audits": "audit",
    "onsite_days": "audit",
    "cpd_hours": "cpd",
    "professional_cpd_hours": "cpd",
    "witness_reports": "witness",
    "clauses_not_witnessed": "witness",
}
SHORT = Text(
    "{title}：需要 {required} {unit}，您选的记录里有 {have} {unit}。请补充后再提交。",
    "{title}: {required} {unit} needed, the records you picked make {have} {unit}. Add what is "
    "missing and submit again.",
)
OTHER_BODY = Text(
    "请选择您现在的执业机构；要更换机构，请先办理转换执业机构。",
    "Choose your present practising body. To change it, apply for a transfer first.",
)


@operation("registration.gather_facts")
def gather_facts(step: Step) -> dict[str, Any]:
    """Work out the applicant's figures from the profile library (C9, C10)."""
    found = _facts(step, None)
    return {"facts": facts.values(found), "evidence": facts.evidence(found)}


@check("registration.records_suffice")
def records_suffice(step: Step, data: Mapping[str, Any], _outcome: str) -> dict[str, Text]:
    """Let the same rules judge the records that were picked: the library may hold more (C9)."""
    figures = facts.values(_facts(step, {kind: data.get(kind) or [] for kind in facts.KINDS}))
    rows = [row for row in unmet(step, "eligibility", figures) if row["figure"] in COUNTED_AT]
    return {
        COUNTED_AT[row["figure"]]: Text(
            SHORT.zh.format(title=row["title_zh"], unit=row["unit_zh"], **row),
            SHORT.en.format(title=row["title_en"], unit=row["unit_en"], **row),
        )
        for row in rows
    }


@check("registration.witness_matches_audit")
def witness_matches_audit(_step: Step, data: Mapping[str, Any], _outcome: str) -> dict[str, Text]:
    """A witness report covers the clauses of the audit it belongs to (C9)."""
    return unmatched(data.get("audit") or [], data.get("witness") or [])


@check("registration.organisation_is_mine")
def organisation_is_mine(step: Step, data: Mapping[str, Any], _outcome: str) -> dict[str, Text]:
    """An application goes through the applicant's own practising body (C2)."""
    mine = _person(step).organisation_id
    return {} if str(data.get("organisation")) == str(mine) else {"organisation": OTHER_BODY}


@choice("specialities")
def specialities(step: Step) -> list[Choice]:
    """Offer the specialities, of the field applied for once it is known (C1)."""
    known = specialities_of(str(step.data.get("field", "")))
    return [Choice(key, title) for key, title in known.items()]


@operation("registration.issue_certificate")
def issue(step: Step) -> dict[str, Any]:
    """Issue the certificate and have its PDF made (C8)."""
    new = NewCertificate(
        person_id=_person(step).id,
        field=str(step.data["field"]),
        mode=str(step.data["mode"]),
        specialities=tuple(_chosen(step)),
        organisation_id=step.case.organisation_id,
        case_id=step.case.id,
    )
    certificate = issue_certificate(step.session, new, clock.now(), step.actor)
    payload = {"certificate_id": certificate.id}
    enqueue(step.session, "certificate_pdf", f"certificate_pdf/{certificate.id}", payload)
    return {"certificate": certificate.number}


def _facts(step: Step, records: Records | None) -> dict[str, Fact]:
    field, today = str(step.data["field"]), clock.today()
    return facts.facts(
        step.session, _person(step).id, field, today, records, specialities=_chosen(step)
    )


def _chosen(step: Step) -> list[str]:
    answer = latest_answer(step.session, step.case.id, "choose")
    return list(answer.data.get("specialities") or []) if answer else []


def _person(step: Step) -> Person:
    person = person_of_user(step.session, step.case.applicant_id)
    if person is None:
        raise NotFound
    return person
