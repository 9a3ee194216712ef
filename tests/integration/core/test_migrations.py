"""Migrations: up, down, up again; what they make is what the models say."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import bindparam, text
from sqlalchemy.exc import DatabaseError

from certflow.accounts.queries import find_user
from certflow.app import MIGRATIONS, create_app
from certflow.core import audit, settings
from certflow.core.db import Json, Model, UtcDateTime, db, writing
from factories.databases import WORKER, make_settings, postgresql_url

TREE = str(MIGRATIONS)
HOUR = timedelta(hours=1)
A_CASE = (
    (
        "INSERT INTO user_account (id, login_name, password_hash, must_change_password, name,"
        " mail_notices, locale, created_at) VALUES (1, 'lin', '', false, '', false, 'zh', '2026-11-20')"
    ),
    (
        "INSERT INTO process_version (id, key, number, active, bundle, checksum, note, published_at)"
        " VALUES (1, 'transfer', 1, true, '{}', '', '', '2026-11-20')"
    ),
    (
        "INSERT INTO case_file (id, service, version_id, title, summary, state, stages, visited,"
        " applicant_id, version, run, audit_seq, audit_head, created_at, updated_at) VALUES"
        " (1, 'transfer', 1, '{}', '{}', 'open', '[]', '[]', 1, 1, '', 0, '', '2026-11-20', '2026-11-20')"
    ),
)
A_DEADLINE = text(
    "INSERT INTO deadline (case_id, key, unit, length, state, started_on, used, resumed_on,"
    " resumed_at, due_at) VALUES"
    " (1, :key, 'working_days', 5, 'running', '2026-11-20', 0, '2026-11-20', '2026-11-20', :due)"
).bindparams(bindparam("due", type_=UtcDateTime))


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


def test_deadlines_that_passed_before_the_upgrade_are_not_told_of(empty_app: Flask) -> None:
    upgrade(directory=TREE, revision="0002")
    now = datetime.now(UTC)
    with writing(), db.engine.begin() as connection:
        for statement in A_CASE:
            connection.execute(text(statement))
        for key, due in {"past": now - HOUR, "future": now + HOUR}.items():
            connection.execute(A_DEADLINE, {"key": key, "due": due})
    upgrade(directory=TREE)
    with db.engine.connect() as connection:
        told = connection.execute(text("SELECT key, late_told FROM deadline")).all()
    assert {key: bool(late) for key, late in told} == {"past": True, "future": False}


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


AN_EVENT = text(
    "INSERT INTO audit_event (chain, seq, at, action, actor_role, element, reason, after, digest)"
    " VALUES (:chain, :seq, :at, 'done', 'system', '', '', :after, :digest)"
).bindparams(bindparam("at", type_=UtcDateTime), bindparam("after", type_=Json))


def plain_digest(before: str, chain: str, seq: int, at: datetime, after: object) -> str:
    """The digest of an event as it was before the trail was keyed."""
    row = [before, chain, seq, at.isoformat(), "done", None, "system", "", "", None, after]
    canonical = json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def test_an_older_trail_is_keyed_and_addresses_are_encrypted(empty_app: Flask) -> None:
    upgrade(directory=TREE, revision="0010")
    at = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
    with writing(), db.engine.begin() as connection:
        connection.execute(text(A_CASE[0]))
        connection.execute(text("UPDATE user_account SET email = 'lin@example.org'"))
        for chain in ("user/1", "user/2"):
            digest = "0" * 64
            for seq in (1, 2, 3):
                after = {"题": seq}
                digest = plain_digest(digest, chain, seq, at, after)
                told = {"chain": chain, "seq": seq, "at": at, "after": after, "digest": digest}
                if (chain, seq) == ("user/2", 2):
                    told["after"] = {"题": "tampered"}
                connection.execute(AN_EVENT, told)
            end = "INSERT INTO audit_chain (chain_key, audit_seq, audit_head) VALUES (:chain, 3, :head)"
            connection.execute(text(end), {"chain": chain, "head": digest})
    upgrade(directory=TREE)
    assert audit.verify(db.session(), "user/1", audit.head_of(db.session(), "user/1")) == []
    assert audit.verify(db.session(), "user/2", audit.head_of(db.session(), "user/2"))[0] == 2
    lin = find_user(db.session(), "lin@example.org")
    assert lin is not None
    assert lin.email_confirmed_at is not None  # it has been receiving notices
    db.session.rollback()
    with db.engine.connect() as connection:
        assert connection.scalar(text("SELECT email FROM user_account")) is None
    with writing(), db.engine.begin() as connection, pytest.raises(DatabaseError):
        connection.execute(text("UPDATE audit_event SET action = 'other'"))
    db.session.remove()
    downgrade(directory=TREE, revision="0010")
    with db.engine.connect() as connection:
        assert connection.scalar(text("SELECT email FROM user_account")) == "lin@example.org"
