"""What the provider knows against what we know (E6, reliability D5, D9)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import or_, select

from certflow.core.clock import SHANGHAI
from certflow.core.db import Session
from certflow.core.incidents import raise_incident
from certflow.payments.gateways import BillRow, Event
from certflow.payments.models import CLOSED, CREATED, LedgerEntry, Order
from certflow.payments.operations.orders import FIRST_QUERY_AFTER
from certflow.payments.operations.settling import apply_event, lock_order

GIVE_UP_AFTER = timedelta(days=3)


@dataclass(frozen=True)
class Difference:
    """One thing in which bill and ledger differ.

    `kind`: "unnoted" (in the bill only), "missing" (in the ledger only), "amount" or "duplicate"
    (twice in the bill). Amounts in fen, 0 where there is none.
    """

    kind: str
    movement: str
    order_number: str
    transaction_id: str
    billed_fen: int
    noted_fen: int


def settle_answer(session: Session, order_id: int, events: Sequence[Event], at: datetime) -> Order:
    """Apply what a provider answered about an order, and say when to ask again, if at all.

    The pauses double: a minute after the payment page was opened, two, four, for three days.
    """
    order = lock_order(session, order_id)
    for event in events:
        if event.order_number == order.number:
            apply_event(session, order, event)
    opened = order.checkout_at or at
    final = order.state not in {CREATED, CLOSED} or at - opened >= GIVE_UP_AFTER
    order.next_query_at = None if final else at + max(FIRST_QUERY_AFTER, at - opened)
    session.flush()
    return order


def reconcile(session: Session, day: date, bill: Iterable[BillRow]) -> list[Difference]:
    """Compare a day's bill (Shanghai) with the ledger; every difference becomes an incident.

    An order that the bill knows as paid and we do not is asked for again at once. Done twice, it
    finds the same and opens no second incident.
    """
    rows = list(bill)
    noted = _noted(session, day)
    billed = {(row.kind, row.transaction_id): row for row in rows}
    found = [_duplicate(row) for row in _repeated(rows)]
    for key, row in billed.items():
        entry = noted.get(key)
        if entry is None or entry[1].amount_fen != row.amount_fen:
            found.append(_difference(row, entry[1] if entry else None))
    found += [
        Difference("missing", kind, number, transaction, 0, entry.amount_fen)
        for (kind, transaction), (number, entry) in noted.items()
        if (kind, transaction) not in billed
    ]
    for difference in found:
        _show(session, day, difference)
    return found


def _noted(session: Session, day: date) -> dict[tuple[str, str], tuple[str, LedgerEntry]]:
    """Return the gateway's movements of a day by kind and transaction, with the order's number."""
    start = datetime.combine(day, time(), SHANGHAI)
    query = (
        select(LedgerEntry, Order.number)
        .outerjoin(Order, Order.id == LedgerEntry.order_id)
        .where(
            or_(LedgerEntry.debit == "gateway", LedgerEntry.credit == "gateway"),
            LedgerEntry.occurred_at >= start,
            LedgerEntry.occurred_at < start + timedelta(days=1),
        )
    )
    return {
        ("paid" if entry.debit == "gateway" else "refunded", entry.transaction_id): (
            number or "",
            entry,
        )
        for entry, number in session.execute(query)
    }


def _repeated(rows: list[BillRow]) -> list[BillRow]:
    counted = Counter((row.kind, row.transaction_id) for row in rows)
    last = {(row.kind, row.transaction_id): row for row in rows}
    return [last[key] for key, count in counted.items() if count > 1]


def _duplicate(row: BillRow) -> Difference:
    amount = row.amount_fen
    return Difference("duplicate", row.kind, row.order_number, row.transaction_id, amount, amount)


def _difference(row: BillRow, entry: LedgerEntry | None) -> Difference:
    return Difference(
        "amount" if entry else "unnoted",
        row.kind,
        row.order_number,
        row.transaction_id,
        row.amount_fen,
        entry.amount_fen if entry else 0,
    )


def _show(session: Session, day: date, found: Difference) -> None:
    raise_incident(
        session,
        f"payment.bill_{found.kind}",
        f"{found.movement}: billed {found.billed_fen} fen, noted {found.noted_fen} fen",
        subject=f"bill/{day.isoformat()}/{found.transaction_id}",
        detail=f"order {found.order_number}",
    )
    if found.kind == "unnoted":
        order = session.scalar(select(Order).where(Order.number == found.order_number))
        if order is not None and order.state in {CREATED, CLOSED}:
            order.next_query_at = datetime.combine(day, time(), SHANGHAI)
    session.flush()
