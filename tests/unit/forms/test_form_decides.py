import pytest

from certflow.core.expressions import ExpressionError
from certflow.forms.decides import NotScalarError, decisions
from factories.forms_data import definition


def test_only_named_scalars_reach_the_engine(apply, answers):
    assert decisions(apply, answers, "submit") == {
        "apply_outcome": "submit",
        "mode": "upgrade",
        "audits": 2,
    }


def test_a_review_decides_by_its_counts(evaluate, answers):
    given = {"verdicts": {"audit/r1": {"verdict": "fail"}, "audit/r2": {"verdict": "pass"}}}
    assert decisions(evaluate, given, "submit", reviewed=answers) == {
        "evaluate_outcome": "submit",
        "failed": 1,
        "open": 1,
        "result": "submit",
    }


def test_absent_answers_are_none(apply):
    assert decisions(apply, {})["mode"] is None


def test_whole_records_do_not_reach_the_engine(answers):
    with pytest.raises(NotScalarError):
        decisions(definition("apply", decides={"all": "audit"}), answers)


def test_what_cannot_be_computed_is_an_error(answers):
    with pytest.raises(ExpressionError):
        decisions(definition("apply", decides={"x": "count + 1"}), answers)
