"""Runs: every walk is stored and restored after each action."""

import pytest

from certflow.engine.errors import NotWaiting
from certflow.engine.runner import Run
from factories.diagrams import CORRECTION, PARALLEL, boundary
from factories.drawing import Walk, definition, timer


def test_a_run_waits_for_people_and_ends():
    walk = Walk(CORRECTION)
    assert walk.open == ["apply"]
    walk.do("apply").do("review", verdict_given="pass")
    assert walk.run.finished
    assert walk.run.end == "done"


def test_an_open_task_tells_its_role_form_and_name():
    task = Walk(CORRECTION).run.open_tasks[0]
    assert (task.element, task.name, task.role, task.form) == (
        "apply",
        "apply",
        "reviewer",
        "apply",
    )


def test_decisions_choose_the_way():
    walk = Walk(CORRECTION).do("apply").do("review", verdict_given="fix")
    assert walk.open == ["fix"]
    assert walk.run.data["rounds"] == 1


def test_a_thousand_rounds_cost_no_more_than_one():
    walk = Walk(CORRECTION).do("apply")
    sizes = set()
    for _ in range(1_000):
        walk.do("review", verdict_given="fix").do("fix")
        sizes.add(len(walk.run.dump()) - len(str(walk.run.data["rounds"])))
    assert len(sizes) == 1
    assert walk.do("review", verdict_given="pass").run.end == "done"


def test_the_log_tells_what_happened():
    walk = Walk(CORRECTION).do("apply")
    assert walk.events == [
        ("start", "entered"), ("start", "completed"), ("begin", "entered"), ("begin", "completed"),
        ("apply", "entered"), ("apply", "completed"), ("review", "entered"),
    ]  # fmt: skip


def test_a_completed_task_cannot_be_completed_again():
    walk = Walk(CORRECTION)
    first = walk.run.open_tasks[0].id
    walk.do("apply")
    with pytest.raises(NotWaiting):
        walk.run.complete(first, {})


@pytest.mark.parametrize("order", [("one", "two"), ("two", "one")])
def test_a_join_waits_for_both_branches_in_every_round(order):
    walk = Walk(PARALLEL)
    for more in (True, True, False):
        assert walk.open == ["one", "two"]
        walk.do(order[0])
        assert walk.open == [order[1]]
        walk.do(order[1])
        assert walk.open == ["review"]
        walk.do("review", more=more)
    assert walk.run.finished


def test_branches_share_what_they_decide():
    walk = Walk(PARALLEL, colour="red").do("one", colour="blue").do("two")
    assert walk.run.data["colour"] == "blue"


def test_a_cancelled_run_waits_for_nothing():
    walk = Walk(PARALLEL)
    walk.run.cancel()
    assert walk.run.finished
    assert walk.run.open_tasks == []
    assert walk.run.end is None


def test_an_administrator_moves_a_case_to_another_step():
    walk = Walk(CORRECTION).do("apply")
    walk.run.move(walk.run.open_tasks[0].id, "fix")
    assert walk.open == ["fix"]
    assert walk.do("fix").open == ["review"]


def test_moving_takes_the_timers_on_the_edge_along():
    walk = Walk(boundary(interrupting=True, inner=timer("P60D")))
    walk.run.move(walk.run.open_tasks[0].id, "late")
    assert (walk.open, walk.timers) == (["late"], [])
    walk.run.move(walk.run.open_tasks[0].id, "apply")
    assert (walk.open, walk.timers) == (["apply"], ["limit"])


@pytest.mark.parametrize("place", ["join", "ghost"])
def test_a_case_cannot_be_moved_where_it_would_wait_for_ever(place):
    walk = Walk(PARALLEL)
    with pytest.raises(LookupError):
        walk.run.move(walk.run.open_tasks[0].id, place)


def test_a_running_case_goes_on_under_a_new_version():
    """Open tasks keep their ids, timers their instants: nothing starts anew."""
    walk = Walk(boundary(interrupting=True, inner=timer("P60D")))
    walk.host.wait(days=30)
    newer = definition(boundary(interrupting=True, inner=timer("P90D")))
    moved = Run.restore(newer, walk.run.dump(), walk.host)
    assert moved.open_tasks == walk.run.open_tasks
    assert moved.timers == walk.run.timers
    moved.complete(moved.open_tasks[0].id, {})
    assert moved.end == "done"
