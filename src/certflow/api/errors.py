"""Errors as application/problem+json (RFC 9457), in the language that the program accepts."""

import re
import time
from collections.abc import Callable, Mapping
from typing import Any

import orjson
import structlog
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from certflow.api.messages import sentences
from certflow.core.access import SignInNeeded, current_actor_or_none
from certflow.core.db import db
from certflow.core.errors import AppError, NotFound, TooMany
from certflow.core.limits import limiter
from certflow.core.text import Text

PREFIX = "/api/"
MEDIA_TYPE = "application/problem+json"
LANGUAGES = ("zh", "en")
_log = structlog.get_logger()

TITLES = {
    400: Text("请求有误", "Bad request"),
    401: Text("需要令牌", "Token needed"),
    403: Text("没有权限", "Not allowed"),
    404: Text("没有找到", "Not found"),
    405: Text("不接受这种操作", "Method not allowed"),
    409: Text("与现状冲突", "Conflict"),
    413: Text("内容太大", "Too large"),
    415: Text("格式不支持", "Unsupported format"),
    422: Text("内容有误", "Not valid"),
    429: Text("请求太多", "Too many requests"),
    500: Text("系统出错", "Internal error"),
}
_DETAILS = {
    400: Text("请求读不懂，请检查格式。", "The request could not be read. Check its format."),
    404: Text(
        "没有找到。它不存在，或这个令牌的账号看不到它。",
        "Not found: it does not exist, or not for the account of this token.",
    ),
    405: Text("这个地址不接受这种操作。", "This address does not accept that method."),
    413: Text(
        "请求太大：JSON 不超过 1 MB，文件不超过 20 MB。",
        "The request is too large: JSON up to 1 MB, a file up to 20 MB.",
    ),
    415: Text("请用 application/json 发送。", "Send the body as application/json."),
    422: Text("有字段不正确，见 errors。", "Some fields are not valid; see errors."),
    429: Text("请求太多，请稍后再试。", "Too many requests. Please try again later."),
    500: Text(
        "系统出了问题，这一步没有生效，已自动记录。请稍后再试。",
        "Something went wrong on our side. This step had no effect and was recorded. "
        "Please try again later.",
    ),
}

Page = Callable[[Any], Any]


def install(app: Flask) -> None:
    """Answer errors below /api/ as problems; leave those of pages to who answered them so far."""
    answers: dict[type[Exception], Page] = {
        AppError: app_error,
        HTTPException: http_error,
        Exception: unexpected,
    }
    pages = dict(app.error_handler_spec[None][None])
    for kind, answer in answers.items():
        app.register_error_handler(kind, _dispatcher(answer, pages.get(kind, _raise)))


def _dispatcher(answer: Page, page: Page) -> Page:
    def handle(error: Any) -> Any:
        return answer(error) if request.path.startswith(PREFIX) else page(error)

    return handle


def _raise(error: Exception) -> Any:
    raise error


def language() -> str:
    """Return "zh" or "en": what the program accepts, else the account's, else Chinese."""
    actor = current_actor_or_none()
    fallback = actor.locale if actor and actor.locale in LANGUAGES else "zh"
    return request.accept_languages.best_match(LANGUAGES, fallback) or fallback


def problem(
    status: int,
    detail: Text,
    code: str,
    errors: Mapping[str, Text] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return an error; `code` names it for programs, `errors` has a sentence a field's path."""
    locale = language()
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": TITLES.get(status, TITLES[400]).of(locale),
        "status": status,
        "detail": detail.of(locale),
        "code": code,
    }
    if errors:
        body["errors"] = {path: text.of(locale) for path, text in errors.items()}
    answer = Response(orjson.dumps(body), status, content_type=MEDIA_TYPE)
    answer.headers.update({"Content-Language": locale, "Vary": "Accept-Language"})
    answer.headers.update(headers or {})
    return answer


def app_error(error: AppError) -> Response:
    """Answer with what a person could have done about it."""
    headers = dict(getattr(error, "headers", {}))
    if isinstance(error, SignInNeeded):
        headers.setdefault("WWW-Authenticate", "Bearer")
    if isinstance(error, TooMany):
        headers.setdefault("Retry-After", str(error.retry_after))
    fields = getattr(error, "fields", None)
    plain = isinstance(error, NotFound) and error.message == NotFound().message
    detail = _DETAILS[404] if plain else error.message
    return problem(error.status, detail, _code(error), fields, headers)


def http_error(error: HTTPException) -> Any:
    """Answer with what Flask, webargs or the rate limits refused."""
    if error.response is not None:
        return error.response
    status = error.code or 500
    told = sentences(getattr(error, "data", {}).get("messages", {}))
    headers = {}
    if status == 405:  # noqa: PLR2004 - HTTP's own numbers
        headers["Allow"] = ", ".join(sorted(getattr(error, "valid_methods", None) or ()))
    if status == 429 and (limit := limiter.current_limit):  # noqa: PLR2004
        headers["Retry-After"] = str(max(1, round(limit.reset_at - time.time())))
    detail = told.pop("", None) or _DETAILS.get(status, _DETAILS[400])
    return problem(status, detail, _code(error), told, headers)


def unexpected(error: Exception) -> Response:
    """Answer without a word of what went wrong inside; the log has it."""
    _log.error("request.failed", endpoint=request.endpoint, exc_info=error)
    db.session.rollback()
    return problem(500, _DETAILS[500], "internal_error")


def _code(error: Exception) -> str:
    """Return the stable name of an error: StalePage is "stale_page"."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(error).__name__).lower()
