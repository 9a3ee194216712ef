"""A question's new key goes wherever the bundle names it (H2)."""

from pathlib import Path
from typing import Any

from certflow.app import find_processes
from certflow.cases import versions
from certflow.studio.field_uses import with_field_renamed

ROOT = Path(__file__).parents[3]

find_processes()


def bundle(key: str) -> dict[str, Any]:
    return versions.read_folder(ROOT, key)


def changed(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    parts = {f"{group}:{name}" for group in ("forms", "records", "tables", "scenarios")
             for name in before.get(group, {}) if before[group][name] != after[group][name]}  # fmt: skip
    return parts | {one for one in ("bpmn", "service") if before[one] != after[one]}


def review(content: dict[str, Any], form: str) -> dict[str, Any]:
    fields = (f for page in content["forms"][form]["pages"] for f in page["fields"])
    return next(field for field in fields if field["widget"] == "review")


def test_forms_that_judge_a_question_judge_it_by_its_new_key() -> None:
    before = bundle("registration")
    after = with_field_renamed(before, "form", "apply", "education", "studies")
    assert changed(before, after) == {"forms:evaluate", "forms:pre_review"}
    assert review(after, "pre_review")["targets"][0] == "studies"
    applied = [one["applies"] for one in review(after, "evaluate")["nonconformities"]]
    assert "education" not in {name for names in applied for name in names}


def test_a_nonconformity_opens_the_question_of_a_record_by_its_new_key() -> None:
    before = bundle("registration")
    after = with_field_renamed(before, "record", "education", "diploma", "certificate")
    assert changed(before, after) == {"forms:evaluate"}
    opened = [one.get("fields", []) for one in review(after, "evaluate")["nonconformities"]]
    assert ["certificate"] in opened
    assert ["diploma"] not in opened


def test_what_is_opened_in_several_kinds_keeps_the_key_of_the_others() -> None:
    before = bundle("registration")
    after = with_field_renamed(before, "record", "witness", "duties", "tasks")
    opened = [one.get("fields", []) for one in review(after, "evaluate")["nonconformities"]]
    assert ["duties", "clauses", "all_clauses", "files", "tasks"] in opened


def test_letters_exceptions_and_tests_follow() -> None:
    before = bundle("feedback")
    after = with_field_renamed(before, "form", "file", "kind", "sort")
    assert "{file.kind}" not in str(after["service"])
    assert "{file.sort}" in str(after["service"])
    answered = [step["data"] for one in after["scenarios"].values() for step in one["steps"]
                if step.get("element") in ("file", "amend") and "data" in step]  # fmt: skip
    assert answered
    assert all("kind" not in one and "sort" in one for one in answered)
    before = bundle("annual_confirmation")
    after = with_field_renamed(before, "form", "apply", "remark", "note")
    assert after["service"]["group_filing"]["exceptions"] == ["complaints", "note"]


def test_a_question_that_nobody_names_changes_nothing() -> None:
    before = bundle("registration")
    assert with_field_renamed(before, "form", "apply", "never_heard_of", "other") == before
