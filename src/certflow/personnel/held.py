"""What is held about somebody's career, and what of it goes when it is erased (issue 5 §1)."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import exists, select

from certflow.core.db import Session
from certflow.core.holdings import Subject, columns, holding
from certflow.personnel.models import (
    AnnualConfirmation,
    BodyInvitation,
    Certificate,
    CreditEntry,
    ExamResult,
    ExpertAppointment,
    ProfileChange,
    ProfileRecord,
)


@holding("profile_library")
def records(session: Session, subject: Subject) -> Any:
    """The profile library."""
    return _of_person(session, ProfileRecord, subject)


@holding("exam_results")
def results(session: Session, subject: Subject) -> Any:
    """Subjects passed."""
    return _of_person(session, ExamResult, subject)


@holding("certificates")
def certificates(session: Session, subject: Subject) -> Any:
    """Certificates with their confirmations."""
    confirmed = select(AnnualConfirmation).join(
        Certificate, Certificate.id == AnnualConfirmation.certificate_id
    )
    mine = confirmed.where(Certificate.person_id == subject.person_id)
    return {
        "certificates": _of_person(session, Certificate, subject),
        "annual_confirmations": [columns(one) for one in session.scalars(mine)],
    }


@holding("credit_file")
def credit(session: Session, subject: Subject) -> Any:
    """The credit file; who entered it and why is the association's."""
    query = select(CreditEntry).where(CreditEntry.person_id == subject.person_id)
    return [columns(one, "entered_by", "basis", "files") for one in session.scalars(query)]


@holding("appointments")
def appointments(session: Session, subject: Subject) -> Any:
    """Terms as an expert."""
    query = select(ExpertAppointment).where(ExpertAppointment.user_id == subject.user_id)
    return [columns(one, "user_id") for one in session.scalars(query)]


@holding("profile_changes")
def changes(session: Session, subject: Subject) -> Any:
    """Particulars as they were before a change."""
    return _of_person(session, ProfileChange, subject)


@holding("body_invitations")
def invitations(session: Session, subject: Subject) -> Any:
    """Which bodies asked to put somebody on their list."""
    return _of_person(session, BodyInvitation, subject)


def on_register(session: Session, person_id: int) -> bool:
    """Whether the register has to go on naming somebody: certificates, a credit file."""
    held = exists().where(Certificate.person_id == person_id)
    noted = exists().where(CreditEntry.person_id == person_id)
    return bool(session.scalar(select(held | noted)))


def unused_records(session: Session, person_id: int, used: Collection[str]) -> list[ProfileRecord]:
    """Return a person's own records that no application names (`used`: ids of those that one does)."""
    query = select(ProfileRecord).where(
        ProfileRecord.person_id == person_id, ProfileRecord.verified.is_(False)
    )
    return [one for one in session.scalars(query) if str(one.id) not in used]


def erase_records(session: Session, person_id: int, used: Collection[str]) -> int:
    """Erase the library records that were never used; return how many."""
    unused = unused_records(session, person_id, used)
    for one in unused:
        session.delete(one)
    session.flush()
    return len(unused)


def _of_person(session: Session, model: Any, subject: Subject) -> list[dict[str, Any]]:
    rows = session.scalars(select(model).where(model.person_id == subject.person_id))
    return [columns(one, "person_id", "check_code") for one in rows]
