"""Where a login leads: the page asked for, in the role that may open it (catalogue A4, A10)."""

from collections.abc import Callable
from typing import Any, NamedTuple

from flask import (
    Response,
    current_app,
    flash,
    make_response,
    redirect,
    request,
    session,
    url_for,
)
from flask_babel import gettext
from werkzeug.exceptions import HTTPException

from certflow.accounts import devices, second_factor, sign_in
from certflow.accounts.permissions import permissions_in
from certflow.accounts.queries import grants_of
from certflow.accounts.roles import ORGANISATION_ROLES, ROLES
from certflow.cases.queries import get_case, get_task
from certflow.core import clock
from certflow.core.access import PUBLIC, SIGNED_IN, declared
from certflow.core.actor import Actor
from certflow.core.db import Session, db
from certflow.core.errors import NotFound
from certflow.core.text import Text
from certflow.web.account.telling import tell_owner
from certflow.web.edge import COOKIE, locale
from certflow.web.visitor import DEVICE_COOKIE, cookie_options, device

NOT_OPEN = Text(
    "您要打开的页面已不存在，或不对您的身份开放，已为您打开首页。",
    "The page you asked for is gone or not open to you, so this is your first page instead.",
)
NEW_DEVICE = Text(
    "您的账号在新的浏览器上登录：{device.zh}，地址段 {network}。如果不是您本人，请让它退出并马上修改密码。",
    "Your account was used in a browser that is new to it: {device.en}, network {network}. If it was "
    "not you, end that login and change your password at once.",
)
UNKNOWN_DEVICE = Text("未知设备", "unknown device")
_REACH: dict[str, Callable[[Session, Actor, int], Any]] = {
    "tasks.show": get_task,
    "cases.show": get_case,
}


class Wanted(NamedTuple):
    """Where somebody wants to go, and by which entry: "person", "organisation", or "" for either."""

    target: str = ""
    entry: str = ""


def enter(user: Any, wanted: Wanted) -> Response:
    """Begin the login of somebody who proved who they are, and lead on; the cookies are new."""
    open_session, at = db.session(), clock.now()
    new_device = devices.is_new(open_session, user.id, device(), at)
    begun = begin(user, new_device=new_device)
    if new_device:
        _tell_of_new_device(user.id, begun)
    kept = {name: session[name] for name in ("locale",) if name in session}
    session.clear()
    session.update(kept)
    by_entry(begun, wanted.entry)
    answer = make_response(redirect(entrance(db.session(), begun, wanted.target)))
    answer.set_cookie(COOKIE, begun.token, max_age=12 * 3600, **cookie_options())  # type: ignore[arg-type]
    known = devices.remember(open_session, user.id, device(), at)
    lasts = int(devices.KEPT.total_seconds())
    answer.set_cookie(DEVICE_COOKIE, known, max_age=lasts, **cookie_options())  # type: ignore[arg-type]
    return answer


def _tell_of_new_device(user_id: int, begun: sign_in.Admission) -> None:
    """Tell the owner that somebody signed in where nobody had before (A4)."""
    login = begun.login_session
    called = Text(login.device, login.device) if login.device else UNKNOWN_DEVICE
    text = NEW_DEVICE.filled(device=called, network=login.network)
    tell_owner(user_id, "account.new_device", text)


def begin(user: Any, *, new_device: bool = False) -> sign_in.Admission:
    """Begin a login in this browser; it is limited while a second factor is missing."""
    must, has = second_factor.needed, second_factor.enrolled
    open_session = db.session()
    return sign_in.begin(
        open_session,
        user,
        clock.now(),
        device=devices.described(request.user_agent.string[:400]),
        network=devices.masked(request.remote_addr or ""),
        limited=must(open_session, user.id) and not has(open_session, user.id),
        new_device=new_device,
    )


def by_entry(admission: sign_in.Admission, entry: str) -> None:
    """Go on in a role of the entry that was chosen; who holds none there is told so (A3, A4)."""
    login = admission.login_session
    if not entry or (login.role in ORGANISATION_ROLES) == (entry == "organisation"):
        return
    held = grants_of(db.session(), login.user_id)
    fitting = [role for role in held if (role in ORGANISATION_ROLES) == (entry == "organisation")]
    if fitting:
        sign_in.switch_role(db.session(), login.id, fitting[0])
    elif entry == "organisation":
        flash(gettext("这个账号没有机构身份，已按个人身份登录。"), "warn")


def entrance(session: Session, admission: sign_in.Admission, target: str) -> str:
    """Return where a new login goes; it goes on in another role held where only that one may.

    `target` is a path of this site, or empty.
    """
    login = admission.login_session
    if not target:
        return url_for(ROLES[login.role].landing)
    grants = grants_of(session, login.user_id)
    roles = sorted(grants, key=lambda role: role != login.role)  # the present one first
    for role in roles:
        may = permissions_in(session, login.user_id, role)
        if _opens(session, Actor(login.user_id, "", role, grants[role], permissions=may), target):
            if role != login.role:
                sign_in.switch_role(session, login.id, role)
                title = ROLES[role].title.of(locale())
                flash(gettext("已切换到“%(role)s”身份。", role=title))
            return target
    flash(NOT_OPEN.of(locale()), "warn")
    return url_for(ROLES[login.role].landing)


def _opens(session: Session, actor: Actor, target: str) -> bool:
    """Whether a page opens in a role: by its view's declaration, and by what it shows."""
    path = target.partition("?")[0].partition("#")[0]
    try:
        endpoint, found = current_app.url_map.bind("").match(path, method="GET")
    except HTTPException:
        return True  # the page says itself that it is not there
    allowed = declared(current_app, endpoint, "GET")
    if not allowed & {PUBLIC, SIGNED_IN, *actor.words}:
        return False
    try:
        if endpoint in _REACH:
            _REACH[endpoint](session, actor, *found.values())
    except NotFound:
        return False
    return True
