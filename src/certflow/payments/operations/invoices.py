"""Which invoice the payer wants (C3, E4)."""

from dataclasses import dataclass
from datetime import datetime

from stdnum.cn import uscc

from certflow.accounts.models import User
from certflow.accounts.spelling import is_email
from certflow.core import audit
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Conflict
from certflow.core.given import refuse, wrong_in
from certflow.core.text import Text
from certflow.payments import errors
from certflow.payments.models import CREATED, PAID, Invoice, Order
from certflow.payments.operations.settling import lock_order


@dataclass(frozen=True)
class InvoiceChoice:
    """What the payer entered. `kind` is none, personal or company; the rest is for the others."""

    kind: str
    title: str = ""
    tax_number: str = ""
    email: str = ""


def choose_invoice(
    session: Session, order_id: int, choice: InvoiceChoice, at: datetime, actor: Actor
) -> Invoice:
    """Keep the payer's choice. The title of a personal invoice is the payer's name, always.

    Raises:
        Conflict: the order is closed or its money went back.
        Invalid: with a sentence at each field that is wrong.

    """
    order = lock_order(session, order_id)
    if order.state not in {CREATED, PAID}:
        raise Conflict(errors.NOT_OPEN)
    refuse(_faults(order, choice), errors.INVOICE_INVALID)
    invoice = session.get(Invoice, order.id) or Invoice(order_id=order.id)
    invoice.kind, invoice.chosen_at = choice.kind, at
    invoice.title = _title(session, order, choice)
    invoice.tax_number = uscc.compact(choice.tax_number) if choice.kind == "company" else ""
    invoice.email = choice.email.strip() if choice.kind != "none" else None
    session.add(invoice)
    session.flush()
    after = {"kind": choice.kind}
    audit.record(session, "invoice.chosen", actor, subject=f"order/{order.number}", after=after)
    return invoice


def _title(session: Session, order: Order, choice: InvoiceChoice) -> str:
    if choice.kind == "personal":
        return session.get_one(User, order.payer_user_id).name
    return choice.title.strip() if choice.kind == "company" else ""


def _faults(order: Order, choice: InvoiceChoice) -> dict[str, Text | None]:
    if choice.kind == "none":
        return {}
    if choice.kind not in {"personal", "company"}:
        return {"kind": errors.INVOICE_KIND}
    faults: dict[str, Text | None] = {}
    if choice.kind == "personal" and order.payer_user_id is None:
        faults["kind"] = errors.INVOICE_PERSON
    if choice.kind == "company":
        faults["title"] = wrong_in(choice.title, 200, errors.INVOICE_TITLE)
    if choice.kind == "company" and not uscc.is_valid(choice.tax_number):
        faults["tax_number"] = errors.INVOICE_TAX
    if not is_email(choice.email.strip()):
        faults["email"] = errors.INVOICE_EMAIL
    return faults
