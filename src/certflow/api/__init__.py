"""The JSON API for programs."""

from flask import Flask


def install(app: Flask) -> None:
    """Put the API into the application."""
