"""The decision table files of a draft, and who asks what stands in them (catalogue H2)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from certflow.core.errors import NotFound
from certflow.core.text import Text
from certflow.engine.dmn import MAX_ELEMENTS
from certflow.engine.errors import DefinitionError
from certflow.engine.hitpolicies import AGGREGATIONS, POLICIES
from certflow.engine.xml import parse
from certflow.forms.reading import mapping
from certflow.studio.drawing import diagram_of


@dataclass(frozen=True)
class DecisionCard:
    """One decision of a file; `used_by` are the names of the steps that ask it, if any."""

    id: str
    title: str
    policy: str
    inputs: int
    rules: int
    tests: int
    used_by: tuple[Text, ...]


@dataclass(frozen=True)
class TableFile:
    """A file with its decisions; none when it cannot be read."""

    name: str
    decisions: tuple[DecisionCard, ...]


def listed(content: Mapping[str, Any]) -> list[TableFile]:
    """Return the decision table files of a draft's content, by name."""
    users = _users(content)
    return [
        TableFile(name, tuple(_cards(str(xml), users)))
        for name, xml in sorted(content.get("tables", {}).items())
    ]


def titles_of(xml: str) -> dict[str, str]:
    """Return what the decisions of a file are called, by id; nothing if it cannot be read."""
    return {one.id: one.title for one in _cards(xml, {})}


def users_of(content: Mapping[str, Any], name: str) -> list[Text]:
    """Return the steps that ask a decision of a file, and the decisions that require one."""
    file = next((one for one in listed(content) if one.name == name), None)
    if file is None:
        raise NotFound
    return list(dict.fromkeys(user for one in file.decisions for user in one.used_by))


def _cards(xml: str, users: Mapping[str, list[Text]]) -> Iterator[DecisionCard]:
    try:
        root = parse(xml.encode(), MAX_ELEMENTS)
    except (DefinitionError, UnicodeEncodeError):
        return
    for node in root.iter("{*}decision"):
        table = node.find("{*}decisionTable")
        name = node.get("id", "")
        yield DecisionCard(
            id=name,
            title=node.get("name") or name,
            policy="" if table is None else _policy(table),
            inputs=len(node.findall("{*}decisionTable/{*}input")),
            rules=len(node.findall("{*}decisionTable/{*}rule")),
            tests=len(node.findall("{*}extensionElements/{*}tests/{*}test")),
            used_by=tuple(users.get(name, [])),
        )


def _policy(table: etree._Element) -> str:
    if aggregation := table.get("aggregation"):
        return AGGREGATIONS.get(aggregation, "?")
    return POLICIES.get(table.get("hitPolicy", "UNIQUE"), "?")


def _users(content: Mapping[str, Any]) -> dict[str, list[Text]]:
    """Return by decision who asks it: steps of the diagram, then decisions that require it."""
    found: dict[str, list[Text]] = {}
    names = mapping(mapping(content.get("service")).get("names"))
    diagram = diagram_of(content)
    for one in diagram.elements.values() if diagram else ():
        if one.kind == "businessRuleTask":
            name = Text(one.name or one.id, str(names.get(one.id, one.name or one.id)))
            found.setdefault(one.properties.get("decision", ""), []).append(name)
    for xml in content.get("tables", {}).values():
        for node in _decisions(str(xml)):
            title = str(node.get("name") or node.get("id", ""))
            for required in node.findall("{*}informationRequirement/{*}requiredDecision"):
                key = str(required.get("href", "")).rpartition("#")[2]
                found.setdefault(key, []).append(Text(title, title))
    return found


def _decisions(xml: str) -> Iterator[etree._Element]:
    try:
        yield from parse(xml.encode(), MAX_ELEMENTS).iter("{*}decision")
    except (DefinitionError, UnicodeEncodeError):
        return
