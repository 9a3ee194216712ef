"""Find the account, set a new password, replace a lost phone (catalogue A4, A5)."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask import session as visit
from flask_babel import gettext

from certflow.accounts import passwords, recovery
from certflow.accounts.identity import DOCUMENT_TYPES
from certflow.core import clock
from certflow.core.access import PUBLIC, allow
from certflow.core.db import db
from certflow.core.errors import Forbidden, Invalid, TooMany
from certflow.core.given import refuse, wrong_in
from certflow.core.http import keep_changes
from certflow.core.text import Text
from certflow.notifications.text_messages import text
from certflow.web.account.blueprint import blueprint
from certflow.web.account.code_step import CodeStep, Outcome
from certflow.web.account.telling import tell_bodies, tell_owner
from certflow.web.visitor import address

NO_NAME = Text("请填写姓名。", "Enter the name.")
NO_NUMBER = Text("请填写证件号码。", "Enter the document number.")
RESET = CodeStep(recovery.RESET)
LOST = CodeStep(recovery.LOST_PHONE)
TOLD_RESET = Text(
    "您的密码已通过短信验证码重设。如果不是您本人操作，请立即联系协会。",
    "Your password was reset by text message. If it was not you, contact the association.",
)
TOLD_PHONE = Text(
    "您的登录手机号已更换，所有登录已退出。如果不是您本人操作，请立即联系协会。",
    "The phone of your account was replaced and every login ended. If it was not you, contact "
    "the association.",
)


@blueprint.get("/recover")
@allow(PUBLIC)
def recover() -> Any:
    """Offer the ways back in."""
    return render_template("account/recover.html")


@blueprint.get("/recover/password")
@allow(PUBLIC)
def recover_password() -> Any:
    """Ask for the phone of the account."""
    return _phone_page()


@blueprint.post("/recover/password")
@allow(PUBLIC)
def prove_recovery_phone() -> Any:
    """Send a code, or go on with it. Only who holds the phone learns whether it has an account."""
    outcome = RESET.press()
    if outcome.proof is None:
        return _phone_page(outcome), outcome.status
    try:
        recovery.account_of(db.session(), outcome.proof, clock.now())
    except Invalid as error:
        return _phone_page(Outcome(faults=error.fields)), 422
    return redirect(url_for("account.new_password"), 303)


@blueprint.get("/recover/password/new")
@allow(PUBLIC)
def new_password() -> Any:
    """Tell the login name and ask for a new password."""
    proof = RESET.held()
    if proof is None:
        return _again()
    user = recovery.account_of(db.session(), proof, clock.now())
    return render_template("account/new_password.html", name=user.login_name, errors={})


@blueprint.post("/recover/password/new")
@allow(PUBLIC)
def set_new_password() -> Any:
    """Set the new password; every login of the account ends."""
    proof, at, session = RESET.held(), clock.now(), db.session()
    if proof is None:
        return _again()
    user = recovery.account_of(session, proof, at)
    new, again = request.form.get("password", ""), request.form.get("again", "")
    errors = passwords.faults(new, again, user.login_name, user.name)
    if not errors:
        try:
            recovery.reset_password(session, proof, new, at, address())
        except Invalid as error:
            errors = error.fields
    if errors:
        page = render_template("account/new_password.html", name=user.login_name, errors=errors)
        return page, 422
    tell_owner(user.id, "account.password_reset", TOLD_RESET)
    tell_bodies(user)
    RESET.forget()
    visit.pop("failed", None)
    flash(gettext("新密码已生效，请用它登录。"))
    return redirect(url_for("auth.login"), 303)


@blueprint.get("/recover/phone")
@allow(PUBLIC)
def recover_phone() -> Any:
    """Ask who it is and for the new phone."""
    return _lost_page()


@blueprint.post("/recover/phone")
@allow(PUBLIC)
def replace_phone() -> Any:
    """Send a code to the new phone, or replace the old one with it.

    Before the new phone is proved nothing is compared, so nothing can be learnt.
    """
    held = LOST.held() if request.form.get("_do") != "send" else None
    outcome = Outcome(held) if held else LOST.press()
    if outcome.proof is None:
        return _lost_page(outcome), outcome.status
    keep_changes()
    try:
        refuse(_missing())
        user, before = recovery.replace_lost_phone(
            db.session(), outcome.proof, _named(), clock.now(), address()
        )
    except Invalid as error:
        return _lost_page(Outcome(faults=error.fields), proved=True), 422
    except (TooMany, Forbidden) as error:
        return _lost_page(Outcome(faults={"": error.message}), proved=True), error.status
    tell_owner(user.id, "account.phone_replaced", TOLD_PHONE)
    tell_bodies(user)
    if before:
        text(db.session(), before, "security", {}, user.locale, clock.now())
    LOST.forget()
    flash(gettext("登录手机号已更换。请用原来的密码登录；24 小时后可以用新手机号重设密码。"))
    return redirect(url_for("auth.login"), 303)


def _missing() -> dict[str, Text | None]:
    name, _type, number = _named()
    return {
        "name": wrong_in(name, 60, NO_NAME),
        "document_number": wrong_in(number, 40, NO_NUMBER),
    }


def _named() -> tuple[str, str, str]:
    form = request.form
    return (
        form.get("name", ""),
        form.get("document_type", ""),
        form.get("document_number", ""),
    )


def _again() -> Any:
    flash(gettext("手机验证已过期，请重新验证。"), "warn")
    return redirect(url_for("account.recover_password"), 303)


def _phone_page(outcome: Outcome | None = None) -> str:
    errors = (outcome.faults if outcome else None) or {}
    return render_template(
        "account/recover_password.html", step=RESET.shown(outcome), errors=errors
    )


def _lost_page(outcome: Outcome | None = None, *, proved: bool = False) -> str:
    return render_template(
        "account/recover_phone.html",
        step=LOST.shown(outcome),
        errors=(outcome.faults if outcome else None) or {},
        proved=proved,
        form=request.form,
        document_types=DOCUMENT_TYPES,
    )
