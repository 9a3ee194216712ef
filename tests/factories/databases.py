"""Databases and settings for tests: each worker has its own."""

import os
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

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
            # Nobody pulls the plug on a test: no commit waits for the disk.
            connection.execute(text(f'ALTER DATABASE "{name}" SET synchronous_commit = off'))
    except OperationalError:
        if os.environ.get("CI"):
            raise
        pytest.skip("PostgreSQL is not at hand: this half of the integration tests is left out")
    finally:
        admin.dispose()
    return admin.url.set(database=name).render_as_string(hide_password=False)
