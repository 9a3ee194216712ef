"""Timers: one absolute instant, kept; missed periods are not made up for."""

from datetime import UTC, date, datetime, timedelta

import pytest

from certflow.core.expressions import ExpressionError
from certflow.engine.errors import NotWaiting
from certflow.engine.runner import Run
from certflow.engine.timers import Schedule, next_round, schedule
from factories.drawing import (
    START,
    Case,
    Walk,
    arrows,
    bpmn,
    catch,
    definition,
    edge,
    end,
    start,
    timer,
    user,
)


def due(kind: str, value: object, now: datetime = START) -> str:
    return schedule(kind, value, now).due.isoformat()


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("duration", "P10D", "2026-03-11T00:00:00+00:00"),
        ("duration", "P1M", "2026-04-01T00:00:00+00:00"),
        ("duration", "P2W", "2026-03-15T00:00:00+00:00"),
        ("duration", "P1Y2M3DT4H5M6S", "2027-05-04T04:05:06+00:00"),
        ("duration", timedelta(hours=3), "2026-03-01T03:00:00+00:00"),
        ("date", "2026-05-01", "2026-04-30T16:00:00+00:00"),
        ("date", date(2026, 5, 1), "2026-04-30T16:00:00+00:00"),
        ("date", "2026-05-01T08:00:00+08:00", "2026-05-01T00:00:00+00:00"),
        ("date", "2026-05-01T08:00:00", "2026-05-01T00:00:00+00:00"),
        ("date", "P10D", "2026-03-11T00:00:00+00:00"),
        ("cycle", "R3/P5D", "2026-03-06T00:00:00+00:00"),
        ("cycle", "P5D", "2026-03-06T00:00:00+00:00"),
    ],
)
def test_a_due_instant_is_computed_from_when_it_was_reached(kind, value, expected):
    assert due(kind, value) == expected


def test_months_end_where_the_month_ends():
    assert due("duration", "P1M", datetime(2026, 1, 31, tzinfo=UTC)) == "2026-02-28T00:00:00+00:00"


@pytest.mark.parametrize(
    "value", ["60 days", "-P1D", "P", "PT", "P1.5D", 5, None, "R3/", "soon", True, "P99999Y", []]
)
@pytest.mark.parametrize("kind", ["duration", "date", "cycle"])
def test_other_texts_are_refused(kind, value):
    with pytest.raises(ExpressionError):
        schedule(kind, value, START)


def test_a_rhythm_faster_than_a_minute_is_refused():
    with pytest.raises(ExpressionError):
        schedule("cycle", "R/PT1S", START)


def test_missed_periods_fire_once():
    reached = schedule("cycle", "R7/P1D", START)
    following = next_round(reached, START + timedelta(days=5, hours=1))
    assert following == Schedule(START + timedelta(days=6), "P1D", 2)


def test_an_unlimited_rhythm_goes_on():
    reached = schedule("cycle", "R/P1M", START)
    following = next_round(reached, START + timedelta(days=400))
    assert following is not None
    assert following.left is None
    assert following.due > START + timedelta(days=400)


def test_the_last_of_a_rhythm_is_the_last():
    assert next_round(Schedule(START, "P1D", 1), START) is None
    assert next_round(Schedule(START, "P1D", 3), START + timedelta(days=30)) is None


LIMITED = bpmn(
    start(),
    user("apply"),
    edge("limit", "apply", timer("limit_days", "timeDuration")),
    end("done"),
    end("lapsed"),
    arrows("start -> apply -> done", "limit -> lapsed"),
)


def test_a_timer_tells_when_it_is_due_and_what_it_is_on():
    only = Walk(LIMITED, limit_days="P60D").run.timers[0]
    assert (only.element, only.attached_to) == ("limit", "apply")
    assert only.due_at == START + timedelta(days=60)


def test_a_timer_keeps_its_instant_over_storing_and_a_moved_clock():
    walk = Walk(LIMITED, limit_days="P60D")
    before = walk.run.timers[0].due_at
    walk.host.wait(days=30)
    walk.run.data["limit_days"] = "P1D"
    again = Run.restore(walk.definition, walk.run.dump(), walk.host)
    assert again.timers[0].due_at == before


def test_a_timer_fires_whatever_the_clock_says():
    walk = Walk(LIMITED, limit_days="P60D")
    walk.host.wait(days=-400)
    assert walk.fire("limit").run.end == "lapsed"


def test_a_due_timer_does_not_fire_by_itself():
    walk = Walk(LIMITED, limit_days="P1D")
    walk.host.wait(days=400)
    again = Run.restore(walk.definition, walk.run.dump(), walk.host)
    assert [task.element for task in again.open_tasks] == ["apply"]


def test_a_timer_that_is_gone_cannot_fire():
    walk = Walk(LIMITED, limit_days="P1D")
    gone = walk.run.timers[0].id
    walk.do("apply")
    with pytest.raises(NotWaiting):
        walk.run.fire(gone)


def test_a_task_is_no_timer():
    walk = Walk(LIMITED, limit_days="P1D")
    with pytest.raises(NotWaiting):
        walk.run.fire(walk.run.open_tasks[0].id)


def test_two_timers_fire_one_at_a_time():
    source = bpmn(
        start(), user("apply"),
        edge("first", "apply", timer("P1D"), interrupting=False),
        edge("second", "apply", timer("P2D"), interrupting=False),
        user("one"), user("two"), end("done"), end("a"), end("b"),
        arrows("start -> apply -> done", "first -> one -> a", "second -> two -> b"),
    )  # fmt: skip
    walk = Walk(source).fire("second")
    assert walk.open == ["apply", "two"]
    assert walk.timers == ["first"]


def test_a_dated_timer_is_due_on_its_day():
    source = bpmn(
        start(), catch("wait", timer("2026-05-01", "timeDate")), end(), arrows("start->wait->end")
    )
    run = Run.start(definition(source), {}, Case())
    assert run.timers[0].due_at == datetime(2026, 4, 30, 16, tzinfo=UTC)
