"""The linter: what may not be published, with the element it stands at."""

import contextlib
import random
from dataclasses import replace

import pytest
from benchmarks.hostile_corpus import GRAPHS
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from certflow.engine.definitions import Bundle, Definition, DefinitionError, check, load
from certflow.engine.errors import BudgetExceeded, StepFailed
from certflow.engine.linter import Known
from factories.diagrams import boundary
from factories.drawing import (
    KNOWN,
    Walk,
    arrows,
    bpmn,
    call,
    catch,
    choice,
    edge,
    end,
    message,
    node,
    parallel,
    repeated,
    script,
    service,
    start,
    timer,
    user,
)

NO_DEFAULT = "Nothing says where to go when no condition holds. Make one flow the default."
GOOD = bpmn(start(), user("apply"), end(), arrows("start -> apply -> end"))


def findings(source: bytes, known: Known = KNOWN, **files: object) -> list[tuple[str, str]]:
    found = check(Bundle("process", source, **files), known)  # type: ignore[arg-type]
    return [(one.element, one.message.en) for one in found]


def way(*parts: str, through: str = "x", messages: tuple[str, ...] = ()) -> bytes:
    """Return start -> x -> end."""
    return bpmn(start(), *parts, end(), arrows(f"start -> {through} -> end"), messages=messages)


def test_a_sound_diagram_has_no_findings():
    assert findings(GOOD) == []


def test_a_definition_tells_its_elements_and_flows():
    made = load(Bundle("process", GOOD), KNOWN)
    assert isinstance(made, Definition)
    assert made.elements["apply"].lane == "reviewer"
    assert made.flows["start_to_apply"].target == "apply"


def test_publishing_raises_all_findings_at_once():
    with pytest.raises(DefinitionError) as caught:
        load(Bundle("process", GOOD), Known())
    assert len(caught.value.findings) == 2


@pytest.mark.parametrize(
    ("source", "element", "said"),
    [
        (way(node("userTask", "x")), "x", "no form"),
        (way(user("x")), "x", "There is no form x"),
        (way(service("x", "explode")), "x", "There is no operation explode"),
        (way(node("serviceTask", "x")), "x", "Choose an operation"),
        (way(service("x", "notify", to="().__class__")), "x", "Parameter to"),
        (way(node("businessRuleTask", "x")), "x", "no decision"),
        (way(script("x", "import os")), "x", "name = expression"),
        (way(script("x", "")), "x", "Nothing is assigned"),
        (way(user("apply", assignee="a.__class__"), through="apply"), "apply", "Assignee"),
        (way(user("apply", due="soon"), through="apply"), "apply", "working days"),
        (way(catch("x", timer(""))), "x", "Fill in the time"),
        (way(catch("x", timer("60 days"))), "x", "Timer"),
        (way(catch("x", message("ghost"))), "x", "No message"),
        (way(node("userTask", "x", repeated())), "x", "which list it is repeated"),
        (way(user("vote", repeated("a b"), item="x"), through="vote"), "vote", "Repetition"),
        (way(user("vote", repeated("rows"), item="_x"), through="vote"), "vote", "name of one item"),
        (way(script("x", "a = 1").replace("</bpmn:script>", "</bpmn:script>" + repeated("rows"))),
         "x", "Only user and service"),
        (way(call("x", "")), "x", "which service is called"),
        (way(call("x", "ghost", result="child")), "x", "no service ghost"),
        (way(call("x", "${next}", result="child")), "x", "cannot be an expression"),
        (way(call("x", "appeal")), "x", "under which name"),
        (way(call("x", "appeal", result="_child")), "x", "under which name"),
        (way(call("x", "appeal", result="child", about="().__class__")), "x", "Parameter about"),
        (way(call("x", "appeal", repeated("rows"), result="child")), "x", "Only user and service"),
        (way(call("x", "process", result="child")), "x", "calls the service itself"),
        (way(node("inclusiveGateway", "x")), "x", "exclusive or a parallel"),
    ],
)  # fmt: skip
def test_an_element_is_refused_with_a_plain_sentence(source, element, said):
    assert any(at == element and said in text for at, text in findings(source)), findings(source)


def test_a_called_service_must_not_lead_back():
    source = way(call("x", "appeal", result="child"))
    back = {"appeal": frozenset({"complaint"}), "complaint": frozenset({"appeal", "process"})}
    bundle = Bundle("process", source)
    said = [one for one in check(bundle, replace(KNOWN, services=back)) if one.element == "x"]
    assert "process → appeal → complaint → process" in said[0].message.zh
    assert check(bundle, KNOWN) == []
    assert check(bundle, replace(KNOWN, services=None)) == []


def test_a_user_task_needs_a_lane_that_is_a_role():
    source = bpmn(start(), user("apply"), end(), arrows("start -> apply -> end"), lane="nobody")
    said = dict(findings(source))
    assert said["apply"].startswith("The lane of this task is no role (nobody).")


def test_bare_iso_texts_are_times_too():
    for text in ("P10D", "PT2H", "2026-05-01", "'P10D'", "days(3)"):
        assert findings(way(catch("x", timer(text)))) == []


def gateway(*ways: str, default: str = "") -> list[tuple[str, str]]:
    return findings(
        bpmn(start(), choice("g", default), end("a"), end("b"), arrows("start -> g", *ways))
    )


def test_a_gateway_needs_a_default():
    assert gateway("g -> a ? x == 1", "g -> b ? x == 2") == [("g", NO_DEFAULT)]


def test_opposite_conditions_need_none():
    assert gateway("g -> a ? ok", "g -> b ? not ok") == []
    assert gateway("g -> a ? x == 1", "g -> b ? x != 1") == []


def test_a_flow_without_condition_is_told():
    said = dict(gateway("g -> a ? ok", "g -> b"))
    assert said["g_to_b"].startswith("This flow has no condition.")


def test_a_condition_behind_a_task_is_told():
    source = bpmn(start(), user("apply"), end(), arrows("start -> apply", "apply -> end ? x"))
    [(place, said)] = findings(source)
    assert place == "apply_to_end"
    assert "only flows of exclusive gateways have one" in said


def test_forms_expressions_are_checked():
    form = {
        "pages": [{"fields": [{"name": "a", "visible_if": "open('x')"}]}],
        "decides": {"b": "1 +"},
    }
    found = findings(GOOD, forms={"apply": form})
    assert [at for at, _ in found] == ["apply", "apply"]
    assert findings(GOOD, forms={"apply": {"decides": {"b": "a + 1"}}}) == []


def test_a_loop_must_wait():
    turning = bpmn(
        start(), choice("g", "g_to_end"), script("s", "a = 1"), end(),
        arrows("start -> g", "g -> s ? x", "s -> g", "g -> end"),
    )  # fmt: skip
    [(place, said)] = findings(turning)
    assert place == "g"
    assert said.startswith("Nothing in this loop waits")


def test_the_same_loop_with_a_person_in_it_is_fine():
    waiting = bpmn(
        start(), choice("g", "g_to_end"), user("fix"), end(),
        arrows("start -> g", "g -> fix ? x", "fix -> g", "g -> end"),
    )  # fmt: skip
    assert findings(waiting) == []


def fork(*ways: str, parts: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    source = bpmn(
        start(), parallel("f"), user("one"), user("two"), *parts, end(), arrows("start -> f", *ways)
    )  # fmt: skip
    return findings(source)


def test_branches_must_meet_in_a_parallel_gateway():
    assert fork("f -> one -> j -> end", "f -> two -> j", parts=(parallel("j"),)) == []
    assert fork("f -> one -> end", "f -> two -> end") == []
    (place, said), *_ = fork(
        "f -> one -> m -> ask -> end", "f -> two -> m", parts=(choice("m"), user("ask"))
    )
    assert (place, "done twice" in said) == ("m", True)


def test_a_join_of_ways_that_exclude_each_other_would_wait_for_ever():
    source = bpmn(
        start(), choice("g", "g_to_one"), user("one"), user("two"), parallel("j"), end(),
        arrows("start -> g -> one -> j -> end", "g -> two ? x", "two -> j"),
    )  # fmt: skip
    [(place, said)] = findings(source)
    assert place == "j"
    assert said.startswith("These branches never run together")


def test_a_reminder_beside_a_task_is_no_multiplying():
    source = bpmn(
        start(), user("apply"), edge("late", "apply", timer("P5D"), interrupting=False),
        service("tell", "notify"), end("told"), end(),
        arrows("start -> apply -> end", "late -> tell -> told"),
    )  # fmt: skip
    assert findings(source) == []


@pytest.mark.parametrize("name", GRAPHS)
def test_every_hostile_graph_is_refused(name):
    assert any(one.severity == "error" for one in check(Bundle("process", GRAPHS[name]), KNOWN))


def test_where_shapes_are_drawn_does_not_change_which_condition_is_asked_first():
    ways = ("start -> g", "g -> a ? x > 1", "g -> b ? x > 0", "g -> end")
    source = bpmn(start(), choice("g", "g_to_end"), end("a"), end("b"), end(), arrows(*ways))
    shapes = "".join(
        f'<di:BPMNShape bpmnElement="{one}"><dc:Bounds x="1" y="{y}"/></di:BPMNShape>'
        for one, y in (("a", 900), ("b", 1), ("end", 500))
    )
    diagram = (
        '<di:BPMNDiagram xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI" '
        f'xmlns:dc="http://www.omg.org/spec/DD/20100524/DC">{shapes}</di:BPMNDiagram>'
    )
    drawn = source.replace(b"</bpmn:definitions>", f"{diagram}</bpmn:definitions>".encode())
    assert Walk(drawn, x=2).run.end == Walk(source, x=2).run.end == "a"


def test_a_single_conditional_way_needs_a_default_too():
    source = bpmn(start(), choice("g"), end(), arrows("start -> g", "g -> end ? x"))
    assert findings(source) == [("g", NO_DEFAULT)]


def test_a_default_must_leave_the_gateway_itself():
    assert ("g", "The default flow is gone. Choose another one.") in gateway(
        "g -> a ? ok", "g -> b ? no", default="start_to_g"
    )


def test_a_loop_through_a_sub_process_waits_inside_it():
    inside = start("s") + user("inner") + end("e") + arrows("s -> inner -> e")
    source = bpmn(
        start(), choice("m"), node("subProcess", "part", inside), choice("g", "g_to_end"), end(),
        arrows("start -> m -> part -> g -> end", "g -> m ? again"),
    )  # fmt: skip
    assert findings(source) == []


@given(st.integers(0, 10**9))
@settings(max_examples=60, deadline=None)
def test_a_damaged_diagram_is_refused_or_runs(seed):
    """Elements removed, copied, renamed at random: never an error that nobody expects."""
    chance = random.Random(seed)
    root = etree.fromstring(boundary(interrupting=True, inner=timer("P5D")))
    for _ in range(3):
        one = chance.choice(list(root.iter()))
        if one.attrib and chance.random() < 0.5:
            one.set(chance.choice(list(one.attrib)), chance.choice(["", "apply", "end", "-1"]))
        elif (parent := one.getparent()) is not None:
            parent.remove(one)
    with contextlib.suppress(DefinitionError, StepFailed, BudgetExceeded):
        Walk(etree.tostring(root))


def test_of_what_cannot_be_reached_only_the_first_is_told():
    source = bpmn(
        start(),
        user("a"),
        user("b"),
        user("c"),
        end(),
        arrows("start -> a -> end", "b -> c -> end"),
    )
    assert [place for place, said in findings(source) if "reached" in said] == ["b"]


def test_of_what_never_ends_only_the_last_is_told():
    source = bpmn(start(), user("a"), user("b"), end(), arrows("start -> a -> b"))
    assert [place for place, said in findings(source) if "never finish" in said] == ["b"]


def test_of_a_circle_without_a_way_out_one_element_is_told():
    source = bpmn(
        start(), user("a"), user("b"), user("c"), end(), arrows("start -> a -> b", "b -> c -> b")
    )
    assert {place for place, said in findings(source) if "never finish" in said} == {"b"}
