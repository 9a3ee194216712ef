"""Tokens with which programs act for a user (catalogue I6): issue, list, revoke."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from certflow.accounts.queries import find_user, grants_of
from certflow.accounts.roles import ROLES
from certflow.accounts.tokens import (
    LIFETIMES,
    SCOPES,
    Wanted,
    api_tokens,
    checked,
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
    held = grants_of(session, user.id) if user else ROLES
    faults = {"user": None if user else NO_USER, "role": None if role in held else NOT_HELD}
    wanted = Wanted(form.get("name", ""), tuple(form.getlist("scope")), form.get("days", ""))
    name, scopes, lasts = checked(wanted, faults)
    _token, raw = issue_api_token(
        session,
        user.id if user else 0,
        role,
        scopes,
        at,
        expires_at=at + lasts,
        name=name,
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
        errors=error.fields if error else {},
        form=request.form if error else {},
        chosen=request.form.getlist("scope") if error else SCOPES[:1],
        offered=[(key, role.title) for key, role in ROLES.items()],
        scopes=SCOPES,
        days=LIFETIMES,
        now=at,
    )
