"""Orders: made from prices that finance set, merged, renewed, closed (C3, E5, E6)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from certflow.core import audit, clock
from certflow.core.actor import SYSTEM, Actor
from certflow.core.clock import SHANGHAI
from certflow.core.db import Session
from certflow.core.errors import Conflict, Invalid, NotFound
from certflow.core.numbers import next_number
from certflow.core.text import Text
from certflow.payments import errors
from certflow.payments.gateways import Checkout, Gateway
from certflow.payments.gateways.choice import present_gateway
from certflow.payments.models import CLOSED, CREATED, Fee, Order, OrderLine, Voucher
from certflow.payments.operations.settling import lock_order, mark_closed

FIRST_QUERY_AFTER = timedelta(minutes=1)
MERGED = Text("{count} 笔业务合并缴费", "{count} cases paid together")
SEVERAL = Text("{zh}等 {count} 项", "{en} and more, {count} in all")


@dataclass(frozen=True)
class Charge:
    """A fee to be paid, for a case or for nothing but itself.

    It carries no amount: prices are looked up (reliability D11). Without `description` the fee's
    own title is used.
    """

    fee: str
    case_id: int | None = None
    description: Text | None = None


@dataclass(frozen=True)
class Payer:
    """Who pays: a person, an organisation, or a person for an organisation."""

    user_id: int | None = None
    organisation_id: int | None = None


def set_fee(session: Session, key: str, title: Text, amount_fen: int, actor: Actor) -> Fee:
    """Set a price in fen. Orders made before keep theirs. Raises Invalid."""
    if type(amount_fen) is not int or amount_fen <= 0:
        raise Invalid(errors.WRONG_AMOUNT, {"amount_fen": errors.WRONG_AMOUNT})
    fee = session.get(Fee, key)
    before = None if fee is None else {"amount_fen": fee.amount_fen}
    if fee is None:
        fee = Fee(key=key)
        session.add(fee)
    fee.title, fee.amount_fen = title.as_json(), amount_fen
    fee.edited_by, fee.edited_at = actor.user_id, clock.now()
    after = {"amount_fen": amount_fen}
    audit.record(session, "fee.set", actor, subject=f"fee/{key}", before=before, after=after)
    session.flush()
    return fee


def create_order(
    session: Session,
    charges: Iterable[Charge],
    payer: Payer,
    title: Text,
    at: datetime,
    *,
    actor: Actor = SYSTEM,
    expires_at: datetime | None = None,
) -> Order:
    """Make an order at today's prices.

    Raises:
        NotFound: a fee has no price.
        Invalid: there is nothing to pay.

    """
    lines = [_line(session, charge) for charge in charges]
    return add_order(session, lines, payer, title, at, actor, expires_at)


def merge_orders(
    session: Session, order_ids: Sequence[int], organisation_id: int, at: datetime, actor: Actor
) -> Order:
    """Put several unpaid orders of an organisation into one, at today's prices (C3).

    The old ones are closed and name the new one. Raises Conflict when one of them is paid,
    closed, another organisation's, or has a voucher that finance is checking.
    """
    orders = [lock_order(session, order_id) for order_id in sorted(set(order_ids))]
    mergeable = [o for o in orders if o.state == CREATED and o.organisation_id == organisation_id]
    if len(mergeable) < 2 or len(mergeable) != len(orders):  # noqa: PLR2004 - one is no merge
        raise Conflict(errors.CANNOT_MERGE)
    if any(waiting_voucher(session, order.id) for order in orders):
        raise Conflict(errors.VOUCHER_WAITS)
    charges = [charge for order in orders for charge in _charges(order)]
    merged = create_order(
        session,
        charges,
        Payer(organisation_id=organisation_id),
        MERGED.filled(count=len(charges)),
        at,
        actor=actor,
        expires_at=min((o.expires_at for o in orders if o.expires_at), default=None),
    )
    for order in orders:
        order.replaced_by_id = merged.id
        session.flush()
        mark_closed(session, order.id, at, actor)
    return merged


def renew_order(session: Session, order_id: int, at: datetime, actor: Actor) -> Order:
    """Make a fresh order, at today's prices, in place of a closed one. Raises Conflict."""
    old = lock_order(session, order_id)
    if old.state != CLOSED or old.replaced_by_id is not None:
        raise Conflict(errors.CANNOT_RENEW)
    payer = Payer(old.payer_user_id, old.organisation_id)
    fresh = create_order(session, _charges(old), payer, Text.read(old.title), at, actor=actor)
    old.replaced_by_id = fresh.id
    session.flush()
    return fresh


def close_order(session: Session, order_id: int, at: datetime, actor: Actor) -> Order:
    """Close an unpaid order because its payer gives it up. Raises Conflict."""
    order = open_order(session, order_id)
    if waiting_voucher(session, order.id):
        raise Conflict(errors.VOUCHER_WAITS)
    mark_closed(session, order.id, at, actor)
    return order


def expire_order(session: Session, order_id: int, at: datetime) -> bool:
    """Close an unpaid order whose time is over; return whether it was closed.

    One with a voucher at finance stays open until that is checked.
    """
    order = lock_order(session, order_id)
    over = order.expires_at is not None and order.expires_at <= at
    if order.state != CREATED or not over or waiting_voucher(session, order.id):
        return False
    return mark_closed(session, order.id, at) == "accepted"


def start_checkout(
    session: Session,
    order_id: int,
    return_url: str,
    at: datetime,
    locale: str = "zh",
    gateway: Gateway | None = None,
    actor: Actor = SYSTEM,
) -> str:
    """Return the address of the payment page of an unpaid order, and ask for it later.

    Amount and currency are the order's; nothing from the browser goes in, and no personal data
    go out: the provider sees the fee's title, not the order's. Raises Conflict.
    """
    order = open_order(session, order_id)
    if waiting_voucher(session, order.id):
        raise Conflict(errors.VOUCHER_WAITS)
    order.method, order.checkout_at = "online", at
    order.next_query_at = at + FIRST_QUERY_AFTER
    session.flush()
    audit.record(session, "payment.begun", actor, subject=f"order/{order.number}")
    subject = _subject(session, order).of(locale)
    checkout = Checkout(order.number, order.amount_fen, order.currency, subject)
    return (gateway or present_gateway()).checkout_url(checkout, return_url, at)


def open_order(session: Session, order_id: int) -> Order:
    """Lock an order that can still be paid. Raises NotFound, Conflict."""
    order = lock_order(session, order_id)
    if order.state != CREATED:
        raise Conflict(errors.NOT_OPEN)
    return order


def waiting_voucher(session: Session, order_id: int) -> Voucher | None:
    """Return the voucher of an order that finance has yet to check."""
    return session.scalar(
        select(Voucher).where(Voucher.order_id == order_id, Voucher.state == "submitted")
    )


def _line(session: Session, charge: Charge) -> OrderLine:
    fee = session.get(Fee, charge.fee)
    if fee is None:
        raise NotFound(errors.NO_SUCH_FEE.filled(fee=charge.fee))
    description = charge.description or Text.read(fee.title)
    return OrderLine(
        case_id=charge.case_id,
        fee=fee.key,
        description=description.as_json(),
        amount_fen=fee.amount_fen,
    )


def _subject(session: Session, order: Order) -> Text:
    """Return what the provider may know of an order: the title of its fee, and how many."""
    title = Text.read(session.get_one(Fee, order.lines[0].fee).title)
    if len(order.lines) == 1:
        return title
    return SEVERAL.filled(zh=title.zh, en=title.en, count=len(order.lines))


def _charges(order: Order) -> list[Charge]:
    return [Charge(line.fee, line.case_id, Text.read(line.description)) for line in order.lines]


def add_order(
    session: Session,
    lines: list[OrderLine],
    payer: Payer,
    title: Text,
    at: datetime,
    actor: Actor,
    expires_at: datetime | None,
) -> Order:
    """Make an order of lines that have their amounts. Raises Invalid: there are none."""
    if not lines:
        raise Invalid(errors.NOTHING_TO_PAY)
    order = Order(
        number=_number(session, at),
        payer_user_id=payer.user_id,
        organisation_id=payer.organisation_id,
        title=title.as_json(),
        amount_fen=sum(line.amount_fen for line in lines),
        currency="CNY",
        state=CREATED,
        created_at=at,
        expires_at=expires_at,
        lines=lines,
    )
    session.add(order)
    session.flush()
    audit.record(
        session,
        "order.created",
        actor,
        subject=f"order/{order.number}",
        after={"amount_fen": order.amount_fen, "cases": order.case_ids},
    )
    return order


def _number(session: Session, at: datetime) -> str:
    """Return the next order number of the day: P, the day in Shanghai, six digits."""
    day = f"{at.astimezone(SHANGHAI):%Y%m%d}"
    return f"P{day}{next_number(session, f'order/{day}'):06d}"
