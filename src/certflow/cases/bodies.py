"""Certification bodies to choose from, as the applicant of a case stands to them (C2, D2)."""

from certflow.accounts.queries import organisations, person_of_user
from certflow.cases.described import described
from certflow.cases.registry import Choice, Step, choice, operation
from certflow.core.text import Text

KIND = "certification_body"


@choice("own_body")
@described(Text("申请人的执业机构", "The applicant's own body"))
def own_body(step: Step) -> list[Choice]:
    """Offer the applicant's practising body, the only one; forms open with it."""
    return [one for one in _bodies(step) if one.value == _own(step)]


@choice("other_bodies")
@described(Text("其他认证机构", "Every other certification body"))
def other_bodies(step: Step) -> list[Choice]:
    """Offer every certification body but the applicant's own."""
    return [one for one in _bodies(step) if one.value != _own(step)]


@operation("involve_own_body")
@described(
    Text("请执业机构参与", "Involve the applicant's body"),
    Text(
        "申请人的执业机构此后能查看业务并收到通知。", "The body can see the case and is told of it."
    ),
)
def involve_own_body(step: Step) -> None:
    """Let the applicant's practising body see the case and be told (D5)."""
    person = person_of_user(step.session, step.case.applicant_id)
    step.case.organisation_id = person.organisation_id if person else None


def _own(step: Step) -> str:
    person = person_of_user(step.session, step.case.applicant_id)
    return str(person.organisation_id) if person else ""


def _bodies(step: Step) -> list[Choice]:
    bodies = organisations(step.session, KIND)
    return [Choice(str(one.id), Text(one.name, one.name_en or one.name)) for one in bodies]
