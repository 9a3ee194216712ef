"""The public page on which an organisation signs up (catalogue A7).

It opens an account that sees one case: the sign-up, which goes on as a form of its own.
"""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from certflow.accounts import organisations, passwords
from certflow.accounts.queries import grants_of
from certflow.cases.operations import start_case
from certflow.cases.queries import tasks_of
from certflow.core import clock
from certflow.core.access import PUBLIC, allow, current_actor_or_none
from certflow.core.actor import Actor
from certflow.core.db import Session, db
from certflow.core.errors import Invalid
from certflow.core.text import Text
from certflow.web.account import captcha
from certflow.web.entering import Wanted, enter
from certflow.web.limits import SIGN_UPS, limiter

blueprint = Blueprint("organisations", __name__, url_prefix="/organisations")
SERVICE = "organisation_sign_up"
_FIELDS = ("name", "uscc", "contact_name", "login_name", "email")


@blueprint.get("/sign-up")
@allow(PUBLIC)
def sign_up() -> Any:
    """Say what it takes, and ask for the account."""
    return _page({})


@blueprint.post("/sign-up")
@limiter.limit(SIGN_UPS)
@allow(PUBLIC)
def do_sign_up() -> Any:
    """Open the account, start the case, and go on to its form."""
    if current_actor_or_none() is not None:
        return redirect(url_for("organisations.sign_up"), 303)
    session, form = db.session(), request.form
    new = organisations.SigningUp(
        password=form.get("password", ""), **{name: form.get(name, "") for name in _FIELDS}
    )
    wrong = organisations.faults_of(new)
    about = new.login_name, new.contact_name
    wrong |= passwords.faults(new.password, form.get("again", ""), *about) | captcha.faults()
    if wrong:
        return _page(wrong), 422
    try:
        with session.begin_nested():
            user = organisations.sign_up(session, new, clock.now())
    except Invalid as error:
        return _page(error.fields), error.status
    return enter(user, Wanted(_begin_case(session, user, new)))


def _begin_case(session: Session, user: Any, new: organisations.SigningUp) -> str:
    """Start the sign-up with what is told already; return where it goes on."""
    role, body = next(iter(grants_of(session, user.id).items()))
    actor = Actor(user.id, user.name, role, organisation_id=body, roles=frozenset({role}))
    told = {
        "name": new.name.strip(),
        "uscc": new.uscc.strip().upper(),
        "contact_name": new.contact_name.strip(),
        "contact_email": new.email.strip(),
    }
    case = start_case(session, actor, SERVICE, given=told)
    return url_for("tasks.show", task_id=tasks_of(session, case.id)[0].id)


def _page(errors: Mapping[str, Text]) -> str:
    visitor = current_actor_or_none() is None
    return render_template(
        "organisations/sign_up.html",
        errors=errors,
        form=request.form,
        puzzle=captcha.puzzle() if visitor else None,
    )
