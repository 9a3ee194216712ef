"""Finance: vouchers to check, refunds to decide, and what was decided (C3, E5)."""

from collections.abc import Mapping
from typing import Any

from flask import flash, render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from certflow.accounts.queries import get_organisation
from certflow.cases.queries import names_of
from certflow.core import clock
from certflow.core.access import allow, current_actor
from certflow.core.db import Session, db
from certflow.core.errors import Invalid
from certflow.core.text import Text
from certflow.payments import queries
from certflow.payments.operations import check_voucher, confirm_refund, decide_refund
from certflow.web.office.area import back_to, blueprint

Answer = Response | tuple[str, int]


@blueprint.get("/vouchers")
@allow("finance")
def vouchers() -> str:
    """Show what waits for finance, the oldest first, and what was decided last."""
    return _page()


@blueprint.post("/vouchers/<int:voucher_id>")
@allow("finance")
def check(voucher_id: int) -> Answer:
    """Accept a voucher, so that its cases run on, or refuse it with a reason."""
    accept = request.form.get("outcome") == "accept"
    reason = request.form.get("reason", "").strip()
    actor, session = current_actor(), db.session()
    try:
        check_voucher(
            session, voucher_id, accept=accept, reason=reason, at=clock.now(), actor=actor
        )
    except Invalid as error:
        return _page(f"voucher-{voucher_id}", error.at("reason"), reason), error.status
    done = gettext("已确认到账，业务继续办理") if accept else gettext("已退回，缴费人会收到原因")
    flash(done, "passed")
    return back_to("office.vouchers")


@blueprint.post("/refunds/<int:refund_id>")
@allow("finance")
def refund(refund_id: int) -> Answer:
    """Approve or refuse a refund, or record that the bank has sent it."""
    outcome, words = request.form.get("outcome"), request.form.get("reason", "").strip()
    actor, session, at = current_actor(), db.session(), clock.now()
    try:
        if outcome == "confirm":
            confirm_refund(session, refund_id, words, at, actor)
        else:
            approve = outcome == "approve"
            decide_refund(session, refund_id, approve=approve, reason=words, at=at, actor=actor)
    except Invalid as error:
        wrong = {"reason": error.message}
        return _page(f"refund-{refund_id}", wrong, words), error.status
    flash(gettext("退费已处理，对方会看到结果"), "passed")
    return back_to("office.vouchers")


def _page(place: str = "", errors: Mapping[str, Text] | None = None, typed: str = "") -> str:
    session = db.session()
    waiting, refunds = queries.vouchers_to_check(session), queries.refunds_to_decide(session)
    checked, decided = queries.checked_vouchers(session), queries.decided_refunds(session)
    rows: list[tuple[Any, Any]] = [*waiting, *refunds, *checked, *decided]
    return render_template(
        "office/vouchers.html",
        waiting=waiting,
        refunds=refunds,
        checked=checked,
        decided=decided,
        payers=_payers(session, [order for _row, order in rows]),
        names=names_of(session, [id_ for row, _order in rows for id_ in _people(row)]),
        place=place,
        errors=errors or {},
        typed=typed,
    )


def _people(row: Any) -> list[int]:
    fields = ("submitted_by", "checked_by", "requested_by", "decided_by")
    found = (getattr(row, field, None) for field in fields)
    return [user_id for user_id in found if user_id is not None]


def _payers(session: Session, orders: list[Any]) -> dict[int, Any]:
    people = names_of(session, [one.payer_user_id for one in orders if one.payer_user_id])
    bodies = {
        one.organisation_id: get_organisation(session, one.organisation_id)
        for one in orders
        if one.organisation_id
    }
    return {
        one.id: people.get(one.payer_user_id) if one.payer_user_id else _name(bodies, one)
        for one in orders
    }


def _name(bodies: dict[int, Any], order: Any) -> Any:
    body = bodies.get(order.organisation_id)
    return {"zh": body.name, "en": body.name_en or body.name} if body else ""
