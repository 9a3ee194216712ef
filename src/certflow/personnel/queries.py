"""Records, exam results and certificates of people (catalogue A9, C8, C13, D7)."""

import hmac
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, bindparam, select, true

from certflow.accounts.models import Organisation, Person
from certflow.accounts.particulars import names_since
from certflow.accounts.roles import ORGANISATION_ROLES
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import NotFound
from certflow.core.files import StoredFile
from certflow.core.text import Text
from certflow.personnel.fields import FIELDS, GRADES
from certflow.personnel.models import (
    AnnualConfirmation,
    Certificate,
    CreditEntry,
    ExamResult,
    ProfileRecord,
)

_STAFF = frozenset({"reviewer", "approver", "process_admin", "regulator"})


@dataclass(frozen=True)
class CertificateEntry:
    """A certificate as it is printed, listed and checked; nothing that the paper does not show.

    `state` is "valid", "suspended", "cancelled", "replaced" or "expired" on the day asked;
    `earlier`: it was issued under the earlier system and taken over from there (A12).
    """

    id: int
    number: str
    name: str
    pinyin: str
    organisation: Text | None
    field_key: str
    field: Text
    grade_key: str
    grade: Text
    specialities: tuple[Text, ...]
    issued_on: date
    valid_from: date
    valid_until: date
    state: str
    check_code: str
    earlier: bool


def records_of(session: Session, person_id: int, kind: str | None = None) -> list[ProfileRecord]:
    """Return a person's library (of one kind), newest entry first."""
    query = _RECORDS if kind is None else _RECORDS_OF_KIND
    return list(session.scalars(query, {"person": person_id, "kind": kind}))


_RECORDS = (
    select(ProfileRecord)
    .where(ProfileRecord.person_id == bindparam("person"))
    .order_by(ProfileRecord.id.desc())
)
_RECORDS_OF_KIND = _RECORDS.where(ProfileRecord.kind == bindparam("kind"))


def record_of(session: Session, person_id: int, record_id: int) -> ProfileRecord:
    """Return one record of a person.

    Raises:
        NotFound: when it does not exist or belongs to somebody else.

    """
    record = session.get(ProfileRecord, record_id)
    if record is None or record.person_id != person_id:
        raise NotFound
    return record


def exam_results_of(session: Session, person_id: int) -> list[ExamResult]:
    """Return the subjects a person has passed, newest first."""
    return list(session.scalars(_EXAM_RESULTS, {"person": person_id}))


_EXAM_RESULTS = (
    select(ExamResult)
    .where(ExamResult.person_id == bindparam("person"))
    .order_by(ExamResult.passed_on.desc(), ExamResult.id)
)


def held_certificate(session: Session, person_id: int, field: str) -> Certificate | None:
    """Return the person's present certificate of a field, run out or suspended ones too."""
    return session.scalars(_HELD, {"person": person_id, "field": field}).first()


_HELD_STATES = ("valid", "suspended")
_HELD = (
    select(Certificate)
    .where(
        Certificate.person_id == bindparam("person"),
        Certificate.field == bindparam("field"),
        Certificate.state.in_(_HELD_STATES),
    )
    .order_by(Certificate.id.desc())
)


def held_of(certificates: Iterable[Certificate], field: str) -> Certificate | None:
    """Return the same of all the certificates of a person."""
    held = (one for one in certificates if one.field == field and one.state in _HELD_STATES)
    return max(held, key=lambda one: one.id, default=None)


def certificate_rows(session: Session, person_id: int) -> list[Certificate]:
    """Return every certificate that a person ever had, oldest first."""
    return list(session.scalars(_CERTIFICATES, {"person": person_id}))


_CERTIFICATES = (
    select(Certificate)
    .where(Certificate.person_id == bindparam("person"))
    .order_by(Certificate.valid_from, Certificate.id)
)


def readable_certificate(session: Session, actor: Actor, certificate_id: int) -> Certificate:
    """Return a certificate that the actor may download: the holder's, the body's, any for staff.

    Raises:
        NotFound: in every other case, whether it exists or not.

    """
    query = select(Certificate).where(Certificate.id == certificate_id, readable_by(actor))
    certificate = session.scalar(query)
    if certificate is None:
        raise NotFound
    return certificate


def pdf_of(session: Session, certificate: Certificate) -> StoredFile | None:
    """Return the e-certificate, None as long as it has not been made."""
    return session.get(StoredFile, certificate.pdf_file_id) if certificate.pdf_file_id else None


def readable_by(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that a certificate is one the actor may read."""
    if actor.role in ORGANISATION_ROLES:
        return Certificate.organisation_id == (actor.organisation_id or 0)  # None would match NULL
    if actor.role in _STAFF:
        return true()
    return Certificate.person_id == actor.person_id


def confirmations_of(session: Session, certificate_id: int) -> list[AnnualConfirmation]:
    """Return the annual confirmations of a certificate, first year first."""
    query = select(AnnualConfirmation).where(AnnualConfirmation.certificate_id == certificate_id)
    return list(session.scalars(query.order_by(AnnualConfirmation.year)))


def credit_file(session: Session, person_id: int) -> list[CreditEntry]:
    """Return every entry of a person's credit file, run out ones too, newest first."""
    query = select(CreditEntry).where(CreditEntry.person_id == person_id)
    return list(
        session.scalars(query.order_by(CreditEntry.entered_on.desc(), CreditEntry.id.desc()))
    )


def live_credit_entries(session: Session, person_id: int, on: date) -> list[CreditEntry]:
    """Return the entries of the credit file that count on a day, newest first.

    Which of them are serious enough to stop an application: `credit.KINDS[kind].serious`.
    """
    return [
        one
        for one in credit_file(session, person_id)
        if one.entered_on <= on and (one.expires_on is None or one.expires_on >= on)
    ]


def state_on(certificate: Certificate, on: date) -> str:
    """Return the certificate's state on a day: what was decided, or "expired" by the calendar."""
    if certificate.state == "valid" and on > certificate.valid_until:
        return "expired"
    return certificate.state


def certificates_of(session: Session, person_id: int, on: date) -> list[CertificateEntry]:
    """Return a person's certificates (我的证书), newest first."""
    query = _views().where(Certificate.person_id == person_id)
    rows = session.execute(query.order_by(Certificate.issued_on.desc(), Certificate.id.desc()))
    return [_view(*row, on) for row in rows]


def certificate_view(session: Session, certificate_id: int, on: date) -> CertificateEntry | None:
    """Return one certificate as it is shown on a day."""
    return _one(session, on, _views().where(Certificate.id == certificate_id))


def certificate_of_case(session: Session, case_id: int, on: date) -> CertificateEntry | None:
    """Return the certificate that a case led to."""
    return _one(session, on, _views().where(Certificate.case_id == case_id))


def former_bodies(session: Session, certificate_id: int) -> list[str]:
    """Return the names that the practising body has had since the certificate was issued (C13)."""
    held = session.get_one(Certificate, certificate_id)
    return names_since(session, held.organisation_id or 0, held.issued_on)


def lookup_certificate(
    session: Session, number: str, name: str, on: date
) -> CertificateEntry | None:
    """Find a certificate by number and name for the public check page (C13).

    Width, case and spaces do not matter. A wrong name and a wrong number give the same None.
    """
    found = _one(session, on, _views().where(Certificate.number == _normal(number)))
    known = found.name if found else ""
    same = hmac.compare_digest(_normal(known).encode(), _normal(name).encode())
    return found if same and known else None


def lookup_check_code(session: Session, check_code: str, on: date) -> CertificateEntry | None:
    """Find a certificate by the random code in its QR code (C13)."""
    return _one(session, on, _views().where(Certificate.check_code == check_code))


def _normal(value: str) -> str:
    folded = unicodedata.normalize("NFKC", value)
    return "".join(c for c in folded if not c.isspace() and c not in "·•・").upper()


_Views = Select[Certificate, str, str, str, str]


def _views() -> _Views:
    return (
        select(Certificate, Person.name, Person.pinyin, Organisation.name, Organisation.name_en)
        .join(Person, Person.id == Certificate.person_id)
        .outerjoin(Organisation, Organisation.id == Certificate.organisation_id)
    )


def _one(session: Session, on: date, query: _Views) -> CertificateEntry | None:
    row = session.execute(query).one_or_none()
    return _view(*row, on) if row else None


def _view(
    certificate: Certificate,
    name: str,
    pinyin: str,
    body: str | None,
    body_en: str | None,
    on: date,
) -> CertificateEntry:
    field = FIELDS[certificate.field]
    return CertificateEntry(
        id=certificate.id,
        number=certificate.number,
        name=name,
        pinyin=pinyin,
        organisation=Text(body, body_en or body) if body else None,
        field_key=certificate.field,
        field=field.title,
        grade_key=certificate.grade,
        grade=GRADES[certificate.grade],
        specialities=tuple(field.specialities[key] for key in certificate.specialities),
        issued_on=certificate.issued_on,
        valid_from=certificate.valid_from,
        valid_until=certificate.valid_until,
        state=state_on(certificate, on),
        check_code=certificate.check_code,
        earlier=certificate.case_id is None,
    )
