"""Tokens for one's own programs, and for those of one's organisation (catalogue I1)."""

from collections.abc import Callable, Collection
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from certflow.accounts import tokens
from certflow.core import clock
from certflow.core.access import SIGNED_IN, allow, current_actor
from certflow.core.db import db
from certflow.core.errors import Invalid
from certflow.web.account import again

blueprint = Blueprint("tokens", __name__)

Issue = Callable[..., str]


@blueprint.get("/account/tokens")
@allow(SIGNED_IN)
def own() -> str:
    """List the tokens of my own programs and offer another."""
    return _own()


@blueprint.post("/account/tokens")
@allow(SIGNED_IN)
def issue_own() -> Any:
    """Issue a token that acts for me in my present role; shown on this one answer."""
    try:
        raw = _issued(tokens.issue_own)
    except Invalid as error:
        return _own(error=error), error.status
    return _own(raw)


@blueprint.post("/account/tokens/<int:my_token_id>/revoke")
@allow(SIGNED_IN)
def revoke_own(my_token_id: int) -> Any:
    """End one of my tokens at once."""
    tokens.revoke_own(db.session(), current_actor(), my_token_id, clock.now())
    flash(gettext("令牌已吊销，立即失效"), "passed")
    return redirect(url_for("tokens.own"), 303)


@blueprint.get("/office/tokens")
@allow(tokens.ADMIN)
def of_body() -> str:
    """List the tokens of the organisation's programs and offer another."""
    return _of_body()


@blueprint.post("/office/tokens")
@allow(tokens.ADMIN)
def issue_of_body() -> Any:
    """Issue a token that acts as the organisation's staff; shown on this one answer."""
    try:
        raw = _issued(tokens.issue_for_organisation)
    except Invalid as error:
        return _of_body(error=error), error.status
    return _of_body(raw)


@blueprint.post("/office/tokens/<int:body_token_id>/revoke")
@allow(tokens.ADMIN)
def revoke_of_body(body_token_id: int) -> Any:
    """End one of the organisation's tokens at once."""
    tokens.revoke_of_organisation(db.session(), current_actor(), body_token_id, clock.now())
    flash(gettext("令牌已吊销，立即失效"), "passed")
    return redirect(url_for("tokens.of_body"), 303)


def _issued(issue: Issue) -> str:
    form = request.form
    name, scopes = form.get("name", ""), tuple(form.getlist("scope"))
    wanted = tokens.Wanted(name, scopes, form.get("days", ""))
    if wrong := again.faults():
        raise Invalid(tokens.INVALID, wrong)
    return issue(db.session(), current_actor(), wanted, clock.now())


def _own(raw: str = "", error: Invalid | None = None) -> str:
    rows: list[tuple[Any, Any]] = tokens.own_tokens(db.session(), current_actor())
    return _page("account/tokens.html", rows, raw, error)


def _of_body(raw: str = "", error: Invalid | None = None) -> str:
    rows: list[tuple[Any, Any]] = tokens.tokens_of_organisation(db.session(), current_actor())
    dead = tokens.unanswered(db.session(), current_actor())
    return _page("office/tokens.html", rows, raw, error, dead)


def _page(
    template: str,
    rows: list[tuple[Any, Any]],
    raw: str,
    error: Invalid | None,
    dead: Collection[int] = (),
) -> str:
    return render_template(
        template,
        rows=rows,
        dead=dead,
        raw=raw,
        errors=error.fields if error else {},
        form=request.form if error else {},
        chosen=request.form.getlist("scope") if error else tokens.SCOPES[:1],
        scopes=tokens.SCOPES,
        days=tokens.LIFETIMES,
        now=clock.now(),
        fresh=again.fresh(),
    )
