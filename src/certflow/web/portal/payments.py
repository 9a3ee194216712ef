"""The payments record (catalogue D7)."""

from typing import Any

from flask import render_template

from certflow.core.access import allow, current_actor
from certflow.core.db import db
from certflow.payments.queries import payments_of
from certflow.web.orders import state_of
from certflow.web.portal.blueprint import APPLICANT, blueprint


@blueprint.get("/my/payments")
@allow(APPLICANT)
def payments() -> Any:
    """List my orders, newest first."""
    session = db.session()
    orders = payments_of(session, current_actor())
    states = {order.id: state_of(session, order) for order in orders}
    return render_template("portal/payments.html", orders=orders, states=states)
