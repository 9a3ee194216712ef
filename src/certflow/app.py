"""The only place that knows every part: puts the application together."""

import importlib
import pkgutil
from datetime import timedelta
from pathlib import Path

from flask import Flask
from flask_migrate import Migrate
from werkzeug.middleware.proxy_fix import ProxyFix

import certflow.processes
from certflow.accounts import held as _held_accounts  # noqa: F401 - register what is held
from certflow.accounts import organisation_import as _organisations  # noqa: F401 - register imports
from certflow.accounts import people_import as _people  # noqa: F401
from certflow.accounts import real_name as _real_name  # noqa: F401 - register outbox handlers
from certflow.api import install as install_api
from certflow.calendar.queries import add_working_days
from certflow.cases import bodies as _bodies  # noqa: F401 - register what diagrams call
from certflow.cases import conditions as _conditions  # noqa: F401
from certflow.cases import following as _following  # noqa: F401 - tasks follow the calendar
from certflow.cases import group_rows as _group_rows  # noqa: F401 - register outbox handlers
from certflow.cases import handling as _handling  # noqa: F401
from certflow.cases import held as _held_cases  # noqa: F401
from certflow.cases import notices as _notices  # noqa: F401
from certflow.cases import paying as _paying  # noqa: F401
from certflow.cases import returning as _returning  # noqa: F401 - register outbox handlers
from certflow.cases import steps as _steps  # noqa: F401
from certflow.cases.errors import BudgetExceeded, StepFailed
from certflow.cases.turn import holding
from certflow.core import access, http
from certflow.core import settings as settings_
from certflow.core.db import Repeat, db, here
from certflow.core.db import install as install_database
from certflow.core.expressions import provide_working_days
from certflow.core.logs import configure_logs
from certflow.core.postgresql import LeanCursor
from certflow.core.settings import Settings
from certflow.exams import held as _held_exams  # noqa: F401
from certflow.exams import result_import as _results  # noqa: F401 - register imports
from certflow.notifications import held as _held_notices  # noqa: F401
from certflow.notifications import tasks as _mail  # noqa: F401 - register outbox handlers
from certflow.notifications import text_messages as _texts  # noqa: F401
from certflow.notifications import webhook_sending as _webhooks  # noqa: F401
from certflow.payments import held as _held_payments  # noqa: F401
from certflow.personnel import certificate_import as _old_certificates  # noqa: F401
from certflow.personnel import held as _held_personnel  # noqa: F401
from certflow.personnel import record_import as _old_records  # noqa: F401
from certflow.personnel import tasks as _certificates  # noqa: F401
from certflow.web import install as install_web

MIGRATIONS = Path(__file__).parents[2] / "migrations"
MOST_BYTES = 25 * 2**20
# A page of 60 audits, the longest there is, has over 1,000 fields.
MOST_PARTS = 4_000
MOST_WORDS = 2 * 2**20


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application.

    Args:
        settings: what differs between installations; read from the environment when left out.

    """
    settings = settings or Settings.from_env()
    settings_.install(settings)
    configure_logs(settings)
    app = http.WebApplication(
        "certflow", static_folder="web/static", template_folder="web/templates"
    )
    app.extensions["certflow"] = settings
    app.config.update(_config(settings))
    app.json.sort_keys = False  # type: ignore[attr-defined]  # parts of drafts keep their order
    install_database(app)
    Migrate(app, db, directory=str(MIGRATIONS), render_as_batch=True)
    find_processes()
    # A step that fails behind somebody's action is held, not lost (decision 0003).
    Repeat.after, Repeat.within = (StepFailed, BudgetExceeded), holding
    provide_working_days(lambda day, days: add_working_days(here(), day, days))
    http.forget_session(app)
    install_web(app)
    install_api(app)
    access.enforce(app)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    return app


def _config(settings: Settings) -> dict[str, object]:
    return {
        "SECRET_KEY": settings.secret_key,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": _engine_options(settings),
        "MAX_CONTENT_LENGTH": MOST_BYTES,
        "MAX_FORM_PARTS": MOST_PARTS,
        "MAX_FORM_MEMORY_SIZE": MOST_WORDS,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.production,
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=12),
        "SEND_FILE_MAX_AGE_DEFAULT": timedelta(days=365),
        "BABEL_DEFAULT_LOCALE": "zh_CN",
        "BABEL_DEFAULT_TIMEZONE": "Asia/Shanghai",
        "RATELIMIT_STORAGE_URI": settings.redis_url or "memory://",
    }


def find_processes() -> None:
    """Import every module in processes/: each registers what its diagrams may call."""
    for module in pkgutil.iter_modules(certflow.processes.__path__):
        importlib.import_module(f"certflow.processes.{module.name}")


def _engine_options(settings: Settings) -> dict[str, object]:
    # Errors are logged and shown to administrators: what stood in the statement is not.
    if settings.database_url.startswith("sqlite"):
        return {"hide_parameters": True}
    return {
        "hide_parameters": True,
        "pool_size": 10,
        "connect_args": {
            "options": "-c lock_timeout=3000 -c timezone=UTC",
            "cursor_factory": LeanCursor,
        },
    }
