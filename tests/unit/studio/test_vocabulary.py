"""What a diagram may name is offered in words; nothing that is registered stays without them (H1)."""

from pathlib import Path

import pytest

from certflow.app import find_processes
from certflow.cases import registry, versions
from certflow.cases.described import NOT_DESCRIBED, REGISTERS, Register, description_of
from certflow.core.text import Text
from certflow.studio.vocabulary import LANES, vocabulary
from certflow.web.office.area import WORKERS

ROOT = Path(__file__).parents[3]
find_processes()


@pytest.fixture
def words():
    content = versions.read_folder(ROOT, "registration")
    return vocabulary(content, [("feedback", Text("意见反馈", "Feedback"))])


def wordless() -> list[str]:
    """Name what is registered without words, or with a parameter nobody described."""
    found = []
    for kind, register in REGISTERS.items():
        for name in register:
            one = description_of(kind, name)
            if one is NOT_DESCRIBED or not (one.title.zh and one.title.en):
                found.append(f"{kind} {name}")
    for name, function in registry.operations.items():
        told = {one.name for one in description_of("operation", name).parameters}
        wanted = set(function.__annotations__) - {"step", "return"}
        found += [f"operation {name}: {one}" for one in wanted ^ told]
    return sorted(found)


def names(words, kind: str) -> list[str]:
    return [one.name for one in words[kind]]


def test_everything_registered_is_described() -> None:
    assert wordless() == []


@pytest.mark.parametrize("kind", REGISTERS)
def test_something_without_words_would_be_seen(kind: Register, monkeypatch) -> None:
    monkeypatch.setitem(REGISTERS[kind], "mystery", lambda _step: None)  # type: ignore[misc]
    assert f"{kind} mystery" in wordless()


def test_a_parameter_without_words_would_be_seen(monkeypatch) -> None:
    def odd(step: registry.Step, colour: str) -> None: ...

    monkeypatch.setitem(registry.operations, "odd", odd)
    assert "operation odd: colour" in wordless()


def test_lanes_are_the_two_sides_and_the_roles_with_an_inbox() -> None:
    assert set(LANES) == {"applicant", registry.PARTY, *WORKERS}


def test_the_drafts_own_names_are_offered(words) -> None:
    assert "apply" in names(words, "forms")
    assert {"evaluation", "correction"} <= set(names(words, "deadlines"))
    assert {"eligibility", "cpd_needed"} <= set(names(words, "decisions"))
    assert names(words, "services") == ["feedback", "registration"]
    assert next(one for one in words["decisions"] if one.name == "cpd_needed").more == {
        "table": "cpd"
    }


def test_a_form_tells_what_can_be_chosen_in_it(words) -> None:
    accept = next(one for one in words["forms"] if one.name == "accept").as_json("en")
    assert [one["value"] for one in accept["outcomes"]] == ["accept", "refuse"]
    assert accept["title"] == "Acceptance check"


def test_an_operation_tells_its_parameters_in_the_readers_language(words) -> None:
    start = next(one for one in words["operations"] if one.name == "start_deadline")
    key = start.as_json("en")["parameters"][0]
    assert (key["title"], key["kind"], key["needed"]) == ("Deadline", "deadline", True)
    last = start.as_json("zh")["parameters"][-1]
    assert (last["name"], last["needed"]) == ("remind_before", False)


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"service": [], "forms": None, "tables": {"x": "<no"}, "bpmn": 7},
        {"service": {"notices": {"a": None}}, "forms": {"f": {"outcomes": "none"}}, "tables": {}},
    ],
)
def test_half_written_content_offers_what_it_can(content) -> None:
    assert names(vocabulary(content), "roles") == list(LANES)
