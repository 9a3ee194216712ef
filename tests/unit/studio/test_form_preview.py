"""Every shipped form can be looked at while it is edited: empty, filled in, with mistakes (H2)."""

import json
from pathlib import Path
from typing import Any

import pytest

from certflow.core.errors import Invalid
from certflow.forms.view import form_view
from certflow.studio.form_preview import Fill, Wish, preview

ROOT = Path(__file__).parents[3]
RECORDS = {
    path.stem: json.loads(path.read_text()) for path in (ROOT / "forms/records").glob("*.json")
}
FILLS: tuple[Fill, ...] = ("empty", "sample", "wrong")


def wish(fill: Fill = "empty", **more: Any) -> Wish:
    return Wish(**{"locale": "zh", "fill": fill, "data": {}, **more})


def folders() -> dict[str, dict[str, Any]]:
    """The forms of each service, and the record kinds as one of them."""
    found = {
        folder.name: {path.stem: json.loads(path.read_text()) for path in folder.glob("*.json")}
        for folder in sorted((ROOT / "forms").iterdir())
    }
    assert len(found) > 10
    return found


@pytest.mark.parametrize("fill", FILLS)
def test_every_shipped_form_can_be_drawn(fill: Fill) -> None:
    for forms in folders().values():
        for form in forms.values():
            made = preview({"forms": forms, "records": RECORDS}, form, wish(fill))
            assert made.findings == ()
            for page in made.form.pages:
                view = form_view(made.form, made.data, page.key, made.scene)
                assert view.title == form["title"]["zh"]


APPLY = folders()["registration"]["apply"]
CONTENT = {"forms": folders()["registration"], "records": RECORDS}


def test_mistakes_are_shown_when_asked_for() -> None:
    assert preview(CONTENT, APPLY, wish("empty")).scene.errors == {}
    assert preview(CONTENT, APPLY, wish("wrong")).scene.errors


def test_sample_answers_have_files_with_names() -> None:
    files = preview(CONTENT, APPLY, wish("sample", locale="en")).scene.files
    assert {one.name for one in files.values()} == {"sample.pdf"}


def test_a_corrective_form_shows_one_remark() -> None:
    correct = CONTENT["forms"]["correct"]
    made = preview(CONTENT, correct, wish("empty"))
    assert len(made.scene.flags) == 1


def test_what_is_no_form_is_refused_in_words() -> None:
    with pytest.raises(Invalid):
        preview({"forms": {"other": 5}, "records": {}}, {"amends": "other"}, wish())
