"""Background work on Celery: `celery -A celery_worker worker -B`.

Celery only rings the bell. What is to be done stands in the database, and each ring looks for
all of it, so a lost, doubled or late message loses and doubles nothing (design §3).
"""

from celery import Celery

from certflow.app import create_app
from certflow.background import EVERY_SECONDS, TIDY_EVERY, round_of_work
from certflow.background import tidy as tidy_up

flask_app = create_app()
settings = flask_app.extensions["certflow"]
celery = Celery("certflow", broker=settings.redis_url or "memory://")
celery.conf.update(
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_time_limit=60,
    worker_prefetch_multiplier=1,
    accept_content=["json"],
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "visibility_timeout": 300,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
    },
    beat_schedule={
        "work": {"task": "certflow.work", "schedule": float(EVERY_SECONDS)},
        "tidy": {"task": "certflow.tidy", "schedule": TIDY_EVERY},
    },
)


@celery.task(name="certflow.work")  # type: ignore[untyped-decorator]
def work() -> None:
    """Do all the background work that is due."""
    with flask_app.app_context():
        round_of_work()


@celery.task(name="certflow.tidy")  # type: ignore[untyped-decorator]
def tidy() -> None:
    """Do what need not happen at once: bills, old tries, orphaned files."""
    with flask_app.app_context():
        tidy_up()
