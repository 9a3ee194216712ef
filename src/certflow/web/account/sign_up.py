"""Signing up: notes, phone, particulars, done (catalogue A1-A3, A11)."""

from dataclasses import fields
from typing import Any

from flask import flash, redirect, render_template, request, session, url_for
from flask_babel import gettext

from certflow.accounts import codes, entries, real_name, sign_up
from certflow.accounts.identity import DOCUMENT_TYPES
from certflow.accounts.queries import person_of_user
from certflow.accounts.roles import ROLES
from certflow.core import clock
from certflow.core.access import PUBLIC, allow, current_actor_or_none
from certflow.core.actor import Actor
from certflow.core.db import db
from certflow.core.errors import AppError, Invalid, TooMany
from certflow.core.http import keep_changes
from certflow.core.text import Text
from certflow.notifications.operations import NewNotice, notify
from certflow.web.account.blueprint import blueprint
from certflow.web.account.code_step import CodeStep, Outcome
from certflow.web.edge import locale
from certflow.web.limits import limiter

STEP = CodeStep(sign_up.PURPOSE)
NOTES = "2026-11"
"""Which notes were shown: a new edition has to be agreed to again."""
CHECKS = "30 per minute; 200 per hour"
_FIELDS = tuple(field.name for field in fields(entries.SignUp))
OPENED = Text(
    "您的账号已开通，可以开始办理。如果不是您本人注册，请联系协会。",
    "Your account is open. If it was not you who signed up, contact the association.",
)
LINKED = Text(
    "您的账号已开通，并已接上您在原系统的档案（档案号 {archive}），其中的证书、成绩和记录都可以直接使用。",
    "Your account is open and linked to your file of the earlier system ({archive}): its "
    "certificates, results and records are yours to use.",
)
AGREE = Text("请先阅读须知并勾选同意。", "Read the notes and tick the box to agree.")


@blueprint.get("/sign-up")
@allow(PUBLIC)
def sign_up_notes() -> Any:
    """Show the notes; somebody signed in has an account already."""
    actor = current_actor_or_none()
    if actor is not None:
        return redirect(url_for(ROLES[actor.role].landing))
    return render_template("account/sign_up_notes.html", errors={})


@blueprint.post("/sign-up")
@allow(PUBLIC)
def agree_to_notes() -> Any:
    """Go on once the notes are agreed to."""
    if request.form.get("agree") != "yes":
        return render_template("account/sign_up_notes.html", errors={"agree": AGREE}), 422
    session["agreed"] = NOTES
    return redirect(url_for("account.sign_up_phone"), 303)


@blueprint.get("/sign-up/phone")
@allow(PUBLIC)
def sign_up_phone() -> Any:
    """Ask for the phone."""
    if session.get("agreed") != NOTES:
        return redirect(url_for("account.sign_up_notes"))
    return _phone_page()


@blueprint.post("/sign-up/phone")
@allow(PUBLIC)
def prove_sign_up_phone() -> Any:
    """Send a code, or go on with it. Who holds the phone is told that it has an account."""
    if session.get("agreed") != NOTES:
        return redirect(url_for("account.sign_up_notes"), 303)
    outcome = STEP.press()
    if outcome.proof is None:
        return _phone_page(outcome), outcome.status
    if sign_up.phone_taken(db.session(), outcome.proof.target or ""):
        faults = {"phone": sign_up.PHONE_TAKEN}
        return _phone_page(Outcome(faults=faults), taken=True), 422
    return redirect(url_for("account.sign_up_particulars"), 303)


@blueprint.get("/sign-up/particulars")
@allow(PUBLIC)
def sign_up_particulars() -> Any:
    """Ask who it is."""
    proof = STEP.held()
    return _particulars(entries.SignUp(), proof) if proof else _phone_again()


@blueprint.post("/sign-up/particulars")
@allow(PUBLIC)
def do_sign_up() -> Any:
    """Open the account."""
    proof, told = STEP.held(), _told()
    if proof is None:
        return _phone_again()
    keep_changes()
    try:
        user = sign_up.register(db.session(), proof, told, clock.now())
    except Invalid as error:
        return _particulars(told, proof, error.fields), 422
    except TooMany as error:
        return _particulars(told, proof, {"": error.message}), 429
    person = person_of_user(db.session(), user.id)
    if person is not None and real_name.present_check() and person.identity_state == "unchecked":
        actor = Actor(user.id, user.name, "applicant", person_id=person.id)
        real_name.ask(db.session(), person, actor, clock.now())
    linked = person is not None and person.created_at < user.created_at
    text = LINKED.filled(archive=person.archive_number) if linked and person else OPENED
    new = NewNotice(kind="account.opened", role="applicant", text=text, link="/my/profile")
    notify(db.session(), [user.id], new, clock.now())
    STEP.forget()
    session["signed_up"] = user.login_name
    return redirect(url_for("account.signed_up"), 303)


@blueprint.post("/sign-up/check")
@limiter.limit(CHECKS)
@allow(PUBLIC)
def check_sign_up() -> Any:
    """Say of one entry whether it will do, while the form is filled in.

    Answers only who holds a proved phone; see `accounts.sign_up` for what is said to whom.
    """
    proof, told, field = STEP.held(), _told(), request.form.get("_field", "")
    if proof is None:
        return {"state": "unknown"}
    keep_changes()
    try:
        sign_up.check_one(db.session(), proof, told, field, clock.now())
    except Invalid as error:
        return {"state": "wrong", "message": error.message.of(locale()), **_derived(told)}
    except TooMany:
        return {"state": "unknown", **_derived(told)}
    return {"state": "good", **_derived(told)}


@blueprint.get("/sign-up/done")
@allow(PUBLIC)
def signed_up() -> Any:
    """Say that the account is open, and lead to the login."""
    name = session.get("signed_up")
    if not name:
        return redirect(url_for("auth.login"))
    return render_template("account/signed_up.html", name=name)


def _told() -> entries.SignUp:
    return entries.SignUp(**{name: request.form.get(name, "")[:300] for name in _FIELDS})


def _derived(told: entries.SignUp) -> dict[str, str]:
    """Return what the document number says of its holder, in words."""
    try:
        identity = entries.identity_of(told, clock.now())
    except AppError:
        return {}
    if identity.birth_date is None:
        return {}
    sex = gettext("男") if identity.sex == "male" else gettext("女")
    return {"derived": gettext("%(sex)s，%(born)s 出生", sex=sex, born=identity.birth_date)}


def _phone_again() -> Any:
    flash(gettext("手机验证已过期，请重新验证，之后继续填写。"), "warn")
    return redirect(url_for("account.sign_up_phone"), 303)


def _phone_page(outcome: Outcome | None = None, *, taken: bool = False) -> str:
    errors = (outcome.faults if outcome else None) or {}
    step = STEP.shown(outcome)
    return render_template("account/sign_up_phone.html", step=step, errors=errors, taken=taken)


def _particulars(
    told: entries.SignUp, proof: codes.Proof, errors: dict[str, Text] | None = None
) -> str:
    return render_template(
        "account/sign_up_particulars.html",
        told=told,
        errors=errors or {},
        document_types=DOCUMENT_TYPES,
        derived=_derived(told).get("derived", ""),
        phone=proof.target,
        today=clock.today(),
    )
