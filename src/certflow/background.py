"""Background work: due timers, the outbox, unprocessed payment notices. One round does it all.

Every row that means "work to do" is found by its state and age, never by a message (design §3).
"""

import threading
import traceback
from collections.abc import Callable
from datetime import timedelta

import structlog
from sqlalchemy.exc import OperationalError

from certflow.accounts import codes, devices, puzzles, throttle
from certflow.cases import reminding
from certflow.cases.errors import BudgetExceeded, StepFailed
from certflow.cases.models import DueTimer
from certflow.cases.queries import holders_of_tasks
from certflow.cases.running import due_timers, fire_timer
from certflow.core import audit_seals, bulk, bulk_work, clock, files, outbox
from certflow.core.db import db, transaction
from certflow.core.errors import AppError
from certflow.core.imports import forget_rows
from certflow.core.incidents import raise_incident
from certflow.exams.publishing import publish_due
from certflow.notifications import webhooks
from certflow.payments.tasks import ask_for_bills
from certflow.payments.tasks import sweep as sweep_payments
from certflow.personnel.appointments import EXPERT, end_appointments
from certflow.personnel.conduct import lift_suspensions
from certflow.studio import releasing

EVERY_SECONDS = 2
TIDY_EVERY = timedelta(hours=1)
IMPORTS_KEPT = timedelta(days=90)
DELIVERIES_KEPT = timedelta(days=30)
_log = structlog.get_logger()


def round_of_work() -> int:
    """Do what is due now; return how much was done."""
    works = (
        fire_due_timers,
        remind_of_deadlines,
        outbox.relay,
        sweep_payments,
        publish_due,
        publish_processes,
    )
    return _all_of(*works, bulk_work.work)


def _all_of(*works: Callable[[], int]) -> int:
    """Do several things; return how much was done. A failure of one never stops the others."""
    done = 0
    for work in works:
        try:
            done += work()
        except Exception:  # noqa: BLE001 - the next round tries again; the log says why
            _log.error("background.failed", kind=work.__name__, exception=traceback.format_exc())
        finally:
            db.session.remove()
    return done


def tidy() -> int:
    """Do once in a while what need not happen at once; return how much was done.

    Old password tries and files that no transaction kept are forgotten, daily bills asked for,
    experts whose term is over leave, suspensions that are over are lifted; the audit trail's
    ends are sealed.
    """
    forgotten = (forget_tries, forget_files, forget_imports, forget_deliveries)
    return _all_of(*forgotten, ask_for_bills, end_terms, end_suspensions, seal_trail)


def forget_tries() -> int:
    """Forget tries of passwords, codes, captchas and browsers that nothing looks at any more."""
    with transaction() as session:
        for kept in (throttle, codes, puzzles, devices):
            kept.forget(session, clock.now())
    return 0


def forget_files() -> int:
    """Forget files that no transaction kept."""
    with transaction() as session:
        return files.sweep_orphans(session, clock.now() - timedelta(hours=2))


def forget_imports() -> int:
    """Forget rows of imported files that nobody has come back for: people's data stand in them."""
    with transaction() as session:
        before = clock.now() - IMPORTS_KEPT
        return forget_rows(session, before) + bulk.forget(session, before)


def forget_deliveries() -> int:
    """Forget what webhooks were told long ago."""
    with transaction() as session:
        return webhooks.forget(session, clock.now() - DELIVERIES_KEPT)


def end_terms() -> int:
    """Take the role from experts whose last appointment has ended, when their work is done."""
    with transaction() as session:
        busy = holders_of_tasks(session, EXPERT)
        return end_appointments(session, clock.now(), busy)


def end_suspensions() -> int:
    """Let certificates be valid again whose suspension is over."""
    with transaction() as session:
        return lift_suspensions(session, clock.now())


def seal_trail() -> int:
    """Write the ends of the audit trail down outside the database."""
    with transaction() as session:
        audit_seals.seal(session)
    return 0


def fire_due_timers() -> int:
    """Fire every timer that is due, each in its own transaction."""
    with transaction() as session:
        due = due_timers(session)
    return sum(_fire(timer_id) for timer_id in due)


def remind_of_deadlines() -> int:
    """Tell who is concerned of deadlines that end soon or have passed."""
    with transaction() as session:
        return reminding.remind(session)


def publish_processes() -> int:
    """Put versions of processes in force whose time has come, each in its own transaction."""
    with transaction() as session:
        due = releasing.due_releases(session, clock.now())
    return sum(_publish(release_id) for release_id in due)


def _publish(release_id: int) -> bool:
    try:
        with transaction() as session:
            return releasing.publish_when_due(session, release_id)
    except OperationalError:
        _log.warning("release.busy", item=release_id)  # the next round
        return False
    except Exception as error:  # noqa: BLE001 - one that fails must not stop the others
        why = error.message if isinstance(error, AppError) else releasing.UNEXPECTED
        if not isinstance(error, AppError):
            _log.error("release.failed", item=release_id, exception=traceback.format_exc())
        with transaction() as session:
            key = releasing.postpone(session, release_id, why).key
            raise_incident(session, "studio.release", why.zh, subject=f"process/{key}")
        return False


def _fire(timer_id: int) -> bool:
    try:
        with transaction() as session:
            return fire_timer(session, timer_id)
    except OperationalError:
        _log.warning("timer.busy", item=timer_id)  # somebody is at the case; the next round
        return False
    except Exception as error:  # noqa: BLE001 - one broken timer must not stop the others
        expected = isinstance(error, StepFailed | BudgetExceeded)
        reason = str(error) if expected else type(error).__name__
        if not expected:
            _log.error("timer.failed", item=timer_id, exception=traceback.format_exc())
        with transaction() as session:
            timer = session.get(DueTimer, timer_id)
            if timer is not None:
                timer.held = True
                subject = f"case/{timer.case_id}"
                raise_incident(
                    session,
                    "case.timer",
                    reason,
                    subject=subject,
                    case_id=timer.case_id,
                    element=timer.element,
                )
        return False


def run_until(stopped: threading.Event) -> None:
    """Do rounds of work until `stopped` is set."""
    tidied = clock.now() - TIDY_EVERY
    while not stopped.is_set():
        if clock.now() - tidied >= TIDY_EVERY:
            tidy()
            tidied = clock.now()
        if round_of_work() == 0:
            stopped.wait(EVERY_SECONDS)
