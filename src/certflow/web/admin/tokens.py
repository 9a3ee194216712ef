"""Tokens with which programs act for a user (catalogue I6): issue, list, revoke."""

from datetime import timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from certflow.accounts.queries import find_user, grants_of
from certflow.accounts.roles import ROLES
from certflow.accounts.tokens import (
    INVALID,
    LIFETIMES,
    NO_NAME,
    NO_SCOPE,
    SCOPES,
    api_tokens,
    get_api_token,
    issue_api_token,
    revoke_api_token,
)
from certflow.core import clock
from certflow.core.access import allow, current_actor
from certflow.core.db import db
from certflow.core.errors import Invalid, NotFound
from certflow.core.text import Text
from certflow.web.admin.area import blueprint

NO_USER = Text("没有这个登录名的账号，请检查。", "There is no account with this name. Check it.")
NOT_HELD = Text("这个账号没有所选的角色。", "The account does not hold this role.")


@blueprint.get("/tokens")
@allow("system_admin")
def tokens() -> str:
    """List the tokens and offer to issue one."""
    return _page()


@blueprint.post("/tokens")
@allow("system_admin")
def issue() -> tuple[str, int]:
    """Issue a token; it is shown on this one answer and never again."""
    try:
        raw = _issue()
    except Invalid as error:
        return _page(error=error), error.status
    return _page(raw=raw), 200


@blueprint.post("/tokens/<int:token_id>/revoke")
@allow("system_admin")
def revoke(token_id: int) -> Response:
    """End a token at once."""
    session = db.session()
    token = get_api_token(session, token_id)
    if token is None:
        raise NotFound
    revoke_api_token(session, token, clock.now(), current_actor())
    flash(gettext("令牌已吊销，立即失效"), "passed")
    return redirect(url_for("admin.tokens"), 303)


def _issue() -> str:
    session, at, form = db.session(), clock.now(), request.form
    user, role = find_user(session, form.get("user", "")), form.get("role", "")
    scopes = [one for one in form.getlist("scope") if one in SCOPES]
    name, days = form.get("name", "").strip(), form.get("days", "")
    faults = {
        "user": None if user else NO_USER,
        "role": NOT_HELD if user and role not in grants_of(session, user.id) else None,
        "name": None if name else NO_NAME,
        "scope": None if scopes else NO_SCOPE,
    }
    wrong = {field: text for field, text in faults.items() if text}
    if user is None or wrong:
        raise Invalid(INVALID, wrong)
    lasts = timedelta(
        days=int(days) if days.isdecimal() and int(days) in LIFETIMES else LIFETIMES[0]
    )
    _token, raw = issue_api_token(
        session,
        user.id,
        role,
        scopes,
        at,
        expires_at=at + lasts,
        name=name[:100],
        actor=current_actor(),
    )
    return raw


def _page(raw: str = "", error: Invalid | None = None) -> str:
    at = clock.now()
    rows: list[tuple[Any, Any]] = api_tokens(db.session())
    return render_template(
        "admin/tokens.html",
        rows=rows,
        raw=raw,
        fields=error.fields if error else {},
        form=request.form if error else {},
        chosen=request.form.getlist("scope") if error else SCOPES[:1],
        all_roles=ROLES,
        scopes=SCOPES,
        days=LIFETIMES,
        now=at,
    )
