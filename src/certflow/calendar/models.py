"""Days that differ from the week's pattern, and the clocks that run on cases (C6, C7)."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from certflow.core.db import Json, Model, UtcDateTime

WORKING_DAYS = "working_days"
CALENDAR_DAYS = "calendar_days"


class CalendarDay(Model):
    """A day that works or rests whatever its weekday; only such days have rows.

    `source` is "official" for a year entered from the State Council's notice, "staff" for a
    single correction.
    """

    __tablename__ = "calendar_day"
    __table_args__ = (
        CheckConstraint("kind IN ('working', 'rest')", name="kind"),
        CheckConstraint("source IN ('official', 'staff')", name="source"),
    )

    day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    name: Mapped[dict[str, str]] = mapped_column(Json)
    source: Mapped[str] = mapped_column(String(10))
    edited_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    edited_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Deadline(Model):
    """A budget of days on a case. It runs, stands still and runs on; it never starts afresh.

    `used` counts the days of the earlier runs, `resumed_on` is the Shanghai day on which the
    present run began (day 0), `due_at` the instant at which the budget is used up; it is null
    while the clock stands still, and keeps its last value once the clock has ended. `remind_at` is
    when those who hold its tasks are to be reminded, `late_told` whether they know that it is late.
    """

    __tablename__ = "deadline"
    __table_args__ = (
        UniqueConstraint("case_id", "key"),
        CheckConstraint("unit IN ('working_days', 'calendar_days')", name="unit"),
        CheckConstraint("state IN ('running', 'paused', 'ended', 'lapsed')", name="state"),
        Index(
            "ix_deadline_running_due",
            "due_at",
            postgresql_where=text("state = 'running'"),
            sqlite_where=text("state = 'running'"),
        ),
        Index(
            "ix_deadline_running_remind",
            "remind_at",
            postgresql_where=text("state = 'running' AND remind_at IS NOT NULL"),
            sqlite_where=text("state = 'running' AND remind_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    key: Mapped[str] = mapped_column(String(40))
    unit: Mapped[str] = mapped_column(String(16))
    length: Mapped[int]
    state: Mapped[str] = mapped_column(String(8))
    started_on: Mapped[date]
    used: Mapped[int] = mapped_column(default=0)
    resumed_on: Mapped[date]
    resumed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    paused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    paused_reason: Mapped[dict[str, str] | None] = mapped_column(Json)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    remind_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    late_told: Mapped[bool] = mapped_column(default=False)
