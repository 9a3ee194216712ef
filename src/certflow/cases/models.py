"""The case file: one run of a service, its tasks, timers, answers and drafts."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ForeignKey,
    Index,
    LargeBinary,
    String,
    TextClause,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from certflow.core.crypto import EncryptedJson
from certflow.core.db import Json, Model, UtcDateTime

_OPEN, _CLOSED = text("state = 'open'"), text("state = 'closed'")
_UNCLAIMED = text("state = 'open' AND assignee_id IS NULL")
_OFFICES = text("role IN ('exam_office', 'training_office')")


def _partial(where: TextClause, name: str, *columns: str) -> Index:
    """Return an index of only those rows."""
    return Index(name, *columns, postgresql_where=where, sqlite_where=where)


class ProcessVersion(Model):
    """One published, immutable bundle: diagram, tables, forms, service settings (design §2)."""

    __tablename__ = "process_version"
    __table_args__ = (UniqueConstraint("key", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(60))
    number: Mapped[int]
    active: Mapped[bool] = mapped_column(default=True)
    bundle: Mapped[dict[str, Any]] = mapped_column(Json, deferred=True)
    checksum: Mapped[str] = mapped_column(String(64))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    note: Mapped[str] = mapped_column(default="")
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Case(Model):
    """One run of a service. `run` is the engine's state; everything else is for people.

    `version` counts transitions: the browser says which one it saw, a stale page gets a 409.
    `stages` are the elements it waits at, `visited` those it passed, `summary` the few facts that lists show.
    `applicant_organisation_id` is the organisation it was filed for; `suspension` says since when
    ("at") and "why" nobody works on it, and what `resting` needs to let it go on.
    """

    __tablename__ = "case_file"
    __table_args__ = (
        Index("ix_case_file_applicant", "applicant_id", "state", "updated_at"),
        Index("ix_case_file_organisation", "organisation_id", "state", "updated_at"),
        Index("ix_case_file_filed_for", "applicant_organisation_id", "state", "updated_at"),
        Index("ix_case_file_state", "state", "updated_at"),
        Index("ix_case_file_moved", "updated_at", "id"),
        _partial(_CLOSED, "ix_case_file_closed", "service", "closed_at"),
        Index("ix_case_file_service", "service", "applicant_id", "state"),
        {"sqlite_autoincrement": True},  # ids name audit chains, which outlive deleted drafts
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str | None] = mapped_column(String(14), unique=True)
    service: Mapped[str] = mapped_column(String(60))
    version_id: Mapped[int] = mapped_column(ForeignKey("process_version.id"))
    title: Mapped[dict[str, str]] = mapped_column(Json)
    summary: Mapped[dict[str, Any]] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(10), default="draft")
    stages: Mapped[list[str]] = mapped_column(Json)
    visited: Mapped[list[str]] = mapped_column(Json)
    outcome: Mapped[str | None] = mapped_column(String(60))
    applicant_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    applicant_organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    version: Mapped[int] = mapped_column(default=0)
    run: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    audit_seq: Mapped[int] = mapped_column(default=0)
    audit_head: Mapped[str] = mapped_column(String(64), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    suspension: Mapped[dict[str, Any] | None] = mapped_column(Json)

    @property
    def chain_key(self) -> str:
        """The name of the case's audit chain."""
        return f"case/{self.id}"


class HumanTask(Model):
    """A user task that waits, was done or was cancelled.

    `pool` says who may claim it ("reviewer", "body_staff@7"), `assignee_id` who has it;
    `sort_at` is the due instant or the end of time, so that lists sort by one index;
    `opened_in` is the transition that opened it: tasks opened together share it;
    who does a `blind` one sees its form and what that form shows, never the case.
    """

    __tablename__ = "human_task"
    __table_args__ = (
        UniqueConstraint("case_id", "engine_id"),
        _partial(_OPEN, "ix_human_task_mine", "assignee_id", "role", "sort_at", "id"),
        _partial(_UNCLAIMED, "ix_human_task_unclaimed", "pool", "sort_at", "id"),
        _partial(_OPEN, "ix_human_task_pool", "pool", "sort_at", "id"),
        _partial(_OPEN, "ix_human_task_stage", "pool", "element", "sort_at", "id"),
        _partial(_OPEN, "ix_human_task_due", "due_at", "case_id"),
        Index("ix_human_task_closed_by", "closed_by", "closed_at", "id"),
        _partial(_OFFICES, "ix_human_task_office", "role", "case_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id", ondelete="CASCADE"))
    engine_id: Mapped[str] = mapped_column(String(40))
    element: Mapped[str] = mapped_column(String(80))
    name: Mapped[dict[str, str]] = mapped_column(Json)
    form: Mapped[str] = mapped_column(String(60))
    service: Mapped[str] = mapped_column(String(60))
    role: Mapped[str] = mapped_column(String(40))
    pool: Mapped[str] = mapped_column(String(60))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    state: Mapped[str] = mapped_column(String(10), default="open")
    outcome: Mapped[str] = mapped_column(String(40), default="")
    deadline_key: Mapped[str] = mapped_column(String(40), default="")
    blind: Mapped[bool] = mapped_column(default=False)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_in: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sort_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by: Mapped[int | None]

    case: Mapped[Case] = relationship(lazy="raise")


class DueTimer(Model):
    """A timer that waits, at an absolute time that nothing restarts (design §4).

    `held`: firing it failed and its incident waits for somebody, or its case is suspended.
    """

    __tablename__ = "due_timer"
    __table_args__ = (UniqueConstraint("case_id", "engine_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id", ondelete="CASCADE"))
    engine_id: Mapped[str] = mapped_column(String(80))
    element: Mapped[str] = mapped_column(String(80))
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    held: Mapped[bool] = mapped_column(default=False)


class CaseCommand(Model):
    """A command that was carried out; the same key again gets the first answer.

    `digest` is of what was asked for: the same key with something else is refused.
    """

    __tablename__ = "case_command"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id", ondelete="CASCADE"), index=True)
    actor_id: Mapped[int | None]
    digest: Mapped[str] = mapped_column(String(64), default="", server_default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Answer(Model):
    """A form as somebody submitted it; never changed afterwards.

    `form` is the form whose data these are (an amended application is an answer to "apply"),
    `task_form` the one that was shown, `round` the corrective round it belongs to.
    """

    __tablename__ = "form_answer"
    __table_args__ = (Index("ix_form_answer_case", "case_id", "form", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id", ondelete="CASCADE"))
    task_id: Mapped[int | None] = mapped_column(ForeignKey("human_task.id"))
    form: Mapped[str] = mapped_column(String(60))
    task_form: Mapped[str] = mapped_column(String(60))
    outcome: Mapped[str] = mapped_column(String(40), default="")
    round: Mapped[int] = mapped_column(default=0)
    data: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("form_answer.data"))
    actor_id: Mapped[int]
    actor_role: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Draft(Model):
    """What somebody has typed into an open task and not yet submitted."""

    __tablename__ = "form_draft"

    task_id: Mapped[int] = mapped_column(
        ForeignKey("human_task.id", ondelete="CASCADE"), primary_key=True
    )
    data: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("form_draft.data"))
    page: Mapped[str] = mapped_column(String(60), default="")
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CaseFile(Model):
    """An evidence file of a case; a `disclosed` one is also for who has a blind task in it."""

    __tablename__ = "case_evidence"

    case_id: Mapped[int] = mapped_column(
        ForeignKey("case_file.id", ondelete="CASCADE"), primary_key=True
    )
    file_id: Mapped[str] = mapped_column(ForeignKey("stored_file.id"), primary_key=True)
    disclosed: Mapped[bool] = mapped_column(default=False)


class CaseParty(Model):
    """Somebody else whom a case concerns: a person or an organisation.

    `part` is "body" (an organisation that had a task in it and keeps seeing it), "concerned" (for
    whom an organisation filed it) or "party" (who stands on the other side, and never sees it).
    """

    __tablename__ = "case_party"
    __table_args__ = (
        Index("ix_case_party_organisation", "organisation_id", "case_id"),
        Index("ix_case_party_user", "user_id", "case_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id", ondelete="CASCADE"), index=True)
    part: Mapped[str] = mapped_column(String(10))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))


class CaseLink(Model):
    """One case that is about another: `kind` is "appeal", "reopened", ..."""

    __tablename__ = "case_link"

    case_id: Mapped[int] = mapped_column(
        ForeignKey("case_file.id", ondelete="CASCADE"), primary_key=True
    )
    other_id: Mapped[int] = mapped_column(
        ForeignKey("case_file.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)


class CaseLetter(Model):
    """A letter of the association about a case; `to` is "applicant" or "party" (service.json)."""

    __tablename__ = "case_letter"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id", ondelete="CASCADE"), index=True)
    letter: Mapped[str] = mapped_column(String(40))
    to: Mapped[str] = mapped_column(String(10))
    content: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("case_letter.content"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Comment(Model):
    """A remark on a case; internal ones are for workers only (catalogue B9)."""

    __tablename__ = "case_comment"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id", ondelete="CASCADE"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    author_role: Mapped[str] = mapped_column(String(40))
    body: Mapped[str] = mapped_column(EncryptedJson("case_comment.body"))
    internal: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
