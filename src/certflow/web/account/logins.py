"""Where I am signed in, and how to end that (catalogue A4)."""

from typing import Any

from flask import flash, g, redirect, render_template, url_for
from flask_babel import gettext

from certflow.accounts.logins import end_login, end_others, live_logins, past_logins
from certflow.core import clock
from certflow.core.access import SIGNED_IN, allow, current_actor
from certflow.core.db import db
from certflow.web.account.blueprint import blueprint


@blueprint.get("/account/logins")
@allow(SIGNED_IN)
def logins() -> Any:
    """List my logins."""
    mine = db.session(), current_actor().user_id or 0, clock.now()
    return render_template(
        "account/logins.html",
        logins=live_logins(*mine),
        past=past_logins(*mine),
        present=g.login_session_id,
    )


@blueprint.post("/account/logins/<int:login_id>/end")
@allow(SIGNED_IN)
def end(login_id: int) -> Any:
    """End one of my logins; the present one leads out."""
    end_login(db.session(), current_actor(), login_id, clock.now())
    flash(gettext("这个登录已退出。"))
    return redirect(url_for("account.logins"), 303)


@blueprint.post("/account/logins/end-others")
@allow(SIGNED_IN)
def end_all_others() -> Any:
    """End every login of mine but this one."""
    end_others(db.session(), current_actor(), g.login_session_id, clock.now())
    flash(gettext("其他设备上的登录已全部退出。"))
    return redirect(url_for("account.logins"), 303)
