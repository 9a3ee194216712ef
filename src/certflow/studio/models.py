"""What the studio keeps: drafts in parts, releases, trials, replays, migrations (catalogue H)."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from certflow.core.db import Json, Model, UtcDateTime

_OPEN = text("state = 'open'")
UNDER_WAY = ("asked", "approved")
"""The states of a request to publish that nobody has settled yet."""


class Draft(Model):
    """A process being worked on; a process has at most one open draft, shared by its editors.

    `state` is "open", "released" (its content became a version) or "discarded"; `based_on` the
    version it was begun from, None for a wholly new process.
    """

    __tablename__ = "studio_draft"
    __table_args__ = (
        Index(
            "ix_studio_draft_open",
            "key",
            unique=True,
            postgresql_where=_OPEN,
            sqlite_where=_OPEN,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(60))
    based_on: Mapped[int | None] = mapped_column(ForeignKey("process_version.id"))
    state: Mapped[str] = mapped_column(String(10), default="open")
    created_by: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DraftPart(Model):
    """One part of a draft: "bpmn", "service", "table:<name>", "form:<name>", "record:<kind>",
    "scenario:<name>". Parts are saved apart, so two people at two parts never collide.

    `content` is the part's text (diagram and tables) or object; None: the part was removed.
    `revision` counts its changes: whoever saves says which one they saw.
    """

    __tablename__ = "studio_draft_part"

    draft_id: Mapped[int] = mapped_column(ForeignKey("studio_draft.id"), primary_key=True)
    part: Mapped[str] = mapped_column(String(100), primary_key=True)
    content: Mapped[Any] = mapped_column(Json)
    revision: Mapped[int] = mapped_column(default=1)
    changed_by: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DraftVisitor(Model):
    """Who has a draft open, at which part, seen when last."""

    __tablename__ = "studio_draft_visitor"

    draft_id: Mapped[int] = mapped_column(ForeignKey("studio_draft.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    part: Mapped[str] = mapped_column(String(100))
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Release(Model):
    """The wish to publish a draft's content as it stood, and what became of it.

    `state`: "asked", "approved", "refused", "withdrawn", "published". `in_force_from`: publish
    then, not at once. `bundle` is frozen when it is asked for; `findings` are those of then, and
    `authors` whoever wrote a part of it that is otherwise than in the version it was begun from.
    """

    __tablename__ = "studio_release"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(60), index=True)
    draft_id: Mapped[int | None] = mapped_column(ForeignKey("studio_draft.id"))
    bundle: Mapped[dict[str, Any]] = mapped_column(Json, deferred=True)
    checksum: Mapped[str] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(default="")
    findings: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    authors: Mapped[list[int]] = mapped_column(Json, default=list)
    in_force_from: Mapped[datetime | None] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(10), default="asked", index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    remark: Mapped[str] = mapped_column(default="")
    version_id: Mapped[int | None] = mapped_column(ForeignKey("process_version.id"))


class Trial(Model):
    """A draft being tried out: a small world of its own, stored whole.

    `world` is the sandbox's database as bytes, `at` its clock, `script` what was done so far.
    """

    __tablename__ = "studio_trial"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(60), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    bundle: Mapped[dict[str, Any]] = mapped_column(Json, deferred=True)
    world: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    script: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Replay(Model):
    """Finished real cases run against a draft; `results` holds one entry for each that differs."""

    __tablename__ = "studio_replay"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(60), index=True)
    bundle: Mapped[dict[str, Any]] = mapped_column(Json, deferred=True)
    state: Mapped[str] = mapped_column(String(10), default="running")
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    same: Mapped[int] = mapped_column(default=0)
    results: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    created_by: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Migration(Model):
    """Running cases on their way to another version of their process (catalogue H6).

    `mapping` says, for a step that the new version lacks, at which one to go on instead.
    `state`: "running", "finished", "undone".
    """

    __tablename__ = "studio_migration"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(60), index=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("process_version.id"))
    mapping: Mapped[dict[str, str]] = mapped_column(Json)
    reason: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(String(10), default="running")
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    created_by: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class MigrationCase(Model):
    """One case of a migration: "waiting", "moved", "refused" (why), "undone", "stayed" (no undo).

    `before` is what undoing needs; `case_version` the case's counter after the move: a case that
    went on since is not undone.
    """

    __tablename__ = "studio_migration_case"
    __table_args__ = (Index("ix_studio_migration_case_state", "migration_id", "state"),)

    migration_id: Mapped[int] = mapped_column(ForeignKey("studio_migration.id"), primary_key=True)
    case_id: Mapped[int] = mapped_column(
        ForeignKey("case_file.id", ondelete="CASCADE"), primary_key=True
    )
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    from_version_id: Mapped[int] = mapped_column(ForeignKey("process_version.id"))
    before: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    case_version: Mapped[int | None]
    why: Mapped[dict[str, str] | None] = mapped_column(Json)
    at: Mapped[datetime | None] = mapped_column(UtcDateTime)
