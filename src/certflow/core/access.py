"""The one place that decides who may call a view (design §6).

A view declares its roles with `allow`; a view that declares nothing answers nobody. Which
objects a role may see is decided by the scope queries that load them: another's case is a 404.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, g, request

from certflow.core.actor import Actor
from certflow.core.errors import AppError, Forbidden
from certflow.core.text import Text

View = TypeVar("View", bound=Callable[..., Any])

PUBLIC = "public"
SIGNED_IN = "signed-in"


class SignInNeeded(AppError):
    """Nobody is signed in."""

    status = 401


def allow(*roles: str) -> Callable[[View], View]:
    """Declare who may call a view: roles, "role:permission", PUBLIC, or SIGNED_IN for every role."""

    def declare(view: View) -> View:
        view.access = frozenset(roles)  # type: ignore[attr-defined]
        return view

    return declare


def current_actor() -> Actor:
    """Return who acts in this request.

    Raises:
        SignInNeeded: when nobody is signed in.

    """
    actor = current_actor_or_none()
    if actor is None:
        raise SignInNeeded(Text("请先登录，再继续办理。", "Please sign in to continue."))
    return actor


def current_actor_or_none() -> Actor | None:
    """Return who acts in this request, or None for a visitor."""
    actor: Actor | None = g.get("actor")
    return actor


def declared(app: Flask, endpoint: str, method: str) -> frozenset[str]:
    """Return the roles declared for a method of an endpoint; empty when nothing is declared."""
    view = app.view_functions[endpoint]
    handlers = getattr(view, "view_class", None)
    if handlers is not None:
        name = "get" if method == "HEAD" else method.lower()
        view = getattr(handlers, name, view)
    roles: frozenset[str] = getattr(view, "access", frozenset())
    return roles


def enforce(app: Flask) -> None:
    """Make the application ask for the declared role before every view."""

    @app.before_request
    def check() -> None:
        if request.endpoint is None or request.method == "OPTIONS":
            return
        roles = declared(app, request.endpoint, request.method)
        if PUBLIC in roles:
            return
        actor = current_actor()
        if SIGNED_IN not in roles and not actor.words & roles:
            raise Forbidden
