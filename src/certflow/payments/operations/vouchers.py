"""Offline payment: the payer uploads proof, finance checks it (C3)."""

from datetime import datetime

from certflow.core import audit
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Conflict, Forbidden, NotFound
from certflow.core.files import StoredFile
from certflow.core.given import reason_of
from certflow.payments import errors
from certflow.payments.models import Voucher
from certflow.payments.operations.listeners import tell
from certflow.payments.operations.orders import open_order, waiting_voucher
from certflow.payments.operations.settling import Payment, lock_order, mark_paid


def submit_voucher(
    session: Session, order_id: int, file_id: str, remark: str, at: datetime, actor: Actor
) -> Voucher:
    """Hand in proof of a bank transfer for an unpaid order.

    Raises:
        Conflict: the order is not open, or a voucher is being checked.
        NotFound: the file is not one that the actor uploaded.

    """
    order = open_order(session, order_id)
    if waiting_voucher(session, order.id):
        raise Conflict(errors.VOUCHER_WAITS)
    file = session.get(StoredFile, file_id)
    if file is None or file.owner_id != actor.user_id:
        raise NotFound(errors.NOT_YOUR_FILE)
    order.method = "offline"
    voucher = Voucher(
        order_id=order.id,
        file_id=file.id,
        state="submitted",
        remark=remark,
        submitted_by=actor.user_id,
        submitted_at=at,
    )
    session.add(voucher)
    session.flush()
    _record(session, "voucher.submitted", voucher, order.number, actor)
    return voucher


def check_voucher(
    session: Session, voucher_id: int, *, accept: bool, reason: str, at: datetime, actor: Actor
) -> Voucher:
    """Accept a voucher, which makes the order paid, or refuse it with a reason.

    Raises:
        NotFound: there is no such voucher.
        Forbidden: the actor handed it in.
        Conflict: it was checked before.
        Invalid: a refusal has no reason.

    """
    voucher = session.get(Voucher, voucher_id)
    if voucher is None:
        raise NotFound(errors.NO_SUCH_ORDER)
    order = lock_order(session, voucher.order_id)
    session.refresh(voucher)
    _may_check(voucher, actor, reason, accept=accept)
    voucher.state = "accepted" if accept else "refused"
    voucher.reason, voucher.checked_by, voucher.checked_at = reason, actor.user_id, at
    _record(session, f"voucher.{voucher.state}", voucher, order.number, actor)
    if accept:
        name = f"voucher/{voucher.id}"
        mark_paid(session, order.id, Payment("offline", name, order.amount_fen, "CNY", at), actor)
    else:
        tell(session, "voucher_refused", order)
    return voucher


def _may_check(voucher: Voucher, actor: Actor, reason: str, *, accept: bool) -> None:
    if voucher.submitted_by == actor.user_id:
        raise Forbidden(errors.OWN_VOUCHER)
    if voucher.state != "submitted":
        raise Conflict(errors.VOUCHER_CHECKED)
    reason_of(reason, None if accept else errors.REASON_NEEDED)


def _record(session: Session, action: str, voucher: Voucher, number: str, actor: Actor) -> None:
    audit.record(
        session,
        action,
        actor,
        subject=f"order/{number}",
        after={"voucher": voucher.id},
        reason=voucher.reason,
    )
