"""Variables that nothing sets before they are used: a case would stop there (catalogue H1, H3)."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from certflow.cases.described import description_of
from certflow.core.expressions import ExpressionError, compile_assignments, compile_expression
from certflow.core.text import Text
from certflow.engine.diagram import Diagram, Element
from certflow.engine.timers import literal
from certflow.studio.conditions import objection, part_objections
from certflow.studio.remarks import Remark
from certflow.studio.variables import Variable, knowing

_PEOPLE = {"assignee": Text("办理人", "The assignee"), "organisation": Text("机构", "The body")}
_NAMED = {"serviceTask": "operation", "callActivity": "result"}
"""Kinds of elements whose properties are parameters, but for this one."""
_CONDITION = Text("条件", "The condition")
_TIMER = Text("计时", "The timer")
_LIST = Text("逐个办理的名单", "The list it is repeated for")
_SCRIPT = Text("赋值", "The assignment")


def data_remarks(
    content: Mapping[str, Any], diagram: Diagram, unsure: Collection[str] = ()
) -> Iterator[Remark]:
    """Say where conditions, times, parameters and assignments use what cannot be known there.

    Nothing is said of variables where no way leads, or after `unsure` elements: they have an error
    of their own, and what they would set is not known.
    """
    known_at, judged = knowing(content), _judged(diagram, unsure)
    for flow in diagram.flows.values():
        if flow.condition and flow.source in judged and flow.source not in unsure:
            known = known_at(flow.id)
            yield from _wrong(flow.id, _CONDITION, flow.condition, known)
            yield from _doubtful(flow.id, flow.condition, known)
    for element in diagram.elements.values():
        yield from _not_given(element)
        texts = list(_expressions(element))
        if element.id in judged and (texts or element.script):
            known = known_at(element.id)
            for what, text in texts:
                yield from _wrong(element.id, what, text, known)
            yield from _script(element, {one.name for one in known})


def _judged(diagram: Diagram, unsure: Collection[str]) -> set[str]:
    """Return the elements that ways from the start lead to, none of them over an unsure one."""
    after: dict[str, set[str]] = defaultdict(set)
    for flow in diagram.flows.values():
        after[flow.source].add(flow.target)
    elements = diagram.elements.values()
    for one in elements:
        for host in {one.attached_to, one.within if one.kind == "startEvent" else ""} - {""}:
            after[host].add(one.id)
        after[one.id] |= {flow.target for flow in diagram.outgoing(one.within)}
    starts = {one.id for one in elements if one.kind == "startEvent" and not one.within}
    return _reached(starts, after) - _reached({two for one in unsure for two in after[one]}, after)


def _reached(begun: Collection[str], after: Mapping[str, set[str]]) -> set[str]:
    seen, queue = set(begun), list(begun)
    while queue:
        following = after.get(queue.pop(), set()) - seen
        seen |= following
        queue += following
    return seen


def _not_given(element: Element) -> Iterator[Remark]:
    """Say which parameters an operation cannot do without: a case would stop at it."""
    if element.kind != "serviceTask":
        return
    operation = description_of("operation", element.properties.get("operation", ""))
    for one in operation.parameters:
        if one.needed and not element.properties.get(one.name, "").strip():
            zh = f"“{operation.title.zh}”还没有填“{one.title.zh}”，业务会停在这里。"
            en = f"“{operation.title.en}” needs “{one.title.en}”: a case would stop here."
            yield Remark("bpmn", element.id, Text(zh, en))


def _expressions(element: Element) -> Iterator[tuple[Text, str]]:
    """Return what an element computes, with what it is for."""
    for name, value in element.properties.items():
        if name in _PEOPLE:
            yield _PEOPLE[name], value
        elif name != _NAMED.get(element.kind, name):
            yield Text(f"参数“{name}”", f"The parameter “{name}”"), value
    timing = element.timing.text if element.timing else ""
    if timing and literal(timing) is None:
        yield _TIMER, timing
    if element.instances:
        for text in (element.instances.collection, element.instances.cardinality):
            if text:
                yield _LIST, text


def _script(element: Element, known: set[str]) -> Iterator[Remark]:
    """Look at a script line by line: a line knows what those before it set."""
    try:
        lines = compile_assignments(element.script).lines if element.script else ()
    except ExpressionError:
        return  # the linter says so
    for name, expression in lines:
        yield from _unknown(element.id, _SCRIPT, expression.names, known)
        known.add(name)


def _names(text: str) -> frozenset[str]:
    try:
        return compile_expression(text).names
    except ExpressionError:
        return frozenset()  # the linter says so


def _wrong(place: str, what: Text, text: str, known: Sequence[Variable]) -> Iterator[Remark]:
    """Say which variables and which columns of theirs an expression asks for in vain."""
    yield from _unknown(place, what, _names(text), {one.name for one in known})
    for found in part_objections(text, known):
        said = found.message
        yield Remark("bpmn", place, Text(f"{what.zh}：{said.zh}。", f"{what.en}: {said.en}."))


def _doubtful(place: str, text: str, known: Sequence[Variable]) -> Iterator[Remark]:
    """Say that a condition compares with a value that there never is: a button was renamed."""
    found = objection(text, known)
    if found and found.severity == "warning":
        said = found.message
        message = Text(f"{_CONDITION.zh}：{said.zh}。", f"{_CONDITION.en}: {said.en}.")
        yield Remark("bpmn", place, message, "warning")


def _unknown(place: str, what: Text, names: frozenset[str], known: set[str]) -> Iterator[Remark]:
    for name in sorted(names - known):
        meant = get_close_matches(name, known, n=1)
        instead = (
            Text(f"是不是想写“{meant[0]}”？", f"Did you mean “{meant[0]}”?")
            if meant
            else Text("请改用前面环节得出的变量。", "Use a variable that an earlier step sets.")
        )
        message = Text(
            f"{what.zh}用到了“{name}”，但走到这里时还没有它的值。{instead.zh}",
            f"{what.en} uses “{name}”, which nothing has set by then. {instead.en}",
        )
        yield Remark("bpmn", place, message)
