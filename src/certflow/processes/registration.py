"""Registration of certification personnel: what its diagram asks of the domain (C1-C11)."""

from collections.abc import Mapping
from typing import Any

from certflow.accounts.queries import the_person
from certflow.cases.registry import Choice, Result, Step, check, choice, operation, sets
from certflow.cases.subjects import MOVED
from certflow.core import clock
from certflow.core.outbox import enqueue
from certflow.core.text import Text
from certflow.personnel.fields import specialities_of
from certflow.personnel.operations import NewCertificate, issue_certificate
from certflow.personnel.witnessing import unmatched
from certflow.processes.eligibility import chosen_specialities
from certflow.processes.limits import certificate_years, tables_of

OTHER_BODY = Text(
    "请选择您现在的执业机构；要更换机构，请先办理转换执业机构。",
    "Choose your present practising body. To change it, apply for a transfer first.",
)
NO_BODY = Text(
    "您还没有执业机构。请您所在认证机构的管理员把您加入名册，您在基本信息库里确认邀请后再来申请。",
    "You have no practising body yet. Have the administrator of your certification body add you to "
    "its register, accept the invitation in your profile, and apply then.",
)


@check("registration.witness_matches_audit")
def witness_matches_audit(_step: Step, data: Mapping[str, Any], _outcome: str) -> dict[str, Text]:
    """A witness report covers the clauses of the audit it belongs to (C9)."""
    return unmatched(data.get("audit") or [], data.get("witness") or [])


@check("registration.organisation_is_mine")
def organisation_is_mine(step: Step, data: Mapping[str, Any], _outcome: str) -> dict[str, Text]:
    """An application goes through the applicant's own practising body (C2)."""
    mine = the_person(step.session, step.case.applicant_id).organisation_id
    if mine is None:
        return {"organisation": NO_BODY}
    return {} if str(data.get("organisation")) == str(mine) else {"organisation": OTHER_BODY}


@check("registration.body_is_still_mine")
def body_is_still_mine(step: Step, _data: Mapping[str, Any], _outcome: str) -> dict[str, Text]:
    """Send no draft to a body that one has left since it was begun (D2)."""
    mine = the_person(step.session, step.case.applicant_id).organisation_id
    left = step.case.state == "draft" and step.case.organisation_id != mine
    return {"consent": MOVED} if left else {}


@choice("specialities")
def specialities(step: Step) -> list[Choice]:
    """Offer the specialities, of the field applied for once it is known (C1)."""
    known = specialities_of(str(step.data.get("field", "")))
    return [Choice(key, title) for key, title in known.items()]


@operation("registration.issue_certificate")
@sets(
    Result("certificate", "text", Text("证书编号", "Certificate number")),
)
def issue(step: Step) -> dict[str, Any]:
    """Issue the certificate, with the practising body of today, and have its PDF made (C8)."""
    person = the_person(step.session, step.case.applicant_id)
    new = NewCertificate(
        person_id=person.id,
        field=str(step.data["field"]),
        mode=str(step.data["mode"]),
        specialities=tuple(chosen_specialities(step)),
        organisation_id=person.organisation_id,
        case_id=step.case.id,
        years=certificate_years(tables_of(step.session, step.tables), step.data),
    )
    certificate = issue_certificate(step.session, new, clock.now(), step.actor)
    step.tell("certificate.issued", certificate={"number": certificate.number})
    payload = {"certificate_id": certificate.id}
    enqueue(step.session, "certificate_pdf", f"certificate_pdf/{certificate.id}", payload)
    return {"certificate": certificate.number}
