"""Notices to users (catalogue B8)."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from certflow.core.db import Json, Model, UtcDateTime


class Notice(Model):
    """Something a user should know, meant for one of the user's roles.

    `text` is {"zh", "en"}; `link` is a path inside the platform; `dedupe_key` is unique for
    each user, so that the same happening is told once. A cleared notice stays, unlisted.
    """

    __tablename__ = "notice"
    __table_args__ = (
        Index("ix_notice_user_id_id", "user_id", "id"),
        Index(
            "ix_notice_unread",
            "user_id",
            sqlite_where=text("read_at IS NULL"),
            postgresql_where=text("read_at IS NULL"),
        ),
        Index("uq_notice_user_dedupe", "user_id", "dedupe_key", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    role: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(48))
    text: Mapped[dict[str, str]] = mapped_column(Json)
    case_id: Mapped[int | None] = mapped_column(index=True)
    task_id: Mapped[str | None] = mapped_column(String(64))
    link: Mapped[str] = mapped_column(String(300), default="")
    dedupe_key: Mapped[str | None] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cleared_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
