"""Two people at the same task in the same instant: one does it, the other is told (B1, B3)."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from certflow.cases import assignment, operations
from certflow.cases.errors import NotYours, TaskGone
from certflow.cases.models import Case
from certflow.core import audit
from certflow.core.actor import SYSTEM, Actor
from certflow.core.db import Session, db, transaction
from certflow.core.errors import Invalid
from certflow.demo.story import Story
from factories.actors import actor, make_user
from factories.confirming import make_confirming
from factories.filings import make_desk

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


def test_of_two_starts_with_one_key_at_once_both_get_the_same_draft(app, session, story) -> None:
    def start(own: Session) -> int:
        return operations.start_case(own, story.cast.applicant, "registration", key="k").id

    second = what_the_second_is_told(app, session, start, start)
    assert session.scalars(select(Case.id)).all() == [second]


def test_of_two_who_file_for_one_certificate_at_once_one_is_told(app, session) -> None:
    story = make_confirming(session, date(2026, 11, 20)).choose()
    other = replace(story, filer=story.staff, case_id=0).choose()
    told = what_the_second_is_told(
        app,
        session,
        lambda own: replace(story, session=own).apply(),
        lambda own: replace(other, session=own).apply(),
    )
    assert isinstance(told, Invalid)
    assert "正在办理" in told.fields["year"].zh


def test_of_two_cancellations_filed_at_once_one_is_told(app, session) -> None:
    desk = make_desk(session, "certificate_cancellation")
    first, second = (desk.cancellation().begin() for _ in range(2))
    told = what_the_second_is_told(
        app,
        session,
        lambda own: replace(first, session=own).apply(),
        lambda own: replace(second, session=own).apply(),
    )
    assert isinstance(told, Invalid)
    assert "证书注销正在办理" in told.fields["certificate"].zh


def test_of_two_first_events_of_a_chain_at_once_both_are_kept(app, session) -> None:
    def tell(own: Session) -> None:
        audit.record(own, "session.started", SYSTEM, subject="user/5")

    assert what_the_second_is_told(app, session, tell, tell) is None
    assert [one.seq for one in audit.events(session, "user/5")] == [1, 2]
    assert audit.verify(session, "user/5") == []
