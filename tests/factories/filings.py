"""The people of a personnel service: a certified person, two bodies, the association."""

from dataclasses import dataclass

from certflow.accounts.models import Organisation, Person
from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.demo import filings
from certflow.personnel.models import Certificate
from certflow.personnel.operations import NewCertificate, issue_certificate
from factories.actors import actor, make_person, make_user
from factories.cast import publish_shipped
from factories.people import body as make_body

SERVICES = ("transfer", "certificate_cancellation", "profile_change", "expert_application")


@dataclass
class Desk:
    """Everybody who has to do with the services of one certified person."""

    session: Session
    person: Person
    applicant: Actor
    from_body: Organisation
    to_body: Organisation
    from_staff: Actor
    to_staff: Actor
    reviewer: Actor
    approver: Actor
    certificate: Certificate

    def transfer(self) -> filings.Transfer:
        staff = {"from_staff": self.from_staff, "to_staff": self.to_staff}
        return filings.Transfer(**self._people(), **staff)

    def cancellation(self) -> filings.Cancellation:
        return filings.Cancellation(**self._people(), certificate=self.certificate.id)

    def change(self, **wanted: str) -> filings.Change:
        return filings.Change(**self._people(), **({"wanted": wanted} if wanted else {}))

    def appointment(self) -> filings.Appointment:
        return filings.Appointment(**self._people())

    def _people(self) -> dict[str, object]:
        return {
            "session": self.session,
            "applicant": self.applicant,
            "reviewer": self.reviewer,
            "approver": self.approver,
        }


def make_desk(session: Session, *services: str, mode: str = "formal_from_other_field") -> Desk:
    """Publish services and make their people; the person holds a QMS certificate."""
    publish_shipped(session, *services)
    from_body, to_body = make_body(session), make_body(session, "星河样例认证有限公司")
    user = make_user(session, "lin", "applicant")
    person = make_person(session, user, 1, from_body)
    return Desk(
        session,
        person,
        actor(user, "applicant", person=person),
        from_body,
        to_body,
        actor(make_user(session, "liu", "body_staff", from_body), "body_staff", from_body),
        actor(make_user(session, "xing", "body_staff", to_body), "body_staff", to_body),
        actor(make_user(session, "gu.nanqiao", "reviewer"), "reviewer"),
        actor(make_user(session, "song", "approver"), "approver"),
        certify(session, person, from_body, mode=mode),
    )


def certify(
    session: Session,
    person: Person,
    body: Organisation,
    field: str = "QMS",
    mode: str = "formal_from_other_field",
) -> Certificate:
    """A certificate that begins today."""
    new = NewCertificate(
        person_id=person.id,
        field=field,
        mode=mode,
        specialities=("trade",),
        organisation_id=body.id,
    )
    return issue_certificate(session, new, clock.now())
