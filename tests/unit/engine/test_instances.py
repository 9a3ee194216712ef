"""Repeated tasks: at once, one after the other, until enough have answered."""

import pytest

from certflow.engine.errors import BudgetExceeded, StepFailed
from factories.drawing import Walk, arrows, bpmn, edge, end, repeated, service, start, timer, user

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
