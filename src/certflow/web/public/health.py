"""Health and readiness, for those who run the platform (docs/operations.md)."""

from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from certflow.cases.queries import oldest_due_timer
from certflow.core import clock
from certflow.core.access import PUBLIC, allow
from certflow.core.db import Session, db
from certflow.core.outbox import oldest_due
from certflow.web.public.blueprint import blueprint

LATE_SECONDS = 120


@blueprint.get("/healthz")
@allow(PUBLIC)
def healthz() -> Any:
    """Say that this process answers."""
    return {"status": "ok"}


@blueprint.get("/readyz")
@allow(PUBLIC)
def readyz() -> Any:
    """Say whether the database answers, and how late background work is, in seconds.

    Late work makes the platform "late", not unready: pages work, and who watches should look.
    """
    try:
        session = db.session()
        session.execute(text("SELECT 1"))
        found = lateness(session, clock.now())
    except SQLAlchemyError:
        return {"status": "unready", "database": "unreachable"}, 503
    late = any(seconds > LATE_SECONDS for seconds in found.values())
    return {"status": "late" if late else "ok", "database": "ok", **found}


def lateness(session: Session, at: datetime) -> dict[str, int]:
    """Return for how many seconds the oldest due effect and timer have waited; 0 for none."""
    oldest = {
        "outbox_seconds": oldest_due(session, at),
        "timers_seconds": oldest_due_timer(session, at),
    }
    return {
        name: max(0, int((at - since).total_seconds())) if since else 0
        for name, since in oldest.items()
    }
