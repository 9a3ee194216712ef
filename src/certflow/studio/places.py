"""What the places of a bundle are called: elements, fields, rows, settings (catalogue H3)."""

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from certflow.core.text import Text
from certflow.engine.diagram import Diagram
from certflow.forms.reading import items, mapping
from certflow.studio.drawing import diagram_of
from certflow.studio.property_words import SETTINGS, label_in
from certflow.studio.tables import titles_of

_PARTS = {
    "bpmn": Text("流程图", "Diagram"),
    "form": Text("表单", "Form"),
    "record": Text("记录", "Record"),
    "table": Text("决策表", "Decision table"),
    "service": Text("设置", "Settings"),
    "scenario": Text("测试", "Test"),
}
_ROW = re.compile(
    r"(?P<table>[^:]*): rule (?P<row>\d+)(?:, (?P<side>input|output) (?P<column>\d+))?"
)
_TEST = re.compile(r"[^:]*: test (?P<number>\d+)")
_SIDES = {"input": Text("条件", "input"), "output": Text("结果", "output")}


def _path(place: str) -> Text:
    """Say the path of a setting in words: 通知 › returned › 标题."""
    parts = [label_in(SETTINGS, one) for one in place.split(".")]
    return Text(" › ".join(one.zh for one in parts), " › ".join(one.en for one in parts))


class Places:
    """The names of one bundle's parts and places, for people."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self._content = content

    def part(self, part: str) -> Text:
        """Return what a part is called: 流程图, 表单“填写申请”."""
        word, _, name = part.partition(":")
        kind = _PARTS.get(word, Text(part, part))
        if not name:
            return kind
        title = self._title(word, name)
        return Text(f"{kind.zh}“{title.zh}”", f"{kind.en} “{title.en}”")

    def name_of(self, part: str, place: str) -> Text:
        """Return what a place of a part is called, the part itself where there is no place."""
        whole, word = self.part(part), part.partition(":")[0]
        if not place:
            return whole
        if word == "bpmn":
            return self._element(place)
        inner = self._row(place) if word == "table" else _path(place)
        if word in ("form", "record"):
            inner = self._field(part, place)
        return Text(f"{whole.zh}，{inner.zh}", f"{whole.en}, {inner.en}")

    def _title(self, word: str, name: str) -> Text:
        group = self._content.get(f"{word}s", {})
        found = group.get(name) if isinstance(group, Mapping) else None
        title = found.get("title") if isinstance(found, Mapping) else None
        if word == "table" and isinstance(found, str):
            title = next(iter(titles_of(found).values()), None)
        return Text.read(title or name)

    def _field(self, part: str, place: str) -> Text:
        word, _, name = part.partition(":")
        form = mapping(mapping(self._content.get(f"{word}s")).get(name))
        pages = items(form.get("pages"))
        fields = [*items(form.get("fields")), *(f for p in pages for f in items(p.get("fields")))]
        outcomes = items(form.get("outcomes"))
        labelled = [(f.get("name"), f.get("label")) for f in fields]
        labelled += [(p.get("key"), p.get("title")) for p in pages]
        labelled += [(o.get("key"), o.get("label")) for o in outcomes]
        label = next((label for key, label in labelled if key == place and label), None)
        return Text.read(label or place)

    def _row(self, place: str) -> Text:
        test = _TEST.fullmatch(place)
        if test:
            return Text(f"测试 {test['number']}", f"test {test['number']}")
        found = _ROW.fullmatch(place)
        if found is None:
            return Text(place, place)
        row = Text(f"第 {found['row']} 行", f"row {found['row']}")
        if not found["side"]:
            return row
        side = _SIDES[found["side"]]
        return Text(
            f"{row.zh}{side.zh}第 {found['column']} 列", f"{row.en}, {side.en} {found['column']}"
        )

    def _element(self, place: str) -> Text:
        """Return the name drawn at an element or flow; a flow without one by its ends."""
        drawn = self._diagram
        if drawn is None:
            return Text(place, place)
        if place in drawn.elements:
            return self._named(drawn.elements[place].name, place)
        flow = drawn.flows.get(place)
        if flow is None or flow.name:
            return self._named(flow.name if flow else "", place)
        ends = [self._element(one) for one in (flow.source, flow.target) if one]
        return Text(" → ".join(one.zh for one in ends), " → ".join(one.en for one in ends))

    def _named(self, name: str, place: str) -> Text:
        zh = name or place
        service = mapping(self._content.get("service"))
        for kind in ("stages", "outcomes"):
            known = mapping(mapping(service.get(kind)).get(place)).get("name")
            if known:
                return Text(zh, Text.read(known).en)
        return Text(zh, str(mapping(service.get("names")).get(place, zh)))

    @cached_property
    def _diagram(self) -> Diagram | None:
        return diagram_of(self._content)
