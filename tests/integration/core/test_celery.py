"""PostgreSQL, Redis and a Celery worker: the same work by settings alone."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import text

from certflow.app import MIGRATIONS, create_app
from certflow.core import settings
from certflow.core.db import Model, db, transaction, writing
from certflow.core.outbox import enqueue
from factories.databases import WORKER, make_settings, postgresql_url

REDIS = os.environ.get("CERTFLOW_TEST_REDIS", "redis://127.0.0.1:6379/9")
PATIENCE = 60
ROOT = MIGRATIONS.parent


@pytest.fixture
def worker_app(tmp_path: Path) -> Iterator[Flask]:
    before = settings.current()
    app = create_app(make_settings(postgresql_url(f"certflow_celery_{WORKER}"), tmp_path))
    with app.app_context():
        with writing():
            Model.metadata.create_all(db.engine)
        yield app
        db.session.remove()
        db.engine.dispose()
    settings.install(before)


@pytest.fixture
def celery(worker_app: Flask, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    environment = os.environ | {
        "CERTFLOW_DATABASE_URL": worker_app.config["SQLALCHEMY_DATABASE_URI"],
        "CERTFLOW_REDIS_URL": REDIS,
        "CERTFLOW_DATA_DIR": str(tmp_path),
    }
    command = [sys.executable, "-m", "celery", "-A", "celery_worker", "worker", "-B"]
    command += ["--pool", "solo", "--schedule", str(tmp_path / "beat"), "--loglevel", "error"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)
    yield process
    os.killpg(process.pid, signal.SIGTERM)
    process.wait(timeout=20)


def states() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(text("SELECT state FROM outbox_item ORDER BY id")))


def wait_until_done(count: int) -> None:
    for _ in range(PATIENCE * 2):
        if states() == ["failed"] * count or states() == ["done"] * count:
            return
        time.sleep(0.5)
    pytest.fail(f"the worker left {states()}")


def test_a_worker_finds_its_work_even_after_redis_forgot_everything(
    celery: subprocess.Popen[bytes],
) -> None:
    with transaction() as session:
        enqueue(session, "certificate_pdf", "first", {"certificate_id": 0})
        session.execute(text("UPDATE outbox_item SET attempts = 4"))
    wait_until_done(1)
    Redis.from_url(REDIS).flushdb()
    with transaction() as session:
        enqueue(session, "certificate_pdf", "second", {"certificate_id": 0})
        session.execute(text("UPDATE outbox_item SET attempts = 4 WHERE state = 'new'"))
    wait_until_done(2)
