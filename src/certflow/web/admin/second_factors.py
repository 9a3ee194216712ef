"""Who lost phone and recovery codes gets a new second factor: by a decision with a reason (A4)."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext

from certflow.accounts import second_factor
from certflow.accounts.queries import find_user
from certflow.core import clock
from certflow.core.access import allow, current_actor
from certflow.core.db import db
from certflow.core.errors import Invalid
from certflow.core.given import wrong_in
from certflow.core.text import Text
from certflow.notifications.operations import NewNotice, notify
from certflow.web.admin.area import blueprint

NO_USER = Text(
    "没有这个账号，或者它没有启用动态验证码，请检查登录名。",
    "There is no such account, or it has no second factor. Check the login name.",
)
TOLD = Text(
    "系统管理员已重置您的动态验证码，所有登录已退出。如果不是您本人申请，请立即联系协会。",
    "An administrator has reset your second factor and ended every login. If you did not ask for "
    "it, contact the association.",
)


@blueprint.get("/second-factors")
@allow("system_admin")
def second_factors() -> str:
    """Ask whose second factor is to be reset, and why."""
    return _page({})


@blueprint.post("/second-factors")
@allow("system_admin")
def reset_second_factor() -> Any:
    """Reset it; every login of the account ends, and its owner is told."""
    session, actor, form, at = db.session(), current_actor(), request.form, clock.now()
    user = find_user(session, form.get("user", "")[:254])
    if user is None or second_factor.factor_of(session, user.id) is None:
        needed = wrong_in(form.get("reason", ""), 500, second_factor.WHY_RESET)
        return _page({"user": NO_USER} | ({"reason": needed} if needed else {})), 422
    try:
        second_factor.reset(session, user.id, at, actor, form.get("reason", ""))
    except Invalid as error:
        return _page(error.fields), 422
    new = NewNotice(kind="account.second_factor_reset", role="", text=TOLD, link="/account/logins")
    notify(session, [user.id], new, at)
    flash(gettext("动态验证码已重置，对方下次登录时重新设置"), "passed")
    return redirect(url_for("admin.second_factors"), 303)


def _page(errors: dict[str, Text]) -> str:
    return render_template("admin/second_factors.html", errors=errors, form=request.form)
