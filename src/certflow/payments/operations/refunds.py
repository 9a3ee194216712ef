"""Refunds of the full amount: asked for, decided by finance, carried out, confirmed (E5)."""

from datetime import datetime

from sqlalchemy import select

from certflow.core import audit
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Conflict, Forbidden, NotFound
from certflow.core.given import reason_of
from certflow.core.outbox import enqueue
from certflow.payments import errors
from certflow.payments.models import PAID, REFUNDING, Order, Refund
from certflow.payments.operations.settling import Payment, lock_order, mark_refunded


def request_refund(
    session: Session, order_id: int, reason: str, at: datetime, actor: Actor
) -> Refund:
    """Ask for the full amount back. Raises Conflict (not paid, or asked already), Invalid."""
    order = lock_order(session, order_id)
    if order.state != PAID or _under_way(session, order):
        raise Conflict(errors.NO_REFUND)
    reason = reason_of(reason, errors.REASON_NEEDED)
    refund = Refund(
        order_id=order.id,
        amount_fen=order.amount_fen,
        reason=reason,
        state="requested",
        requested_by=actor.user_id,
        requested_at=at,
    )
    session.add(refund)
    session.flush()
    _record(session, "refund.requested", order, refund, actor, reason)
    return refund


def decide_refund(
    session: Session, refund_id: int, *, approve: bool, reason: str, at: datetime, actor: Actor
) -> Refund:
    """Approve a refund, which is then carried out, or refuse it with a reason.

    Raises:
        Forbidden: the actor asked for it.
        Conflict: it was decided before.
        Invalid: a refusal has no reason.

    """
    refund, order = _locked(session, refund_id)
    if refund.requested_by == actor.user_id:
        raise Forbidden(errors.OWN_REFUND)
    if refund.state != "requested":
        raise Conflict(errors.REFUND_DECIDED)
    reason = reason_of(reason, None if approve else errors.REASON_NEEDED)
    refund.state = "approved" if approve else "refused"
    refund.decided_by, refund.decided_at, refund.decision = actor.user_id, at, reason
    if approve:
        order.state = REFUNDING
        if order.method == "online":
            enqueue(session, "payment.refund", f"refund/{refund.id}", {"refund_id": refund.id})
    _record(session, f"refund.{refund.state}", order, refund, actor, reason)
    return refund


def confirm_refund(
    session: Session, refund_id: int, reference: str, at: datetime, actor: Actor
) -> Refund:
    """Record that finance sent an offline payment back; `reference` is the bank's.

    Raises Conflict unless it is an approved refund of an offline payment, Invalid.
    """
    refund, order = _locked(session, refund_id)
    if refund.state != "approved" or order.method != "offline":
        raise Conflict(errors.REFUND_DECIDED)
    reference = reason_of(reference, errors.REFERENCE_NEEDED, 100, "reference")
    refunded = Payment("offline", reference, order.amount_fen, order.currency, at)
    mark_refunded(session, order.id, refunded, actor)
    return refund


def _locked(session: Session, refund_id: int) -> tuple[Refund, Order]:
    refund = session.get(Refund, refund_id)
    if refund is None:
        raise NotFound(errors.NO_SUCH_ORDER)
    order = lock_order(session, refund.order_id)
    session.refresh(refund)
    return refund, order


def _under_way(session: Session, order: Order) -> bool:
    query = select(Refund.id).where(
        Refund.order_id == order.id, Refund.state.in_(("requested", "approved"))
    )
    return session.scalar(query) is not None


def _record(
    session: Session, action: str, order: Order, refund: Refund, actor: Actor, reason: str
) -> None:
    session.flush()
    audit.record(
        session,
        action,
        actor,
        subject=f"order/{order.number}",
        after={"refund": refund.id, "state": order.state},
        reason=reason,
    )
