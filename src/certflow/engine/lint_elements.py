"""Rules about single elements: what the engine has, what points at what, which way is taken."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from certflow.core.text import Text
from certflow.engine.diagram import Diagram, Element, Flow
from certflow.engine.errors import Finding

TASKS: Final = frozenset(
    {"userTask", "serviceTask", "businessRuleTask", "scriptTask", "receiveTask", "callActivity"}
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
        yield _error(
            "",
            f"图中超过 {MAX_ELEMENTS} 个元素，请拆成几个流程。",
            f"More than {MAX_ELEMENTS} elements. Split the process.",
        )
    for name, count in Counter(diagram.ids).items():
        if count > 1:
            yield _error(
                name,
                f"编号 {name} 用了 {count} 次，请删掉重复的元素后重新画。",
                f"The id {name} is used {count} times. Remove all but one.",
            )
    for name in [*diagram.elements, *diagram.flows]:
        if not name or len(name) > MAX_ID:
            yield _error(
                name[:MAX_ID],
                "这个元素没有编号或编号太长，请删掉后重新画。",
                "The element has no id, or one too long. Remove it and draw it again.",
            )


def kinds(diagram: Diagram) -> Iterator[Finding]:
    """Nothing is drawn that the engine lacks."""
    for one in diagram.elements.values():
        if one.kind not in KINDS:
            yield _error(one.id, _instead(one.kind).zh, _instead(one.kind).en)
        elif one.compensates:
            yield _error(
                one.id,
                "系统不支持补偿任务，请去掉补偿标记，用普通的连线画出来。",
                "Compensation is not supported. Take the mark away and draw a flow.",
            )
        elif one.loops:
            yield _error(
                one.id,
                "系统不支持循环标记，请用网关和一条往回的连线画出循环。",
                "Loop marks are not supported. Draw the loop with a gateway and a flow back.",
            )
        else:
            yield from _event_kinds(one)


_INSTEAD: Final = {
    "inclusiveGateway": Text(
        "包容网关：请改用排他网关或并行网关",
        "An inclusive gateway: use an exclusive or a parallel one",
    ),
    "complexGateway": Text(
        "复杂网关：请改用排他网关或并行网关",
        "A complex gateway: use an exclusive or a parallel one",
    ),
    "eventBasedGateway": Text(
        "事件网关：请把计时或消息贴在任务的边上",
        "An event-based gateway: put the timer or message on a task's edge",
    ),
    "manualTask": Text("手工任务：请改成用户任务", "A manual task: make it a user task"),
    "task": Text(
        "没有选类型的任务：请选定用户任务、服务任务等类型",
        "A task without a type: choose user task, service task or another",
    ),
    "sendTask": Text("发送任务：请改成服务任务", "A send task: make it a service task"),
}


def _instead(kind: str) -> Text:
    other = _INSTEAD.get(
        kind, Text(f"{kind}：请换成别的元素或删掉", f"{kind}: replace or remove it")
    )
    return Text(f"系统不支持{other.zh}。", f"Not supported. {other.en}.")


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
            "系统不支持这种事件。中间和边界上的事件只能是计时或消息，结束事件只能是普通或终止，"
            "开始事件不带标记。请改换类型。",
            "This event is not supported. On the way and on a task it can be a timer or a message, "
            "at an end plain or terminate, at the start plain. Change its type.",
        )


def references(diagram: Diagram) -> Iterator[Finding]:
    """Flows and boundary events point at elements that are there, on the same level."""
    elements = diagram.elements
    for flow in diagram.flows.values():
        ends = [elements.get(flow.source), elements.get(flow.target)]
        if None in ends:
            yield _error(
                flow.id,
                "这条连线有一端没有接到元素上，请接好或删掉。",
                "One end of this flow is loose. Connect it or remove it.",
            )
        elif len({one.within for one in ends if one}) > 1:
            yield _error(
                flow.id,
                "连线不能穿过子流程的边框，请从子流程本身引出。",
                "A flow must not cross a sub-process's frame. Let it leave the sub-process itself.",
            )
    for one in elements.values():
        host = elements.get(one.attached_to)
        if one.kind == "boundaryEvent" and (
            host is None or host.kind not in TASKS | {"subProcess"}
        ):
            yield _error(
                one.id,
                "这个事件要贴在任务的边上，请拖到任务的边框上。",
                "This event must sit on a task's edge. Drag it there.",
            )
        leaving = {flow.id for flow in diagram.outgoing(one.id)}
        if one.default and one.default not in leaving:
            yield _error(
                one.id,
                "默认去向已经不在了，请重新选一条默认连线。",
                "The default flow is gone. Choose another one.",
            )


def start_and_end(diagram: Diagram) -> Iterator[Finding]:
    """The process and each sub-process have one start and at least one end."""
    levels = ["", *(one.id for one in diagram.elements.values() if one.kind == "subProcess")]
    for level in levels:
        inside = [one for one in diagram.elements.values() if one.within == level]
        found = Counter(one.kind for one in inside)
        if found["startEvent"] != 1:
            yield _error(
                level,
                "须正好有一个开始事件：请补上，或删掉多出来的。",
                "There must be exactly one start event. Add it, or remove the others.",
            )
        if not found["endEvent"]:
            yield _error(
                level,
                "至少要有一个结束事件，请补上。",
                "There must be at least one end event. Add it.",
            )


def gateways(diagram: Diagram) -> Iterator[Finding]:
    """An exclusive gateway always finds a way: a default, or two conditions that are opposites."""
    for one in diagram.elements.values():
        outgoing = diagram.outgoing(one.id)
        if one.kind == "exclusiveGateway":
            yield from _choice(one, outgoing)
        elif one.kind not in GATEWAYS and len(outgoing) > 1:
            yield _error(
                one.id,
                "从这里引出了多条连线。请先接一个网关，由网关分出各条连线。",
                "Several flows leave from here. Add a gateway and let them leave from it.",
            )


def _choice(one: Element, outgoing: list[Flow]) -> Iterator[Finding]:
    if len(outgoing) == 1 and not outgoing[0].condition:
        return
    conditional = [flow for flow in outgoing if flow.id != one.default]
    for flow in conditional:
        if not flow.condition:
            yield _error(
                flow.id,
                "这条连线没有写条件，不知道什么时候走它。请写上条件，或设为默认去向。",
                "This flow has no condition. Write one, or make it the default.",
            )
    if not one.default and not _complete(conditional):
        yield _error(
            one.id,
            "各个条件都不满足时不知道往哪走。请选一条连线作为默认去向。",
            "Nothing says where to go when no condition holds. Make one flow the default.",
        )


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
