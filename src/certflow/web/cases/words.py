"""What people write on a case: comments, and the withdrawal (catalogue B4, B9)."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext

from certflow.accounts.roles import FILING_ROLES, ROLES
from certflow.cases import operations
from certflow.cases.dossier import Dossier
from certflow.core.access import allow, current_actor
from certflow.core.db import db
from certflow.core.errors import Invalid, NotFound
from certflow.core.given import reason_of
from certflow.core.text import Text
from certflow.web.cases.blueprint import blueprint, opened

_REASON = Text("请写明撤回的原因，最多 500 字。", "Please say why, in at most 500 characters.")
SPEAKERS = tuple(role for role in ROLES if role != "regulator")
"""Who may say something on a case; the regulator looks on."""


@blueprint.post("/cases/<int:case_id>/comments")
@allow(*SPEAKERS)
def comment(case_id: int) -> Any:
    """Leave a comment; internal ones are for the association only."""
    body, internal = request.form.get("body", ""), "internal" in request.form
    try:
        operations.comment(db.session(), current_actor(), case_id, body, internal=internal)
    except Invalid as error:
        return _refused(opened(case_id), error, body, internal=internal)
    flash(gettext("已记下内部备注。") if internal else gettext("留言已发出。"))
    return redirect(url_for("cases.show", case_id=case_id, tab="messages"), 303)


def _refused(dossier: Dossier, error: Invalid, body: str, *, internal: bool) -> Any:
    """Show the messages again, with what was typed and the sentence at the field."""
    page = render_template(
        "cases/comment.html",
        case=dossier.case,
        error=error.fields.get("body", error.message),
        body=body,
        internal=internal,
    )
    return page, error.status


@blueprint.get("/cases/<int:case_id>/withdraw")
@allow(*FILING_ROLES)
def withdrawal(case_id: int) -> Any:
    """Say what is lost by withdrawing, before it is done."""
    dossier = opened(case_id)
    if dossier.case.state != "open":
        raise NotFound
    return _withdrawal(dossier, {}, "")


@blueprint.post("/cases/<int:case_id>/withdraw")
@allow(*FILING_ROLES)
def withdraw(case_id: int) -> Any:
    """Take the application back."""
    reason, key = request.form.get("reason", ""), request.form.get("key") or None
    try:
        reason_of(reason, _REASON)
        operations.withdraw(db.session(), current_actor(), case_id, reason, key)
    except Invalid as error:
        return _withdrawal(opened(case_id), error.at("reason"), reason), error.status
    flash(gettext("申请已撤回。基本信息库里的记录都还在。"))
    return redirect(url_for("cases.show", case_id=case_id), 303)


def _withdrawal(dossier: Dossier, errors: Mapping[str, Text], reason: str) -> str:
    return render_template(
        "cases/withdraw.html",
        case=dossier.case,
        dossier=dossier,
        allowed=operations.may_withdraw(dossier.case, dossier.loaded),
        paid=any(order.paid_at is not None for order in dossier.orders),
        errors=errors,
        reason=reason,
        key=uuid4().hex,
    )
