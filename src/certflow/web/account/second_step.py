"""The second step of a login: the authenticator's code, or a recovery code (catalogue A4)."""

from typing import Any

from flask import redirect, render_template, request, session, url_for

from certflow.accounts import queries, second_factor
from certflow.core import clock
from certflow.core.access import PUBLIC, allow
from certflow.core.db import db
from certflow.core.errors import Invalid, TooMany
from certflow.core.http import keep_changes
from certflow.web.account.blueprint import blueprint
from certflow.web.entering import Wanted, enter
from certflow.web.visitor import address

WAITS_SECONDS = 300


def ask(user_id: int, wanted: Wanted) -> Any:
    """Remember whose password was right, in this browser and for five minutes; ask for the code."""
    kept = {name: session[name] for name in ("locale",) if name in session}
    session.clear()
    session.update(kept)
    session["second"] = [user_id, clock.now().timestamp(), wanted.target, wanted.entry]
    return redirect(url_for("account.second_step"), 303)


@blueprint.get("/login/second")
@allow(PUBLIC)
def second_step() -> Any:
    """Ask for the code."""
    if _waiting() is None:
        return redirect(url_for("auth.login"))
    return render_template("account/second_step.html", errors={})


@blueprint.post("/login/second")
@allow(PUBLIC)
def do_second_step() -> Any:
    """Check the code; then the login begins."""
    waiting = _waiting()
    if waiting is None:
        return redirect(url_for("auth.login"), 303)
    user, wanted = waiting
    keep_changes()
    try:
        typed = request.form.get("code", "")[:30]
        second_factor.check(db.session(), user, typed, clock.now(), address())
    except Invalid as error:
        return render_template("account/second_step.html", errors=error.fields), 422
    except TooMany as error:
        return render_template("account/second_step.html", errors={"code": error.message}), 429
    return enter(user, wanted)


def _waiting() -> tuple[Any, Wanted] | None:
    noted = session.get("second")
    if not noted or clock.now().timestamp() - noted[1] > WAITS_SECONDS:
        return None
    user = queries.get_user(db.session(), noted[0])
    return None if user is None else (user, Wanted(noted[2], noted[3]))
