"""How often a visitor may ask: counted in Redis, in memory where there is none.

One limiter for pages and API, so that a request is looked at once.
"""

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

LOOKUPS = "20 per minute; 200 per hour"
"""Looking a certificate up by number and name (catalogue C13)."""
CODES = "60 per minute"
"""Opening the check page of a QR code."""
TOKENS = "120 per minute"
"""Logging in for an API token; wrong passwords are counted apart (accounts.throttle)."""

limiter = Limiter(get_remote_address, in_memory_fallback_enabled=True)


def install(app: Flask) -> None:
    """Count requests in the storage that the settings name (RATELIMIT_STORAGE_URI); once an app."""
    if limiter not in app.extensions.get("limiter", ()):
        limiter.init_app(app)
