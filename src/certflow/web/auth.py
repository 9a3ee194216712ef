"""Login, logout, role and language (catalogue A4, A10, I3)."""

from typing import Any
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    g,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)

from certflow.accounts import queries, sign_in
from certflow.accounts.operations import set_locale
from certflow.accounts.roles import ROLES
from certflow.core import clock
from certflow.core.access import PUBLIC, SIGNED_IN, allow, current_actor, current_actor_or_none
from certflow.core.db import db
from certflow.core.errors import Invalid, NotFound
from certflow.core.http import keep_changes
from certflow.core.settings import current
from certflow.core.text import Text
from certflow.web.edge import COOKIE, LOCALES, session_token

blueprint = Blueprint("auth", __name__)

WRONG = Text(
    "登录名或密码不对。请检查后再试；忘记密码请联系所在机构管理员。",
    "The name or the password is wrong. Check both and try again.",
)


@blueprint.get("/login")
@allow(PUBLIC)
def login() -> Any:
    """Show the login page; somebody signed in goes to their own first page."""
    actor = current_actor_or_none()
    if actor is not None:
        return redirect(url_for(ROLES[actor.role].landing))
    return render_template(
        "auth/login.html", next=request.args.get("next", ""), error=None, name=""
    )


@blueprint.post("/login")
@allow(PUBLIC)
def do_login() -> Any:
    """Check name and password; begin a new login with a new token."""
    name, password = request.form.get("name", ""), request.form.get("password", "")
    address = request.remote_addr or ""
    keep_changes()
    found = sign_in.sign_in(db.session(), name, password, clock.now(), address)
    target = local_path(request.form.get("next", ""))
    if found is None:
        page = render_template("auth/login.html", next=target, error=WRONG, name=name)
        return page, 422
    language = session.get("locale")
    session.clear()
    if language:
        session["locale"] = language
    answer = redirect(target or url_for(ROLES[found.login_session.role].landing))
    return _with_cookie(answer, found.token)


@blueprint.post("/logout")
@allow(PUBLIC)
def logout() -> Any:
    """End the login of this browser."""
    sign_in.sign_out(db.session(), session_token(), clock.now())
    session.clear()
    answer = make_response(redirect(url_for("auth.login")))
    answer.delete_cookie(COOKIE)
    return answer


@blueprint.post("/role")
@allow(SIGNED_IN)
def switch_role() -> Any:
    """Go on in another of one's roles."""
    role = request.form.get("role", "")
    if role not in ROLES:
        raise NotFound
    sign_in.switch_role(db.session(), g.login_session_id, role)
    target = local_path(request.form.get("next", ""))
    return redirect(target or url_for(ROLES[role].landing))


@blueprint.post("/language")
@allow(PUBLIC)
def switch_language() -> Any:
    """Read the platform in another language, now and at the next login."""
    wanted = request.form.get("locale", "zh")
    session["locale"] = wanted if wanted in LOCALES else "zh"
    actor = current_actor_or_none()
    if actor is not None and actor.user_id is not None:
        set_locale(db.session(), actor.user_id, session["locale"])
    return redirect(local_path(request.form.get("next", "")) or url_for("auth.login"))


@blueprint.get("/password")
@allow(SIGNED_IN)
def password() -> Any:
    """Show the page on which one sets a new password."""
    return render_template("auth/password.html", errors={})


@blueprint.post("/password")
@allow(SIGNED_IN)
def set_password() -> Any:
    """Set a new password; every other login of the account ends."""
    actor = current_actor()
    user = queries.get_user(db.session(), actor.user_id or 0)
    if user is None:
        raise NotFound
    new, at = request.form.get("password", ""), clock.now()
    errors = _password_errors(user.login_name, new)
    if not errors:
        try:
            sign_in.set_password(db.session(), user, new, at, actor)
        except Invalid as error:
            errors = error.fields
    if errors:
        keep_changes()
        return render_template("auth/password.html", errors=errors), 422
    begun = sign_in.sign_in(db.session(), user.login_name, new, at, request.remote_addr or "")
    answer = redirect(url_for(ROLES[actor.role].landing))
    return _with_cookie(answer, begun.token) if begun else answer


def _password_errors(login_name: str, new: str) -> dict[str, Text]:
    """Check what was typed beside the new password; a wrong present one counts as a try."""
    if new != request.form.get("again", ""):
        return {"again": Text("两次输入的新密码不一样。", "The two new passwords differ.")}
    old, address = request.form.get("old", ""), request.remote_addr or ""
    if sign_in.sign_in(db.session(), login_name, old, clock.now(), address) is None:
        return {"old": Text("现在的密码不对。", "The present password is wrong.")}
    return {}


def local_path(target: str) -> str:
    """Return `target` when it leads into this site, else an empty string."""
    parts = urlsplit(target.replace("\\", "/"))
    local = target.isprintable() and target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if local and not parts.netloc and not parts.scheme else ""


def _with_cookie(answer: Any, token: str) -> Response:
    response = make_response(answer)
    response.set_cookie(
        COOKIE,
        token,
        httponly=True,
        samesite="Lax",
        secure=current().production,
        max_age=12 * 3600,
    )
    return response
