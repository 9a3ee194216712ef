"""Notices to users, announcements to everybody, webhooks to programs (B8, I1; issue 5)."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from certflow.core.crypto import EncryptedText
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


class Announcement(Model):
    """What the association announces (公告); `title` and `body` are {"zh", "en"}.

    `audience` is "everybody", "signed_in", "people", "bodies" or "staff"; it shows from `starts_at`
    until `ends_at`, if it ends, and not once it is withdrawn.
    """

    __tablename__ = "announcement"
    __table_args__ = (Index("ix_announcement_shown", "starts_at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[dict[str, str]] = mapped_column(Json)
    body: Mapped[dict[str, str]] = mapped_column(Json)
    audience: Mapped[str] = mapped_column(String(16))
    pinned: Mapped[bool] = mapped_column(default=False)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AnnouncementFile(Model):
    """A file that an announcement gives to whoever may read it."""

    __tablename__ = "announcement_file"

    announcement_id: Mapped[int] = mapped_column(
        ForeignKey("announcement.id", ondelete="CASCADE"), primary_key=True
    )
    file_id: Mapped[str] = mapped_column(ForeignKey("stored_file.id"), primary_key=True)


class NoticeChoice(Model):
    """Over which channels a user wants notices of a topic; the site itself always tells (B8)."""

    __tablename__ = "notice_choice"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    topic: Mapped[str] = mapped_column(String(16), primary_key=True)
    mail: Mapped[bool]
    sms: Mapped[bool]


class TextMessage(Model):
    """A text message that is to be sent; its number is wiped once it is gone.

    `template` names one of the wordings that a provider has approved, `values` fills it in and
    holds nothing personal.
    """

    __tablename__ = "text_message"

    id: Mapped[int] = mapped_column(primary_key=True)
    phone: Mapped[str | None] = mapped_column(EncryptedText("text_message.phone"))
    template: Mapped[str] = mapped_column(String(32))
    values: Mapped[dict[str, str]] = mapped_column(Json)
    locale: Mapped[str] = mapped_column(String(8))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Webhook(Model):
    """An address of an organisation's programs, or of the association's, that is told of cases.

    Without an `organisation_id` it is the association's. `state` is "active", or "stopped" after
    deliveries failed for good: what happens meanwhile is held until somebody resumes it. Until
    `quiet_until` an address that has just failed is left in peace; `resumed` counts resumptions.
    """

    __tablename__ = "webhook"

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    url: Mapped[str] = mapped_column(EncryptedText("webhook.url"))
    secret: Mapped[str] = mapped_column(EncryptedText("webhook.secret"))
    events: Mapped[list[str]] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(10), default="active")
    failure: Mapped[str] = mapped_column(String(80), default="")
    stopped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    quiet_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resumed: Mapped[int] = mapped_column(default=0)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class WebhookDelivery(Model):
    """A message to a webhook: what it says, how often it was tried, what came of it.

    `key` names the message for its receiver, the same at every try. `state` is "waiting", "held"
    (its webhook is stopped), "done" or "failed"; `status` is what the receiver answered last.
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = (Index("ix_webhook_delivery_webhook", "webhook_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhook.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(40), unique=True)
    event: Mapped[str] = mapped_column(String(40))
    case_id: Mapped[int | None]
    body: Mapped[dict[str, Any]] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    status: Mapped[int | None]
    failure: Mapped[str] = mapped_column(String(80), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    tried_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
