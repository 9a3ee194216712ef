"""The audit trail: append-only, past tense, a hash chain a case (catalogue I2, design §6).

What people did is told by these rows; the status that pages show is derived from them.
The digests are keyed with a key outside the database: its owner can change rows, but not make a
chain fit again (decision 0009; `audit_seals` tells of a tail that was cut off).
Personal data do not belong here: point at the row that holds them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Select, String, UniqueConstraint, insert, select, text
from sqlalchemy.orm import Mapped, mapped_column

from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.crypto import mac
from certflow.core.db import Json, Model, Session, UtcDateTime, table_of
from certflow.core.prepared import Prepared

_START = "0" * 64


class Chain(Protocol):
    """The end of a chain: a row (audit_seq, audit_head) that the transaction has locked."""

    @property
    def chain_key(self) -> Any: ...


@dataclass
class Trail:
    """The end of a chain while a transition runs.

    Its events are written together by `write`, its end goes back to its row once, at the end.
    """

    chain_key: str
    audit_seq: int
    audit_head: str
    events: list["AuditEvent"] = field(default_factory=list)


class AuditEvent(Model):
    """One thing that happened."""

    __tablename__ = "audit_event"
    __table_args__ = (UniqueConstraint("chain", "seq"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    chain: Mapped[str] = mapped_column(String(120))
    seq: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    action: Mapped[str] = mapped_column(String(80))
    actor_id: Mapped[int | None] = mapped_column(index=True)
    actor_role: Mapped[str] = mapped_column(String(40))
    element: Mapped[str] = mapped_column(String(80), default="")
    reason: Mapped[str] = mapped_column(default="")
    before: Mapped[Any] = mapped_column(Json, nullable=True)
    after: Mapped[Any] = mapped_column(Json, nullable=True)
    digest: Mapped[str] = mapped_column(String(64))


class AuditChain(Model):
    """The end of a chain that no case row carries: a user's, the calendar's."""

    __tablename__ = "audit_chain"

    chain_key: Mapped[str] = mapped_column(String(120), primary_key=True)
    audit_seq: Mapped[int] = mapped_column(default=0)
    audit_head: Mapped[str] = mapped_column(String(64), default=_START)


def record(
    session: Session,
    action: str,
    actor: Actor,
    *,
    chain: Chain | None = None,
    subject: str = "",
    element: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> AuditEvent:
    """Append that `actor` did `action` (past tense, "task.completed").

    `chain` is the locked row that carries the chain (a case); otherwise `subject`
    ("user/5", "calendar/2027") names one. `before` and `after` are small JSON objects.
    """
    end: Any = chain if chain is not None else _locked_chain(session, subject or "platform")
    event = AuditEvent(
        chain=end.chain_key,
        seq=(end.audit_seq or 0) + 1,
        at=clock.now(),
        action=action,
        actor_id=actor.user_id,
        actor_role=actor.role,
        element=element,
        reason=reason,
        before=before,
        after=after,
    )
    event.digest = _digest(end.audit_head or _START, event)
    end.audit_seq, end.audit_head = event.seq, event.digest
    if isinstance(end, Trail):
        end.events.append(event)
    else:
        session.add(event)
    return event


def write(session: Session, trail: Trail) -> None:
    """Write the events of a trail."""
    if trail.events:
        _INSERT.run(session, *[_row(event) for event in trail.events])
        trail.events.clear()


_COLUMNS = (
    "chain",
    "seq",
    "at",
    "action",
    "actor_id",
    "actor_role",
    "element",
    "reason",
    "before",
    "after",
    "digest",
)
_INSERT = Prepared(insert(table_of(AuditEvent)))


def _row(event: AuditEvent) -> dict[str, Any]:
    return {name: getattr(event, name) for name in _COLUMNS}


def events(session: Session, chain: str) -> list[AuditEvent]:
    """Return the events of a chain ("case/12"), oldest first."""
    query = select(AuditEvent).where(AuditEvent.chain == chain).order_by(AuditEvent.seq)
    return list(session.scalars(query))


def verify(session: Session, chain: str, head: str | None = None) -> list[int]:
    """Return the sequence numbers at which a chain is broken; empty when it is whole.

    With `head` (the digest kept outside the trail) a cut-off tail is seen too.
    """
    broken, previous, expected = [], _START, 1
    for event in events(session, chain):
        if event.seq != expected or event.digest != _digest(previous, event):
            broken.append(event.seq)
        previous, expected = event.digest, event.seq + 1
    if head is not None and head != previous:
        broken.append(expected)
    return broken


@dataclass(frozen=True)
class Wanted:
    """Which events to find: empty fields do not matter; `action` may be the beginning of one.

    `without` is the query for the chains that are not for the reader.
    """

    chain: str = ""
    actor_id: int | None = None
    action: str = ""
    since: datetime | None = None
    until: datetime | None = None
    without: Select[str] | None = None


def search(
    session: Session, wanted: Wanted, limit: int, before_id: int | None = None
) -> list[AuditEvent]:
    """Return events, the newest first; `before_id` is the last one of the page before (I2)."""
    query = select(AuditEvent)
    if wanted.chain:
        query = query.where(AuditEvent.chain == wanted.chain)
    if wanted.actor_id is not None:
        query = query.where(AuditEvent.actor_id == wanted.actor_id)
    if wanted.action:
        query = query.where(AuditEvent.action.startswith(wanted.action, autoescape=True))
    if wanted.since is not None:
        query = query.where(AuditEvent.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(AuditEvent.at < wanted.until)
    if wanted.without is not None:
        query = query.where(AuditEvent.chain.not_in(wanted.without))
    if before_id is not None:
        query = query.where(AuditEvent.id < before_id)
    return list(session.scalars(query.order_by(AuditEvent.id.desc()).limit(limit)))


def head_of(session: Session, chain: str) -> str | None:
    """Return the digest kept outside the trail for a chain that no case carries."""
    found = session.get(AuditChain, chain)
    return found.audit_head if found else None


_BEGIN = select(AuditChain).from_statement(
    text(
        "INSERT INTO audit_chain (chain_key, audit_seq, audit_head) VALUES (:key, 0, :start) "
        "ON CONFLICT (chain_key) DO NOTHING RETURNING chain_key, audit_seq, audit_head"
    )
)


def _locked_chain(session: Session, key: str) -> AuditChain:
    """Lock the end of a chain; of two transactions that begin it at once the second waits."""
    query = select(AuditChain).where(AuditChain.chain_key == key).with_for_update()
    found = session.scalar(query) or session.scalar(_BEGIN, {"key": key, "start": _START})
    return found or session.scalars(query).one()


def _digest(previous: str, event: AuditEvent) -> str:
    row = [
        previous,
        event.chain,
        event.seq,
        event.at.isoformat(),
        event.action,
        event.actor_id,
        event.actor_role,
        event.element,
        event.reason,
        event.before,
        event.after,
    ]
    canonical = json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return mac("audit", canonical.encode())
