"""A timer that fails in a way nobody thought of waits for an administrator, alone."""

from datetime import timedelta

from sqlalchemy import select

from certflow.background import fire_due_timers
from certflow.cases.models import DueTimer
from certflow.core import clock
from certflow.core.incidents import open_incidents


def test_a_broken_timer_does_not_stop_the_one_after_it(session, story) -> None:
    cases = [story.begin().case_id for _ in range(2)]
    due = clock.now() - timedelta(hours=1)
    session.add_all(
        DueTimer(case_id=one, engine_id="unknown", element="remind", due_at=due) for one in cases
    )
    session.commit()
    assert fire_due_timers() == 0
    assert set(session.scalars(select(DueTimer.held))) == {True}
    assert {one.case_id for one in open_incidents(session)} == set(cases)
