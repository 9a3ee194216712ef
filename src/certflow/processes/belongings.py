"""What people invented for a trial have already: records, exam results, certificates (H5)."""

from datetime import datetime, timedelta
from typing import Any

from certflow.cases.registry import Invented, belonging, library
from certflow.core import clock
from certflow.core.db import Session
from certflow.personnel import samples
from certflow.personnel.fields import FIELDS
from certflow.personnel.operations import NewCertificate, issue_certificate
from certflow.personnel.queries import records_of

HELD = "QMS"
HELD_FOR = timedelta(days=365)
"""The certificate is a year old: its first annual confirmation is open."""

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
def certificate(session: Session, who: Invented) -> None:
    """Give who is certified already a certificate."""
    if not who.certified:
        return
    at: datetime = clock.now() - HELD_FOR
    new = NewCertificate(
        person_id=who.person_id,
        field=HELD,
        mode="formal_from_other_field",
        specialities=tuple(samples.specialities(HELD)),
        organisation_id=who.organisation_id,
    )
    issue_certificate(session, new, at)
