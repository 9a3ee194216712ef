"""The JSON API for programs (catalogue I1): /api/v1, described by /api/v1/openapi.json."""

from flask import Flask

from certflow.api import bearer, errors, v1
from certflow.core import limits


def install(app: Flask) -> None:
    """Put the API into the application: after the pages, before access is enforced."""
    limits.install(app)
    errors.install(app)
    bearer.install(app)
    v1.install(app)
