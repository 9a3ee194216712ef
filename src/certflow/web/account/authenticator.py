"""Setting up an authenticator, its recovery codes, switching it off (catalogue A4)."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from markupsafe import Markup

from certflow.accounts import queries, second_factor
from certflow.core import clock
from certflow.core.access import SIGNED_IN, allow, current_actor
from certflow.core.actor import Actor
from certflow.core.db import Session, db
from certflow.core.errors import Forbidden, Invalid, NotFound
from certflow.core.text import Text
from certflow.documents import qr
from certflow.web.account import again
from certflow.web.account.blueprint import blueprint

NEEDED = Text(
    "您的角色必须使用动态验证码，不能停用。如需更换手机，请先用恢复码登录，或请系统管理员重置。",
    "Your role needs a second factor, so it cannot be switched off. To change the phone, ask a "
    "system administrator to reset it.",
)


@blueprint.get("/account/second-factor", endpoint="second_factor")
@allow(SIGNED_IN)
def second_factor_page() -> Any:
    """Show how it stands: not set up, being set up, in use."""
    return _page()


@blueprint.post("/account/second-factor/start")
@allow(SIGNED_IN)
def start_second_factor() -> Any:
    """Make a secret, after the password was typed again."""
    faults = again.faults()
    if faults:
        return _page(faults), 422
    second_factor.start(db.session(), current_actor().user_id or 0, clock.now())
    return redirect(url_for("account.second_factor"), 303)


@blueprint.post("/account/second-factor/confirm")
@allow(SIGNED_IN)
def confirm_second_factor() -> Any:
    """Take it into use and show the recovery codes, once."""
    session, actor, at = db.session(), current_actor(), clock.now()
    factor = second_factor.factor_of(session, actor.user_id or 0)
    if factor is None or factor.confirmed_at is not None:
        return redirect(url_for("account.second_factor"), 303)
    try:
        second_factor.confirm(session, factor, request.form.get("code", "")[:20], at, actor)
    except Invalid as error:
        return _page(error.fields), 422
    return _codes(session, actor)


@blueprint.post("/account/second-factor/codes")
@allow(SIGNED_IN)
def new_recovery_codes() -> Any:
    """Make new recovery codes and show them, once."""
    session, actor = db.session(), current_actor()
    if not second_factor.enrolled(session, actor.user_id or 0):
        return redirect(url_for("account.second_factor"), 303)
    faults = again.faults()
    return (_page(faults), 422) if faults else _codes(session, actor)


@blueprint.post("/account/second-factor/off")
@allow(SIGNED_IN)
def switch_second_factor_off() -> Any:
    """Do without it again, where the role allows that."""
    session, actor = db.session(), current_actor()
    if second_factor.needed(session, actor.user_id or 0):
        raise Forbidden(NEEDED)
    faults = again.faults()
    if faults:
        return _page(faults), 422
    second_factor.switch_off(session, actor.user_id or 0, actor)
    flash(gettext("动态验证码已停用。"))
    return redirect(url_for("account.second_factor"), 303)


def _codes(session: Session, actor: Actor) -> str:
    made = second_factor.new_recovery_codes(session, actor.user_id or 0, clock.now(), actor)
    return render_template("account/recovery_codes.html", codes=made)


def _page(errors: dict[str, Text] | None = None) -> str:
    session, user_id = db.session(), current_actor().user_id or 0
    user, factor = queries.get_user(session, user_id), second_factor.factor_of(session, user_id)
    if user is None:
        raise NotFound
    pending = factor if factor and factor.confirmed_at is None else None
    address = second_factor.address_of(pending, user.login_name) if pending else ""
    return render_template(
        "account/second_factor.html",
        errors=errors or {},
        fresh=again.fresh(),
        in_use=factor if factor and factor.confirmed_at else None,
        code=Markup(qr.svg(address, 44)) if pending else "",  # noqa: S704 - segno escapes
        secret=" ".join(_fours(pending.secret)) if pending else "",
        left=second_factor.recovery_codes_left(session, user_id),
        needed=second_factor.needed(session, user_id),
    )


def _fours(secret: str) -> list[str]:
    return [secret[start : start + 4] for start in range(0, len(secret), 4)]
