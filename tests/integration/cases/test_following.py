"""An edited calendar moves what hangs on a deadline: tasks, reminders, timers (C7)."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from certflow.calendar.models import Deadline
from certflow.calendar.operations import set_day
from certflow.cases import reminding, versions
from certflow.cases.models import DueTimer
from certflow.core.actor import SYSTEM
from certflow.core.text import Text

A_FREE_MONDAY = (date(2026, 11, 23), "rest", Text("休息", "Rest"))
OVER_A_WEEKEND = timedelta(days=3)
"""From a Friday to the Monday after it."""


def reminder(session, story) -> datetime:
    timers = select(DueTimer).where(DueTimer.case_id == story.case_id)
    found = {one.element: one.due_at for one in session.scalars(timers)}
    return found["evaluation_reminder_due"]


def to_evaluation(story):
    return story.begin().choose().apply().pre_review().pay().accept().assign()


@pytest.fixture
def clock_of(session, story):
    return lambda: session.scalars(select(Deadline).where(Deadline.case_id == story.case_id)).one()


def test_a_timer_that_waits_follows_its_deadline(session, story, clock_of) -> None:
    to_evaluation(story)
    before, due, version = reminder(session, story), clock_of().due_at, story.case.version
    set_day(session, *A_FREE_MONDAY, SYSTEM)
    session.expire_all()
    assert clock_of().due_at == due + OVER_A_WEEKEND
    assert reminder(session, story) == before + OVER_A_WEEKEND
    assert story.case.version == version  # nobody's page is stale for that


def test_a_timer_yet_to_be_reached_follows_too(session, story) -> None:
    to_evaluation(story)
    before = reminder(session, story)
    later = type(story)(session, story.cast, mode="first_intern")
    later.begin().choose().apply().pre_review().pay()
    set_day(session, *A_FREE_MONDAY, SYSTEM)
    later.accept().assign()
    assert reminder(session, later) == before + OVER_A_WEEKEND


@pytest.mark.parametrize("gone_out", [False, True])
def test_a_reminder_follows_unless_it_has_gone_out(
    session, story, clock_of, monkeypatch, gone_out
) -> None:
    to_evaluation(story)
    settings = versions.loaded(session, story.case.version_id).settings
    monkeypatch.setitem(settings, "deadlines", {"evaluation": {"remind_before": 3}})
    reminding.plan(session, clock_of(), settings)
    planned = clock_of().remind_at
    if gone_out:
        clock_of().remind_at = None
    set_day(session, *A_FREE_MONDAY, SYSTEM)
    assert clock_of().remind_at == (None if gone_out else planned + timedelta(days=1))
