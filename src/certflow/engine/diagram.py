"""A BPMN file read into plain records: elements, flows, lanes. What the linter and pages look at."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, TypeVar

from lxml import etree

from certflow.engine.xml import BPMN, CERTFLOW, bpmn, local_name, text_of

T = TypeVar("T")
# What a process may hold beside flow nodes and flows; the engine does not look at these.
ARTIFACTS: Final = frozenset(
    {
        *("documentation", "extensionElements", "laneSet", "sequenceFlow", "incoming", "outgoing"),
        *("textAnnotation", "association", "group", "dataObject", "dataObjectReference"),
        *("dataStoreReference", "ioSpecification", "property"),
    }
)
TIMES: Final = {"timeDuration": "duration", "timeDate": "date", "timeCycle": "cycle"}


@dataclass(frozen=True)
class Timing:
    """When a timer is due: `kind` is duration, date or cycle; `text` the author's expression."""

    kind: str
    text: str


@dataclass(frozen=True)
class Instances:
    """How a task is repeated: over a list, or `cardinality` times; `until` ends it early."""

    collection: str
    item: str
    cardinality: str
    until: str
    sequential: bool


@dataclass(frozen=True)
class Element:
    """One flow node. `lane` is the role key; `events` the kinds of its event definitions.

    `called` is the service that a call activity calls.
    """

    id: str
    kind: str
    name: str
    lane: str = ""
    form: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)
    attached_to: str = ""
    interrupting: bool = True
    events: tuple[str, ...] = ()
    timing: Timing | None = None
    message: str = ""
    script: str = ""
    called: str = ""
    default: str = ""
    instances: Instances | None = None
    loops: bool = False
    compensates: bool = False
    within: str = ""


@dataclass(frozen=True)
class Flow:
    """One sequence flow; `condition` is "" when it has none."""

    id: str
    source: str
    target: str
    name: str = ""
    condition: str = ""


@dataclass(frozen=True)
class Diagram:
    """All flow nodes and flows of the one process of a file."""

    process: str
    name: str
    elements: Mapping[str, Element]
    flows: Mapping[str, Flow]
    ids: tuple[str, ...]

    def outgoing(self, element: str) -> list[Flow]:
        """Return the flows that leave an element."""
        return self._leaving.get(element, [])

    def incoming(self, element: str) -> list[Flow]:
        """Return the flows that reach an element."""
        return self._arriving.get(element, [])

    def attached(self, element: str) -> list[Element]:
        """Return the boundary events on an element."""
        return self._edges.get(element, [])

    @cached_property
    def _leaving(self) -> Mapping[str, list[Flow]]:
        return _grouped(self.flows.values(), lambda flow: flow.source)

    @cached_property
    def _arriving(self) -> Mapping[str, list[Flow]]:
        return _grouped(self.flows.values(), lambda flow: flow.target)

    @cached_property
    def _edges(self) -> Mapping[str, list[Element]]:
        return _grouped(self.elements.values(), lambda one: one.attached_to)


def _grouped(items: Iterable[T], key: Callable[[T], str]) -> dict[str, list[T]]:
    groups: dict[str, list[T]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def processes(root: etree._Element) -> list[etree._Element]:
    """Return the executable processes of a file (BPMN's default is executable)."""
    found = root.findall(bpmn("process"))
    return [one for one in found if one.get("isExecutable", "true") == "true"]


def read(root: etree._Element, process: etree._Element) -> Diagram:
    """Read a process into records; nothing is judged here, that is the linter's work."""
    messages = {one.get("id", ""): one.get("name", "") for one in root.iter(bpmn("message"))}
    lanes = {
        text_of(ref): lane.get("id", "")
        for lane in process.iter(bpmn("lane"))
        for ref in lane.findall(bpmn("flowNodeRef"))
    }
    nodes = list(_flow_nodes(process))
    flows = [_flow(node) for node in process.iter(bpmn("sequenceFlow"))]
    elements = [_element(node, lanes, messages) for node in nodes]
    return Diagram(
        process.get("id", ""),
        process.get("name", ""),
        {one.id: one for one in elements},
        {one.id: one for one in flows},
        tuple(node.get("id", "") for node in root.iter(f"{{{BPMN}}}*") if node.get("id")),
    )


def _flow_nodes(scope: etree._Element) -> Iterator[etree._Element]:
    for node in scope:
        if local_name(node) not in ARTIFACTS:
            yield node
            if local_name(node) == "subProcess":
                yield from _flow_nodes(node)


def properties_of(node: etree._Element) -> dict[str, str]:
    """Return the certflow:property values of a node."""
    path = f"{bpmn('extensionElements')}/{{{CERTFLOW}}}properties/{{{CERTFLOW}}}property"
    return {one.get("name", ""): one.get("value", "") for one in node.findall(path)}


def _flow(node: etree._Element) -> Flow:
    return Flow(
        node.get("id", ""),
        node.get("sourceRef", ""),
        node.get("targetRef", ""),
        node.get("name", ""),
        text_of(node.find(bpmn("conditionExpression"))),
    )


def _element(
    node: etree._Element, lanes: Mapping[str, str], messages: Mapping[str, str]
) -> Element:
    properties = properties_of(node)
    parent = node.getparent()
    within = parent is not None and local_name(parent) == "subProcess"
    place = parent.get("id", "") if parent is not None and within else ""
    return Element(
        id=node.get("id", ""),
        kind=local_name(node),
        name=node.get("name", ""),
        lane=lanes.get(node.get("id", ""), lanes.get(place, "")),
        form=properties.get("form", ""),
        properties=properties,
        attached_to=node.get("attachedToRef", ""),
        interrupting=node.get("cancelActivity", "true").lower() == "true",
        events=tuple(n for c in node if (n := local_name(c)).endswith("EventDefinition")),
        timing=_timing(node),
        message=_message(node, messages),
        script=text_of(node.find(bpmn("script"))),
        called=node.get("calledElement", "").strip(),
        default=node.get("default", ""),
        instances=_instances(node, properties),
        compensates=node.get("isForCompensation") == "true",
        loops=node.find(bpmn("standardLoopCharacteristics")) is not None,
        within=place,
    )


def _timing(node: etree._Element) -> Timing | None:
    definition = node.find(bpmn("timerEventDefinition"))
    if definition is None:
        return None
    for tag, kind in TIMES.items():
        if (time := definition.find(bpmn(tag))) is not None:
            return Timing(kind, text_of(time))
    return Timing("", "")


def _message(node: etree._Element, messages: Mapping[str, str]) -> str:
    definition = node.find(bpmn("messageEventDefinition"))
    holder = node if definition is None else definition
    return messages.get(holder.get("messageRef", ""), "")


def _instances(node: etree._Element, properties: Mapping[str, str]) -> Instances | None:
    loop = node.find(bpmn("multiInstanceLoopCharacteristics"))
    if loop is None:
        return None
    item = loop.find(bpmn("inputDataItem"))
    named = "" if item is None else str(item.get("name") or item.get("id", ""))
    return Instances(
        properties.get("collection") or text_of(loop.find(bpmn("loopDataInputRef"))),
        properties.get("item") or named,
        text_of(loop.find(bpmn("loopCardinality"))),
        text_of(loop.find(bpmn("completionCondition"))),
        loop.get("isSequential") == "true",
    )
