"""Two people at the same task in the same instant: one does it, the other is told (B1, B3)."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from certflow.cases import assignment, operations
from certflow.cases.errors import NotYours, TaskGone
from certflow.core.actor import Actor
from certflow.core.db import Session, db, transaction
from certflow.demo.story import Story
from factories.actors import actor, make_user

ANSWERS = {"complete": True, "in_scope": True, "opinion": "材料齐全，予以受理。"}
WAITING = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
MOST_LOOKS = 10_000

Act = Callable[[Session], Any]


def until_somebody_waits() -> None:
    """Look until the other transaction stands before a lock; SQLite lets it begin only later."""
    if db.engine.dialect.name == "sqlite":
        return
    for _ in range(MOST_LOOKS):
        with db.engine.connect() as connection:
            if connection.scalar(WAITING):
                return
    raise AssertionError("nobody waits for a lock")


def what_the_second_is_told(app: Flask, session: Session, first: Act, second: Act) -> Any:
    """Let `second` come while `first` is not committed; return what it raises or returns."""
    session.commit()
    first(session)
    session.flush()
    told: list[Any] = []

    def come() -> None:
        with app.app_context():
            try:
                with transaction() as own:
                    told.append(second(own))
            except Exception as error:  # noqa: BLE001 - it is the answer
                told.append(error)

    other = threading.Thread(target=come)
    other.start()
    until_somebody_waits()
    session.commit()
    other.join()
    return told[0]


@pytest.fixture
def colleague(session: Session, story: Story) -> Actor:
    return actor(make_user(session, "second", "reviewer"), "reviewer")


def test_of_two_who_claim_at_once_one_has_the_task(app, session, story, colleague) -> None:
    story.begin().choose().apply().pre_review().pay()
    first, task = story.cast.reviewer, story.tasks("accept")[0].id
    told = what_the_second_is_told(
        app,
        session,
        lambda own: assignment.claim(own, first, task),
        lambda own: assignment.claim(own, colleague, task),
    )
    assert isinstance(told, NotYours)
    session.expire_all()
    assert story.tasks("accept")[0].assignee_id == first.user_id


def test_of_two_who_complete_at_once_one_is_told_it_is_done(app, session, story, colleague) -> None:
    story.begin().choose().apply().pre_review().pay()
    first, task = story.cast.reviewer, story.tasks("accept")[0].id
    told = what_the_second_is_told(
        app,
        session,
        lambda own: operations.complete_task(own, first, task, ANSWERS, "accept"),
        lambda own: operations.complete_task(own, colleague, task, ANSWERS, "accept"),
    )
    assert isinstance(told, TaskGone)
    session.expire_all()
    assert len(story.tasks("assign_experts")) == 1
