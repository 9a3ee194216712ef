"""Rules about single elements: what the engine has, what points at what, which way is taken."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from certflow.core.text import Text
from certflow.engine.diagram import Diagram, Element, Flow
from certflow.engine.errors import Finding

TASKS: Final = frozenset(
    {"userTask", "serviceTask", "businessRuleTask", "scriptTask", "receiveTask"}
)
GATEWAYS: Final = frozenset({"exclusiveGateway", "parallelGateway"})
CATCHING: Final = frozenset({"intermediateCatchEvent", "boundaryEvent"})
EVENTS: Final = CATCHING | {"startEvent", "endEvent", "intermediateThrowEvent"}
KINDS: Final = TASKS | GATEWAYS | EVENTS | {"subProcess"}
WAITING_EVENTS: Final = ({"timerEventDefinition"}, {"messageEventDefinition"})
MAX_ID: Final = 100
# SpiffWorkflow's parser recurses along the flows.
MAX_ELEMENTS: Final = 300


def _error(element: str, zh: str, en: str) -> Finding:
    return Finding(element, Text(zh, en))


def identities(diagram: Diagram) -> Iterator[Finding]:
    """Every element and flow has an id of its own, and there are not too many."""
    if max(len(diagram.elements), len(diagram.flows) // 2) > MAX_ELEMENTS:
        yield _error("", f"图中超过 {MAX_ELEMENTS} 个元素。", f"More than {MAX_ELEMENTS} elements.")
    for name, count in Counter(diagram.ids).items():
        if count > 1:
            yield _error(
                name, f"编号 {name} 用了 {count} 次。", f"The id {name} is used {count} times."
            )
    for name in [*diagram.elements, *diagram.flows]:
        if not name or len(name) > MAX_ID:
            yield _error(name[:MAX_ID], "每个元素都要有编号。", "Every element needs an id.")


def kinds(diagram: Diagram) -> Iterator[Finding]:
    """Nothing is drawn that the engine lacks."""
    for one in diagram.elements.values():
        if one.kind not in KINDS:
            yield _error(one.id, _instead(one.kind).zh, _instead(one.kind).en)
        elif one.compensates:
            yield _error(one.id, "流程引擎不支持补偿任务。", "The engine has no compensation.")
        elif one.loops:
            yield _error(one.id, "请用网关画出循环。", "Draw the loop with a gateway.")
        else:
            yield from _event_kinds(one)


def _instead(kind: str) -> Text:
    other = {
        "callActivity": Text("；请用操作 open_child_case", "; use the operation open_child_case"),
        "inclusiveGateway": Text("；请用排他或并行网关", "; use exclusive or parallel gateways"),
        "eventBasedGateway": Text("；请用边界事件", "; use boundary events"),
        "manualTask": Text("；请用用户任务", "; use a user task"),
        "task": Text("；请选定任务类型", "; choose a type of task"),
        "sendTask": Text("；请用服务任务", "; use a service task"),
    }.get(kind, Text("", ""))
    return Text(f"流程引擎不支持 {kind}{other.zh}。", f"The engine has no {kind}{other.en}.")


def _event_kinds(one: Element) -> Iterator[Finding]:
    events, allowed = set(one.events), True
    if one.kind in CATCHING:
        allowed = len(one.events) == 1 and events in WAITING_EVENTS
    elif one.kind == "endEvent":
        allowed = events <= {"terminateEventDefinition"}
    elif one.kind in EVENTS:
        allowed = not events
    if not allowed:
        yield _error(
            one.id,
            "这里只能用：计时或消息（中间、边界事件），终止（结束事件），其余不带标记。",
            "Only timers and messages (on the way, at an edge) and terminate (at an end) are known.",
        )


def references(diagram: Diagram) -> Iterator[Finding]:
    """Flows and boundary events point at elements that are there, on the same level."""
    elements = diagram.elements
    for flow in diagram.flows.values():
        ends = [elements.get(flow.source), elements.get(flow.target)]
        if None in ends:
            yield _error(flow.id, "连线的一端没有元素。", "The flow leads from or to nothing.")
        elif len({one.within for one in ends if one}) > 1:
            yield _error(
                flow.id, "连线不能跨越子流程的边界。", "A flow must not cross a sub-process's edge."
            )
    for one in elements.values():
        host = elements.get(one.attached_to)
        if one.kind == "boundaryEvent" and (
            host is None or host.kind not in TASKS | {"subProcess"}
        ):
            yield _error(one.id, "边界事件没有附着在任务上。", "The boundary event is on no task.")
        leaving = {flow.id for flow in diagram.outgoing(one.id)}
        if one.default and one.default not in leaving:
            yield _error(one.id, "默认连线不存在。", "The default flow does not exist.")


def start_and_end(diagram: Diagram) -> Iterator[Finding]:
    """The process and each sub-process have one start and at least one end."""
    levels = ["", *(one.id for one in diagram.elements.values() if one.kind == "subProcess")]
    for level in levels:
        inside = [one for one in diagram.elements.values() if one.within == level]
        found = Counter(one.kind for one in inside)
        if found["startEvent"] != 1:
            yield _error(level, "须正好有一个开始事件。", "There must be exactly one start event.")
        if not found["endEvent"]:
            yield _error(level, "至少要有一个结束事件。", "There must be an end event.")


def gateways(diagram: Diagram) -> Iterator[Finding]:
    """An exclusive gateway always finds a way: a default, or two conditions that are opposites."""
    for one in diagram.elements.values():
        outgoing = diagram.outgoing(one.id)
        if one.kind == "exclusiveGateway":
            yield from _choice(one, outgoing)
        elif one.kind not in GATEWAYS and len(outgoing) > 1:
            yield _error(
                one.id, "多条连线须从网关引出。", "Several flows must leave from a gateway."
            )


def _choice(one: Element, outgoing: list[Flow]) -> Iterator[Finding]:
    if len(outgoing) == 1 and not outgoing[0].condition:
        return
    conditional = [flow for flow in outgoing if flow.id != one.default]
    for flow in conditional:
        if not flow.condition:
            yield _error(flow.id, "这条连线没有条件。", "This flow has no condition.")
    if not one.default and not _complete(conditional):
        yield _error(one.id, "网关没有默认流向。", "The gateway has no default flow.")


def _complete(flows: list[Flow]) -> bool:
    """Tell whether two conditions are each other's opposite, as far as one can see."""
    texts = sorted((flow.condition for flow in flows), key=len)
    if len(texts) != 2:  # noqa: PLR2004
        return False
    short, long = texts
    return (
        long in (f"not {short}", f"not ({short})")
        or short.replace("==", "!=", 1) == long
        or (short.replace("!=", "==", 1) == long)
    )
