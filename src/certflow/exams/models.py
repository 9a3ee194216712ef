"""Exams, who sat them and what they scored (catalogue E1, E9, E10).

Registration for exams (E2-E8: cities, seats, orders) will add tables that point at these.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from certflow.core.db import Json, Model, UtcDateTime

LONGEST_TICKET = 32


class Exam(Model):
    """One round of an examination (2026年第二期).

    `code` begins the admission ticket numbers. `publish_at` is when results are to be public,
    `published_at` when they became so. Where re-checks are allowed they can be asked for from
    `recheck_opens_at` until just before `recheck_closes_at`.
    """

    __tablename__ = "exam"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    title: Mapped[dict[str, str]] = mapped_column(Json)
    publish_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    allows_recheck: Mapped[bool] = mapped_column(default=False)
    recheck_opens_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    recheck_closes_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ExamSession(Model):
    """A half-day of an exam (场次), in which a candidate sits one subject."""

    __tablename__ = "exam_session"
    __table_args__ = (UniqueConstraint("exam_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    exam_id: Mapped[int] = mapped_column(ForeignKey("exam.id"))
    number: Mapped[int]
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ExamSubject(Model):
    """A subject that can be sat in a session. `subject` is a key of `personnel.fields`."""

    __tablename__ = "exam_subject"
    __table_args__ = (
        UniqueConstraint("exam_id", "subject"),
        CheckConstraint("pass_mark > 0 AND pass_mark <= full_mark", name="pass_mark"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    exam_id: Mapped[int] = mapped_column(ForeignKey("exam.id"))
    session_id: Mapped[int] = mapped_column(ForeignKey("exam_session.id"), index=True)
    subject: Mapped[str] = mapped_column(String(32))
    pass_mark: Mapped[int]
    full_mark: Mapped[int]


class ExamEntry(Model):
    """A person admitted to an exam, with the admission ticket number (准考证号)."""

    __tablename__ = "exam_entry"
    __table_args__ = (
        UniqueConstraint("exam_id", "person_id"),
        UniqueConstraint("exam_id", "ticket_number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    exam_id: Mapped[int] = mapped_column(ForeignKey("exam.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    ticket_number: Mapped[str] = mapped_column(String(LONGEST_TICKET))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class EntrySubject(Model):
    """A subject of an entry. `paper_number` is on the answer script and tells nobody who wrote it."""

    __tablename__ = "exam_entry_subject"
    __table_args__ = (UniqueConstraint("entry_id", "subject_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("exam_entry.id"))
    subject_id: Mapped[int] = mapped_column(ForeignKey("exam_subject.id"), index=True)
    paper_number: Mapped[str] = mapped_column(String(16), unique=True)


class Mark(Model):
    """A score given, never changed: the latest counts, the earlier ones are its history (E10).

    `reason` is "imported", "regraded" (a re-check changed it) or "confirmed" (a re-check kept
    it); an absent candidate has the score 0 and `absent`. Nobody but the exam office sees one
    without `published_at`.
    """

    __tablename__ = "exam_mark"
    __table_args__ = (Index("ix_exam_mark_entry_subject", "entry_subject_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_subject_id: Mapped[int] = mapped_column(ForeignKey("exam_entry_subject.id"))
    score: Mapped[int]
    absent: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(String(16))
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    given_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    case_id: Mapped[int | None]
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
