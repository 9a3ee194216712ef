"""Browsers in which somebody has signed in before, and how a login is shown to its owner (A4).

A known browser holds a random token of its own for half a year. It opens nothing: it only tells a
person at their own machine from somebody who guesses their password elsewhere.
"""

import re
import secrets
from datetime import datetime, timedelta
from ipaddress import ip_address

from sqlalchemy import delete, select

from certflow.accounts.models import LoginSession
from certflow.accounts.proof_models import KnownDevice
from certflow.accounts.queries import digest
from certflow.core.db import Session

KEPT = timedelta(days=180)
_BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def known(session: Session, user_id: int | None, token: str, at: datetime) -> int | None:
    """Return the id of a browser that knows this account; None for a new one.

    Asks the database for an unknown account too, so that both take as long.
    """
    return session.scalar(
        select(KnownDevice.id).where(
            KnownDevice.user_id == (user_id or 0),
            KnownDevice.token_hash == digest(token),
            KnownDevice.seen_at > at - KEPT,
        )
    )


def is_new(session: Session, user_id: int, token: str, at: datetime) -> bool:
    """Whether an account that has been used before is used in a browser that does not know it."""
    before = select(LoginSession.id).where(LoginSession.user_id == user_id).limit(1)
    return session.scalar(before) is not None and known(session, user_id, token, at) is None


def remember(session: Session, user_id: int, token: str, at: datetime) -> str:
    """Note that a user has signed in in this browser; return its token, a new one if it has none."""
    token = token or secrets.token_urlsafe(32)
    query = select(KnownDevice).where(
        KnownDevice.user_id == user_id, KnownDevice.token_hash == digest(token)
    )
    device = session.scalar(query) or KnownDevice(user_id=user_id, token_hash=digest(token))
    device.seen_at = at
    session.add(device)
    session.flush()
    return token


def forget(session: Session, at: datetime) -> None:
    """Delete browsers that nobody has used for long."""
    session.execute(delete(KnownDevice).where(KnownDevice.seen_at <= at - KEPT))


def described(user_agent: str) -> str:
    """Say which browser on which system it is, no more: "Firefox, Windows"."""
    words = [
        next((name for mark, name in names if re.search(rf"\b{mark}\b", user_agent)), "")
        for names in (_BROWSERS, _SYSTEMS)
    ]
    return ", ".join(word for word in words if word)


def masked(address: str) -> str:
    """Show the region of an address only: the first half of an IPv4 one, a third of an IPv6 one."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    mapped = getattr(parsed, "ipv4_mapped", None)
    if parsed.version == 4 or mapped:  # noqa: PLR2004 - versions of the Internet Protocol
        return ".".join([*str(mapped or parsed).split(".")[:2], "*", "*"])
    return ":".join(parsed.exploded.split(":")[:3]) + ":*"
