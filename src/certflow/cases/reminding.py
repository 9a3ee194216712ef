"""Reminders of deadlines, and word when one has passed: the same for every service (B6, C6).

When to remind stands in service.json (`deadlines.<key>.remind_before`, in the deadline's unit).
"""

import traceback
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import String, cast, literal, select
from sqlalchemy.exc import OperationalError

from certflow.accounts.queries import holders_of
from certflow.calendar import queries as calendar
from certflow.calendar.models import WORKING_DAYS, Deadline
from certflow.cases import versions
from certflow.cases.models import Case, HumanTask
from certflow.cases.notices import role_of, to_tell, without_opponents
from certflow.cases.words import clock_name
from certflow.core import clock
from certflow.core.db import Session
from certflow.core.incidents import Incident, raise_incident, reason_of
from certflow.core.text import Text
from certflow.notifications.operations import NewNotice, notify

OVERSEER = "reviewer"
"""Who is told besides when a deadline has passed, unless service.json names an `overseer`."""

_SOON = Text(
    "{title}：“{clock}”{due} 截止，请尽快办理。",
    "{title}: “{clock}” ends on {due}; please act soon.",
)
_LATE = Text(
    "{title}：“{clock}”已于 {due} 超期，请立即办理。",
    "{title}: “{clock}” ran out on {due}; please act now.",
)
_BATCH = 100
_FAILED = "deadline.reminder"
_HELD = (
    select(Incident.id)
    .where(
        Incident.kind == _FAILED,
        Incident.subject == literal("deadline/") + cast(Deadline.id, String),
        Incident.resolved_at.is_(None),
    )
    .exists()
)
"""Whether telling of a deadline failed, and nobody has looked into it yet."""
_log = structlog.get_logger()


def plan(session: Session, deadline: Deadline, settings: Mapping[str, Any]) -> None:
    """Set when a deadline that has just begun, gone on or moved is to be reminded of."""
    before = settings.get("deadlines", {}).get(deadline.key, {}).get("remind_before")
    deadline.late_told, deadline.remind_at = False, None
    if before is not None and deadline.due_at is not None:
        deadline.remind_at = reminder_of(session, deadline, int(before))


def reminder_of(session: Session, deadline: Deadline, before: int) -> datetime:
    """Return nine in the morning so many days before a deadline's last day, tomorrow at the earliest."""
    if deadline.due_at is None:
        raise ValueError("a deadline that stands still has no end")
    last = calendar.day_of(deadline.due_at) - timedelta(days=1)
    if deadline.unit == WORKING_DAYS:
        day = calendar.add_working_days(session, last, -before)
    else:
        day = last - timedelta(days=before)
    earliest = calendar.end_of(clock.today())
    return max(calendar.end_of(day) - timedelta(hours=15), earliest)


def remind(session: Session) -> int:
    """Tell who holds the tasks of deadlines that end soon, or have passed; return how many.

    One that fails stops no other: it is an incident, and is tried again when that is resolved.
    """
    at = clock.now()
    running = select(Deadline).where(Deadline.state == "running", ~_HELD).limit(_BATCH)
    soon = session.scalars(running.where(Deadline.remind_at <= at)).all()
    told = sum(_told(session, one, _SOON, "soon") for one in soon)
    past = running.where(Deadline.due_at <= at, Deadline.late_told.is_(False))
    late = session.scalars(past).all()
    return told + sum(_told(session, one, _LATE, "late") for one in late)


def _told(session: Session, deadline: Deadline, words: Text, kind: str) -> bool:
    """Tell of one deadline, in a savepoint of its own; False when that failed, or has to wait.

    Its case is locked first, as every turn does; one at which somebody is waits for the next round.
    """
    subject, case_id = f"deadline/{deadline.id}", deadline.case_id
    free = select(Case.id).where(Case.id == case_id).with_for_update(skip_locked=True)
    if session.scalar(free) is None:
        return False
    try:
        with session.begin_nested():
            if kind == "soon":
                deadline.remind_at = None
            else:
                deadline.late_told = True
            _tell(session, deadline, words, kind)
    except OperationalError:  # the database is busy or gone: the next round
        raise
    except Exception as error:  # noqa: BLE001 - one broken reminder must not stop the others
        _log.error("reminder.failed", item=subject, exception=traceback.format_exc())
        raise_incident(session, _FAILED, reason_of(error), subject=subject, case_id=case_id)
        return False
    return True


def _tell(session: Session, deadline: Deadline, words: Text, kind: str) -> None:
    case, due = session.get_one(Case, deadline.case_id), deadline.due_at
    if case.state != "open" or due is None:
        return
    loaded = versions.loaded(session, case.version_id)
    title, name = Text.read(case.title), clock_name(loaded, deadline.key)
    last = calendar.day_of(due) - timedelta(days=1)
    text = words.filled(title=title, clock=name, due=last)
    tasks = select(HumanTask).where(
        HumanTask.case_id == case.id,
        HumanTask.state == "open",
        HumanTask.deadline_key == deadline.key,
    )
    told = f"deadline/{deadline.id}/{kind}/{last}"
    for task in session.scalars(tasks):
        notice = NewNotice(
            kind=f"deadline.{kind}",
            role=role_of(task),
            text=text,
            case_id=None if task.blind else case.id,
            task_id=str(task.id),
            link=f"/tasks/{task.id}",
            dedupe=told,
        )
        notify(session, to_tell(session, task), notice, clock.now())
    if kind == "late":
        overseer = str(loaded.settings.get("overseer", OVERSEER))
        notice = NewNotice(
            kind="deadline.late",
            role=overseer,
            text=text,
            case_id=case.id,
            link=f"/cases/{case.id}",
            dedupe=told,
        )
        people = without_opponents(session, case.id, holders_of(overseer))
        notify(session, people, notice, clock.now())
