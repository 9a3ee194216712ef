"""Rules about what authors write: conditions, times, scripts, repetitions, forms' expressions."""

from collections.abc import Iterator, Mapping
from typing import Final

from certflow.core.expressions import (
    ExpressionError,
    allowed_name,
    compile_assignments,
    compile_expression,
)
from certflow.core.text import Text
from certflow.engine.diagram import Diagram, Element, Timing
from certflow.engine.errors import Finding
from certflow.engine.instances import MAX_INSTANCES
from certflow.engine.timers import literal

REPEATABLE: Final = frozenset({"userTask", "serviceTask"})


def _error(element: str, zh: str, en: str) -> Finding:
    return Finding(element, Text(zh, en))


def compiles(element: str, text: str, what: Text) -> Iterator[Finding]:
    """Say what is wrong with an expression of the diagram."""
    try:
        compile_expression(text)
    except ExpressionError as error:
        yield _error(element, f"{what.zh}：{error.message.zh}", f"{what.en}: {error.message.en}")


def conditions(diagram: Diagram) -> Iterator[Finding]:
    """Conditions stand only behind exclusive gateways, and compile."""
    for flow in diagram.flows.values():
        source = diagram.elements[flow.source]
        if not flow.condition:
            continue
        yield from compiles(flow.id, flow.condition, Text("条件", "Condition"))
        if source.kind != "exclusiveGateway":
            yield _error(
                flow.id,
                "只有排他网关的连线可以有条件。",
                "Only exclusive gateways have conditions.",
            )
        elif source.default == flow.id:
            text = Text("默认流向的条件不起作用。", "The condition of a default flow is ignored.")
            yield Finding(flow.id, text, "warning")


def timers_and_messages(diagram: Diagram) -> Iterator[Finding]:
    """A timer says when, a message event has a message with a name."""
    for one in diagram.elements.values():
        if one.timing is not None:
            yield from _timer(one, one.timing)
        wants_message = "messageEventDefinition" in one.events or one.kind == "receiveTask"
        if wants_message and not one.message:
            yield _error(one.id, "没有选定消息。", "No message is chosen.")


def _timer(one: Element, timing: Timing) -> Iterator[Finding]:
    if not timing.kind or not timing.text:
        yield _error(one.id, "计时器没有写明时间。", "The timer does not say when.")
    elif literal(timing.text) is None:
        yield from compiles(one.id, timing.text, Text("计时", "Timer"))


def scripts(diagram: Diagram) -> Iterator[Finding]:
    """A script is lines of `name = expression`."""
    for one in diagram.elements.values():
        if one.kind != "scriptTask":
            continue
        try:
            empty = not compile_assignments(one.script).lines
        except ExpressionError as error:
            yield Finding(one.id, error.message)
        else:
            if empty:
                yield _error(one.id, "脚本是空的。", "The script is empty.")


def repetitions(diagram: Diagram) -> Iterator[Finding]:
    """A repeated task names its list and its item, or a sensible number."""
    for one in diagram.elements.values():
        rule = one.instances
        if rule is None:
            continue
        if one.kind not in REPEATABLE:
            yield _error(
                one.id, "只有用户任务和服务任务可以重复。", "Only user and service tasks repeat."
            )
        if bool(rule.collection) is bool(rule.cardinality) and not rule.collection:
            yield _error(one.id, "没有写明重复的列表。", "The list to repeat over is missing.")
        if rule.item and not allowed_name(rule.item):
            yield _error(one.id, "列表项的变量名不能用。", "The item's name is not allowed.")
        for text in filter(None, (rule.collection, rule.cardinality, rule.until)):
            yield from compiles(one.id, text, Text("重复", "Repetition"))
        if _too_many(rule.cardinality):
            yield _error(
                one.id,
                f"重复次数须在 0 到 {MAX_INSTANCES} 之间。",
                f"Between 0 and {MAX_INSTANCES} times.",
            )


def _too_many(cardinality: str) -> bool:
    """Tell whether a number that is written out is no sensible count."""
    try:
        compiled = compile_expression(cardinality) if cardinality else None
        value = compiled.evaluate({}) if compiled and not compiled.names else 0
    except ExpressionError:
        return False
    return not (type(value) is int and 0 <= value <= MAX_INSTANCES)


def forms(bundle: Mapping[str, Mapping[str, object]]) -> Iterator[Finding]:
    """What forms let the engine or the page compute compiles: visible_if, decides."""
    for key, form in bundle.items():
        for text in _expressions(form):
            yield from compiles(key, text, Text(f"表单 {key}", f"Form {key}"))


def _expressions(part: object) -> Iterator[str]:
    if isinstance(part, list):
        for item in part:
            yield from _expressions(item)
    elif isinstance(part, Mapping):
        for name, value in part.items():
            if name == "visible_if":
                yield str(value)
            elif name == "decides" and isinstance(value, Mapping):
                yield from (str(one) for one in value.values())
            else:
                yield from _expressions(value)
