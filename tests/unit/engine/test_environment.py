"""No text of a diagram is ever run as Python, wherever SpiffWorkflow evaluates it."""

import os
from collections.abc import Iterator

import pytest
from benchmarks import stock_sites
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine

from certflow.core.expressions import ExpressionError
from certflow.engine.environment import ExpressionEngine, ExpressionEnvironment
from certflow.engine.errors import StepFailed
from factories.drawing import START

CANARY = "CERTFLOW_CANARY"
ATTACK = f"__import__('os').environ.__setitem__('{CANARY}', '1')"


@pytest.fixture(autouse=True)
def _no_canary() -> Iterator[None]:
    os.environ.pop(CANARY, None)
    yield
    os.environ.pop(CANARY, None)


def ours() -> ExpressionEngine:
    return ExpressionEngine(lambda: START)


@pytest.mark.parametrize("site", stock_sites.SITES)
def test_our_environment_runs_no_text(site):
    stock_sites.run(site, ATTACK, ours())
    assert CANARY not in os.environ


@pytest.mark.parametrize("site", stock_sites.SITES)
def test_the_stock_environment_runs_it(site):
    """The control: each site is a real one."""
    stock_sites.run(site, ATTACK, PythonScriptEngine())
    assert CANARY in os.environ


def test_the_environment_alone_refuses():
    environment = ExpressionEnvironment(lambda: START)
    with pytest.raises(ExpressionError):
        environment.evaluate(ATTACK, {})
    with pytest.raises(ExpressionError):
        environment.execute("import os", {})
    with pytest.raises(StepFailed):
        environment.call_service({}, operation_name="os.system")


def test_the_engine_validates_with_the_language():
    ours().validate("a + 1")
    with pytest.raises(ExpressionError):
        ours().validate("lambda: 1")
