"""The form editor's model, run over every shipped form: nothing is lost, nothing is added (H2)."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
ASSETS = ROOT / "src/certflow/web/assets/studio/forms"
SHIPPED = sorted((ROOT / "forms").glob("*/*.json"))
EXPRESSIONS = ("visible_if", "must")


def model(act: str, forms: Any) -> Any:
    """What the editor's scripts make of forms."""
    given = json.dumps({"forms": forms, "assets": str(ASSETS), "act": act})
    done = subprocess.run(
        ["node", str(HERE / "form_model.mjs")],
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def shipped() -> list[Any]:
    return [json.loads(path.read_text()) for path in SHIPPED]


def conditions(part: Any) -> list[str]:
    """Every condition in a form."""
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else []
    own = [part[key] for key in EXPRESSIONS if isinstance(part, dict) and key in part]
    return own + [text for one in inner for text in conditions(one)]


@pytest.mark.parametrize("act", ["looked", "undone", "back"])
def test_every_shipped_form_stays_as_it_is(act: str) -> None:
    forms = shipped()
    assert len(forms) > 60
    assert [json.dumps(one) for one in model(act, forms)] == [json.dumps(one) for one in forms]


def test_a_change_would_be_seen() -> None:
    forms = shipped()[:1]
    calls = [["setRequired", next(iter(forms[0]["schema"]["properties"])), True]]
    assert model("run", {"form": forms[0], "calls": calls}) != forms[0]


def test_conditions_of_shipped_forms_stay_as_they_are_written() -> None:
    texts = [text for form in shipped() for text in conditions(form)]
    told = model("conditions", [texts])[0]
    assert [one for one in zip(texts, told, strict=True) if one[1] not in (None, one[0])] == []
    assert sum(one is not None for one in told) > len(texts) * 0.8


FORM = {
    "key": "visit",
    "title": {"zh": "访问", "en": "Visit"},
    "house_rule": "kept",
    "schema": {
        "type": "object",
        "properties": {
            "days": {"type": "integer", "minimum": 1},
            "why": {"type": "string", "x-other": 1},
        },
        "required": ["days"],
    },
    "pages": [
        {
            "key": "one",
            "title": {"zh": "一", "en": "One"},
            "fields": [
                {"name": "days", "label": {"zh": "天数", "en": "Days"}, "widget": "number"},
                {
                    "name": "why",
                    "label": {"zh": "理由", "en": "Why"},
                    "widget": "textarea",
                    "visible_if": 'days > 3 and days != "days"',
                },
            ],
        }
    ],
    "rules": [{"field": "days", "must": "days < 30", "message": {"zh": "太多", "en": "Too many"}}],
    "outcomes": [{"key": "submit", "label": {"zh": "提交", "en": "Go"}, "requires": ["days"]}],
    "decides": {"length": "days * 2"},
}


def changed(*calls: list[Any]) -> Any:
    return model("run", {"form": FORM, "calls": list(calls)})


def test_a_new_key_goes_wherever_the_old_one_stood() -> None:
    form = changed(["renameField", "days", "length_of_stay"])
    fields = form["pages"][0]["fields"]
    assert fields[1]["visible_if"] == 'length_of_stay > 3 and length_of_stay != "days"'
    assert form["rules"][0] == {
        "field": "length_of_stay",
        "must": "length_of_stay < 30",
        "message": {"zh": "太多", "en": "Too many"},
    }
    assert form["outcomes"][0]["requires"] == form["schema"]["required"] == ["length_of_stay"]
    assert form["decides"] == {"length": "length_of_stay * 2"}
    assert form["house_rule"] == "kept"


def test_a_removed_question_leaves_nothing_that_names_it() -> None:
    form = changed(["removeField", "days"])
    assert "days" not in form["schema"]["properties"]
    assert form["schema"]["required"] == form["outcomes"][0]["requires"] == []
    assert "rules" not in form


def test_another_kind_of_question_keeps_what_both_have() -> None:
    form = changed(["setKind", "why", "text"])
    field = form["pages"][0]["fields"][1]
    assert field["widget"] == "text"
    assert field["visible_if"] == 'days > 3 and days != "days"'
    form = changed(["addField", "radio", 0, 0], ["setKind", "choice_1", "checkboxes"])
    field, prop = form["pages"][0]["fields"][0], form["schema"]["properties"]["choice_1"]
    assert [one["value"] for one in field["options"]] == prop["items"]["enum"]
    assert prop["type"] == "array"


def test_a_question_can_move_over_the_edge_of_its_page() -> None:
    second = {"key": "two", "title": {"zh": "二", "en": "Two"}, "fields": []}
    form = {**FORM, "pages": [*FORM["pages"], second]}
    moved = model("run", {"form": form, "calls": [["nudgeField", "why", 1]]})
    assert [[one["name"] for one in page["fields"]] for page in moved["pages"]] == [
        ["days"],
        ["why"],
    ]


@pytest.mark.parametrize(
    ("text", "rewritten"),
    [
        ("a and b or c", "(a and b) or c"),
        ("all_clauses != true", "not all_clauses"),
        ("day <= today()", "date(day) <= today()"),
        ("not (kind in ['x'])", 'kind not in ["x"]'),
        ("level.result == 'high'", 'level.result == "high"'),
        (
            "len(rows) >= 2 and level.until <= today()",
            "len(rows) >= 2 and date(level.until) <= today()",
        ),
        ('(a == "x" or a == "y") and n >= 2', '(a == "x" or a == "y") and n >= 2'),
    ],
)
def test_changed_rows_say_the_same(text: str, rewritten: str) -> None:
    assert model("rewritten", [[text]])[0] == [rewritten]


@pytest.mark.parametrize(
    "text", ["len(a + b) > 1", "a[0]", "((a or b) and c) or d", "a +", '"x" == a']
)
def test_what_rows_cannot_say_stays_text(text: str) -> None:
    assert model("conditions", [[text]])[0] == [None]


def with_label(name: str, words: str) -> Any:
    form = json.loads(json.dumps(FORM))
    for field in form["pages"][0]["fields"]:
        if field["name"] == name:
            field["label"]["zh"] = words
    return form


def test_two_people_at_two_questions_do_not_collide() -> None:
    mine, theirs = with_label("days", "几天"), with_label("why", "为什么")
    both = model("merged", [[FORM, mine, theirs]])[0]
    assert [one["label"]["zh"] for one in both["pages"][0]["fields"]] == ["几天", "为什么"]


def test_two_people_at_one_question_or_with_another_order_have_to_choose() -> None:
    mine = with_label("days", "几天")
    assert model("merged", [[FORM, mine, with_label("days", "多久")]]) == [None]
    turned = with_label("why", "为什么")
    turned["pages"][0]["fields"].reverse()
    assert model("merged", [[FORM, mine, turned]]) == [None]
