"""What the settings of a draft may name: its elements, forms, variables; roles (catalogue H4)."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from certflow.accounts.roles import ROLES
from certflow.cases.registry import PARTY
from certflow.core.text import Text
from certflow.engine.diagram import Diagram, processes, read
from certflow.engine.errors import DefinitionError
from certflow.engine.xml import bpmn, parse
from certflow.forms.reading import items, mapping
from certflow.studio.places import Places
from certflow.studio.variables import known_at
from certflow.studio.vocabulary import LANES

Offer = tuple[str, Text]
STARTERS: Final = ("applicant", "body_staff", "body_admin")
CONCERNED: Final = ("concerned", Text("为其办理的人", "Whom it was filed for"))
PARTY_TITLE: Final = Text("对方当事人", "The other party")


def offers(content: Mapping[str, Any]) -> dict[str, list[Offer]]:
    """Return what each kind of setting may name, in the order of the diagram."""
    service, forms = mapping(content.get("service")), mapping(content.get("forms"))
    drawn, lanes = _drawn(str(content.get("bpmn", "")))
    elements = list(drawn.elements.values()) if drawn else []
    places = Places(content)
    titled = {one.id: (one.id, places.name_of("bpmn", one.id)) for one in elements}
    tasks = [titled[one.id] for one in elements if one.kind == "userTask"]
    waits = [titled[one.id] for one in elements if one.message or one.called]
    ends = [titled[one.id] for one in elements if one.kind == "endEvent"]
    said = {one for one, _title in (*tasks, *waits, *ends)}
    pool = f"{service.get('key', '')}_pool"
    rest = [_offer(one.id, one.name) for one in elements if one.id not in said]
    flows = [
        _offer(one.id, one.name) for one in (drawn.flows.values() if drawn else []) if one.name
    ]
    roles = [(one, ROLES[one].title if one in ROLES else PARTY_TITLE) for one in LANES]
    doing = [
        (key, Text(f"办理“{title.zh}”的人", f"Whoever does “{title.en}”")) for key, title in tasks
    ]
    return {
        "starters": [(key, ROLES[key].title) for key in STARTERS],
        "roles": [one for one in roles if one[0] not in ("applicant", PARTY)],
        "recipients": [*roles, CONCERNED, *doing],
        "tasks": tasks,
        "stages": [*tasks, *waits],
        "ends": ends,
        "elements": list(titled.values()),
        "lanes": lanes,
        "names": [(pool, Text.read(service.get("title") or pool)), *rest, *flows],
        "forms": [
            (name, Text.read(mapping(form).get("title") or name)) for name, form in forms.items()
        ],
        "fields": list(dict.fromkeys(_fields(forms))),
        "variables": list(dict.fromkeys((*_variables(forms), *_columns(content)))),
        "deadlines": [
            (key, Text.read(mapping(one).get("name") or key))
            for key, one in mapping(service.get("deadlines")).items()
        ],
    }


def values(content: Mapping[str, Any]) -> dict[str, list[Offer]]:
    """Return the values of each variable that has some to choose from: what fees can go by."""
    return {
        one.name: [(str(value.value), value.label) for value in one.values]
        for one in known_at(content, "")
        if one.values
    }


def _columns(content: Mapping[str, Any]) -> Iterator[Offer]:
    """Return the columns of what decision tables find out: "level.result"."""
    for one in known_at(content, ""):
        if one.name.startswith(f"{one.part_of}."):
            said = one.label
            yield one.name, Text(f"{said.zh}（{one.name}）", f"{said.en} ({one.name})")


def _offer(key: str, name: str) -> Offer:
    return key, Text(name or key, name or key)


def _drawn(source: str) -> tuple[Diagram | None, list[Offer]]:
    try:
        root = parse(source.encode())
    except (DefinitionError, UnicodeEncodeError):
        return None, []
    found = processes(root)
    if not found:
        return None, []
    lanes = [_offer(one.get("id", ""), one.get("name", "")) for one in found[0].iter(bpmn("lane"))]
    return read(root, found[0]), lanes


def _fields(forms: Mapping[str, Any]) -> Iterator[Offer]:
    for form in forms.values():
        for page in items(mapping(form).get("pages")):
            for one in items(page.get("fields")):
                name = str(one.get("name", ""))
                yield name, Text.read(one.get("label") or name)


def _variables(forms: Mapping[str, Any]) -> Iterator[Offer]:
    labels = dict(_fields(forms))
    for form in forms.values():
        for name in mapping(mapping(form).get("decides")):
            yield name, labels.get(name, Text(name, name))
