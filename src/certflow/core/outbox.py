"""The outbox: effects outside the database (mail, SMS, PDF, webhook), one row each.

The row is written in the transaction that decided the effect; a relay carries it out later.
Rows are taken by state, never by "id greater than", and the broker is only a doorbell
(research/reliability.md §4.2). Effects are carried out at least once, each with its own key.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Index, String, func, insert, or_, select, text
from sqlalchemy.orm import Mapped, mapped_column

from certflow.core import clock
from certflow.core.db import Json, Model, Session, UtcDateTime, table_of, transaction
from certflow.core.incidents import raise_incident, reason_of, resolve
from certflow.core.prepared import Prepared

Send = Callable[[], None]
Handler = Callable[[Session, dict[str, Any]], Send | None]


class Later(Exception):
    """Raised by a handler whose effect has to wait until `at`; it does not count as a try."""

    def __init__(self, at: datetime) -> None:
        super().__init__(at.isoformat())
        self.at = at


MOST_ATTEMPTS = 5
LEASE = timedelta(minutes=5)
_log = structlog.get_logger()
_handlers: dict[str, Handler] = {}


class OutboxItem(Model):
    """An effect that is to happen, is happening, has happened or has failed."""

    __tablename__ = "outbox_item"
    __table_args__ = (
        Index(
            "ix_outbox_item_due",
            "next_try_at",
            postgresql_where=text("state = 'new'"),
            sqlite_where=text("state = 'new'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    dedupe_key: Mapped[str] = mapped_column(String(160), unique=True)
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(10), default="new")
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


def handler(kind: str) -> Callable[[Handler], Handler]:
    """Register the function that carries out effects of `kind`.

    It gets the session and the payload with its "dedupe_key", and must bear being called again.
    What needs the network it returns as a function: that runs after its transaction, so that a
    slow server holds no lock.
    """

    def register(function: Handler) -> Handler:
        _handlers[kind] = function
        return function

    return register


def enqueue(session: Session, kind: str, dedupe_key: str, payload: Mapping[str, Any]) -> None:
    """Write down an effect; `payload` holds ids, never personal data.

    Raises:
        sqlalchemy.exc.IntegrityError: when `dedupe_key` was used before.

    """
    enqueue_all(session, kind, {dedupe_key: payload})


def enqueue_all(session: Session, kind: str, effects: Mapping[str, Mapping[str, Any]]) -> None:
    """Write down several effects of a kind, by their keys, in one statement."""
    at = clock.now()
    rows = [
        {
            "kind": kind,
            "dedupe_key": key,
            "payload": dict(payload),
            "state": "new",
            "attempts": 0,
            "next_try_at": at,
            "created_at": at,
        }
        for key, payload in effects.items()
    ]
    if rows:
        _INSERT.run(session, *rows)


_INSERT = Prepared(insert(table_of(OutboxItem)))


def known(session: Session, keys: Collection[str]) -> set[str]:
    """Return those keys under which an effect was written down before."""
    query = select(OutboxItem.dedupe_key).where(OutboxItem.dedupe_key.in_(keys))
    return set(session.scalars(query))


def relay(limit: int = 50) -> int:
    """Carry out due effects; return how many were taken. One that fails stops no other."""
    until = clock.now() + LEASE
    taken = _take(limit, until)
    for item_id in taken:
        _carry_out(item_id, until)
    return len(taken)


def _take(limit: int, until: datetime) -> list[int]:
    at = clock.now()
    with transaction() as session:
        query = (
            select(OutboxItem)
            .where(
                OutboxItem.state == "new",
                OutboxItem.next_try_at <= at,
                or_(OutboxItem.lease_until.is_(None), OutboxItem.lease_until < at),
            )
            .order_by(OutboxItem.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        items = list(session.scalars(query))
        left = [item for item in items if not _used_up(session, item)]
        for item in left:
            # Counted before it is tried: an effect that kills the process is given up as well.
            item.lease_until, item.attempts = until, item.attempts + 1
        return [item.id for item in left]


def _used_up(session: Session, item: OutboxItem) -> bool:
    if item.attempts < MOST_ATTEMPTS:
        return False
    _give_up(session, item, "the process ended while it was being carried out")
    return True


def _carry_out(item_id: int, until: datetime) -> None:
    """Carry one effect out, unless the lease ran out meanwhile and another relay has it."""
    try:
        with transaction() as session:
            item = session.get_one(OutboxItem, item_id, populate_existing=True)
            if item.state != "new" or item.lease_until != until or clock.now() >= until:
                return
            payload = {**item.payload, "dedupe_key": item.dedupe_key}
            send = _handlers[item.kind](session, payload)
            if send is None:
                _finish(session, item)
        if send is not None:
            send()
            with transaction() as session:
                _finish(session, session.get_one(OutboxItem, item_id))
    except Later as later:
        _put_off(item_id, later.at)
    except Exception as error:  # noqa: BLE001 - whatever fails, the row stays and is shown
        _put_back(item_id, error)


def _finish(session: Session, item: OutboxItem) -> None:
    item.state, item.done_at = "done", clock.now()
    resolve(session, f"outbox.{item.kind}", f"outbox/{item.id}")


def _put_off(item_id: int, at: datetime) -> None:
    with transaction() as session:
        item = session.get_one(OutboxItem, item_id)
        item.lease_until, item.next_try_at, item.attempts = None, at, item.attempts - 1


def _put_back(item_id: int, error: Exception) -> None:
    with transaction() as session:
        item = session.get_one(OutboxItem, item_id)
        item.lease_until = None
        item.next_try_at = clock.now() + pause_after(item.attempts)
        _log.warning("outbox.failed", kind=item.kind, item=item.id, error=type(error).__name__)
        if item.attempts >= MOST_ATTEMPTS:
            _give_up(session, item, reason_of(error))


def pause_after(attempts: int) -> timedelta:
    """Return how long to wait after so many failures: 40 seconds, then four times as long."""
    return timedelta(seconds=10 * 4**attempts)


def _give_up(session: Session, item: OutboxItem, reason: str) -> None:
    item.state = "failed"
    raise_incident(session, f"outbox.{item.kind}", reason, subject=f"outbox/{item.id}")


def retry(session: Session, item_id: int) -> None:
    """Let a failed effect be tried again from the start."""
    item = session.get_one(OutboxItem, item_id)
    item.state, item.attempts, item.next_try_at = "new", 0, clock.now()
    session.flush()


def oldest_due(session: Session, at: datetime) -> datetime | None:
    """Return since when the effect that waits longest could have been carried out."""
    query = select(func.min(OutboxItem.next_try_at))
    return session.scalar(query.where(OutboxItem.state == "new", OutboxItem.next_try_at <= at))


def standing(session: Session) -> dict[str, Any]:
    """Tell how many effects wait, since when the oldest does, and how many have failed."""
    waiting = OutboxItem.state == "new"
    row = session.execute(
        select(
            func.count().filter(waiting),
            func.min(OutboxItem.created_at).filter(waiting),
            func.count().filter(OutboxItem.state == "failed"),
        )
    ).one()
    return {"waiting": row[0], "oldest": row[1], "failed": row[2]}


def failed_items(session: Session, limit: int = 50) -> list[OutboxItem]:
    """Return effects that were given up after MOST_ATTEMPTS tries, the newest first."""
    query = select(OutboxItem).where(OutboxItem.state == "failed").order_by(OutboxItem.id.desc())
    return list(session.scalars(query.limit(limit)))
