"""Who else a case concerns: bodies that took part, the other party of a complaint (B10, D2, D4)."""

from sqlalchemy import select

from certflow.cases.described import Parameter, described
from certflow.cases.models import CaseParty
from certflow.cases.registry import Step, operation
from certflow.core.db import Session
from certflow.core.text import Text

CONCERNED = "concerned"
"""The part of a person for whom an organisation filed a case: sees it and is told of it."""


def take_part(
    session: Session,
    case_id: int,
    part: str,
    *,
    user_id: int | None = None,
    organisation_id: int | None = None,
) -> None:
    """Note that a person or an organisation has a part in a case; once is enough."""
    known = select(CaseParty.id).where(
        CaseParty.case_id == case_id,
        CaseParty.part == part,
        CaseParty.user_id.is_not_distinct_from(user_id),
        CaseParty.organisation_id.is_not_distinct_from(organisation_id),
    )
    if session.scalar(known) is None:
        session.add(
            CaseParty(case_id=case_id, part=part, user_id=user_id, organisation_id=organisation_id)
        )


def parties(session: Session, case_id: int) -> list[CaseParty]:
    """Return the other parties of a case."""
    query = select(CaseParty).where(CaseParty.case_id == case_id, CaseParty.part == "party")
    return list(session.scalars(query.order_by(CaseParty.id)))


def concerned(session: Session, case_id: int) -> list[int]:
    """Return the users for whom an organisation filed a case."""
    query = select(CaseParty.user_id).where(
        CaseParty.case_id == case_id, CaseParty.part == CONCERNED
    )
    return [one for one in session.scalars(query) if one is not None]


@operation("add_concerned")
@described(
    Text("登记被代办的人", "Note for whom it was filed"),
    Text(
        "机构代其办理的人，此后能查看业务并收到通知。",
        "The person can see the case and is told of it.",
    ),
    Parameter("user", "variable", Text("人员账号", "Account")),
)
def add_concerned(step: Step, user: int | None = None) -> None:
    """Note the person for whom an organisation filed the case: sees it and is told of it (D1)."""
    if user is not None:
        take_part(step.session, step.case.id, CONCERNED, user_id=user)


@operation("add_party")
@described(
    Text("登记对方当事人", "Note the other party"),
    Text("此后对方以任何角色都看不到这件业务。", "From now on it cannot see the case in any role."),
    Parameter("user", "variable", Text("人员账号", "Account")),
    Parameter("organisation", "variable", Text("机构", "Organisation")),
)
def add_party(
    step: Step, user: int | str | None = None, organisation: int | str | None = None
) -> None:
    """Note the other party of a case: from now on it cannot see the case in any role (D4)."""
    take_part(
        step.session,
        step.case.id,
        "party",
        user_id=int(user) if user else None,
        organisation_id=int(organisation) if organisation else None,
    )
