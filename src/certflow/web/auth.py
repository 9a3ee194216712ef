"""Login, logout, role and language (catalogue A4, A10, I3)."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    g,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)

from certflow.accounts import passwords, puzzles, queries, second_factor, sign_in
from certflow.accounts.operations import set_locale
from certflow.accounts.roles import ROLES
from certflow.core import clock
from certflow.core.access import PUBLIC, SIGNED_IN, allow, current_actor, current_actor_or_none
from certflow.core.db import db
from certflow.core.errors import Invalid, NotFound, TooMany
from certflow.core.given import wrong_in
from certflow.core.http import keep_changes
from certflow.core.text import Text
from certflow.web.account import again as again_
from certflow.web.account import captcha, second_step
from certflow.web.account.telling import tell_bodies, tell_owner
from certflow.web.edge import COOKIE, LOCALES, session_token
from certflow.web.entering import Wanted, begin, enter
from certflow.web.visitor import address, cookie_options, device

blueprint = Blueprint("auth", __name__)

WRONG = Text(
    "登录名或密码不对，请检查后再试。忘记密码可以用短信验证码重设。",
    "The name or the password is wrong. Check both, or set a new password by text message.",
)


NEEDED = {
    "name": Text("请填写登录名、手机号或电子邮箱。", "Enter your name, phone or e-mail address."),
    "password": Text("请填写密码。", "Enter the password."),
}
TOLD_SET = Text(
    "您的密码已修改，其他登录和您自己的接口令牌已停用。如果不是您本人操作，请立即联系协会。",
    "Your password was changed; your other logins and your own tokens have ended. If it was not "
    "you, contact the association.",
)
ENTRIES = ("person", "organisation")


@blueprint.get("/login")
@allow(PUBLIC)
def login() -> Any:
    """Show the login page; somebody signed in goes to their own first page."""
    actor = current_actor_or_none()
    if actor is not None:
        return redirect(url_for(ROLES[actor.role].landing))
    wanted = Wanted(request.args.get("next", ""), request.args.get("entry", ""))
    crowded = puzzles.wanted(db.session(), "", clock.now(), address())
    return _login_page(wanted, crowded or "failed" in session)


@blueprint.post("/login")
@allow(PUBLIC)
def do_login() -> Any:
    """Check captcha, name and password; begin a new login, or ask for the second factor."""
    form, at = request.form, clock.now()
    wanted = Wanted(local_path(form.get("next", "")), form.get("entry", ""))
    name, seen = form.get("name", "")[:254], (address(), device())
    keep_changes()
    puzzled = puzzles.wanted(db.session(), name, at, *seen)
    errors = captcha.faults() if puzzled else {}
    checked = {field: wrong_in(form.get(field, ""), 254, text) for field, text in NEEDED.items()}
    errors |= {field: text for field, text in checked.items() if text}
    if errors:
        return _login_page(wanted, puzzled, errors), 422
    try:
        password = form.get("password", "")[:300]
        user = sign_in.verify(
            db.session(), name, password, at, seen[0], device=seen[1], proved=puzzled
        )
    except TooMany as error:
        return _login_page(wanted, puzzled, {"name": error.message}), error.status
    if user is None:
        session["failed"] = True
        again = puzzled or puzzles.wanted(db.session(), name, at, *seen)
        return _login_page(wanted, again, {"password": WRONG}), 422
    if second_factor.enrolled(db.session(), user.id):
        return second_step.ask(user.id, wanted)
    return enter(user, wanted)


def _login_page(
    wanted: Wanted,
    puzzled: bool,  # noqa: FBT001 - internal
    errors: Mapping[str, Text] | None = None,
) -> str:
    entry = wanted.entry if wanted.entry in ENTRIES else ENTRIES[0]
    return render_template(
        "auth/login.html",
        next=wanted.target,
        entry_kind=entry,
        name=request.form.get("name", ""),
        puzzle=captcha.puzzle() if puzzled else None,
        errors=errors or {},
    )


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
    initial = user.must_change_password
    errors = _password_errors(user, new)
    if not errors:
        try:
            sign_in.set_password(db.session(), user, new, at, actor)
        except Invalid as error:
            errors = error.fields
    if errors:
        keep_changes()
        return render_template("auth/password.html", errors=errors), 422
    if not initial:
        tell_owner(user.id, "account.password_set", TOLD_SET)
        tell_bodies(user)
    begun = begin(user)
    answer = make_response(redirect(url_for(ROLES[actor.role].landing)))
    answer.set_cookie(COOKIE, begun.token, max_age=12 * 3600, **cookie_options())  # type: ignore[arg-type]
    return answer


def _password_errors(user: Any, new: str) -> dict[str, Text]:
    """Check what was typed; a wrong present password counts as a try."""
    again, old = request.form.get("again", ""), request.form.get("old", "")[:300]
    found = sign_in.verify(
        db.session(), user.login_name, old, clock.now(), address(), device=device()
    )
    wrong = {} if found else {"old": again_.WRONG}
    return wrong | passwords.faults(new, again, user.login_name, user.name)


def local_path(target: str) -> str:
    """Return `target` when it leads into this site, else an empty string."""
    parts = urlsplit(target.replace("\\", "/"))
    local = target.isprintable() and target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if local and not parts.netloc and not parts.scheme else ""
