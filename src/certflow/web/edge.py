"""Where requests come in: who acts, in which language, with which headers; errors as pages."""

from datetime import date, datetime
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import structlog
from flask import (
    Flask,
    Response,
    current_app,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_babel import Babel
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlalchemy.exc import DataError
from werkzeug.exceptions import HTTPException
from werkzeug.routing import IntegerConverter

from certflow.accounts.queries import signed_in
from certflow.accounts.roles import ROLES
from certflow.accounts.sign_in import touch
from certflow.core import clock
from certflow.core.access import PUBLIC, SignInNeeded, current_actor_or_none, declared
from certflow.core.db import db
from certflow.core.errors import AppError, NotFound
from certflow.core.http import beside
from certflow.core.text import Text, day_text, days_text, moment_text, money_text, month_text
from certflow.notifications.queries import unread_count
from certflow.web.assets_map import asset, icon
from certflow.web.navigation import bottom_nav, links, main_nav

COOKIE = "certflow_session"
LOCALES = ("zh", "en")
SETTING_UP = {
    "account.second_factor",
    "account.start_second_factor",
    "account.confirm_second_factor",
}
"""What a login opens before the second factor that it needs is set up (A4)."""
_log = structlog.get_logger()
csrf = CSRFProtect()

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; object-src 'none'; "
        "base-uri 'self'; form-action 'self' {gateway}; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=()",
}

UNEXPECTED = Text(
    "系统出了问题，这一步没有生效，已自动记录。请稍后再试；急办请联系服务电话。",
    "Something went wrong on our side. This step had no effect and was recorded. "
    "Please try again later.",
)
BAD_VALUE = Text(
    "这个数字太大，或者文字里有无法保存的字符。请返回修改后再试。",
    "A number is too large, or the text holds characters that cannot be stored. "
    "Go back, change it and try again.",
)
CSRF_GONE = Text(
    "这一页打开得太久了，为了安全没有提交。请返回上一页刷新后再试，草稿仍在。",
    "This page was open for too long, so nothing was submitted. Go back, refresh and try again; "
    "your draft is kept.",
)


def install(app: Flask) -> None:
    """Put the edge in front of every view."""
    app.url_map.converters["int"] = _RowId
    csrf.init_app(app)
    Babel(app, locale_selector=lambda: "en_GB" if locale() == "en" else "zh_CN")
    app.before_request(_load_actor)
    app.after_request(_headers)
    app.context_processor(_context)
    app.add_template_global(_text, "t")
    app.add_template_global(_instant, "dt")
    app.add_template_global(_day, "day")
    app.add_template_global(_days, "days")
    app.add_template_global(_month, "month_of")
    app.add_template_global(_money, "money")
    app.add_template_global(_number, "number")
    app.add_template_global(asset, "asset")
    app.add_template_global(icon, "icon")
    app.add_template_global(_key, "new_key")
    app.register_error_handler(AppError, _app_error)
    app.register_error_handler(CSRFError, _csrf_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(DataError, _bad_value)
    app.register_error_handler(OverflowError, _bad_value)
    app.register_error_handler(Exception, _unexpected)


class _RowId(IntegerConverter):
    """A number in an address; one that no row can have is not found."""

    def __init__(self, url_map: Any, max: int = 2**31 - 1, **rest: Any) -> None:  # noqa: A002 - werkzeug's name
        super().__init__(url_map, max=max, **rest)


def locale() -> str:
    """Return the language of this request: chosen, the account's, else Chinese."""
    chosen = session.get("locale")
    actor = current_actor_or_none()
    found = chosen or (actor.locale if actor else "zh")
    return found if found in LOCALES else "zh"


def session_token() -> str:
    """Return the browser's login token, empty when it has none."""
    return request.cookies.get(COOKIE, "")


def _load_actor() -> Any:
    token = session_token()
    if not token or request.path.startswith(("/static/", "/api/")):
        return None
    at = clock.now()
    found = signed_in(db.session(), token, at)
    if found is None:
        return None
    g.actor, g.login_session_id = found.actor, found.login_session_id
    if found.touch_due:
        beside(lambda session: touch(session, found.login_session_id, at))
    if found.actor.must_change_password and not _open_to({"auth.password", "auth.set_password"}):
        return redirect(url_for("auth.password"), 303)
    if found.limited and not (found.actor.must_change_password or _open_to(SETTING_UP)):
        return redirect(url_for("account.second_factor"), 303)
    return None


def _open_to(endpoints: set[str]) -> bool:
    """Whether a view answers somebody with something to do first: a password, a second factor."""
    endpoint = request.endpoint or ""
    if not endpoint or endpoint in endpoints:
        return True
    return PUBLIC in declared(current_app, endpoint, request.method)


def _headers(response: Response) -> Response:
    from certflow.core.settings import current

    settings = current()
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value.replace("{gateway}", settings.gateway_url))
    if settings.production:
        response.headers.setdefault(
            "Strict-Transport-Security", "max-age=31536000; includeSubDomains"
        )
    if not request.path.startswith("/static/"):
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _context() -> dict[str, Any]:
    actor = current_actor_or_none()
    return {
        "actor": actor,
        "roles": ROLES,
        "locale": locale(),
        "nav": main_nav(actor),
        "bottom_nav": bottom_nav(actor),
        "links": links(actor),
        "unread": unread_count(db.session(), actor.user_id) if actor and actor.user_id else 0,
    }


def _text(value: object) -> str:
    """Show a text in the reader's language."""
    if isinstance(value, str):
        return value
    return "" if value is None else Text.read(value).of(locale())


def _key() -> str:
    """Return a fresh idempotency key for a form, so that a double click has one effect."""
    return uuid4().hex


def _instant(value: datetime | str | None) -> str:
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return _text(moment_text(value)) if value else ""


def _day(value: date | datetime | None) -> str:
    return _text(day_text(value)) if value else ""


def _month(value: date) -> str:
    return _text(month_text(value))


def _days(first: date, last: date) -> str:
    return _text(days_text(first, last))


def _money(fen: int) -> str:
    return _text(money_text(fen))


def _number(value: int) -> str:
    return f"{value:,}"


def _app_error(error: AppError) -> Any:
    if isinstance(error, SignInNeeded) and request.method == "GET":
        return redirect(url_for("auth.login", next=request.full_path.rstrip("?")))
    return _page(error.message, error.status)


def _csrf_error(_error: CSRFError) -> Any:
    return _page(CSRF_GONE, HTTPStatus.BAD_REQUEST)


def _bad_value(_error: Exception) -> Any:
    db.session.rollback()
    return _page(BAD_VALUE, HTTPStatus.BAD_REQUEST)


def _http_error(error: HTTPException) -> Any:
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    if error.response is not None:
        return error.response
    sentences = {
        404: NotFound().message,
        405: Text("这个地址不接受这种操作。", "This address does not accept that kind of request."),
        413: Text(
            "上传的内容太大。单个文件请控制在 20 MB 以内。",
            "The upload is too large. Keep each file within 20 MB.",
        ),
        429: Text(
            "操作太频繁，请过几分钟再试。", "Too many requests. Please try again in a few minutes."
        ),
    }
    return _page(sentences.get(status, UNEXPECTED), status)


def _unexpected(error: Exception) -> Any:
    _log.error("request.failed", endpoint=request.endpoint, exc_info=error)
    db.session.rollback()
    return _page(UNEXPECTED, HTTPStatus.INTERNAL_SERVER_ERROR)


def _page(message: Text, status: int) -> Any:
    if request.headers.get("Accept", "").startswith("application/json"):
        return {"error": message.of(locale())}, status
    return render_template("error.html", message=message, status=int(status)), status
