"""One's own account: what it holds, what can be changed here (catalogue A6, A8, B8)."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext

from certflow.accounts import contact, queries, real_name, second_factor
from certflow.accounts.logins import live_logins
from certflow.core import clock
from certflow.core.access import SIGNED_IN, allow, current_actor
from certflow.core.crypto import mask_document, mask_phone
from certflow.core.db import db
from certflow.core.errors import Invalid, NotFound
from certflow.core.settings import current
from certflow.core.text import Text
from certflow.notifications import topics
from certflow.web.account import again
from certflow.web.account.blueprint import blueprint
from certflow.web.account.code_step import CodeStep, Outcome
from certflow.web.account.telling import tell_owner

EMAIL_LOST = Text(
    "您注册时填写的电子邮箱一直没有确认，现已由能收到验证码的人确认使用，不能再用它登录。"
    "如果是您的，请另行绑定能收到邮件的邮箱。",
    "The e-mail address that you gave at sign-up was never confirmed, and now somebody who receives "
    "its mail has confirmed it for another account. You cannot sign in by it any more; please add an "
    "address at which you receive mail.",
)
PHONE, EMAIL = CodeStep(contact.PHONE), CodeStep(contact.EMAIL, "email")


@blueprint.get("/account")
@allow(SIGNED_IN)
def overview() -> Any:
    """Show the account."""
    return _page()


@blueprint.post("/account/address")
@allow(SIGNED_IN)
def set_address() -> Any:
    """Note where I receive post."""
    session, actor = db.session(), current_actor()
    person, address = (
        queries.the_person(session, actor.user_id or 0),
        request.form.get("address", ""),
    )
    try:
        contact.set_address(session, person, address, actor)
    except Invalid as error:
        return _page(error.fields, address), 422
    flash(gettext("通信地址已保存。"))
    return redirect(url_for("account.overview"), 303)


@blueprint.post("/account/notices")
@allow(SIGNED_IN)
def set_notices() -> Any:
    """Choose the channels of every topic."""
    actor, chosen = current_actor(), set(request.form.getlist("channel"))
    wanted = {
        topic: topics.Channels(f"{topic}.mail" in chosen, f"{topic}.sms" in chosen)
        for topic in topics.TOPICS
    }
    topics.choose(db.session(), actor.user_id or 0, wanted, actor)
    flash(gettext("通知设置已保存。"))
    return redirect(url_for("account.overview"), 303)


@blueprint.post("/account/real-name")
@allow(SIGNED_IN)
def verify_name() -> Any:
    """Have my name verified."""
    session, actor = db.session(), current_actor()
    person = queries.the_person(session, actor.user_id or 0)
    real_name.ask(session, person, actor, clock.now())
    flash(gettext("已发起实名认证，通常一分钟内有结果。"))
    return redirect(url_for("account.overview"), 303)


@blueprint.get("/account/phone")
@allow(SIGNED_IN)
def phone() -> Any:
    """Ask for the new phone."""
    queries.the_person(db.session(), current_actor().user_id or 0)
    return _change_page(PHONE)


@blueprint.post("/account/phone")
@allow(SIGNED_IN)
def change_phone() -> Any:
    """Send a code to the new phone, or take it."""
    session, actor = db.session(), current_actor()
    person = queries.the_person(session, actor.user_id or 0)
    outcome = _pressed(PHONE)
    if outcome.proof is not None:
        try:
            contact.set_phone(session, person, outcome.proof, clock.now(), actor)
        except Invalid as error:
            outcome = Outcome(faults=error.fields, status=422)
    return _changed(PHONE, outcome, gettext("登录手机号已更换。"))


@blueprint.get("/account/email")
@allow(SIGNED_IN)
def email() -> Any:
    """Ask for the new e-mail address, or for a code to the one that is not confirmed yet."""
    return _change_page(EMAIL)


@blueprint.post("/account/email")
@allow(SIGNED_IN)
def change_email() -> Any:
    """Send a code to the new address, or take it."""
    session, actor = db.session(), current_actor()
    user = queries.get_user(session, actor.user_id or 0)
    if user is None:
        raise NotFound
    outcome = _pressed(EMAIL)
    if outcome.proof is not None:
        try:
            loser = contact.set_email(session, user, outcome.proof, clock.now(), actor)
            if loser is not None:
                tell_owner(loser.id, "account.email_lost", EMAIL_LOST)
        except Invalid as error:
            outcome = Outcome(faults=error.fields, status=422)
    return _changed(EMAIL, outcome, gettext("电子邮箱已确认，办理通知会发到这里。"))


def _pressed(step: CodeStep) -> Outcome:
    faults = again.faults()
    return Outcome(faults=faults, status=422) if faults else step.press()


def _changed(step: CodeStep, outcome: Outcome, said: str) -> Any:
    if outcome.proof is None:
        return _change_page(step, outcome), outcome.status
    step.forget()
    flash(said)
    return redirect(url_for("account.overview"), 303)


def _change_page(step: CodeStep, outcome: Outcome | None = None) -> str:
    user = queries.get_user(db.session(), current_actor().user_id or 0)
    claimed = user.email if user and step is EMAIL and not user.email_confirmed_at else None
    return render_template(
        "account/change.html",
        step=step.shown(outcome, claimed or ""),
        confirming=claimed is not None,
        errors=(outcome.faults if outcome else None) or {},
        fresh=again.fresh(),
    )


def _page(errors: dict[str, Text] | None = None, address: str | None = None) -> str:
    session, actor, at = db.session(), current_actor(), clock.now()
    user_id = actor.user_id or 0
    user, person = queries.get_user(session, user_id), queries.person_of_user(session, user_id)
    if user is None:
        raise NotFound
    typed = person.address or "" if person and address is None else address or ""
    return render_template(
        "account/overview.html",
        user=user,
        person=person,
        email=contact.mask_email(user.email or ""),
        phone=mask_phone(person.phone) if person and person.phone else "",
        document=mask_document(person.document_number) if person else "",
        address=typed,
        errors=errors or {},
        topics=topics.TOPICS,
        channels=topics.choices(session, user_id),
        by_sms=bool(person and person.phone) and (current().sms_url or not current().production),
        states=real_name.STATES,
        checkable=real_name.present_check() is not None,
        enrolled=second_factor.enrolled(session, user_id),
        logins=len(live_logins(session, user_id, at)),
    )
