"""How often a visitor may ask: counted in Redis, in memory where there is none.

One limiter for pages and API, so that a request is looked at once.
"""

import hashlib

from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from certflow.core.settings import current

LOOKUPS = "20 per minute; 200 per hour"
"""Looking a certificate up by number and name (catalogue C13)."""
CODES = "60 per minute"
"""Opening the check page of a QR code."""
SIGN_UPS = "10 per hour; 30 per day"
"""Opening an account for an organisation that signs up (catalogue A7)."""
TOKENS = "120 per minute"
"""Logging in for an API token; wrong passwords are counted apart (accounts.throttle)."""


def per_token() -> str:
    """Return how often one API token may ask: a setting (catalogue I1)."""
    return f"{current().api_per_minute} per minute"


def who_calls() -> str:
    """Return whose requests to the API are counted together: a token's, else an address's."""
    sent = request.headers.get("Authorization", "")
    return hashlib.sha256(sent.encode()).hexdigest() if sent else get_remote_address()


limiter = Limiter(get_remote_address, in_memory_fallback_enabled=True)


def install(app: Flask) -> None:
    """Count requests in the storage that the settings name (RATELIMIT_STORAGE_URI); once an app."""
    if limiter not in app.extensions.get("limiter", ()):
        limiter.init_app(app)
