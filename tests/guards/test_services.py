"""What a process folder says fits together: diagram, forms, service.json (catalogue H1).

`cases.settings_lint` looks for it when something is published; what is shipped has no warning either.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from certflow.app import find_processes
from certflow.cases import settings_lint, versions
from certflow.cases.registry import PARTY
from certflow.core.db import Session
from certflow.engine.definitions import DefinitionError, Finding
from certflow.web.office.area import WORKERS

ROOT = Path(__file__).parents[2]
KEYS = sorted(path.parent.name for path in ROOT.glob("bpmn/*/service.json"))

find_processes()


def findings(key: str, content: dict[str, Any]) -> list[Finding]:
    loaded = versions.build(key, content)
    return settings_lint.findings(loaded.settings, loaded.definition, loaded.forms)


def changed(right: str, wrong: str) -> dict[str, Any]:
    content = versions.read_folder(ROOT, "feedback")
    text = json.dumps(content["service"], ensure_ascii=False)
    assert right in text
    content["service"] = json.loads(text.replace(right, wrong))
    return content


@pytest.mark.parametrize("key", KEYS)
def test_diagram_forms_and_settings_fit(key: str) -> None:
    assert findings(key, versions.read_folder(ROOT, key)) == []


@pytest.mark.parametrize(
    ("right", "wrong", "place", "said"),
    [
        ('"submit": "file"', '"submit": "fil"', "submit", "no “fil”"),
        ('"on": "amend"', '"on": "amended"', "notices.returned.on", "no “amended”"),
        ('"way_to_act":', '"way_to_act_now":', "names", "“way_to_act” has no English"),
        ('"way_to_act":', '"way_to_act_now":', "names.way_to_act_now", "not drawn"),
        ('"system_admin":', '"technician":', "lanes.system_admin", "no name yet"),
        ('"handling": {', '"answering": {', "time_limit.deadline", "no deadline “handling”"),
        ('"done": {"title"', '"dealt": {"title"', "letters.done", "not written yet"),
        ("{act.opinion}", "{act.words}", "letters.done", "no field “act.words”"),
        ('"submit": "file", ', "", "submit", "missing"),
        ('"stages": {', '"stages": 5, "stage": {', "stages", "should be names"),
        ('"withdraw_until": [', '"withdraw_until": "file", "until": [', "withdraw_until", "a list"),
    ],
)
def test_a_wrong_setting_is_named_with_its_place(
    right: str, wrong: str, place: str, said: str
) -> None:
    found = [one for one in findings("feedback", changed(right, wrong)) if one.place == place]
    assert any(said in one.message.en for one in found)
    assert {one.part for one in found} == {"service"}


def test_a_task_that_nobody_would_find_is_named() -> None:
    content = versions.read_folder(ROOT, "feedback")
    content["bpmn"] = content["bpmn"].replace('id="system_admin"', 'id="finance"')
    assert ("act", "error") in [
        (one.element, one.severity) for one in findings("feedback", content)
    ]


def test_what_does_not_fit_is_not_published(session: Session) -> None:
    with pytest.raises(DefinitionError, match="no “fil”"):
        versions.publish(session, "feedback", changed('"submit": "file"', '"submit": "fil"'), "")


def test_a_missing_translation_does_not_stand_in_the_way(session: Session) -> None:
    content = changed('"way_to_act":', '"way_to_act_now":')
    assert versions.publish(session, "feedback", content, "") is not None


def test_every_lane_has_an_inbox() -> None:
    assert {"applicant", PARTY, *WORKERS} == settings_lint.LANES
