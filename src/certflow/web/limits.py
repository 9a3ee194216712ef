"""How often a visitor may ask (catalogue C13): counted in Redis, in memory where there is none."""

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

LOOKUPS = "20 per minute; 200 per hour"
CODES = "60 per minute"

limiter = Limiter(get_remote_address, in_memory_fallback_enabled=True)


def install(app: Flask) -> None:
    """Count requests in the storage that the settings name (RATELIMIT_STORAGE_URI)."""
    limiter.init_app(app)
