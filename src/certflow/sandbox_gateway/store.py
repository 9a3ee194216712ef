"""What the sandbox remembers: payments and the events it has to tell, in its own SQLite file."""

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

_TABLES = """
CREATE TABLE IF NOT EXISTS payment (
  number TEXT PRIMARY KEY, token TEXT NOT NULL UNIQUE, amount_fen INTEGER NOT NULL,
  currency TEXT NOT NULL, title TEXT NOT NULL, return_url TEXT NOT NULL, state TEXT NOT NULL,
  transaction_id TEXT NOT NULL, opened_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS event (
  seq INTEGER PRIMARY KEY, event_id TEXT NOT NULL UNIQUE, number TEXT NOT NULL,
  kind TEXT NOT NULL, transaction_id TEXT NOT NULL, amount_fen INTEGER NOT NULL,
  currency TEXT NOT NULL, occurred_at TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
  next_try_at TEXT, answer TEXT NOT NULL DEFAULT '');
"""


@dataclass(frozen=True)
class Payment:
    """A payment page that was opened. `state`: open, paid, closed or refunded."""

    number: str
    token: str
    amount_fen: int
    currency: str
    title: str
    return_url: str
    state: str
    transaction_id: str
    opened_at: str


@dataclass(frozen=True)
class Event:
    """Something to tell the platform. `next_try_at` is empty once it answered "success"."""

    seq: int
    event_id: str
    number: str
    kind: str
    transaction_id: str
    amount_fen: int
    currency: str
    occurred_at: str
    attempts: int
    next_try_at: str | None
    answer: str


class Store:
    """Payments and events in one file; every call is a transaction of its own."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._connect() as connection:
            connection.executescript(_TABLES)

    def open_payment(self, fields: dict[str, str], at: datetime) -> Payment:
        """Remember a payment page, or return the one already open for that order."""
        row = (
            fields["order"],
            secrets.token_urlsafe(18),
            int(fields["amount"]),
            fields["currency"],
            fields["title"],
            fields["return"],
            _transaction("SB", at),
            at.isoformat(),
        )
        with self._connect() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO payment (number, token, amount_fen, currency, title,"
                " return_url, state, transaction_id, opened_at) VALUES (?,?,?,?,?,?,'open',?,?)",
                row,
            )
        return self.payment(number=fields["order"]) or _lost()

    def payment(self, number: str = "", token: str = "") -> Payment | None:
        """Return a payment by its order number or by the token of its page."""
        with self._connect() as connection:
            row = connection.execute(
                "SELECT * FROM payment WHERE number = ? OR token = ?", (number, token)
            ).fetchone()
        return Payment(**dict(row)) if row else None

    def happen(self, payment: Payment, kind: str, at: datetime, event_id: str = "") -> Event | None:
        """Let something happen to a payment; return the event, or none if it cannot happen.

        An `event_id` makes it happen once.
        """
        event_id = event_id or secrets.token_hex(12)
        refund = kind == "refunded"
        allowed, after = _MOVES[kind]
        with self._connect() as connection:
            connection.execute("BEGIN IMMEDIATE")
            moved = connection.execute(
                f"UPDATE payment SET state = ? WHERE number = ? AND state IN ({allowed})",  # noqa: S608 - constants
                (after, payment.number),
            ).rowcount
            if moved:
                connection.execute(
                    "INSERT INTO event (event_id, number, kind, transaction_id, amount_fen,"
                    " currency, occurred_at, next_try_at) VALUES (?,?,?,?,?,?,?,?)",
                    (
                        event_id,
                        payment.number,
                        kind,
                        _transaction("SR", at) if refund else payment.transaction_id,
                        payment.amount_fen,
                        payment.currency,
                        at.isoformat(),
                        at.isoformat(),
                    ),
                )
            connection.execute("COMMIT")
        return next((e for e in self.events(payment.number) if e.event_id == event_id), None)

    def close(self, number: str, at: datetime) -> None:
        """Close an order that is not paid; one whose page nobody has opened never opens."""
        with self._connect() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO payment VALUES (?, ?, 0, '', '', '', 'closed', '', ?)",
                (number, secrets.token_urlsafe(18), at.isoformat()),
            )
        self.happen(self.payment(number=number) or _lost(), "closed", at)

    def events(self, number: str) -> list[Event]:
        """Return what happened to an order, oldest first."""
        return self._events("number = ? ORDER BY seq", number)

    def due(self, at: datetime) -> list[Event]:
        """Return what the platform has not taken yet and is to be told again by now."""
        return self._events("next_try_at <= ? ORDER BY seq", at.isoformat())

    def on_day(self, start: datetime, end: datetime) -> list[Event]:
        """Return the money that moved from `start` up to `end` (UTC)."""
        return self._events(
            "kind IN ('paid', 'refunded') AND occurred_at >= ? AND occurred_at < ? ORDER BY seq",
            start.isoformat(),
            end.isoformat(),
        )

    def told(self, event: Event, answer: str, next_try_at: datetime | None) -> None:
        """Note how the platform answered a notice and when to repeat it, if at all."""
        later = next_try_at.isoformat() if next_try_at else None
        with self._connect() as connection:
            connection.execute(
                "UPDATE event SET attempts = attempts + 1, answer = ?, next_try_at = ?"
                " WHERE seq = ?",
                (answer, later, event.seq),
            )

    def _events(self, condition: str, *values: str) -> list[Event]:
        with self._connect() as connection:
            rows = connection.execute(
                f"SELECT * FROM event WHERE {condition}",  # noqa: S608 - constants
                values,
            )
            return [Event(**dict(row)) for row in rows]

    @contextmanager
    def _connect(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._path, timeout=5, isolation_level=None)
        connection.row_factory = sqlite3.Row
        try:
            yield connection
        finally:
            connection.close()


_MOVES = {
    "paid": ("'open'", "paid"),
    "failed": ("'open'", "open"),
    "closed": ("'open'", "closed"),
    "refunded": ("'paid'", "refunded"),
}


def _transaction(prefix: str, at: datetime) -> str:
    return f"{prefix}{at:%Y%m%d%H%M%S}{secrets.token_hex(4)}"


def _lost() -> Payment:
    raise LookupError("the payment just written cannot be read")
