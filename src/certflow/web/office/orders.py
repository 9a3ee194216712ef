"""What a certification body pays for its people: unpaid orders, merged into one (C3)."""

from collections.abc import Mapping

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from certflow.cases.worklists import names_of_cases
from certflow.core import clock
from certflow.core.access import allow, current_actor
from certflow.core.db import db
from certflow.core.errors import Invalid
from certflow.core.given import refuse
from certflow.core.text import Text
from certflow.payments import queries
from certflow.payments.operations import merge_orders
from certflow.web.office.area import blueprint, chosen_ids

NONE_CHOSEN = Text("请先选中要合并的订单。", "Select the orders to be put together first.")
_PAYERS = ("body_staff", "body_admin")


@blueprint.get("/orders")
@allow(*_PAYERS)
def orders() -> str:
    """Show what the body has to pay, and below what it has paid."""
    return _page({})


def _page(errors: Mapping[str, Text]) -> str:
    actor, session = current_actor(), db.session()
    unpaid = queries.unpaid_orders(session, actor.organisation_id or 0)
    settled = [one for one in queries.payments_of(session, actor) if one.state != "created"]
    case_ids = {case_id for order in unpaid for case_id in order.case_ids}
    return render_template(
        "office/orders.html",
        unpaid=unpaid,
        settled=settled,
        waiting=queries.orders_with_voucher(session, [order.id for order in unpaid]),
        names=names_of_cases(session, actor, list(case_ids)),
        total=sum(order.amount_fen for order in unpaid),
        errors=errors,
    )


@blueprint.post("/orders/merge")
@allow(*_PAYERS)
def merge() -> Response | tuple[str, int]:
    """Put the orders chosen into one and go on to pay it; a single one is paid as it is."""
    actor, session = current_actor(), db.session()
    chosen = chosen_ids("order")
    if len(chosen) == 1:
        mine = queries.unpaid_orders(session, actor.organisation_id or 0)
        only = next((order for order in mine if order.id == chosen[0]), None)
        if only is not None:
            return redirect(url_for("orders.show", number=only.number), 303)
    try:
        refuse({"unpaid": None if chosen else NONE_CHOSEN})
        order = merge_orders(session, chosen, actor.organisation_id or 0, clock.now(), actor)
    except Invalid as error:
        return _page(error.at("unpaid")), error.status
    flash(gettext("已把 %(n)s 个订单合并成一个，请缴费", n=len(chosen)), "passed")
    return redirect(url_for("orders.show", number=order.number), 303)
