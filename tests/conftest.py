"""Fixtures for every test: an application on SQLite and on PostgreSQL, a session, a client."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from certflow.app import create_app
from certflow.core import clock
from certflow.core.db import Model, Session, db, writing
from certflow.core.settings import Settings

POSTGRESQL = os.environ.get(
    "CERTFLOW_TEST_POSTGRESQL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
)
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")


def make_settings(database_url: str, data_dir: Path) -> Settings:
    """Settings for tests: cheap password hashes, keys of their own."""
    return Settings(
        mode="test",
        database_url=database_url,
        data_dir=data_dir,
        secret_key="test",
        encryption_keys={"t1": b"0123456789abcdef0123456789abcdef"},
        index_key=b"fedcba9876543210fedcba9876543210",
        argon2_time_cost=1,
        argon2_memory_kib=8,
        base_url="http://localhost",
    )


def postgresql_url(name: str) -> str:
    """Create a database of this worker's own and return its address."""
    admin = create_engine(POSTGRESQL, isolation_level="AUTOCOMMIT")
    try:
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
            connection.execute(text(f'CREATE DATABASE "{name}"'))
    except OperationalError:
        if os.environ.get("CI"):
            raise
        pytest.skip("PostgreSQL is not at hand: this half of the integration tests is left out")
    finally:
        admin.dispose()
    return admin.url.set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def app_on(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp(request.param)
    url = (
        f"sqlite:///{folder}/test.db"
        if request.param == "sqlite"
        else postgresql_url(f"certflow_test_{WORKER}")
    )
    app = create_app(make_settings(url, folder))
    app.testing = True
    with app.app_context(), writing():
        Model.metadata.create_all(db.engine)
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def app(app_on: Flask) -> Iterator[Flask]:
    from certflow.core import settings

    settings.install(app_on.extensions["certflow"])
    yield app_on
    clock.reset()
    with app_on.app_context(), writing():
        db.session.remove()
        with db.engine.begin() as connection:
            for table in reversed(Model.metadata.sorted_tables):
                connection.execute(table.delete())


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """A session that may write; roll back what the test leaves open."""
    with app.app_context(), writing():
        yield db.session()
        db.session.rollback()
        db.session.remove()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
