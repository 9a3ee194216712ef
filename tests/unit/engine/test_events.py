"""Timers and messages on the way and at the edge; ends; sub-processes."""

import pytest

from certflow.engine.errors import NotWaiting
from factories.diagrams import CORRECTION, boundary
from factories.drawing import (
    Walk,
    arrows,
    bpmn,
    catch,
    edge,
    end,
    message,
    node,
    parallel,
    start,
    timer,
    user,
)


def test_an_interrupting_timer_takes_the_task_away():
    walk = Walk(boundary(interrupting=True, inner=timer("P60D"))).fire("limit")
    assert walk.open == ["late"]
    assert walk.timers == []
    assert ("apply", "cancelled") in walk.events
    assert walk.do("late").run.end == "lapsed"


def test_a_task_done_in_time_takes_the_timer_away():
    walk = Walk(boundary(interrupting=True, inner=timer("P60D"))).do("apply")
    assert walk.run.finished
    assert walk.run.end == "done"


def test_a_reminder_leaves_the_task_open():
    walk = Walk(boundary(interrupting=False, inner=timer("P10D"))).fire("limit")
    assert sorted(walk.open) == ["apply", "late"]
    walk.do("apply")
    assert not walk.run.finished
    assert walk.do("late").run.finished


def test_a_rhythm_reminds_as_often_as_it_says():
    walk = Walk(boundary(interrupting=False, inner=timer("R3/P5D", "timeCycle")))
    for _ in range(3):
        assert walk.timers == ["limit"]
        walk.fire("limit")
    assert walk.timers == []
    assert walk.open.count("late") == 3


def test_a_message_at_the_edge_interrupts():
    walk = Walk(boundary(interrupting=True, inner=message("stop")))
    assert walk.run.waiting_messages == ["stop"]
    assert walk.run.waits_at == ["apply", "limit"]
    assert walk.send("stop", reason="withdrawn").open == ["late"]
    assert walk.run.data["reason"] == "withdrawn"


def test_a_message_at_the_edge_may_come_again():
    walk = Walk(boundary(interrupting=False, inner=message("stop"))).send("stop").send("stop")
    assert walk.open == ["apply", "late", "late"]


def test_a_message_nobody_waits_for_is_refused():
    with pytest.raises(NotWaiting):
        Walk(CORRECTION).send("stop")


def test_catching_events_wait_on_the_way():
    walk = Walk(
        bpmn(
            start(),
            catch("paid", message("paid")),
            catch("objections", timer("P7D")),
            end(),
            arrows("start -> paid -> objections -> end"),
            messages=("paid",),
        )
    )
    assert walk.send("paid", receipt="A1").timers == ["objections"]
    assert walk.fire("objections").run.finished


def test_a_terminate_end_stops_everything():
    walk = Walk(
        bpmn(
            start(),
            parallel("fork"),
            user("one"),
            user("two"),
            end("kill", terminate=True),
            end("quiet"),
            arrows("start -> fork -> one -> kill", "fork -> two -> quiet"),
        )
    )
    walk.do("one")
    assert walk.run.finished
    assert walk.run.end == "kill"
    assert ("two", "cancelled") in walk.events


def test_a_plain_end_leaves_the_other_branch():
    walk = Walk(
        bpmn(
            start(),
            parallel("fork"),
            user("one"),
            user("two"),
            end("first"),
            end("second"),
            arrows("start -> fork -> one -> first", "fork -> two -> second"),
        )
    )
    assert walk.do("one").open == ["two"]
    assert walk.do("two").run.end == "second"


SUBPROCESS = bpmn(
    start(),
    node(
        "subProcess",
        "part",
        start("inner_start")
        + user("inner")
        + end("inner_end")
        + arrows("inner_start -> inner -> inner_end"),
    ),
    edge("limit", "part", timer("P5D")),
    user("late"),
    end("done"),
    end("lapsed"),
    arrows("start -> part -> done", "limit -> late -> lapsed"),
)


def test_a_sub_process_runs_inside():
    walk = Walk(SUBPROCESS)
    assert walk.open == ["inner"]
    walk.do("inner")
    assert walk.run.finished
    assert walk.run.end == "done"


def test_a_sub_process_is_interrupted_whole():
    assert Walk(SUBPROCESS).fire("limit").open == ["late"]
