"""What people invented for a trial have already: records, exam results, certificates (H5)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from certflow.accounts.queries import person_of_user
from certflow.cases.registry import Invented, belonging, library, particular
from certflow.core import clock
from certflow.core.db import Session
from certflow.exams import mine
from certflow.exams import samples as exams
from certflow.personnel import samples
from certflow.personnel.fields import FIELDS
from certflow.personnel.operations import NewCertificate, issue_certificate
from certflow.personnel.queries import certificate_rows, records_of

HELD = {
    "formal": ("formal_from_other_field", ("QMS", "EMS")),
    "intern": ("first_intern", tuple(FIELDS)),
}
"""By the grade: how and in which fields certificates were issued; an intern can rise in each."""
HELD_FOR = timedelta(days=365)
"""The certificates are a year old: their first annual confirmation is open."""

library("personnel")(records_of)


@belonging("personnel.library")
def records(session: Session, who: Invented) -> None:
    """Fill the profile library for every field, and let every exam have been passed."""
    stored = {kind: who.file(name) for kind, name in samples.EVIDENCE.items()}
    for number, field in enumerate(FIELDS):
        more: dict[str, Any] = {"body": who.organisation, "courses": number == 0}
        samples.fill_library(session, who.person_id, field, stored, **more)
        samples.pass_exams(session, who.person_id, field)


@belonging("personnel.certificate")
def certificates(session: Session, who: Invented) -> None:
    """Give who is to hold certificates theirs."""
    at: datetime = clock.now() - HELD_FOR
    mode, fields = HELD.get(who.holds, ("", ()))
    for field in fields:
        new = NewCertificate(
            person_id=who.person_id,
            field=field,
            mode=mode,
            specialities=tuple(samples.specialities(field)),
            organisation_id=who.organisation_id,
        )
        issue_certificate(session, new, at)


@belonging("exams.result")
def result(session: Session, who: Invented) -> None:
    """Let everybody have just missed a pass, so that there is a result to be re-checked."""
    exams.sit(session, who.person_id, clock.now())


@particular("exams.ticket_number")
def ticket_numbers(session: Session, user_id: int) -> Iterator[tuple[str, str]]:
    """Name the tickets of a user's exams, the latest first."""
    person = person_of_user(session, user_id)
    for one in mine.my_exams(session, person.id, clock.now()) if person else ():
        yield "ticket_number", one.ticket_number


@particular("personnel.certificate_number")
def certificate_numbers(session: Session, user_id: int) -> Iterator[tuple[str, str]]:
    """Name the numbers of a user's certificates."""
    person = person_of_user(session, user_id)
    for one in certificate_rows(session, person.id) if person else ():
        yield "certificate_number", one.number
