"""Called processes: the run waits for another case, and goes on with what came of it."""

import pytest

from certflow.engine.carrying import carry
from certflow.engine.errors import NotWaiting, StepFailed
from factories.drawing import (
    Walk,
    arrows,
    bpmn,
    call,
    choice,
    definition,
    edge,
    end,
    message,
    parallel,
    start,
    timer,
    user,
)


def calling(*edges: str, service: str = "appeal", **given: str) -> bytes:
    """Return apply -> the call -> granted or refused, as the called case ends."""
    return bpmn(
        start(),
        user("apply"),
        call("called", service, result="child", **given),
        *edges,
        *([user("late"), end("lapsed")] if edges else []),
        choice("how", default="how_to_refused"),
        end("granted"),
        end("refused"),
        arrows(
            "start -> apply -> called -> how",
            "how -> granted ? child.outcome == 'good'",
            "how -> refused",
            *(["limit -> late -> lapsed"] if edges else []),
        ),
        messages=("stop",),
    )


LATE = edge("limit", "called", timer("P10D"))


def test_a_run_waits_for_the_case_that_it_called():
    walk = Walk(calling(about="number + 1")).do("apply", number=6)
    assert walk.host.called == [("appeal", {"about": 7})]
    assert [(one.element, one.case) for one in walk.run.calls] == [("called", 1)]
    assert [one.element for one in walk.run.places] == ["called"]


@pytest.mark.parametrize(("outcome", "ended"), [("good", "granted"), ("bad", "refused")])
def test_a_later_gateway_looks_at_what_came_of_it(outcome: str, ended: str):
    walk = Walk(calling()).do("apply").give_back(1, outcome=outcome, number="CF1", case=1)
    assert walk.run.end == ended
    assert walk.run.data["child"] == {"outcome": outcome, "number": "CF1", "case": 1}


def test_nothing_is_taken_twice():
    walk = Walk(calling()).do("apply")
    (waits,) = walk.run.calls
    walk.give_back(1, outcome="good")
    with pytest.raises(NotWaiting):
        walk.run.give_back(waits.id, {"outcome": "bad"})
    assert walk.run.end == "granted"


def test_a_service_that_cannot_be_called_fails_the_step():
    with pytest.raises(StepFailed) as failed:
        Walk(calling(service="back")).do("apply")
    assert failed.value.element == "called"


@pytest.mark.parametrize("event", [timer("P10D"), message("stop")])
def test_an_interrupting_event_ends_the_wait(event: str):
    walk = Walk(calling(edge("limit", "called", event))).do("apply")
    walk = walk.send("stop") if "message" in event else walk.fire("limit")
    assert walk.run.calls == []
    assert walk.open == ["late"]


def test_a_reminder_leaves_the_called_case_alone():
    walk = Walk(calling(edge("limit", "called", timer("P10D"), interrupting=False))).do("apply")
    walk.fire("limit")
    assert len(walk.run.calls) == 1
    walk.give_back(1, outcome="good").do("late")
    assert walk.run.finished


def test_a_call_is_left_when_the_token_is_moved():
    walk = Walk(calling(LATE)).do("apply")
    walk.run.move(walk.run.calls[0].id, "apply")
    assert (walk.run.calls, walk.timers, walk.open) == ([], [], ["apply"])


def test_two_calls_side_by_side_come_back_in_any_order():
    walk = Walk(
        bpmn(
            start(),
            parallel("fork"),
            call("one", "appeal", result="first"),
            call("two", "complaint", result="second"),
            parallel("join"),
            end(),
            arrows("start -> fork -> one -> join", "fork -> two -> join", "join -> end"),
        )
    )
    walk.give_back(2, outcome="b")
    assert not walk.run.finished
    walk.give_back(1, outcome="a")
    assert walk.run.finished
    assert walk.run.data == {"first": {"outcome": "a"}, "second": {"outcome": "b"}}


def test_a_waiting_call_is_carried_to_another_version():
    walk = Walk(calling()).do("apply")
    carried = carry(walk.definition, definition(calling()), walk.run.dump(), {})
    assert carried.same
    carried = carry(walk.definition, definition(calling(LATE)), walk.run.dump(), {})
    assert [one.element for one in carried.notes] == ["limit"]
    assert not carried.obstacles


def test_where_the_new_version_calls_another_service_the_step_begins_anew():
    walk = Walk(calling()).do("apply")
    new = definition(calling(service="complaint"))
    carried = carry(walk.definition, new, walk.run.dump(), {})
    assert [one.element for one in carried.notes] == ["called"]
    walk.run = type(walk.run).restore(new, carried.stored, walk.host)
    walk.run.advance()
    assert walk.host.called[-1] == ("complaint", {})
    assert [one.case for one in walk.run.calls] == [2]
