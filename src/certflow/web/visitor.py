"""Who asks: the browser, where it is, whether it is known here (catalogue A4)."""

import secrets

from flask import request, session

from certflow.core.settings import current

DEVICE_COOKIE = "certflow_device"


def browser() -> str:
    """Return the random name of this browser's session; codes and captchas are bound to it."""
    if "browser" not in session:
        session["browser"] = secrets.token_urlsafe(24)
    name: str = session["browser"]
    return name


def address() -> str:
    """Return from where the request came."""
    return request.remote_addr or ""


def device() -> str:
    """Return the token of a browser in which somebody signed in before; empty for a new one."""
    return request.cookies.get(DEVICE_COOKIE, "")[:100]


def cookie_options() -> dict[str, object]:
    """Return how every cookie of ours is set: out of reach of scripts, of other sites, of HTTP."""
    return {"httponly": True, "samesite": "Lax", "secure": current().production}
