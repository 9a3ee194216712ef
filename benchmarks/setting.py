"""Where the benchmarks play: a database of their own, the demo town's people, one story.

PostgreSQL is the server at CERTFLOW_TEST_POSTGRESQL, by default the local one.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from certflow.cases import versions
from certflow.cases.models import HumanTask
from certflow.cases.paying import seed_fees
from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Model, Session, db, transaction, writing
from certflow.core.settings import Settings
from certflow.demo import people, records
from certflow.demo.people import Town
from certflow.demo.story import Cast, Story
from certflow.studio import shipping

ROOT = Path(__file__).parents[1]
SERVER = os.environ.get(
    "CERTFLOW_TEST_POSTGRESQL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
)
FIELD = "QMS"


def on_server(*statements: str) -> None:
    """Run statements such as CREATE DATABASE outside any transaction."""
    engine = create_engine(SERVER, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


@contextmanager
def postgresql(name: str) -> Iterator[str]:
    """Create a database; give its address; drop it."""
    gone = f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'
    on_server(gone, f'CREATE DATABASE "{name}"')
    try:
        yield address(name)
    finally:
        on_server(gone)


def address(name: str) -> str:
    """Return the address of a database on the server."""
    engine = create_engine(SERVER)
    return engine.url.set(database=name).render_as_string(hide_password=False)


def quiet_settings(database_url: str, data_dir: Path) -> Settings:
    """Return settings that lay mail down as files, with cheap hashes and throw-away keys."""
    return Settings(
        mode="test",
        database_url=database_url,
        data_dir=data_dir,
        secret_key="benchmark",
        encryption_keys={"b1": b"0" * 32},
        index_key=b"1" * 32,
        argon2_time_cost=1,
        argon2_memory_kib=8,
        base_url="http://localhost",
    )


def settle() -> Town:
    """Make the tables, publish the registration process and let the demo town's people in."""
    with writing():
        Model.metadata.create_all(db.engine)
    with transaction() as session:
        shipping.sync(session, ROOT)
        seed_fees(session, "registration", versions.active(session, "registration").settings)
        return people.settle(session, clock.now())


def cast_of(session: Session, town: Town, number: int) -> Cast:
    """Let the town's applicant play with a filled profile library; experts are strangers."""
    applicant = town.applicants[number]
    body = next(one for one in town.bodies if one.id == applicant.organisation_id)
    staff = next(one for one in town.body_staff if one.organisation_id == body.id)
    strangers = tuple(one for one in town.experts if one.organisation_id != body.id)
    person_id, user_id = applicant.person_id or 0, applicant.user_id or 0
    records.fill_library(session, person_id, user_id, FIELD, body=body.name)
    records.pass_exams(session, person_id, FIELD)
    turned = number % len(strangers)
    return Cast(
        applicant,
        staff,
        town.staff["reviewer"],
        town.staff["approver"],
        strangers[turned:] + strangers[:turned],
    )


@dataclass(frozen=True)
class Command:
    """A task to complete: by whom, with which answers and outcome."""

    task: HumanTask
    actor: Actor
    answers: dict[str, Any]
    outcome: str


class Script(Story):
    """The story, written down instead of played: each step appends its commands."""

    def __init__(
        self, session: Session, cast: Cast, find: Callable[[str], Sequence[HumanTask]]
    ) -> None:
        """Take what returns the tasks of an element."""
        super().__init__(session, cast, field=FIELD)
        self.find = find
        self.commands: list[Command] = []
        self.application = records.application(session, cast.applicant.person_id or 0, FIELD)

    def tasks(self, element: str) -> list[HumanTask]:
        """Return the tasks of an element, whatever their state."""
        return list(self.find(element))

    def complete(self, task: HumanTask, actor: Actor, answers: Any, outcome: str) -> None:
        """Write the command down."""
        self.commands.append(Command(task, actor, dict(answers), outcome))
