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
    "expired" is derived from the date by `queries.state_on`; `suspended_until` is the last day of
    a suspension that ends by itself.
    """

    __tablename__ = "certificate"
    __table_args__ = (
        Index("ix_certificate_person_field", "person_id", "field"),
        # The beginning of a number (B12): PostgreSQL needs its own kind of order for that.
        Index(
            "ix_certificate_number_begins", "number", postgresql_ops={"number": "text_pattern_ops"}
        ),
    )

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
    suspended_until: Mapped[date | None]
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
    """An entry of the credit file (D6); counts from `entered_on` until `expires_on`.

    `kind` is one of `personnel.credit.KINDS`, which says what it affects; `basis` tells the
    association why it was entered, `files` are the ids of the evidence.
    """

    __tablename__ = "credit_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str] = mapped_column(String(32))
    text: Mapped[dict[str, str]] = mapped_column(Json)
    case_id: Mapped[int | None]
    entered_on: Mapped[date]
    expires_on: Mapped[date | None]
    basis: Mapped[str] = mapped_column(default="")
    files: Mapped[list[str]] = mapped_column(Json, default=list)
    entered_by: Mapped[int | None]


class ExpertAppointment(Model):
    """A field in which a person evaluates for the association, from `starts_on` to `ends_on` (D5).

    Both days count; `closed_at` is when the platform dealt with the end of the term.
    """

    __tablename__ = "expert_appointment"
    __table_args__ = (Index("ix_expert_appointment_user_ends", "user_id", "ends_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    field: Mapped[str] = mapped_column(String(16))
    starts_on: Mapped[date]
    ends_on: Mapped[date] = mapped_column(index=True)
    case_id: Mapped[int | None]
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ProfileChange(Model):
    """What a person asked to be changed about them, and how it was before (A8)."""

    __tablename__ = "profile_change"

    case_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    before: Mapped[dict[str, str]] = mapped_column(EncryptedJson("profile_change.before"))
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class BodyInvitation(Model):
    """A body asks somebody who has an account to join its list of auditors (catalogue A7).

    `outcome`: "" while it waits, then "accepted", "declined" or "withdrawn".
    """

    __tablename__ = "body_invitation"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    outcome: Mapped[str] = mapped_column(String(12), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
