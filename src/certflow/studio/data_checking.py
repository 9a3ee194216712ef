"""Variables that nothing sets before they are used: a case would stop there (catalogue H1, H3)."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from certflow.cases.described import description_of
from certflow.core.expressions import ExpressionError, compile_assignments, compile_expression
from certflow.core.text import Text
from certflow.engine.diagram import Diagram, Element
from certflow.engine.timers import literal
from certflow.studio.remarks import Remark
from certflow.studio.variables import knowing

_PEOPLE = {"assignee": Text("办理人", "The assignee"), "organisation": Text("机构", "The body")}
_CONDITION = Text("条件", "The condition")
_TIMER = Text("计时", "The timer")
_LIST = Text("逐个办理的名单", "The list it is repeated for")
_SCRIPT = Text("赋值", "The assignment")


def data_remarks(content: Mapping[str, Any], diagram: Diagram) -> Iterator[Remark]:
    """Say where conditions, times, parameters and assignments use what cannot be known there."""
    known_at = knowing(content)
    for flow in diagram.flows.values():
        if flow.condition:
            known = {one.name for one in known_at(flow.id)}
            yield from _unknown(flow.id, _CONDITION, _names(flow.condition), known)
    for element in diagram.elements.values():
        yield from _not_given(element)
        texts = list(_expressions(element))
        if texts or element.script:
            known = {one.name for one in known_at(element.id)}
            for what, text in texts:
                yield from _unknown(element.id, what, _names(text), known)
            yield from _script(element, known)


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
        elif element.kind == "serviceTask" and name != "operation":
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
