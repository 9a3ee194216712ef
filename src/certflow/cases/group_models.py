"""A service that an organisation files for many of its people at once (catalogue D1)."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from certflow.core.crypto import EncryptedJson
from certflow.core.db import Json, Model, UtcDateTime


class GroupFiling(Model):
    """One service filed for many: by whom, with which answers they share.

    Prepared until `submitted_at` is set; from then on its rows are filed in the background.
    """

    __tablename__ = "group_filing"
    __table_args__ = (Index("ix_group_filing_organisation", "organisation_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    service: Mapped[str] = mapped_column(String(60))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    actor_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    role: Mapped[str] = mapped_column(String(40))
    answers: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("group_filing.answers"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class GroupFilingRow(Model):
    """One subject of it. `state` is "waiting", "filed" (with its case) or "refused" (with why).

    `answers` are where this one differs from the others; `attempt` counts how often it was tried.
    """

    __tablename__ = "group_filing_row"
    __table_args__ = (
        UniqueConstraint("filing_id", "subject"),
        Index("ix_group_filing_row_state", "filing_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    filing_id: Mapped[int] = mapped_column(ForeignKey("group_filing.id", ondelete="CASCADE"))
    position: Mapped[int]
    subject: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(100))
    about: Mapped[dict[str, str]] = mapped_column(Json)
    answers: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("group_filing_row.answers"))
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id", ondelete="SET NULL"))
    reason: Mapped[dict[str, str] | None] = mapped_column(Json)
    attempt: Mapped[int] = mapped_column(default=1)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
