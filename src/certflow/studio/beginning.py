"""How a trial's world begins, and what happened in it before: a decision to appeal (H5, D3)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete

from certflow.core.db import Session, keep
from certflow.core.errors import AppError
from certflow.core.outbox import OutboxItem
from certflow.notifications.models import Notice
from certflow.studio import world
from certflow.studio.sandbox import Sandbox
from certflow.studio.scenario_shape import readable

AGO: Final = timedelta(days=7)


def lived(session: Session, at: datetime, others: Mapping[str, Any]) -> None:
    """Play a neighbour's own test that ends in a decision which can be appealed; the first there is.

    What was sent until now is no news in the trial.
    """
    key, steps = next(_decisions(others), ("", []))
    sandbox = Sandbox(key, session, at - AGO)
    try:
        for step in steps:
            sandbox.do({name: one for name, one in step.items() if name != "then"})
    except AppError:  # the test does not pass: its own page says so
        session.rollback()
    session.execute(delete(OutboxItem))
    session.execute(delete(Notice))
    keep(session)


def _decisions(others: Mapping[str, Any]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for key, bundle in sorted(others.items()):
        ends = bundle["service"].get("appealable", {}).get("outcomes", [])
        for _name, one in sorted(bundle.get("scenarios", {}).items()):
            if readable(one) and (one.get("expect") or {}).get("outcome") in ends:
                yield key, one["steps"]


@contextmanager
def fresh(
    key: str,
    content: Mapping[str, Any],
    at: datetime,
    neighbours: Mapping[str, Any] | None = None,
) -> Iterator[Sandbox]:
    """Open a fresh world in which this content is in force."""
    with world.opened(world.begun(key, content, at, neighbours, lived)) as session:
        yield Sandbox(key, session, at)
