"""Runs: every walk is stored and restored after each action."""

import pytest
from factories.drawing import (
    Case,
    Walk,
    arrows,
    bpmn,
    catch,
    choice,
    definition,
    edge,
    end,
    message,
    node,
    parallel,
    repeated,
    script,
    service,
    start,
    timer,
    user,
)

from certflow.engine.errors import BudgetExceeded, NotWaiting, StepFailed
from certflow.engine.runner import Run

CORRECTION = bpmn(
    start(),
    script("begin", "rounds = 0"),
    user("apply"),
    user("review"),
    choice("verdict", default="verdict_to_done"),
    script("again", "rounds = rounds + 1"),
    user("fix"),
    end("done"),
    arrows(
        "start -> begin -> apply -> review -> verdict",
        "verdict -> again ? verdict_given == 'fix'",
        "verdict -> done",
        "again -> fix -> review",
    ),
)


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


PARALLEL = bpmn(
    start(),
    choice("merge"),
    parallel("fork"),
    user("one"),
    user("two"),
    parallel("join"),
    user("review"),
    choice("again", default="again_to_end"),
    end(),
    arrows(
        "start -> merge -> fork -> one -> join",
        "fork -> two -> join",
        "join -> review -> again",
        "again -> merge ? more",
        "again -> end",
    ),
)


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


VOTE = bpmn(
    start(),
    user("vote", repeated("experts"), item="expert", result="votes"),
    service("tell", "notify", count="len(votes)"),
    end(),
    arrows("start -> vote -> tell -> end"),
)


def test_a_repeated_task_opens_once_for_each_item():
    walk = Walk(VOTE, experts=["甲", "乙", "丙"])
    assert [task.item for task in walk.run.open_tasks] == ["甲", "乙", "丙"]


def test_its_results_keep_the_order_of_the_items():
    walk = Walk(VOTE, experts=["甲", "乙", "丙"])
    walk.do("vote", nth=2, verdict=3).do("vote", nth=0, verdict=1).do("vote", verdict=2)
    assert walk.run.data["votes"] == [{"verdict": 1}, {"verdict": 2}, {"verdict": 3}]
    assert walk.host.done == [("notify", {"count": 3})]
    assert walk.run.finished


def test_nobody_to_ask_is_no_wait():
    assert Walk(VOTE, experts=[]).run.finished


def test_enough_answers_end_the_rest():
    enough = "<bpmn:completionCondition>completed &gt;= 2</bpmn:completionCondition>"
    walk = Walk(
        bpmn(
            start(),
            user("vote", repeated("experts", inner=enough), item="expert"),
            end(),
            arrows("start -> vote -> end"),
        ),
        experts=["甲", "乙", "丙"],
    )
    walk.do("vote")
    assert len(walk.open) == 2
    assert walk.do("vote").run.finished


def test_a_sequence_asks_one_after_the_other():
    walk = Walk(
        bpmn(
            start(),
            user("vote", repeated(sequential=True), collection="experts", item="expert"),
            end(),
            arrows("start -> vote -> end"),
        ),
        experts=["甲", "乙"],
    )
    assert [task.item for task in walk.run.open_tasks] == ["甲"]
    walk.do("vote")
    assert [task.item for task in walk.run.open_tasks] == ["乙"]
    assert walk.do("vote").run.finished


def test_a_cardinality_counts():
    count = "<bpmn:loopCardinality>seats + 1</bpmn:loopCardinality>"
    source = bpmn(start(), user("vote", repeated(inner=count)), end(), arrows("start->vote->end"))
    assert Walk(source, seats=2).open == ["vote"] * 3


@pytest.mark.parametrize("seats", [-5, "many", True, 2.5])
def test_a_senseless_cardinality_fails_the_step(seats):
    count = "<bpmn:loopCardinality>seats</bpmn:loopCardinality>"
    source = bpmn(start(), user("vote", repeated(inner=count)), end(), arrows("start->vote->end"))
    with pytest.raises(StepFailed) as caught:
        Walk(source, seats=seats)
    assert caught.value.element == "vote"


def test_ten_billion_instances_exceed_the_budget():
    count = "<bpmn:loopCardinality>seats</bpmn:loopCardinality>"
    source = bpmn(start(), user("vote", repeated(inner=count)), end(), arrows("start->vote->end"))
    with pytest.raises(BudgetExceeded):
        Walk(source, seats=10**10)


def boundary(*, interrupting: bool, inner: str) -> bytes:
    return bpmn(
        start(),
        user("apply"),
        edge("limit", "apply", inner, interrupting=interrupting),
        user("late"),
        end("done"),
        end("lapsed"),
        arrows("start -> apply -> done", "limit -> late -> lapsed"),
        messages=("stop",),
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
    assert walk.send("stop", reason="withdrawn").open == ["late"]
    assert walk.run.data["reason"] == "withdrawn"


def test_a_message_at_the_edge_may_come_again():
    walk = Walk(boundary(interrupting=False, inner=message("stop"))).send("stop").send("stop")
    assert walk.open == ["apply", "late", "late"]


def test_a_message_nobody_waits_for_is_refused():
    with pytest.raises(NotWaiting):
        Walk(CORRECTION).send("stop")


def test_a_repeated_task_is_interrupted_as_a_whole():
    walk = Walk(
        bpmn(
            start(),
            user("vote", repeated("experts"), item="expert"),
            edge("limit", "vote", timer("P60D")),
            end("done"),
            end("lapsed"),
            arrows("start -> vote -> done", "limit -> lapsed"),
        ),
        experts=[1, 2, 3],
    )
    walk.do("vote").fire("limit")
    assert walk.run.finished
    assert walk.run.end == "lapsed"


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


def test_operations_get_computed_parameters_and_give_variables():
    source = bpmn(
        start(),
        service("tell", "notify", to="'applicant'", times="n + 1"),
        user("apply"),
        end(),
        arrows("start -> tell -> apply -> end"),
    )
    host = Case()
    host.answers["notify"] = {"sent": True}
    run = Run.start(definition(source), {"n": 1}, host)
    assert host.done == [("notify", {"to": "applicant", "times": 2})]
    assert run.data == {"n": 1, "sent": True}


def test_a_failing_operation_names_its_element():
    source = bpmn(start(), service("print", "fail"), end(), arrows("start -> print -> end"))
    with pytest.raises(StepFailed, match="printer is on fire") as caught:
        Walk(source)
    assert caught.value.element == "print"
    assert isinstance(caught.value.__cause__, ValueError)


def test_a_failing_condition_names_its_gateway():
    walk = Walk(CORRECTION).do("apply")
    with pytest.raises(StepFailed, match="no variable verdict_given") as caught:
        walk.do("review")
    assert caught.value.element == "verdict"


def test_a_step_that_failed_can_be_tried_again_from_the_stored_state():
    walk = Walk(CORRECTION).do("apply")
    stored = walk.run.dump()
    with pytest.raises(StepFailed):
        walk.do("review")
    walk.run = Run.restore(walk.definition, stored, walk.host)
    assert walk.do("review", verdict_given="pass").run.finished


def test_a_held_action_keeps_what_the_person_did_and_goes_on_later():
    source = bpmn(
        start(), user("apply"), service("print", "fail"), end(), arrows("start->apply->print->end")
    )
    walk = Walk(source)
    walk.run.held = True
    walk.do("apply", title="x")
    assert walk.open == []
    assert walk.run.data == {"title": "x"}
    assert not walk.run.finished
    with pytest.raises(StepFailed):
        walk.run.advance()


def test_a_form_cannot_break_what_is_stored():
    """Answers named like the engine's own types once made cases impossible to restore."""
    nasty = {"typename": "UUID", "value": "x", "__builtins__": {}, "len": 5, "data_objects": 1}
    walk = Walk(CORRECTION).do("apply", **nasty).do("review", verdict_given="pass")
    assert walk.run.finished


def test_a_cancelled_run_waits_for_nothing():
    walk = Walk(PARALLEL)
    walk.run.cancel()
    assert walk.run.finished
    assert walk.run.open_tasks == []
    assert walk.run.end is None


def test_branches_that_multiply_exceed_the_budget():
    """The linter refuses this; the budget stops it all the same."""
    loop = bpmn(
        start(),
        user("apply"),
        choice("merge"),
        parallel("fork"),
        script("a", "x = 1"),
        script("b", "x = 1"),
        end(),
        arrows("start -> apply -> merge -> fork -> a -> merge", "fork -> b -> end"),
    )
    from certflow.engine import definitions

    keep = definitions.lint
    definitions.lint = lambda *_: []
    try:
        made = definition(loop)
    finally:
        definitions.lint = keep
    run = Run.start(made, {}, Case())
    with pytest.raises(BudgetExceeded):
        run.complete(run.open_tasks[0].id, {})
