"""Every field of every shipped form refuses what is wrong, at the field, in both languages."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from certflow.core.text import Text
from certflow.forms.answers import Option, validate
from certflow.forms.definition import read_form
from certflow.forms.generate import sample
from certflow.forms.parts import Field, FormDefinition
from certflow.forms.review import targets
from certflow.forms.schema import visible
from certflow.forms.values import LINE, PROSE
from certflow.forms.view import Scene, form_view

ROOT = Path(__file__).parents[3] / "forms"
RECORDS = {path.stem: json.loads(path.read_text()) for path in (ROOT / "records").glob("*.json")}
SHIPPED = [path for path in sorted(ROOT.glob("*/*.json")) if path.parent.name != "records"]
CHINESE = re.compile("[\u4e00-\u9fff]")
SEEDS = 12


def shipped(path: Path) -> FormDefinition:
    siblings = {each.stem: json.loads(each.read_text()) for each in path.parent.glob("*.json")}
    return read_form(siblings[path.stem], RECORDS, siblings)


OPEN = [path for path in SHIPPED if shipped(path).amends is None]
"""Forms whose every field can be filled in; a form that amends another locks what is not flagged."""


def offered(form: FormDefinition) -> dict[str, list[Option]]:
    return {each: [Option(str(n), Text("甲", "A")) for n in range(1, 4)] for each in form.sources}


def filled(form: FormDefinition, seed: int) -> tuple[dict[str, Any], Any]:
    """Answers that are right, and those of the form that this one reviews."""
    reviewed = sample(form.reviews, choices=offered(form.reviews)) if form.reviews else None
    usual = {0: True, 1: False}.get(seed)
    data = sample(form, choices=offered(form), reviewed=reviewed, seed=seed, usual=usual)
    return data, reviewed


def wrongs(field: Field, target: str = "audit/none") -> Iterator[Any]:
    """Give what a field refuses, by its kind and its limits; `target` is what a review judges."""
    limits = field.limits
    if field.required:
        yield [] if field.kind in {"list", "records"} else ""
    if field.kind in {"date", "month"}:
        yield from ("2026-02-30", "0001-01-01", "明天")
    elif field.kind in {"integer", "number"}:
        yield from ("四", "nan", "1e999", "9" * 400)
        yield from (f"{one - 1:g}" for one in (limits.minimum,) if one is not None)
        yield from (f"{one + 1:g}" for one in (limits.maximum,) if one is not None)
    elif field.kind == "boolean":
        yield "perhaps"
    elif field.kind == "list":
        yield ["no/such"] if field.widget == "file" else ["no-such"]
        yield [f"n{one}" for one in range(limits.max_items + 1)]
    elif field.kind == "review":
        yield {target: {"verdict": "perhaps"}}
    elif field.kind == "string" and (field.options or field.source):
        yield "no-such"
    elif field.kind == "string":
        yield "x" * ((limits.max_length or (PROSE if field.widget == "textarea" else LINE)) + 1)
        yield from ("nobody",) if limits.format == "email" else ()
        yield from ("x",) * (limits.min_length is not None and limits.min_length > 1)
        yield from ("¿",) * (limits.pattern is not None)


def places(form: FormDefinition, data: Any) -> Iterator[tuple[str, Field, dict[str, Any]]]:
    """Give every field that these answers show: its path, and the answers it stands among."""
    for name in visible(form, data):
        field = form.answered[name]
        yield name, field, data
        if field.record is not None and data.get(name):
            row = data[name][0]
            for inner in visible(field.record, row):
                yield f"{name}/{row['id']}/{inner}", field.record.answered[inner], row


def refused(form: FormDefinition, data: Any, reviewed: Any, outcome: str | None) -> Any:
    return validate(form, data, outcome, choices=offered(form), reviewed=reviewed).errors


def at(path: str, errors: dict[str, Text]) -> Text | None:
    """Return what is said at a field, or at a part of it."""
    return next((text for at, text in errors.items() if f"{at}/".startswith(f"{path}/")), None)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_what_is_wrong_in_a_field_is_said_there_in_both_languages(path: Path) -> None:
    form, seen, missed = shipped(path), set(), []
    for seed in range(SEEDS):
        data, reviewed = filled(form, seed)
        for name, field, among in places(form, data):
            known = re.sub(r"/[^/]+/", "/", name)
            if known in seen:
                continue
            seen.add(known)
            before = among.get(field.name)
            for wrong in wrongs(field):
                among[field.name] = wrong
                text = at(name, refused(form, data, reviewed, None))
                if text is None or not CHINESE.search(text.zh) or not text.en.isascii():
                    missed.append((name, wrong, text))
            among[field.name] = before
    assert missed == []


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_what_an_outcome_needs_is_asked_for_at_its_field(path: Path) -> None:
    form = shipped(path)
    for outcome in form.outcomes:
        data, reviewed = filled(form, 0)
        for name in set(outcome.requires) & visible(form, data):
            left = {key: value for key, value in data.items() if key != name}
            assert at(name, refused(form, left, reviewed, outcome.key)), (outcome.key, name)


@pytest.mark.parametrize("path", OPEN, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_page_shows_each_sentence_at_its_field_and_leads_to_it(path: Path, draw: Any) -> None:
    form = shipped(path)
    data, reviewed = filled(form, 0)
    judged = next((one.key for one in targets(form, reviewed or {})), "")
    for _name, field, among in list(places(form, data)):
        among[field.name] = next(wrongs(field, judged), among.get(field.name))
    errors = refused(form, data, reviewed, None)
    scene = Scene(choices=offered(form), errors=errors, reviewed=reviewed)
    shown = 0
    for page in form_view(form, data, scene=scene).pages:
        view = form_view(form, data, page.key, scene)
        drawn = draw(view)
        links = {link["href"] for link in drawn.select("[data-error-summary] a")}
        described = " ".join(one["aria-describedby"] for one in drawn.select("[aria-describedby]"))
        for link in view.errors:
            if link.here:
                shown += 1
                assert f"#{link.html_id}" in links
                assert drawn.find(id=link.html_id), link.html_id
                assert drawn.find(id=f"{link.html_id}-error").text.strip(), link.html_id
                assert f"{link.html_id}-error" in described.split(), link.html_id
    assert shown == len(errors)
