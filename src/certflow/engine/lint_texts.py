"""Rules about what authors write: conditions, times, scripts, repetitions, forms' expressions."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
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
                "条件在这里不起作用：只有排他网关引出的连线可以有条件。请删掉条件，或把前面的元素换成排他网关。",
                "A condition has no effect here: only flows of exclusive gateways have one. Remove it, or put such a gateway before it.",
            )
        elif source.default == flow.id:
            text = Text(
                "这条连线是默认去向，写在上面的条件不起作用，可以删掉。",
                "This flow is the default, so its condition has no effect. You can remove it.",
            )
            yield Finding(flow.id, text, "warning")


def timers_and_messages(diagram: Diagram) -> Iterator[Finding]:
    """A timer says when, a message event has a message with a name."""
    for one in diagram.elements.values():
        if one.timing is not None:
            yield from _timer(one, one.timing)
        wants_message = "messageEventDefinition" in one.events or one.kind == "receiveTask"
        if wants_message and not one.message:
            yield _error(
                one.id,
                "没有选定要等哪个消息，请选一个。",
                "No message is chosen. Choose the one to wait for.",
            )


def _timer(one: Element, timing: Timing) -> Iterator[Finding]:
    if not timing.kind or not timing.text:
        yield _error(
            one.id,
            "没有写明等多久或等到什么时候，请填上时间。",
            "Nothing says how long to wait or until when. Fill in the time.",
        )
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
                yield _error(
                    one.id,
                    "赋值环节是空的。请写上“名字 = 值”，或删掉这个环节。",
                    "Nothing is assigned here. Write “name = value”, or remove the step.",
                )


def repetitions(diagram: Diagram) -> Iterator[Finding]:
    """A repeated task names its list and its item, or a sensible number."""
    for one in diagram.elements.values():
        rule = one.instances
        if rule is None:
            continue
        if one.kind not in REPEATABLE:
            yield _error(
                one.id,
                "只有用户任务和服务任务可以多次办理，请去掉这里的多次标记。",
                "Only user and service tasks can be repeated. Take the mark away.",
            )
        if bool(rule.collection) is bool(rule.cardinality) and not rule.collection:
            yield _error(
                one.id,
                "没有写明按哪个名单逐个办理，请选一个变量。",
                "Nothing says for which list it is repeated. Choose a variable.",
            )
        if rule.item and not allowed_name(rule.item):
            yield _error(
                one.id,
                "名单里每一项的名字不能这样写，请用字母、数字和下划线。",
                "The name of one item is not allowed. Use letters, digits and underscores.",
            )
        for text in filter(None, (rule.collection, rule.cardinality, rule.until)):
            yield from compiles(one.id, text, Text("重复", "Repetition"))
        if _too_many(rule.cardinality):
            yield _error(
                one.id,
                f"重复次数须在 0 到 {MAX_INSTANCES} 之间，请改小。",
                f"It can be repeated 0 to {MAX_INSTANCES} times. Choose a smaller number.",
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
            for one in compiles(key, text, Text(f"表单 {key}", f"Form {key}")):
                yield replace(one, part=f"form:{key}")


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
