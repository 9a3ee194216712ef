"""How often a visitor may ask (catalogue C13); pages and API share one limiter."""

from certflow.core.limits import CODES, LOOKUPS, SIGN_UPS, install, limiter

__all__ = ["CODES", "LOOKUPS", "SIGN_UPS", "install", "limiter"]
