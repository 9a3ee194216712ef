"""Organisations as system administrators see them: a first administrator for each (A7, A12)."""

from dataclasses import replace
from typing import Any

from flask import render_template, request

from certflow.accounts import organisations as organisations_
from certflow.accounts import staff
from certflow.accounts.queries import get_organisation
from certflow.core import clock
from certflow.core.access import allow, current_actor
from certflow.core.db import db
from certflow.core.errors import Invalid, NotFound
from certflow.web.admin.area import blueprint

SYSTEM_ADMIN = "system_admin"
PAGE = 50


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


def _page(organisation_id: int, errors: Any, issued: Any = ()) -> str:
    body = _found(organisation_id)
    people: list[Any] = staff.staff_of(db.session(), organisation_id)
    return render_template(
        "admin/organisation.html",
        body=body,
        kinds=organisations_.KINDS,
        people=people,
        errors=errors,
        typed=request.form if errors else {},
        issued_now=issued,
    )


def _found(organisation_id: int) -> Any:
    found = get_organisation(db.session(), organisation_id)
    if found is None or found.kind == organisations_.PENDING:
        raise NotFound
    return found
