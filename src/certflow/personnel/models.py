"""What the platform knows about a person's career (catalogue A9, C8-C11, D6, E9)."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from certflow.core.crypto import EncryptedJson
from certflow.core.db import Json, Model, UtcDateTime


class ProfileRecord(Model):
    """An entry of the profile library; `data` has the fields of forms/records/<kind>.json.

    `source` is "own" (typed by the person) or "platform" (written by exams, training, audits).
    """

    __tablename__ = "profile_record"
    __table_args__ = (Index("ix_profile_record_person_kind", "person_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(32))
    data: Mapped[dict[str, object]] = mapped_column(EncryptedJson("profile_record.data"))
    source: Mapped[str] = mapped_column(String(16), default="own")
    verified: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ExamResult(Model):
    """A subject passed. Subject keys are made by `personnel.fields.exam_subjects`."""

    __tablename__ = "exam_result"
    __table_args__ = (UniqueConstraint("person_id", "subject", "passed_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    subject: Mapped[str] = mapped_column(String(32))
    passed_on: Mapped[date]
    score: Mapped[int]


class Certificate(Model):
    """A registration certificate. Validity includes both days.

    `state` holds what somebody decided: "valid", "suspended", "cancelled" or "replaced";
    "expired" is derived from the date by `queries.state_on`.
    """

    __tablename__ = "certificate"
    __table_args__ = (Index("ix_certificate_person_field", "person_id", "field"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(32), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    field: Mapped[str] = mapped_column(String(16))
    grade: Mapped[str] = mapped_column(String(16))
    specialities: Mapped[list[str]] = mapped_column(Json)
    issued_on: Mapped[date]
    valid_from: Mapped[date]
    valid_until: Mapped[date] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(String(16), default="valid")
    case_id: Mapped[int | None] = mapped_column(unique=True)
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("certificate.id"))
    check_code: Mapped[str] = mapped_column(String(32), unique=True)
    pdf_file_id: Mapped[str | None] = mapped_column(ForeignKey("stored_file.id"))


class AnnualConfirmation(Model):
    """The confirmation of a certificate at its first or second anniversary (`year` 1 or 2)."""

    __tablename__ = "annual_confirmation"

    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    confirmed_on: Mapped[date]


class CreditEntry(Model):
    """An entry of the credit file (D6); counts from `entered_on` until `expires_on`."""

    __tablename__ = "credit_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str] = mapped_column(String(32))
    text: Mapped[dict[str, str]] = mapped_column(Json)
    case_id: Mapped[int | None]
    entered_on: Mapped[date]
    expires_on: Mapped[date | None]
