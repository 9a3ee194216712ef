"""The only place that knows every part: puts the application together."""

from flask import Flask

from certflow.core import settings as settings_
from certflow.core.db import db
from certflow.core.settings import Settings


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application.

    Args:
        settings: what differs between installations; read from the environment when left out.

    """
    settings = settings or Settings.from_env()
    settings_.install(settings)
    app = Flask("certflow")
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=_engine_options(settings),
    )
    app.extensions["certflow"] = settings
    db.init_app(app)
    return app


def _engine_options(settings: Settings) -> dict[str, object]:
    if settings.database_url.startswith("sqlite"):
        return {}
    return {
        "pool_size": 10,
        "pool_pre_ping": False,
        "connect_args": {"options": "-c lock_timeout=3000 -c timezone=UTC"},
    }
