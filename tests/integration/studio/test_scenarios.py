"""A process's own tests say what went another way, and what none of them reaches (H5)."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from certflow.core.db import Session
from certflow.core.errors import Invalid
from certflow.core.text import Text
from certflow.studio import beginning, own_tests, scenario_shape, scenarios
from factories.trying import FILE, START, TIMER, said, shipped

Edit = Callable[[dict[str, Any]], None]
WAY = (START, FILE, said("answer", "return"), TIMER, said("answer_again", "reply"))


@pytest.fixture
def recorded(app: Flask) -> dict[str, Any]:
    content = shipped()["feedback"]
    with app.app_context(), beginning.fresh("feedback", content, scenario_shape.START) as box:
        script = [box.do(move).as_json() for move in WAY]
        return scenarios.recorded(Text("逾期", "Late"), scenario_shape.START, script, box)


@pytest.fixture
def run(app: Flask, recorded: dict[str, Any]) -> Callable[..., scenarios.Result]:
    def run_one(changed: dict[str, Any] | None = None, **content: Any) -> scenarios.Result:
        bundle = {**shipped()["feedback"], **content}
        with app.app_context():
            return scenarios.run_one("feedback", bundle, "late", {**recorded, **(changed or {})})

    return run_one


def test_what_was_recorded_goes_the_same_way_again(run: Callable[..., scenarios.Result]) -> None:
    result = run()
    assert result.passed, result.why
    assert len(result.steps) == len(WAY)


def test_another_end_is_told(run: Callable[..., scenarios.Result]) -> None:
    result = run({"expect": {"outcome": "not_pursued"}})
    assert not result.passed
    assert "不予采纳" in result.why[0].zh


def test_waiting_elsewhere_is_told_at_its_step(
    run: Callable[..., scenarios.Result], recorded: dict[str, Any]
) -> None:
    steps = [dict(one) for one in recorded["steps"]]
    steps[2]["then"] = ["act"]
    result = run({"steps": steps})
    assert result.failed_at == 3
    assert "技术处理" in result.why[0].zh


@pytest.mark.parametrize(
    ("expect", "word"),
    [
        ({"variables": {"asked": False}}, "asked"),
        ({"notices": [["letter", "finance"]]}, "letter"),
        ({"path": ["begun", "file", "act"]}, "技术处理"),
        ({"path": ["begun", "file"]}, "第 3 个"),
    ],
)
def test_what_else_differs_is_told(
    run: Callable[..., scenarios.Result], expect: dict[str, Any], word: str
) -> None:
    result = run({"expect": expect})
    assert not result.passed
    assert word in result.why[0].zh


def test_a_changed_process_is_noticed(run: Callable[..., scenarios.Result]) -> None:
    bpmn = shipped()["feedback"]["bpmn"].replace(
        'answer_outcome == "reply"', 'answer_outcome == "never"'
    )
    result = run(bpmn=bpmn)
    assert result.failed_at == len(WAY)


def test_a_form_that_refuses_names_its_fields(run: Callable[..., scenarios.Result]) -> None:
    steps = [START, {**FILE, "data": {"kind": "fault"}}]
    result = run({"steps": steps, "expect": {}})
    assert result.failed_at == 2
    assert any(one.zh.startswith("反馈内容：") for one in result.why)


def test_a_broken_bundle_is_told_not_thrown(run: Callable[..., scenarios.Result]) -> None:
    result = run(bpmn="<no/>")
    assert result.said == (scenarios.NOT_SOUND,)


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": []},
        {"steps": "all of it"},
        {"steps": [START] * 101},
        {"steps": [START], "at": "tomorrow"},
        {"steps": [START], "expect": [1]},
        {"steps": [START], "at": "9999-12-31T23:59:59+00:00"},
        {"steps": [START], "at": "0001-01-01T00:00:00+14:00"},
        {"steps": [START], "expect": {"variables": [1]}},
        {"steps": [START], "expect": {"notices": [1]}},
        {"steps": [START], "expect": {"notices": [["filed", 5]]}},
        {"steps": [START], "expect": {"path": [{}]}},
        {"steps": [START | {"given": 5}]},
        {"steps": [START | {"as": [1]}]},
        {"steps": [START | {"then": 5}]},
        {"steps": [START, {"do": "task", "element": "file", "nth": "x"}]},
        {"steps": [START, {"do": "task", "element": "file", "data": [1]}]},
        {"steps": [{"as": "newcomer"}]},
        5,
    ],
)
def test_what_is_no_test_is_refused(app: Flask, wrong: Any) -> None:
    with pytest.raises(Invalid):
        scenario_shape.checked(wrong)
    with app.app_context():
        assert not scenarios.run_one("feedback", shipped()["feedback"], "x", wrong).passed
    assert list(beginning._decisions({"a": {"service": {}, "scenarios": {"x": wrong}}})) == []


def test_a_starter_that_nobody_is_is_named(run: Callable[..., scenarios.Result]) -> None:
    result = run({"steps": [{"do": "start", "as": "ghost"}]})
    assert "ghost" in result.why[0].zh


def test_coverage_names_what_no_test_reaches(app: Flask, recorded: dict[str, Any]) -> None:
    content = {**shipped()["feedback"], "scenarios": {"late": recorded}}
    with app.app_context():
        report = scenarios.run("feedback", content)
    assert report.passed
    assert report.coverage is not None
    assert "act" in {one.id for one in report.coverage.missed_elements}
    assert "amendment_overdue" in report.coverage.elements
    assert "amend_to_resume_clock" in {one.id for one in report.coverage.missed_flows}
    assert 0 < report.coverage.percent < 100


@pytest.mark.parametrize("key", sorted(k for k, one in shipped().items() if "scenarios" in one))
def test_every_shipped_test_passes_and_together_they_reach_everything(app: Flask, key: str) -> None:
    with app.app_context():
        report = scenarios.run(key, shipped()[key], shipped())
    assert [(one.name, one.why) for one in report.results if not one.passed] == []
    assert report.coverage is not None
    assert report.coverage.percent == 100


def test_publishing_asks_them(session: Session, recorded: dict[str, Any]) -> None:
    late = {**recorded, "expect": {"outcome": "done"}}
    content = {**shipped()["feedback"], "scenarios": {"good": recorded, "late": late}}
    found = {one.name: one for one in own_tests.run(session, "feedback", content)}
    assert found["good"].passed
    assert not found["late"].passed
    assert found["late"].said.zh


def test_a_title_of_the_wrong_kind_stops_no_test(run: Callable[..., scenarios.Result]) -> None:
    service = {**shipped()["feedback"]["service"], "title": 5}
    assert run(service=service).steps
