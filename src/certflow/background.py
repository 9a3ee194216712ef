"""Background work: due timers, the outbox, unprocessed payment notices. One round does it all.

Every row that means "work to do" is found by its state and age, never by a message (design §3).
"""

import threading
import traceback
from datetime import timedelta

import structlog
from sqlalchemy.exc import OperationalError

from certflow.accounts import throttle
from certflow.cases.errors import BudgetExceeded, StepFailed
from certflow.cases.models import DueTimer
from certflow.cases.running import due_timers, fire_timer
from certflow.core import clock, files, outbox
from certflow.core.db import db, transaction
from certflow.core.incidents import raise_incident
from certflow.payments.tasks import sweep as sweep_payments

EVERY_SECONDS = 2
TIDY_EVERY = timedelta(hours=1)
_log = structlog.get_logger()


def round_of_work() -> int:
    """Do what is due now; return how much was done. A failure of one never stops the others."""
    done = 0
    for work in (fire_due_timers, outbox.relay, sweep_payments):
        try:
            done += work()
        except Exception:  # noqa: BLE001 - the next round tries again; the log says why
            _log.error("background.failed", kind=work.__name__, exception=traceback.format_exc())
        finally:
            db.session.remove()
    return done


def tidy() -> int:
    """Forget old password tries and files that no transaction kept, once in a while."""
    at = clock.now()
    with transaction() as session:
        throttle.forget(session, at)
        return files.sweep_orphans(session, at - timedelta(hours=2))


def fire_due_timers() -> int:
    """Fire every timer that is due, each in its own transaction."""
    with transaction() as session:
        due = due_timers(session)
    return sum(_fire(timer_id) for timer_id in due)


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
    tidied = clock.now()
    while not stopped.is_set():
        if round_of_work() == 0:
            stopped.wait(EVERY_SECONDS)
        if clock.now() - tidied > TIDY_EVERY:
            tidy()
            tidied = clock.now()
