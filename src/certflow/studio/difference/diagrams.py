"""How two diagrams differ: elements, flows, lanes and their properties; what was only moved."""

from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree

from certflow.cases.described import Description, description_of
from certflow.cases.registry import operations
from certflow.core.text import Text
from certflow.engine import diagram as drawn
from certflow.engine.errors import DefinitionError
from certflow.engine.xml import bpmn, local_name, parse, text_of
from certflow.forms.reading import mapping
from certflow.studio.difference.changes import Change, Thing, compared, plain
from certflow.studio.places import Places
from certflow.studio.property_words import DIAGRAM, KINDS, label_in
from certflow.studio.tables import titles_of

_DEFAULTS = frozenset(
    {
        ("cancelActivity", "true"),
        ("isSequential", "false"),
        ("isInterrupting", "true"),
        ("triggeredByEvent", "false"),
        ("isForCompensation", "false"),
        ("gatewayDirection", "Unspecified"),
        ("parallelMultiple", "false"),
    }
)
"""Attributes that mean the same when they are left out, as some editors do."""
_YES, _NO = Text("是", "yes"), Text("否", "no")
_UNREADABLE = Text("流程图读不出来", "The diagram cannot be read")
_WHOLE = Text("流程图", "Diagram")


def diagram_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    """Yield what differs; a diagram that cannot be read is one change."""
    if before["bpmn"] == after["bpmn"]:
        return
    try:
        names = _Names(before, after)
        old, new = _Drawing(before, names), _Drawing(after, names)
    except (DefinitionError, ValueError):
        yield Change("bpmn", "", "changed", _WHOLE, _UNREADABLE)
        return
    said = list(compared("bpmn", old.things(), new.things(), _label))
    yield from said
    told = {one.place for one in said}
    things = new.things()
    for place, position in new.positions.items():
        if place in old.positions and old.positions[place] != position and place not in told:
            thing = things.get(place)
            what, name = (thing.what, thing.name) if thing else (_WHOLE, plain(place))
            yield Change("bpmn", place, "moved", what, name)


def _label(name: str) -> Text:
    """Return what a property is called; "notify|to": a parameter of an operation."""
    operation, _, parameter = name.rpartition("|")
    known = _described(operation).parameters if operation in operations else ()
    found = next((one.title for one in known if one.name == parameter), None)
    return found or label_in(DIAGRAM, parameter)


def _described(operation: str) -> Description:
    return description_of("operation", operation)


class _Names:
    """What others are called to which something refers: by their newest name on both sides.

    So a new name is one change, not one of everything that leads there.
    """

    def __init__(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        self._places = (Places(after), Places(before))
        self._forms = {**before.get("forms", {}), **after.get("forms", {})}
        self._lanes = _lanes(before) | _lanes(after)
        tables = [*before.get("tables", {}).values(), *after.get("tables", {}).values()]
        self._decisions = {key: one for xml in tables for key, one in titles_of(str(xml)).items()}

    def element(self, place: str) -> Text:
        """Return what an element is called."""
        found = [one.name_of("bpmn", place) for one in self._places]
        return next((one for one in found if one.zh != place), found[0])

    def form(self, key: str) -> Text:
        """Return what a form is called."""
        form = self._forms.get(key)
        return Text.read((form.get("title") if isinstance(form, Mapping) else None) or key)

    def decision(self, key: str) -> Text:
        """Return what a decision is called; with its id, since several may be called the same."""
        title = self._decisions.get(key, key)
        return Text(f"{title}（{key}）", f"{title} ({key})") if title != key else plain(key)

    def lane(self, place: str) -> Text:
        """Return what a lane is called."""
        return self._lanes.get(place, plain(place))


def _lanes(content: Mapping[str, Any]) -> dict[str, Text]:
    """Return what the lanes are called that have a name: as drawn, and as the settings say it."""
    english = mapping(mapping(content.get("service")).get("lanes"))
    nodes = parse(content["bpmn"].encode() or b"<none/>").iter(bpmn("lane"))
    named = [(str(one.get("id", "")), str(one.get("name"))) for one in nodes if one.get("name")]
    return {
        place: Text(name, str(mapping(english.get(place)).get("en") or name))
        for place, name in named
    }


class _Drawing:
    """One diagram, with what is to be compared of it."""

    def __init__(self, content: Mapping[str, Any], names: _Names) -> None:
        self._root = parse(content["bpmn"].encode() or b"<none/>")
        self._places, self._names = Places(content), names
        found = drawn.processes(self._root)
        self._read = drawn.read(self._root, found[0]) if found else None
        self._nodes = {one.get("id", ""): one for one in self._root.iter("{*}*") if one.get("id")}
        self.positions = dict(self._positions())

    def things(self) -> dict[str, Thing]:
        """Return every element, flow, lane and pool by id."""
        found: dict[str, Thing] = {}
        if self._read is not None:
            for one in self._read.elements.values():
                found[one.id] = self._thing(one.id, one.kind, self._element(one))
            for flow in self._read.flows.values():
                found[flow.id] = self._thing(flow.id, "sequenceFlow", self._flow(flow))
        for kind in ("lane", "participant"):
            for node in self._root.iter(bpmn(kind)):
                place, name = node.get("id", ""), node.get("name", "")
                what = label_in(KINDS, kind)
                called = self._names.lane(place) if kind == "lane" else plain(name or place)
                found[place] = Thing(called, what, {"name": plain(name)})
        return found

    def _thing(self, place: str, kind: str, facts: dict[str, Text | None]) -> Thing:
        given = {name: value for name, value in facts.items() if value is not None and value.zh}
        return Thing(self._called(place), label_in(KINDS, kind), given)

    def _called(self, place: str) -> Text:
        return self._places.name_of("bpmn", place)

    def _element(self, one: drawn.Element) -> dict[str, Text | None]:
        facts: dict[str, Text | None] = {
            "name": plain(one.name),
            "kind": label_in(KINDS, one.kind),
            "lane": self._names.lane(one.lane),
            "within": self._names.element(one.within) if one.within else None,
            "attached_to": self._names.element(one.attached_to) if one.attached_to else None,
            "timing": plain(one.timing.text) if one.timing else None,
            "message": plain(one.message),
            "script": plain(one.script),
            "called": plain(one.called),
            "default": self._names.element(one.default) if one.default else None,
            "repeated": _repeated(one.instances),
            "interrupting": (_YES if one.interrupting else _NO) if one.attached_to else None,
        }
        return facts | dict(self._properties(one)) | self._rest(one.id)

    def _properties(self, one: drawn.Element) -> Iterator[tuple[str, Text]]:
        """Yield the properties; an operation's parameters under its name and theirs."""
        operation = one.properties.get("operation", "") if one.kind == "serviceTask" else ""
        for name, value in one.properties.items():
            if name == "form":
                yield name, self._names.form(value)
            elif name == "decision":
                yield name, self._names.decision(value)
            elif name == "operation":
                yield name, _described(value).title if value in operations else plain(value)
            else:
                yield f"{operation}|{name}" if operation else name, plain(value)

    def _flow(self, flow: drawn.Flow) -> dict[str, Text | None]:
        facts: dict[str, Text | None] = {
            "name": plain(flow.name),
            "source": self._names.element(flow.source) if flow.source else None,
            "target": self._names.element(flow.target) if flow.target else None,
            "condition": plain(flow.condition),
        }
        return facts | self._rest(flow.id)

    def _rest(self, place: str) -> dict[str, Text | None]:
        """Return the documentation, and a mark of all that nothing else here looks at."""
        node = self._nodes.get(place)
        if node is None:
            return {}
        return {"documentation": plain(text_of(node.find(bpmn("documentation"))))} | _unknown(node)

    def _positions(self) -> Iterator[tuple[str, object]]:
        """Return where each thing is drawn; where its name stands beside it does not count."""
        for node in self._root.iter("{*}BPMNShape", "{*}BPMNEdge"):
            points = [
                tuple(round(float(one.get(side, 0))) for side in ("x", "y", "width", "height"))
                for one in node
                if local_name(one) in ("Bounds", "waypoint")
            ]
            yield node.get("bpmnElement", ""), points


def _repeated(rule: drawn.Instances | None) -> Text | None:
    if rule is None:
        return None
    number = rule.collection or rule.cardinality
    zh, en = ("依次", "one after the other") if rule.sequential else ("同时", "at once")
    until = Text(f"，直到 {rule.until}", f", until {rule.until}") if rule.until else Text("", "")
    return Text(f"{number}，{zh}{until.zh}", f"{number}, {en}{until.en}")


_KNOWN = frozenset(
    {
        *("incoming", "outgoing", "documentation", "extensionElements", "script"),
        *("conditionExpression", "multiInstanceLoopCharacteristics", "timerEventDefinition"),
        *("messageEventDefinition", "laneSet"),
    }
)
_KNOWN_ATTRIBUTES = frozenset(
    {
        *("id", "name", "default", "attachedToRef", "cancelActivity", "sourceRef", "targetRef"),
        *("messageRef", "isForCompensation", "calledElement"),
    }
)


def _unknown(node: etree._Element) -> dict[str, Text | None]:
    """Return everything about a node that has no words of its own."""
    given = [
        f"{etree.QName(name).localname}={value}"
        for name, value in sorted(node.attrib.items())
        if etree.QName(name).localname not in _KNOWN_ATTRIBUTES
        and (etree.QName(name).localname, value) not in _DEFAULTS
    ]
    inner = local_name(node) == "subProcess"
    given += [
        local_name(one)
        for one in node
        if local_name(one) not in _KNOWN and not (inner and one.get("id"))
    ]
    return {"other": plain("；".join(given))} if given else {}
