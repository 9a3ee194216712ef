"""The diagram that a new service begins with (catalogue H7)."""

from typing import NamedTuple

_SPACES = (
    'xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" '
    'xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" '
    'xmlns:di="http://www.omg.org/spec/DD/20100524/DI" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:certflow="http://certflow.org/bpmn"'
)


class _Node(NamedTuple):
    """One drawn element: its tag and name, where its middle stands, its properties."""

    id: str
    tag: str
    name: str
    x: int
    y: int
    properties: tuple[tuple[str, str], ...] = ()
    more: str = ""


_NODES = (
    _Node("begun", "startEvent", "开始", 200, 140),
    _Node("file", "userTask", "填写申请", 350, 140, (("form", "file"), ("assignee", "applicant"))),
    _Node("review", "userTask", "协会审核", 350, 300, (("form", "review"),)),
    _Node(
        "decision", "exclusiveGateway", "通过吗", 500, 300, (), ' default="decision_to_accepted"'
    ),
    _Node("accepted", "endEvent", "通过", 650, 300),
    _Node("refused", "endEvent", "不通过", 650, 390),
)
_FLOWS = (
    ("begun", "file", ""),
    ("file", "review", ""),
    ("review", "decision", ""),
    ("decision", "accepted", "通过"),
    ("decision", "refused", "不通过"),
)
_CONDITIONS = {"decision_to_refused": 'review_outcome == "refuse"'}
_LANES = (
    ("applicant", "申请人", ("begun", "file"), 60, 160),
    ("reviewer", "协会", ("review", "decision", "accepted", "refused"), 220, 240),
)
_SIZES = {"userTask": (100, 80), "exclusiveGateway": (50, 50)}
_EVENT = (36, 36)
_WIDE = 720


def drawn(key: str, title: str) -> str:
    """Return the diagram; `title` is an attribute's value with its quotes."""
    nodes = {one.id: one for one in _NODES}
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            (
                f'<bpmn:definitions {_SPACES} id="{key}_definitions" '
                'targetNamespace="http://certflow.org/bpmn">'
            ),
            f'  <bpmn:collaboration id="{key}_collaboration">',
            f'    <bpmn:participant id="{key}_pool" name={title} processRef="{key}" />',
            "  </bpmn:collaboration>",
            f'  <bpmn:process id="{key}" name={title} isExecutable="true">',
            *_lanes(),
            *(line for one in _NODES for line in _element(one)),
            *(line for one in _FLOWS for line in _flow(*one)),
            "  </bpmn:process>",
            f'  <bpmndi:BPMNDiagram id="{key}_diagram">',
            f'    <bpmndi:BPMNPlane id="{key}_plane" bpmnElement="{key}_collaboration">',
            *_shape(f"{key}_pool", 80, 60, _WIDE, 400, ' isHorizontal="true"'),
            *(
                line
                for lane, _name, _inside, top, high in _LANES
                for line in _shape(lane, 110, top, _WIDE - 30, high, ' isHorizontal="true"')
            ),
            *(line for one in _NODES for line in _placed(one)),
            *(
                line
                for source, target, name in _FLOWS
                for line in _edge(nodes, source, target, name)
            ),
            "    </bpmndi:BPMNPlane>",
            "  </bpmndi:BPMNDiagram>",
            "</bpmn:definitions>",
            "",
        ]
    )


def _lanes() -> list[str]:
    lines = ['    <bpmn:laneSet id="roles">']
    for lane, name, inside, _top, _high in _LANES:
        lines.append(f'      <bpmn:lane id="{lane}" name="{name}">')
        lines += [f"        <bpmn:flowNodeRef>{one}</bpmn:flowNodeRef>" for one in inside]
        lines.append("      </bpmn:lane>")
    return [*lines, "    </bpmn:laneSet>"]


def _element(one: _Node) -> list[str]:
    inside = [
        "      <bpmn:extensionElements>",
        "        <certflow:properties>",
        *(
            f'          <certflow:property name="{name}" value="{value}" />'
            for name, value in one.properties
        ),
        "        </certflow:properties>",
        "      </bpmn:extensionElements>",
    ]
    ends = [(f"{source}_to_{target}", source, target) for source, target, _name in _FLOWS]
    return [
        f'    <bpmn:{one.tag} id="{one.id}" name="{one.name}"{one.more}>',
        *(inside if one.properties else []),
        *(f"      <bpmn:incoming>{flow}</bpmn:incoming>" for flow, _s, to in ends if to == one.id),
        *(f"      <bpmn:outgoing>{flow}</bpmn:outgoing>" for flow, by, _t in ends if by == one.id),
        f"    </bpmn:{one.tag}>",
    ]


def _flow(source: str, target: str, name: str) -> list[str]:
    flow = f"{source}_to_{target}"
    named = f' name="{name}"' if name else ""
    opening = f'    <bpmn:sequenceFlow id="{flow}"{named} sourceRef="{source}" targetRef="{target}"'
    if flow not in _CONDITIONS:
        return [f"{opening} />"]
    condition = _CONDITIONS[flow]
    return [
        f"{opening}>",
        (
            f'      <bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{condition}'
            "</bpmn:conditionExpression>"
        ),
        "    </bpmn:sequenceFlow>",
    ]


def _shape(element: str, x: int, y: int, wide: int, high: int, more: str = "") -> list[str]:
    return [
        f'      <bpmndi:BPMNShape id="{element}_shape" bpmnElement="{element}"{more}>',
        f'        <dc:Bounds x="{x}" y="{y}" width="{wide}" height="{high}" />',
        "      </bpmndi:BPMNShape>",
    ]


def _placed(one: _Node) -> list[str]:
    wide, high = _SIZES.get(one.tag, _EVENT)
    marked = ' isMarkerVisible="true"' if one.tag == "exclusiveGateway" else ""
    lines = _shape(one.id, one.x - wide // 2, one.y - high // 2, wide, high, marked)
    if one.tag == "userTask":
        return lines
    below = one.y + high // 2 + 6 if one.tag != "exclusiveGateway" else one.y - high // 2 - 20
    label = f'<dc:Bounds x="{one.x - 26}" y="{below}" width="52" height="14" />'
    return [*lines[:-1], f"        <bpmndi:BPMNLabel>{label}</bpmndi:BPMNLabel>", lines[-1]]


def _edge(nodes: dict[str, _Node], source: str, target: str, name: str) -> list[str]:
    flow, (one, other) = f"{source}_to_{target}", (nodes[source], nodes[target])
    wide, high = _SIZES.get(one.tag, _EVENT)
    to_wide, to_high = _SIZES.get(other.tag, _EVENT)
    if one.y == other.y:
        points = [(one.x + wide // 2, one.y), (other.x - to_wide // 2, other.y)]
    elif one.x == other.x:
        points = [(one.x, one.y + high // 2), (other.x, other.y - to_high // 2)]
    else:
        points = [(one.x, one.y + high // 2), (one.x, other.y), (other.x - to_wide // 2, other.y)]
    label = []
    if name:
        (x, y), half = points[-2], (points[-1][0] - points[-2][0]) // 2
        label = [
            (
                f'        <bpmndi:BPMNLabel><dc:Bounds x="{x + half - 26}" y="{y - 20}" width="52" '
                'height="14" /></bpmndi:BPMNLabel>'
            )
        ]
    return [
        f'      <bpmndi:BPMNEdge id="{flow}_edge" bpmnElement="{flow}">',
        *(f'        <di:waypoint x="{x}" y="{y}" />' for x, y in points),
        *label,
        "      </bpmndi:BPMNEdge>",
    ]
