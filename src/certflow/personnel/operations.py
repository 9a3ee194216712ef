"""What is written about a person's career (catalogue A9, C8, C11, D1, D6, E9)."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from certflow.core import audit
from certflow.core.actor import SYSTEM, Actor
from certflow.core.clock import SHANGHAI
from certflow.core.db import Session
from certflow.core.errors import Conflict, Invalid
from certflow.core.numbers import next_number
from certflow.core.text import Text
from certflow.personnel import queries
from certflow.personnel.fields import FIELDS, MODES, grade_asked
from certflow.personnel.models import (
    AnnualConfirmation,
    Certificate,
    CreditEntry,
    ExamResult,
)
from certflow.personnel.periods import last_day

_GRADE_CODES = {"intern": "N0", "formal": "N1"}
_STATES = frozenset({"valid", "suspended", "cancelled"})


@dataclass(frozen=True, kw_only=True)
class NewCertificate:
    """What a decision says about the certificate to be issued.

    `specialities` are keys of the field's list; `case_id` makes issuing idempotent, None for
    certificates taken over from elsewhere. `years` is what the decision table says; the usual
    three for those taken over.
    """

    person_id: int
    field: str
    mode: str
    specialities: tuple[str, ...]
    organisation_id: int | None
    case_id: int | None = None
    years: int = 3


def add_exam_result(
    session: Session, person_id: int, subject: str, passed_on: date, score: int
) -> ExamResult:
    """Note a subject as passed; noting the same again changes the score only."""
    found = session.scalars(
        select(ExamResult).where(
            ExamResult.person_id == person_id,
            ExamResult.subject == subject,
            ExamResult.passed_on == passed_on,
        )
    ).one_or_none()
    result = found or ExamResult(person_id=person_id, subject=subject, passed_on=passed_on)
    result.score = score
    session.add(result)
    session.flush()
    return result


def issue_certificate(
    session: Session, new: NewCertificate, at: datetime, actor: Actor = SYSTEM
) -> Certificate:
    """Issue the certificate that a decision grants (C8); once a case, however often it is called.

    Valid three years from the day of issue, that day included. A present certificate of the same
    field becomes "replaced"; with a mode that keeps the period the new one ends when it would have.
    Where that one is suspended, so is the new one until then.

    Raises:
        Invalid: a speciality that the field does not have.

    """
    issued = _certificate_of_case(session, new.case_id)
    if issued is not None:
        return issued
    _check_specialities(new)
    held = queries.held_certificate(session, new.person_id, new.field)
    certificate = _new_certificate(session, new, held, at.astimezone(SHANGHAI).date())
    if held is not None:
        if held.state == "suspended":  # a new certificate does not put an end to that (D4)
            certificate.state, certificate.suspended_until = held.state, held.suspended_until
        held.state = "replaced"
        certificate.replaces_id = held.id
    session.add(certificate)
    session.flush()
    audit.record(
        session,
        "certificate.issued",
        actor,
        subject=f"certificate/{certificate.id}",
        after={"number": certificate.number, "replaces": held.number if held else None},
    )
    return certificate


def set_certificate_pdf(session: Session, certificate_id: int, file_id: str) -> None:
    """Note the stored file that is the e-certificate."""
    session.get_one(Certificate, certificate_id).pdf_file_id = file_id
    session.flush()


def set_certificate_state(
    session: Session, certificate: Certificate, state: str, actor: Actor, reason: str
) -> None:
    """Suspend, cancel or restore a certificate.

    Raises:
        Conflict: it has been replaced or cancelled, which is final.

    """
    if state not in _STATES or certificate.state not in {"valid", "suspended"}:
        raise Conflict(
            Text(
                "这张证书已经注销或被新证书替代，状态不能再改。",
                "This certificate was cancelled or replaced; its state is final.",
            )
        )
    before, certificate.state = certificate.state, state
    session.flush()
    audit.record(
        session,
        f"certificate.{'restored' if state == 'valid' else state}",
        actor,
        subject=f"certificate/{certificate.id}",
        before={"state": before},
        after={"state": state},
        reason=reason,
    )


def confirm_year(
    session: Session, certificate_id: int, year: int, on: date, actor: Actor = SYSTEM
) -> AnnualConfirmation:
    """Note the annual confirmation of year 1 or 2 (D1); a second time changes nothing."""
    found = session.get(AnnualConfirmation, (certificate_id, year))
    if found is not None:
        return found
    confirmation = AnnualConfirmation(certificate_id=certificate_id, year=year, confirmed_on=on)
    session.add(confirmation)
    session.flush()
    subject = f"certificate/{certificate_id}"
    audit.record(session, "certificate.confirmed", actor, subject=subject, after={"year": year})
    return confirmation


def add_credit_entry(
    session: Session,
    person_id: int,
    kind: str,
    text: Text,
    on: date,
    *,
    expires_on: date | None = None,
    case_id: int | None = None,
    basis: str = "",
    files: Sequence[str] = (),
    actor: Actor = SYSTEM,
) -> CreditEntry:
    """Enter something into the credit file (D6); it counts until `expires_on`, or for good."""
    entry = CreditEntry(
        person_id=person_id,
        kind=kind,
        text=text.as_json(),
        case_id=case_id,
        entered_on=on,
        expires_on=expires_on,
        basis=basis,
        files=list(files),
        entered_by=actor.user_id,
    )
    session.add(entry)
    session.flush()
    until = expires_on.isoformat() if expires_on else None
    audit.record(
        session,
        "credit.entered",
        actor,
        subject=f"person/{person_id}",
        after={"entry": entry.id, "kind": kind, "until": until, "files": len(entry.files)},
        reason=basis,
    )
    return entry


def _certificate_of_case(session: Session, case_id: int | None) -> Certificate | None:
    if case_id is None:
        return None
    query = select(Certificate).where(Certificate.case_id == case_id)
    return session.scalars(query).one_or_none()


def _check_specialities(new: NewCertificate) -> None:
    known = FIELDS[new.field].specialities
    if not set(new.specialities) <= set(known):
        message = Text(
            "所选专业不属于这个注册领域，请重新选择。",
            "A speciality does not belong to this field. Choose again.",
        )
        raise Invalid(message, {"specialities": message})


def _new_certificate(
    session: Session, new: NewCertificate, held: Certificate | None, on: date
) -> Certificate:
    grade = grade_asked(new.mode, held.grade if held else None)
    keeps = held is not None and MODES[new.mode].keeps_period
    series = f"{on.year}-{_GRADE_CODES[grade]}{new.field.upper()}"
    return Certificate(
        number=f"{series}-{next_number(session, f'certificate/{series}'):07d}",
        person_id=new.person_id,
        organisation_id=new.organisation_id,
        field=new.field,
        grade=grade,
        specialities=list(new.specialities),
        issued_on=on,
        valid_from=on,
        valid_until=held.valid_until if held and keeps else last_day(on, new.years),
        state="valid",
        case_id=new.case_id,
        check_code=secrets.token_hex(10),
    )
