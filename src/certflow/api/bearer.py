"""Who calls: the bearer token, its scopes, and the key that makes a command happen once.

The API looks at no cookie, so no other site can make a browser act through it: that is why it
needs no CSRF token (reliability.md 3.I).
"""

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, g, request

from certflow.accounts.bearers import token_holder, touch
from certflow.api.errors import PREFIX
from certflow.cases.commands import Key
from certflow.core import clock
from certflow.core.access import PUBLIC, SignInNeeded, current_actor, declared
from certflow.core.db import db
from certflow.core.errors import Forbidden, Invalid, NotFound
from certflow.core.http import beside
from certflow.core.text import Text

KEY_HEADER = "Idempotency-Key"
KEY_PATTERN = "[!-~]{1,255}"
MOST_JSON = 2**20

View = TypeVar("View", bound=Callable[..., Any])


class TokenNeeded(SignInNeeded):
    """No token was sent, or one that is not (any longer) good."""

    def __init__(self, *, sent: bool) -> None:
        super().__init__(
            Text(
                "令牌无效或已过期，请重新登录。",
                "The token is unknown or has expired; log in again.",
            )
            if sent
            else Text(
                "请在 Authorization 头里带上 Bearer 令牌。",
                "Send a bearer token in the Authorization header.",
            )
        )
        self.headers = {"WWW-Authenticate": 'Bearer error="invalid_token"' if sent else "Bearer"}


class ScopeMissing(Forbidden):
    """The token was not issued for this."""

    def __init__(self, scope: str) -> None:
        super().__init__(
            Text(f"这个令牌没有权限 {scope}。", f"This token was issued without the scope {scope}.")
        )
        self.headers = {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'}


def install(app: Flask) -> None:
    """Find out who calls before access is enforced."""
    app.before_request(_load_actor)


def scope(name: str) -> Callable[[View], View]:
    """Declare the scope that a token needs for a view."""

    def declare(view: View) -> View:
        view.scope = name  # type: ignore[attr-defined]
        return view

    return declare


def _load_actor() -> None:
    if not request.path.startswith(PREFIX):
        return
    if "\0" in request.path:
        raise NotFound
    if request.mimetype != "multipart/form-data":
        request.max_content_length = MOST_JSON
    if request.endpoint is None or request.method == "OPTIONS":
        return
    if PUBLIC in declared(current_app, request.endpoint, request.method):
        return
    at = clock.now()
    holder = token_holder(db.session(), _token(), at)
    if holder is None:
        raise TokenNeeded(sent=True)
    g.actor, g.token_id, g.token_scopes = holder.actor, holder.token_id, holder.scopes
    if holder.touch_due:
        beside(lambda session: touch(session, holder.token_id, at))
    needed = getattr(current_app.view_functions[request.endpoint], "scope", None)
    if needed is not None and needed not in holder.scopes:
        raise ScopeMissing(needed)


def _token() -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise TokenNeeded(sent=False)
    return token.strip()


def command_key() -> Key | None:
    """Return the idempotency key of this command; None when the program sent none.

    The same header of another actor, or at another address, is another key; it goes together
    with a digest of the body, so that another body under the same key is refused.

    Raises:
        Invalid: when the header is not 1 to 255 visible ASCII characters.

    """
    sent = request.headers.get(KEY_HEADER)
    if sent is None:
        return None
    if not re.fullmatch(KEY_PATTERN, sent):
        text = Text(
            "应为 1 到 255 个可见的 ASCII 字符。", "Send 1 to 255 visible ASCII characters."
        )
        raise Invalid(text, {KEY_HEADER: text})
    whole = f"{current_actor().user_id}\n{request.path}\n{sent}"
    body = json.dumps(request.get_json(silent=True), sort_keys=True)
    return Key(_digest(whole), _digest(body))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
