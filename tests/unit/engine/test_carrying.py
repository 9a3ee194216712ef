"""A waiting run goes on in another version of its diagram."""

from certflow.engine.carrying import Carried, carry
from certflow.engine.definitions import Definition
from certflow.engine.runner import Run
from factories.diagrams import PARALLEL
from factories.drawing import (
    START,
    Walk,
    arrows,
    bpmn,
    definition,
    edge,
    end,
    node,
    parallel,
    repeated,
    start,
    timer,
    user,
)

PLAIN = bpmn(
    start(), user("apply"), user("review"), end(), arrows("start -> apply -> review -> end")
)
LONGER = bpmn(
    start(), user("apply"), user("fix"), user("review"), end(),
    arrows("start -> apply -> fix -> review -> end"),
)  # fmt: skip
WITHOUT_REVIEW = bpmn(
    start(), user("apply"), user("fix"), end(), arrows("start -> apply -> fix -> end")
)


def limited(*events: tuple[str, str], task: str = "apply") -> bytes:
    """Return apply -> end with timers on the edge of the task."""
    return bpmn(
        start(), user(task), end(), *([end("lapsed")] if events else []),
        *(edge(name, task, timer(length), interrupting=False) for name, length in events),
        arrows(f"start -> {task} -> end", *(f"{name} -> lapsed" for name, _ in events)),
    )  # fmt: skip


def moved(walk: Walk, source: bytes | Definition, **mapping: str) -> Carried:
    """Carry a walk over to another diagram; it goes on there."""
    new = source if isinstance(source, Definition) else definition(source)
    carried = carry(walk.definition, new, walk.run.dump(), mapping)
    if not carried.obstacles:
        walk.definition, walk.run = new, Run.restore(new, carried.stored, walk.host)
        walk.run.advance()
        walk._turn()
    return carried


def why(carried: Carried) -> list[tuple[str, str]]:
    return [(one.element, one.message.en) for one in carried.obstacles]


def test_the_open_task_stays_the_same_task():
    walk = Walk(PLAIN)
    before = walk.run.open_tasks[0].id
    assert moved(walk, LONGER).same
    assert walk.run.open_tasks[0].id == before
    assert walk.do("apply").open == ["fix"]


def test_a_step_that_is_gone_stands_in_the_way():
    walk = Walk(PLAIN).do("apply")
    assert why(moved(walk, WITHOUT_REVIEW)) == [("review", "The new version has no such step.")]


def test_a_mapping_says_where_to_go_on():
    walk = Walk(PLAIN).do("apply")
    before = walk.run.open_tasks[0].id
    carried = moved(walk, WITHOUT_REVIEW, review="fix")
    assert (carried.same, carried.obstacles) == (False, ())
    assert [(one.element, one.id) for one in walk.run.open_tasks] == [("fix", before)]
    assert walk.do("fix").run.finished


def test_a_running_timer_keeps_its_instant():
    walk = Walk(limited(("limit", "P60D")))
    due = walk.run.timers[0].due_at
    walk.host.wait(days=30)
    assert moved(walk, limited(("limit", "P90D"))).same
    assert walk.run.timers[0].due_at == due


def test_a_timer_that_the_new_version_lacks_is_taken_away_and_said():
    walk = Walk(limited(("limit", "P60D")))
    carried = moved(walk, limited())
    assert [one.element for one in carried.notes] == ["limit"]
    assert (walk.timers, walk.open) == ([], ["apply"])
    assert walk.do("apply").run.finished


def test_a_new_timer_begins_with_the_move():
    walk = Walk(limited())
    walk.host.wait(days=30)
    carried = moved(walk, limited(("limit", "P60D")))
    assert [one.element for one in carried.notes] == ["limit"]
    assert (walk.run.timers[0].due_at - START).days == 90
    assert walk.fire("limit").open == ["apply"]
    assert walk.do("apply").run.finished


def test_a_timer_that_has_fired_does_not_begin_again():
    walk = Walk(limited(("limit", "P10D"), ("last", "P60D"))).fire("limit")
    moved(walk, limited(("limit", "P20D"), ("last", "P60D")))
    assert walk.timers == ["last"]


def test_a_mapped_timer_keeps_its_instant_on_the_mapped_step():
    walk = Walk(limited(("limit", "P60D")))
    due = walk.run.timers[0].due_at
    walk.host.wait(days=30)
    moved(walk, limited(("late", "P5D"), task="review"), apply="review", limit="late")
    assert [(one.element, one.due_at) for one in walk.run.timers] == [("late", due)]
    assert walk.do("review").run.finished


def test_a_join_with_the_same_ways_goes_on_waiting():
    walk = Walk(PARALLEL, more=False).do("one")
    assert moved(walk, PARALLEL).same
    assert walk.do("two").open == ["review"]


def test_a_join_with_other_ways_stands_in_the_way():
    three = bpmn(
        start(), parallel("fork"), user("one"), user("two"), user("fix"), parallel("join"), end(),
        arrows("start -> fork -> one -> join -> end", "fork -> two -> join", "fork -> fix -> join"),
    )  # fmt: skip
    walk = Walk(PARALLEL, more=False).do("one")
    assert why(moved(walk, three)) == [("join", "The flows that join there have changed.")]


def test_experts_at_work_go_on():
    def votes(last: str) -> bytes:
        return bpmn(
            start(), user("vote", repeated("people"), item="person"), user(last), end(),
            arrows(f"start -> vote -> {last} -> end"),
        )  # fmt: skip

    walk = Walk(votes("one"), people=["a", "b", "c"]).do("vote")
    assert moved(walk, votes("two")).same
    assert walk.open == ["vote", "vote"]
    assert walk.do("vote").do("vote").open == ["two"]


def test_another_kind_of_step_stands_in_the_way_until_it_is_mapped():
    waits = bpmn(
        start(), node("intermediateCatchEvent", "apply", timer("P1D")), user("review"), end(),
        arrows("start -> apply -> review -> end"),
    )  # fmt: skip
    walk = Walk(PLAIN)
    assert why(moved(walk, waits)) == [("apply", "It is another kind of step there.")]
    moved(walk, waits, apply="apply")
    assert (walk.open, walk.timers) == ([], ["apply"])


def test_a_step_of_another_role_is_a_new_task():
    walk = Walk(PLAIN)
    before = walk.run.open_tasks[0].id
    carried = moved(walk, PLAIN.replace(b'lane id="reviewer"', b'lane id="applicant"'))
    assert not carried.same
    assert [one.element for one in walk.run.open_tasks] == ["apply"]
    assert walk.run.open_tasks[0].id != before


def test_a_repeated_step_of_another_role_stands_in_the_way():
    votes = bpmn(
        start(), user("vote", repeated("people"), item="person"), end(),
        arrows("start -> vote -> end"),
    )  # fmt: skip
    walk = Walk(votes, people=["a", "b"])
    other = votes.replace(b'lane id="reviewer"', b'lane id="applicant"')
    assert why(moved(walk, other)) == [("vote", "Another role does it.")]
