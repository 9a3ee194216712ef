"""What operations give back, and what happens when a step fails."""

import pytest

from certflow.engine import definitions
from certflow.engine.errors import BudgetExceeded, StepFailed
from certflow.engine.runner import Run
from certflow.studio.failing import failure_of
from factories.diagrams import CORRECTION
from factories.drawing import (
    Case,
    Walk,
    arrows,
    bpmn,
    choice,
    definition,
    end,
    parallel,
    script,
    service,
    start,
    user,
)


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
    with pytest.raises(StepFailed) as caught:
        Walk(source)
    assert caught.value.element == "print"
    assert isinstance(caught.value.__cause__, ValueError)


def test_a_failure_does_not_quote_what_a_library_says():
    source = bpmn(start(), service("print", "fail"), end(), arrows("start -> print -> end"))
    with pytest.raises(StepFailed) as caught:
        Walk(source)
    assert str(caught.value) == "print: Failed: ValueError"


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
    keep = definitions.lint
    definitions.lint = lambda *_: []
    try:
        made = definition(loop)
    finally:
        definitions.lint = keep
    run = Run.start(made, {}, Case())
    with pytest.raises(BudgetExceeded) as caught:
        run.complete(run.open_tasks[0].id, {})
    said = failure_of(caught.value).reason
    assert ("more than" in said.zh, "more than" in said.en) == (False, True)


def test_an_operation_must_give_back_what_can_be_stored():
    source = bpmn(start(), service("tell", "notify"), end(), arrows("start -> tell -> end"))
    host = Case()
    host.answers["notify"] = {"thing": object()}
    with pytest.raises(StepFailed, match="cannot be stored"):
        Run.start(definition(source), {}, host)


def test_dates_from_operations_read_the_same_before_and_after_storing():
    source = bpmn(
        start(), service("tell", "notify"), user("apply"), end(),
        arrows("start -> tell -> apply -> end"),
    )  # fmt: skip
    host = Case()
    host.answers["notify"] = {"due": host.at}
    run = Run.start(definition(source), {}, host)
    assert run.data == Run.restore(definition(source), run.dump(), host).data
