"""Organisations as system administrators see them: first administrators, what is registered (A7)."""

from dataclasses import replace
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext

from certflow.accounts import organisations as organisations_
from certflow.accounts import particulars as particulars_
from certflow.accounts import staff
from certflow.accounts.queries import get_organisation, holders_of
from certflow.core import clock
from certflow.core.access import allow, current_actor
from certflow.core.db import db
from certflow.core.errors import Invalid, NotFound
from certflow.core.text import Text
from certflow.notifications.operations import NewNotice, notify
from certflow.web.admin.area import blueprint

SYSTEM_ADMIN = "system_admin"
PAGE = 50
CHANGED = Text(
    "协会变更了本机构的登记信息：{what.zh}。原因：{reason}",
    "The association changed what is registered about your organisation: {what.en}. Why: {reason}",
)


@blueprint.get("/organisations")
@allow(SYSTEM_ADMIN)
def organisations() -> str:
    """List the organisations with how many administrators they have."""
    text = request.args.get("q", "").strip()[:100]
    rows: list[Any] = organisations_.with_administrators(db.session(), text, PAGE)
    kinds = organisations_.KINDS
    return render_template("admin/organisations.html", rows=rows, q=text, kinds=kinds, most=PAGE)


@blueprint.get("/organisations/<int:organisation_id>")
@allow(SYSTEM_ADMIN)
def organisation(organisation_id: int) -> str:
    """Show an organisation's people, and offer an account for an administrator."""
    return _page(organisation_id, {})


@blueprint.post("/organisations/<int:organisation_id>")
@allow(SYSTEM_ADMIN)
def open_administrator(organisation_id: int) -> Any:
    """Open an administrator's account; the initial password stands on this one answer."""
    _found(organisation_id)
    actor = replace(current_actor(), organisation_id=organisation_id)
    form, at = request.form, clock.now()
    name, login = form.get("name", ""), form.get("login_name", "")
    try:
        made = staff.invite(db.session(), actor, name, login, "body_admin", at)
    except Invalid as error:
        return _page(organisation_id, error.fields), error.status
    user, password = made
    return _page(organisation_id, {}, [(user.name, user.login_name, password)])


@blueprint.get("/organisations/<int:organisation_id>/particulars")
@allow(SYSTEM_ADMIN)
def particulars(organisation_id: int) -> str:
    """Show what is registered about an organisation, to be changed."""
    return _particulars(organisation_id, {})


@blueprint.post("/organisations/<int:organisation_id>/particulars")
@allow(SYSTEM_ADMIN)
def set_particulars(organisation_id: int) -> Any:
    """Change name, code or kind; the organisation's administrators are told."""
    _found(organisation_id)
    session, actor, form, at = db.session(), current_actor(), request.form, clock.now()
    reason = form.get("reason", "")
    try:
        changed = particulars_.set_registered(
            session, organisation_id, form.to_dict(), reason, at, actor
        )
    except Invalid as error:
        return _particulars(organisation_id, error.fields), error.status
    labels = [particulars_.LABELS[name] for name in changed]
    what = Text("、".join(one.zh for one in labels), ", ".join(one.en for one in labels))
    words = CHANGED.filled(what=what, reason=reason.strip()[:200])
    link = url_for("office.organisation", _anchor="history")
    new = NewNotice(kind="organisation.changed", role="body_admin", text=words, link=link)
    notify(session, holders_of("body_admin", organisation_id), new, at)
    flash(gettext("登记信息已变更，已通知机构管理员"), "passed")
    return redirect(url_for("admin.organisation", organisation_id=organisation_id), 303)


def _particulars(organisation_id: int, errors: Any) -> str:
    body = _found(organisation_id)
    present = {name: getattr(body, name) or "" for name in particulars_.REGISTERED}
    return render_template(
        "admin/organisation_particulars.html",
        body=body,
        kinds=organisations_.KINDS,
        typed=request.form.to_dict() if errors else present,
        errors=errors,
    )


def _page(organisation_id: int, errors: Any, issued: Any = ()) -> str:
    body = _found(organisation_id)
    people: list[Any] = staff.staff_of(db.session(), organisation_id)
    return render_template(
        "admin/organisation.html",
        body=body,
        kinds=organisations_.KINDS,
        people=people,
        history=particulars_.history(db.session(), organisation_id),
        errors=errors,
        typed=request.form if errors else {},
        issued_now=issued,
    )


def _found(organisation_id: int) -> Any:
    found = get_organisation(db.session(), organisation_id)
    if found is None or found.kind == organisations_.PENDING:
        raise NotFound
    return found
