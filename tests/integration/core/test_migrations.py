"""Migrations: up, down, up again; what they make is what the models say."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from certflow.app import MIGRATIONS, create_app
from certflow.core import settings
from certflow.core.db import Model, db, writing
from factories.databases import WORKER, make_settings, postgresql_url

TREE = str(MIGRATIONS)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    before = settings.current()
    url = (
        f"sqlite:///{tmp_path}/migrated.db"
        if request.param == "sqlite"
        else postgresql_url(f"certflow_migrated_{WORKER}")
    )
    app = create_app(make_settings(url, tmp_path))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
    settings.install(before)


def test_the_migrated_database_is_what_the_models_say(empty_app: Flask) -> None:
    upgrade(directory=TREE)
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, Model.metadata) == []


def test_down_and_up_again(empty_app: Flask) -> None:
    upgrade(directory=TREE)
    downgrade(directory=TREE, revision="base")
    upgrade(directory=TREE)


@pytest.mark.parametrize(
    "change", ["UPDATE audit_event SET action = 'x'", "DELETE FROM audit_event"]
)
def test_the_database_refuses_to_change_the_trail(empty_app: Flask, change: str) -> None:
    upgrade(directory=TREE)
    insert = (
        "INSERT INTO audit_event (chain, seq, at, action, actor_role, element, reason, digest) "
        "VALUES ('case/1', 1, '2026-11-20', 'a', 'system', '', '', 'd')"
    )
    with writing(), db.engine.begin() as connection:
        connection.execute(text(insert))
    with (
        writing(),
        db.engine.connect() as connection,
        pytest.raises(DatabaseError, match="append-only"),
    ):
        connection.execute(text(change))


def test_migrations_are_numbered_without_a_gap() -> None:
    numbers = sorted(path.name[:4] for path in (MIGRATIONS / "versions").glob("*.py"))
    assert numbers == [f"{n:04d}" for n in range(1, len(numbers) + 1)]
