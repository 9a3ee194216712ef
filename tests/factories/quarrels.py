"""People and decisions that appeals and complaints are about."""

from dataclasses import dataclass, replace

from certflow.cases.models import Case
from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.demo.quarrels import Appeal, Complaint
from certflow.demo.story import Story
from certflow.personnel.models import Certificate
from certflow.personnel.operations import NewCertificate, issue_certificate
from factories.actors import actor, make_person, make_user
from factories.cast import make_expert, make_story, publish_shipped
from factories.people import body as make_body


@dataclass
class Court:
    """The association's people who deal with appeals and complaints, and a story's cast."""

    story: Story
    office: Actor
    handler: Actor
    approver: Actor
    experts: tuple[Actor, ...]


def make_court(session: Session) -> Court:
    """An association with a complaints office of two, another approver, experts of a third body."""
    story = make_story(session)
    publish_shipped(session, "appeal", "complaint")
    third = make_body(session, "南屿样例检验有限公司")
    return Court(
        story,
        office=actor(make_user(session, "he.zhuqing", "complaints_office"), "complaints_office"),
        handler=actor(make_user(session, "ji.chenzhou", "complaints_office"), "complaints_office"),
        approver=actor(make_user(session, "ye.qiubai", "approver"), "approver"),
        experts=tuple(make_expert(session, f"judge{n}", 30 + n, third) for n in range(3)),
    )


def refused(court: Court) -> Case:
    """A registration that the association did not accept."""
    court.story.begin().choose().apply().pre_review().pay().accept("refuse")
    return court.story.case


def make_appeal(court: Court, decision: Case | None = None) -> Appeal:
    decision = decision or refused(court)
    return Appeal(
        session=court.story.session,
        appellant=court.story.cast.applicant,
        office=court.office,
        approver=court.approver,
        experts=court.experts,
        decision=decision.id,
    )


def make_appeal_of_measures(court: Court, complaint: Complaint) -> Appeal:
    """Whoever was complained of appeals; nobody who dealt with the complaint decides about it."""
    session = complaint.session
    office, approver = (
        actor(make_user(session, f"second.{role.replace('_', '')}", role), role)
        for role in ("complaints_office", "approver")
    )
    appeal = make_appeal(court, complaint.case)
    return replace(appeal, appellant=complaint.accused, office=office, approver=approver)


@dataclass
class Accused:
    """A certified person whom somebody complains about."""

    actor: Actor
    certificate: Certificate


def make_accused(session: Session, login: str = "qian", number: int = 60) -> Accused:
    body = make_body(session, f"白鹭样例认证中心 {number}")
    user = make_user(session, login, "applicant")
    person = make_person(session, user, number, body)
    new = NewCertificate(
        person_id=person.id,
        field="QMS",
        mode="first_intern",
        specialities=(),
        organisation_id=body.id,
    )
    certificate = issue_certificate(session, new, clock.now())
    return Accused(actor(user, "applicant", person=person), certificate)


def make_complaint(court: Court, accused: Accused, **details: object) -> Complaint:
    given: dict[str, object] = {
        "session": court.story.session,
        "complainant": court.story.cast.applicant,
        "office": court.office,
        "handler": court.handler,
        "approver": court.approver,
        "accused": accused.actor,
        "name": accused.actor.name,
        "certificate": accused.certificate.number,
    }
    return Complaint(**(given | details))  # type: ignore[arg-type]


def in_role(who: Actor, role: str, body: int | None = None) -> Actor:
    """The same person in another role."""
    return replace(who, role=role, organisation_id=body, roles=frozenset({role}))
