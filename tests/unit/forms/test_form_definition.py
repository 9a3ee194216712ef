from copy import deepcopy

import pytest

from certflow.forms.definition import FormError, read_form
from certflow.forms.patterns import UnsafePatternError, compile_pattern
from factories.forms_data import APPLY, AUDIT, CORRECT, EVALUATE, FORMS, RECORDS, text


def findings(form, records=RECORDS, forms=FORMS):
    with pytest.raises(FormError) as caught:
        read_form(form, records, forms)
    told = {each.field: "" for each in caught.value.findings}
    for each in caught.value.findings:
        told[each.field] += each.message.en
    return told


def changed(form, path, value):
    """Return the form with the value at a path like "pages.0.fields.1.widget" replaced."""
    copy = deepcopy(form)
    *way, last = path.split(".")
    place = copy
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place[step]
    place[int(last) if isinstance(place, list) else last] = value
    return copy


def test_a_right_form_is_read(apply):
    assert [page.key for page in apply.pages] == ["choose", "records"]
    assert apply.fields["count"].kind == "integer"
    assert apply.fields["audit"].record.heading == "organisation"


def test_a_record_kind_is_a_form_of_one_page():
    assert [page.key for page in read_form(AUDIT).pages] == ["audit"]


def test_run_time_option_lists_are_named(apply):
    assert apply.sources == {"body"}


@pytest.mark.parametrize(
    ("path", "value", "where", "words"),
    [
        ("pages.0.fields.1.widget", "slider", "reason", "no widget"),
        ("pages.0.fields.1.visible_if", "mode ==", "reason", "is wrong"),
        ("pages.0.fields.1.visible_if", "count == 3", "reason", "no field before it"),
        ("pages.0.fields.1.label", {"zh": "理由"}, "reason", "is missing"),
        ("pages.0.fields.1.name", "mode", "mode", "occurs twice"),
        ("pages.0.fields.1.name", "class-x", "class-x", "no identifier"),
        ("pages.0.fields.0.options", [], "mode", "nothing to choose from"),
        ("pages.0.fields.0.options.0.value", "second", "mode", "enum differ"),
        ("pages.0.fields.1.widget", "number", "reason", "cannot hold"),
        ("pages.1.fields.0.records", "exam", "audit", "no record kind"),
        ("pages.1.key", "choose", "apply", "same key"),
        ("schema.properties.lost", {"type": "string"}, "lost", "on no page"),
        ("schema.properties.reason.maxLenght", 3, "reason", "unknown"),
        ("schema.properties.reason.pattern", "(a+)+$", "reason", "cannot be used"),
        ("outcomes.0.kind", "huge", "submit", "button kind"),
        ("outcomes.0.requires", ["opinion"], "submit", "no field"),
        ("decides.mode", "eval('1')", "mode", "is wrong"),
        ("color", "red", "apply", "unknown"),
    ],
)
def test_a_wrong_form_is_told_in_words(path, value, where, words):
    assert words in findings(changed(APPLY, path, value))[where]


def test_a_rule_must_point_to_a_field():
    rule = {"field": "nowhere", "must": "count > 1", "message": text("x")}
    assert "no field" in findings({**APPLY, "rules": [rule]})["nowhere"]


def test_a_review_needs_a_form_to_review():
    without = {key: value for key, value in EVALUATE.items() if key != "reviews"}
    assert "reviews is missing" in findings(without)["evaluate"]


def test_a_review_targets_fields_that_exist():
    assert (
        "no field" in findings(changed(EVALUATE, "pages.0.fields.0.targets", ["exam"]))["verdicts"]
    )


def test_forms_do_not_amend_in_a_circle():
    circle = {**CORRECT, "amends": "correct"}
    assert "refer to each other" in findings(circle, forms={"correct": circle})["correct"]


def test_a_record_does_not_hold_itself():
    inside = deepcopy(AUDIT)
    inside["schema"]["properties"]["more"] = {"type": "array"}
    inside["fields"].append(
        {"name": "more", "label": text("x"), "widget": "records", "records": "audit"}
    )
    assert "cannot hold itself" in findings(APPLY, {"audit": inside})["audit"]


def test_every_finding_is_told_at_once():
    two = changed(changed(APPLY, "pages.0.fields.1.widget", "slider"), "title", {})
    assert set(findings(two)) >= {"reason", "apply"}


def test_a_correction_has_the_pages_of_the_form_it_amends(correct):
    assert [page.key for page in correct.pages] == ["choose", "records", "note"]
    assert correct.own == {"note"}


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+$", "(a|b)*c", "(?=a)b", r"(a)\1", "(?:x*){2,}", ".*.*.*.*", "a" * 201, "(", "((a?)b)+"],
)
def test_dangerous_patterns_are_refused(pattern):
    with pytest.raises(UnsafePatternError):
        compile_pattern(pattern)


@pytest.mark.parametrize(
    "pattern",
    [r"^\d{4}-\d{2}$", r"^[A-Z]{2}\d+$", r"^(?:QMS|EMS)-\d{3}$", "^[(+)*]+$", r"^a(bc)?$"],
)
def test_plain_patterns_are_allowed(pattern):
    assert compile_pattern(pattern)
