"""An annual confirmation and its people: a holder, the practising body, the association."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from certflow.accounts.models import Organisation
from certflow.cases import versions
from certflow.cases.models import Case
from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.demo import confirming
from certflow.demo.confirming import DECLARATION, SERVICE
from certflow.personnel.models import Certificate
from certflow.personnel.operations import NewCertificate, issue_certificate
from factories.actors import actor, make_person, make_user
from factories.cast import ROOT
from factories.people import body as make_body

__all__ = ["DECLARATION", "SERVICE", "Confirming", "at", "cases", "certify", "make_confirming"]


@dataclass(kw_only=True)
class Confirming(confirming.Confirming):
    """The story, with the body, the holder and the certificate at hand."""

    body: Organisation
    holder: Actor
    certificate: Certificate


def publish(session: Session) -> None:
    """Publish annual confirmation, and registration with its table of windows."""
    for key in ("registration", SERVICE):
        versions.publish(session, key, versions.read_folder(ROOT, key), "")


def at(day: date) -> datetime:
    """Ten in the morning of a day in Shanghai."""
    return datetime(day.year, day.month, day.day, 10, tzinfo=clock.SHANGHAI)


def certify(
    session: Session, person_id: int, body: Organisation | None, day: date, **more: Any
) -> Certificate:
    """A certificate that begins on a day."""
    told: dict[str, Any] = {"field": "QMS", "mode": "first_intern", "specialities": ("trade",)}
    new = NewCertificate(
        person_id=person_id, organisation_id=body.id if body else None, **(told | more)
    )
    return issue_certificate(session, new, at(day))


def make_confirming(session: Session, day: date, *, days_before_today: int = 365) -> Confirming:
    """Stop the clock on a day, publish, and give a holder a certificate begun so long before."""
    clock.freeze(at(day))
    publish(session)
    body = make_body(session)
    user = make_user(session, "lin", "applicant")
    person = make_person(session, user, 1, body)
    certificate = certify(session, person.id, body, day - timedelta(days=days_before_today))
    holder = actor(user, "applicant", person=person)
    return Confirming(
        session=session,
        body=body,
        holder=holder,
        staff=actor(make_user(session, "liu", "body_staff", body), "body_staff", body),
        reviewer=actor(make_user(session, "gu.nanqiao", "reviewer"), "reviewer"),
        certificate=certificate,
        certificate_id=certificate.id,
        filer=holder,
    )


def cases(session: Session) -> list[Case]:
    """Every case, oldest first."""
    return list(session.scalars(select(Case).order_by(Case.id)))
