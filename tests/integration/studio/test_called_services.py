"""Services that call others in the studio: checked, tried out, kept as tests, replayed (issue 4)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from certflow.cases import versions
from certflow.core import clock
from certflow.core.db import Session
from certflow.core.errors import Invalid
from certflow.core.text import Text
from certflow.studio import beginning, called, from_cases, release_gate, scenarios, telling
from certflow.studio.difference import difference
from certflow.studio.heat import heat
from certflow.studio.replaying import records_of
from certflow.studio.rerun import rerun
from certflow.studio.sandbox import Sandbox
from certflow.studio.variables import known_at
from certflow.studio.vocabulary import vocabulary
from factories import calling
from factories.calling import CALLER, CHECK, MATTER, caller_content, check_content
from factories.cast import START

FILE = {"do": "task", "element": "file", "outcome": "submit", "data": MATTER}
BEGIN = {"do": "start", "as": "newcomer"}
ACCEPTED = {"do": "called", "element": "checked", "outcome": "accepted"}


def errors_at_the_call(session: Session, key: str, called: str) -> list[str]:
    gate = release_gate.examine(session, key, caller_content(called, key))
    return [one.message.zh for one in gate.remarks if one.place == "checked"]


def test_calls_that_lead_back_are_refused_with_their_element(session: Session) -> None:
    calling.publish(session, check_content(), caller_content())
    assert errors_at_the_call(session, CALLER, CHECK) == []
    (circle,) = errors_at_the_call(session, CHECK, CALLER)
    assert "site_check → site_permit → site_check" in circle
    (itself,) = errors_at_the_call(session, CALLER, CALLER)
    assert "本业务自己" in itself
    (ghost,) = errors_at_the_call(session, CALLER, "ghost")
    assert "ghost" in ghost


def test_services_in_force_are_offered_with_the_fields_that_can_be_filled_in(
    session: Session,
) -> None:
    calling.publish(session, check_content(), caller_content())
    offered = vocabulary(caller_content(), called=versions.services(session))["called"]
    assert [one.name for one in offered] == [CHECK]
    assert [(one["name"], one["kind"]) for one in offered[0].more["fields"]] == [("matter", "text")]


def test_a_condition_is_offered_the_ends_of_the_called_service(session: Session) -> None:
    calling.publish(session, check_content())
    known = known_at(caller_content(), "how_to_granted", called.ends_in_force(session))
    outcome = next(one for one in known if one.name == "check.outcome")
    assert [one.value for one in outcome.values] == [
        "accepted",
        "refused",
        "withdrawn",
        "cancelled",
    ]
    assert outcome.values[0].label.zh == "通过"
    assert outcome.always


def test_another_called_service_is_a_difference_in_words() -> None:
    (change,) = difference(caller_content(), caller_content("site_visit")).changes
    (detail,) = change.details
    assert (change.place, detail.label.zh) == ("checked", "调用的业务")
    assert [one.zh for one in (detail.before, detail.after) if one] == [CHECK, "site_visit"]


def test_the_heat_map_counts_what_waits_for_called_cases(session: Session) -> None:
    clock.freeze(START)
    permit = calling.make_permit(session).file()
    clock.move(timedelta(days=2))
    waits = {one.element: one for one in heat(session, CALLER, clock.now())}["checked"]
    assert (waits.waiting, waits.finished) == (1, 0)
    permit.checked().relay()
    passed = {one.element: one for one in heat(session, CALLER, clock.now())}["checked"]
    assert (passed.waiting, passed.finished, passed.median) == (0, 1, 2.0)


@pytest.fixture
def box(session: Session) -> Iterator[Sandbox]:
    """A world in which the caller is tried out, beside the service that it calls."""
    neighbours = {CHECK: check_content()}
    with beginning.fresh(CALLER, caller_content(), START, neighbours) as found:
        yield found


def test_whoever_tries_it_out_says_how_the_called_case_ended(box: Sandbox) -> None:
    box.do(BEGIN)
    done = box.do(FILE)
    assert (done.then, done.reached) == (["checked"], ["checked"])
    (waits,) = called.waiting(box)
    assert (waits.element, waits.title.zh) == ("checked", "现场核实")
    with pytest.raises(Invalid):
        box.do({**ACCEPTED, "outcome": "granted"})
    assert box.do(ACCEPTED).reached == ["how", "granted"]
    assert box.the_case.outcome == "granted"
    with pytest.raises(Invalid):
        box.do(ACCEPTED)
    words = telling.told(box.loaded, {**ACCEPTED, "said": {"zh": "通过", "en": "Accepted"}})
    assert words.zh == "checked办结：通过"


def test_a_timer_on_the_call_can_be_waited_for(box: Sandbox) -> None:
    box.do(BEGIN)
    box.do(FILE)
    assert box.do({"do": "wait", "until": "timer"}).reached == ["limit", "lapsed"]
    assert called.waiting(box) == []


def test_a_trial_is_kept_as_a_test_that_passes_again(box: Sandbox) -> None:
    script = [box.do(one).as_json() for one in (BEGIN, FILE, ACCEPTED)]
    kept = scenarios.recorded(Text("发证", "Granted"), START, script, box)
    neighbours = {CHECK: check_content()}
    result = scenarios.run_one(CALLER, caller_content(), "kept", kept, neighbours)
    assert result.passed, result.why
    other = caller_content()
    other["bpmn"] = other["bpmn"].replace("'accepted'", "'refused'")
    assert not scenarios.run_one(CALLER, other, "kept", kept, neighbours).passed


def test_a_finished_case_is_replayed_and_made_a_test_with_what_the_called_one_gave_back(
    session: Session,
) -> None:
    clock.freeze(START)
    permit = calling.make_permit(session).file().checked().relay()
    loaded = versions.active(session, CALLER)
    ((_, record),) = records_of(session, [permit.case])
    assert rerun(record, loaded, loaded) is None
    assert record.acts[-1].data == permit.variables["check"]
    stricter = caller_content()
    stricter["bpmn"] = stricter["bpmn"].replace("'accepted'", "'refused'")
    found = rerun(record, loaded, versions.build(CALLER, stricter))
    assert found is not None
    assert found.element == "denied"
    scenario = from_cases.make(session, CALLER, permit.case_id, Text("发证", "Granted"))
    assert ACCEPTED.items() <= scenario["steps"][-1].items()
    assert telling.told(loaded, scenario["steps"][-1]).zh == "checked办结：通过"
    neighbours = scenarios.neighbours_of(session, CALLER)
    assert scenarios.run_one(CALLER, caller_content(), "", scenario, neighbours).passed
