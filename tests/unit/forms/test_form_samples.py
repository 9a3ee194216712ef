import json
from pathlib import Path

import pytest

from certflow.core.text import Text
from certflow.forms.answers import Option, validate
from certflow.forms.definition import read_form
from certflow.forms.generate import sample
from factories.forms_data import definition

ROOT = Path(__file__).parents[3] / "forms"
RECORDS = {path.stem: json.loads(path.read_text()) for path in (ROOT / "records").glob("*.json")}
SHIPPED = [path for path in sorted(ROOT.glob("*/*.json")) if path.parent.name != "records"]


def choices(form):
    return {each: [Option(str(n), Text("x", "x")) for n in range(1, 4)] for each in form.sources}


@pytest.mark.parametrize("key", ["apply", "correct"])
@pytest.mark.parametrize("full", [True, False])
def test_made_up_answers_are_valid(key, full):
    form = definition(key)
    for seed in range(5):
        data = sample(form, full=full, seed=seed, choices=choices(form))
        assert validate(form, data, choices=choices(form)).errors == {}


def test_the_same_seed_makes_the_same_answers(apply):
    assert sample(apply, seed=3) == sample(apply, seed=3)
    assert sample(apply, seed=3) != sample(apply, seed=4)


def test_a_made_up_review_judges_everything(evaluate, answers):
    data = sample(evaluate, reviewed=answers)
    assert set(data["verdicts"]) == {"audit/r1", "audit/r2", "field/mode"}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_shipped_forms_are_right_and_can_be_filled(path):
    siblings = {each.stem: json.loads(each.read_text()) for each in path.parent.glob("*.json")}
    form = read_form(siblings[path.stem], RECORDS, siblings)
    offered = choices(form)
    reviewed = sample(form.reviews, choices=choices(form.reviews)) if form.reviews else None
    data = sample(form, choices=offered, reviewed=reviewed)
    assert validate(form, data, choices=offered, reviewed=reviewed).errors == {}


@pytest.mark.parametrize("kind", sorted(RECORDS))
def test_shipped_records_can_be_filled(kind):
    form = read_form(RECORDS[kind])
    offered = choices(form)
    data = sample(form, choices=offered)
    wrong = validate(form, data, choices=offered).errors
    assert all(form.fields[path].source.startswith("records:") for path in wrong)
