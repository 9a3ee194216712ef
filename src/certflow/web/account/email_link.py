"""The link that confirms the e-mail address told at sign-up (catalogue A1, A8)."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext

from certflow.accounts import confirming, contact, queries
from certflow.core import clock
from certflow.core.access import SIGNED_IN, allow, current_actor
from certflow.core.db import db
from certflow.core.errors import Invalid, NotFound
from certflow.web.account.blueprint import blueprint
from certflow.web.edge import locale


@blueprint.get("/account/email/confirm")
@allow(SIGNED_IN)
def email_link() -> Any:
    """Ask whoever opened the link for the one press that confirms: programs open links, too."""
    email = contact.mask_email(_mine().email or "")
    return render_template("account/email_link.html", email=email, seal=request.args.get("seal"))


@blueprint.post("/account/email/confirm")
@allow(SIGNED_IN)
def confirm_email() -> Any:
    """Confirm my address; a link that is of no use leads to the other way, a code."""
    actor, seal = current_actor(), request.form.get("seal", "")[:200]
    try:
        confirming.confirm(db.session(), _mine(), seal, clock.now(), actor)
    except Invalid as error:
        flash(error.message.of(locale()), "warn")
        return redirect(url_for("account.email"), 303)
    flash(gettext("电子邮箱已确认，办理通知会发到这里。"), "passed")
    return redirect(url_for("account.overview"), 303)


def _mine() -> Any:
    user = queries.get_user(db.session(), current_actor().user_id or 0)
    if user is None:
        raise NotFound
    return user
