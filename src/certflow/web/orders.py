"""Orders: look, pay online or with a voucher, choose the invoice; the provider's notices (C3, D7)."""

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext

from certflow.accounts.queries import get_organisation, get_user
from certflow.core import clock
from certflow.core.access import PUBLIC, allow, current_actor
from certflow.core.actor import Actor
from certflow.core.db import Session, db, transaction
from certflow.core.errors import Invalid, NotFound
from certflow.core.files import StoredFile
from certflow.core.given import reason_of
from certflow.core.http import keep_changes
from certflow.core.settings import current
from certflow.core.text import Text
from certflow.payments import operations, queries
from certflow.payments.operations import InvoiceChoice
from certflow.payments.operations.notices import MOST_BYTES
from certflow.web.edge import csrf, locale
from certflow.web.files import serve, store_upload

blueprint = Blueprint("orders", __name__)

PAYERS = ("applicant", "body_staff", "body_admin")
STATES = {
    "created": ("due", Text("待缴费", "To be paid")),
    "closed": ("closed", Text("已关闭", "Closed")),
    "paid": ("passed", Text("已缴费", "Paid")),
    "refunding": ("paused", Text("退费中", "Being refunded")),
    "refunded": ("closed", Text("已退费", "Refunded")),
}
CHECKING = ("going", Text("凭证核对中", "Voucher being checked"))
INVOICE_KEPT = Text("发票信息已保存。", "The invoice data are saved.")


@blueprint.get("/orders/<number>")
@allow(*PAYERS, "finance")
def show(number: str) -> Any:
    """Show an order: what for, how much, how it stands and how to pay."""
    return _page(db.session(), number)


@blueprint.post("/orders/<number>/pay")
@allow(*PAYERS)
def pay(number: str) -> Any:
    """Go to the provider's payment page; amount and title are the order's."""
    session = db.session()
    actor = current_actor()
    order = queries.find_order(session, number, actor)
    back = f"{current().base_url.rstrip('/')}{url_for('orders.returned', number=number)}"
    at = clock.now()
    address = operations.start_checkout(session, order.id, back, at, locale(), actor=actor)
    return redirect(f"{address}&lang={locale()}", 303)


@blueprint.get("/orders/<number>/return")
@allow(*PAYERS)
def returned(number: str) -> Any:
    """Say how it stands after the payment page; nothing is called failed that may still arrive."""
    order = queries.find_order(db.session(), number, current_actor())
    if order.state != "created":
        return redirect(url_for("orders.show", number=number))
    return render_template("orders/confirming.html", order=order)


@blueprint.post("/orders/<number>/voucher")
@allow(*PAYERS)
def hand_in_voucher(number: str) -> Any:
    """Hand in proof of an offline payment for finance to check."""
    session, actor = db.session(), current_actor()
    order = queries.find_order(session, number, actor)
    try:
        file_id = request.form.get("voucher") or store_upload(session, actor, "voucher").id
        remark = reason_of(request.form.get("remark", ""), None, field="remark")
        operations.submit_voucher(session, order.id, file_id, remark, clock.now(), actor)
    except Invalid as error:
        return _page(session, number, error)
    flash(gettext("凭证已提交，财务核对后会通知您。"))
    return redirect(url_for("orders.show", number=number), 303)


@blueprint.post("/orders/<number>/invoice")
@allow(*PAYERS)
def choose_invoice(number: str) -> Any:
    """Keep which invoice the payer wants."""
    session, actor = db.session(), current_actor()
    order = queries.find_order(session, number, actor)
    given = request.form.get
    choice = InvoiceChoice(
        given("kind", ""), given("title", ""), given("tax_number", ""), given("email", "")
    )
    try:
        operations.choose_invoice(session, order.id, choice, clock.now(), actor)
    except Invalid as error:
        return _page(session, number, error)
    flash(INVOICE_KEPT.of(locale()))
    return redirect(url_for("orders.show", number=number), 303)


@blueprint.get("/orders/<number>/vouchers/<int:voucher_id>")
@allow(*PAYERS, "finance")
def voucher(number: str, voucher_id: int) -> Any:
    """Show a voucher's file to who may see its order."""
    session = db.session()
    order = queries.find_order(session, number, current_actor())
    for one in queries.vouchers_of(session, order.id):
        if one.id == voucher_id:
            return serve(session.get_one(StoredFile, one.file_id), preview=True)
    raise NotFound


@blueprint.post("/payments/notice")
@allow(PUBLIC)
def notice() -> Any:
    """Take a provider's notice: its signature is what proves the sender, not a cookie.

    It is stored and committed first, word for word; then it is processed in the transaction of
    this request. What is stored and never processed is found by the sweep (reliability D1).
    """
    if "notice_id" not in g:
        raw = request.stream.read(MOST_BYTES + 1)
        with transaction() as session:
            stored = operations.store_notice(session, raw, dict(request.headers), clock.now())
            g.notice_id = stored.id
    processed = operations.process_notice(db.session(), g.notice_id)
    keep_changes()
    if processed.result == "refused":
        return "refused", 400, {"Content-Type": "text/plain"}
    return "success", 200, {"Content-Type": "text/plain"}


csrf.exempt(notice)


def is_checked(session: Session, order: Any) -> bool:
    """Whether finance is checking a voucher of an unpaid order: there is nothing to pay now."""
    return order.state == "created" and any(
        one.state == "submitted" for one in queries.vouchers_of(session, order.id)
    )


def to_pay(session: Session, actor: Actor, limit: int = 50) -> list[Any]:
    """Return the orders that the actor has to pay now, newest first."""
    orders = queries.payments_of(session, actor, limit)
    return [one for one in orders if one.state == "created" and not is_checked(session, one)]


def state_of(session: Session, order: Any) -> tuple[str, Text]:
    """Return how an order stands: the kind of its badge, and words."""
    return CHECKING if is_checked(session, order) else STATES[order.state]


def _page(session: Session, number: str, error: Invalid | None = None) -> Any:
    actor = current_actor()
    order = queries.find_order(session, number, actor)
    vouchers = queries.vouchers_of(session, order.id)
    waiting = is_checked(session, order)
    kind, words = state_of(session, order)
    payer = _payer(session, order.payer_user_id, order.organisation_id)
    page = render_template(
        "orders/show.html",
        order=order,
        kind=kind,
        state=words,
        payer=payer,
        vouchers=vouchers,
        waiting=waiting,
        invoice=queries.invoice_of(session, order.id),
        may_pay=actor.role in PAYERS and order.state == "created" and not waiting,
        may_choose=actor.role in PAYERS and order.state in {"created", "paid"},
        errors=error.fields if error else {},
        typed=request.form,
        bank_account=current().bank_account,
    )
    return page, error.status if error else 200


def _payer(session: Session, user_id: int | None, organisation_id: int | None) -> Text:
    if organisation_id is not None:
        body = get_organisation(session, organisation_id)
        return Text(body.name, body.name_en) if body else Text("", "")
    user = get_user(session, user_id or 0)
    return Text(user.name, user.name) if user else Text("", "")
