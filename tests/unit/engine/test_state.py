"""What is stored, and what the stock engine does instead."""

import logging

import pytest
from lxml import etree
from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser

from certflow.engine.runner import Run
from factories.drawing import Case, Walk, arrows, bpmn, choice, definition, end, start, user

LOOP = bpmn(
    start(),
    user("fix"),
    user("review"),
    choice("ok", default="ok_to_fix"),
    end(),
    arrows("start -> fix -> review -> ok", "ok -> fix", "ok -> end ? good"),
)


def test_only_state_is_stored():
    stored = Walk(LOOP).run.dump()
    assert len(stored) < 200
    assert b"sequenceFlow" not in stored


def test_restoring_and_storing_changes_nothing():
    walk = Walk(LOOP, title="x").do("fix")
    stored = walk.run.dump()
    assert Run.restore(walk.definition, stored, walk.host).dump() == stored


def test_another_format_is_refused():
    with pytest.raises(ValueError, match="format"):
        Run.restore(definition(LOOP), b'{"v": 99}', Case())


def test_a_node_that_is_gone_is_told():
    walk = Walk(LOOP)
    other = definition(bpmn(start(), user("apply"), end(), arrows("start -> apply -> end")))
    with pytest.raises(LookupError):
        Run.restore(other, walk.run.dump(), walk.host)


def test_the_stock_engine_goes_deaf():
    """The control: deep in a loop it shows no open task and calls the case complete."""
    logging.disable(logging.CRITICAL)
    parser = BpmnParser()
    parser.add_bpmn_xml(etree.fromstring(LOOP))
    workflow = BpmnWorkflow(parser.get_spec("process"))
    workflow.task_tree.data["good"] = False
    workflow.do_engine_steps()
    for _ in range(1_000):
        ready = workflow.get_tasks(state=TaskState.READY, manual=True)
        if not ready:
            break
        ready[0].run()
        workflow.do_engine_steps()
    logging.disable(logging.NOTSET)
    assert any(task.state == TaskState.READY for task in workflow.tasks.values())
    assert workflow.is_completed()


def test_ours_does_not():
    walk = Walk(LOOP, good=False)
    for _ in range(700):
        walk.do("fix").do("review")
    assert walk.open == ["fix"]
