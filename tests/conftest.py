"""Fixtures for every test: an application on SQLite and on PostgreSQL, a session, a client."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from certflow.app import create_app
from certflow.core import clock
from certflow.core.db import Model, Session, db, writing
from factories.databases import WORKER, make_settings, postgresql_url

pytest_plugins = ("factories.leaks",)


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
