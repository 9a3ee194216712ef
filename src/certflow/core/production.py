"""With what an installation that serves people must not start (H13): a sentence says why.

Secrets that stand in a manual, are short or made of few characters; a debugger; connections to
other machines without TLS.
"""

import base64
import binascii
from collections.abc import Mapping
from itertools import pairwise
from urllib.parse import parse_qsl, urlsplit

KEY_BYTES, LEAST_SECRET, LEAST_GATEWAY = 32, 32, 16
LEAST_KINDS = 10
"""So many different characters or bytes has every secret that was drawn by chance."""
_SAMPLES = ("change", "sample", "example", "secret", "sandbox", "password", "benchmark", "test")
_HERE = frozenset({"127.0.0.1", "localhost", "::1", ""})
_NO = frozenset({"", "0", "false", "no", "off"})
_PLAIN_DATABASE = frozenset({"disable", "allow", "prefer"})


def weak(env: Mapping[str, str]) -> str:
    """Say which secret could be guessed; empty when none."""
    words = {"CERTFLOW_SECRET_KEY": LEAST_SECRET, "CERTFLOW_GATEWAY_SECRET": LEAST_GATEWAY}
    for variable, least in words.items():
        if _guessable(env[variable], least):
            return f"{variable} must be random and {least} characters or more, no sample."
    ring = [item.strip().partition(":") for item in env["CERTFLOW_ENCRYPTION_KEYS"].split(",")]
    if not all(name for name, _, _ in ring):
        return "CERTFLOW_ENCRYPTION_KEYS must be id:key, comma separated."
    keys = [_bytes(value) for _, _, value in ring]
    index = _bytes(env["CERTFLOW_INDEX_KEY"])
    if not all(_random(one) for one in [*keys, index]):
        return "CERTFLOW_ENCRYPTION_KEYS and CERTFLOW_INDEX_KEY must be 32 random bytes in base64."
    if index in keys:
        return "CERTFLOW_INDEX_KEY must be another key than those that encrypt."
    return ""


def debugging(env: Mapping[str, str]) -> str:
    """Say that a debugger is on; empty when it is not."""
    switched = [
        name
        for name in ("FLASK_DEBUG", "CERTFLOW_DEBUG")
        if env.get(name, "").strip().lower() not in _NO
    ]
    return f"Production must not start with {', '.join(switched)}." if switched else ""


def in_the_clear(env: Mapping[str, str]) -> str:
    """Say which connection to another machine would have no TLS; empty when none."""
    if not env.get("CERTFLOW_BASE_URL", "").startswith("https://"):
        return "Production needs CERTFLOW_BASE_URL beginning with https://."
    plain = {
        "CERTFLOW_GATEWAY_URL": ("http",),
        "CERTFLOW_SMS_URL": ("aliyun+http",),
        "CERTFLOW_REDIS_URL": ("redis",),
    }
    for variable, schemes in plain.items():
        parts = urlsplit(env.get(variable, ""))
        if parts.scheme in schemes and (parts.hostname or "") not in _HERE:
            return f"{variable} leads to another machine without TLS."
    mail = urlsplit(env.get("CERTFLOW_SMTP_URL", ""))
    if mail.scheme == "smtp" and not mail.username and (mail.hostname or "") not in _HERE:
        return "CERTFLOW_SMTP_URL must be smtps://, or name a user: then STARTTLS is required."
    database = urlsplit(env.get("CERTFLOW_DATABASE_URL", ""))
    mode = dict(parse_qsl(database.query)).get("sslmode", "")
    if mode in _PLAIN_DATABASE and (database.hostname or "") not in _HERE:
        return f"CERTFLOW_DATABASE_URL leads to another machine with sslmode={mode}."
    return ""


def _guessable(secret: str, least: int) -> bool:
    sample = any(word in secret.lower() for word in _SAMPLES)
    return len(secret) < least or len(set(secret)) < LEAST_KINDS or sample


def _bytes(value: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error:
        return b""


def _random(key: bytes) -> bool:
    """Whether bytes could have been drawn by chance: 32 of many kinds, no text, no counting up."""
    steps = {(second - first) % 256 for first, second in pairwise(key)}
    drawn = len(set(key)) >= LEAST_KINDS and len(steps) > 2  # noqa: PLR2004 - counted up, or turning
    return len(key) == KEY_BYTES and drawn and not key.isascii()
