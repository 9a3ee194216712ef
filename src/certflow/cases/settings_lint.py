"""What service.json says fits the diagram and the forms beside it (catalogue H1, H3).

The linter reads the diagram, forms are checked as they are read; these are the names that one
file uses of another. Each finding names the setting: "notices.returned.on". What is missing only
as a name is a warning: the diagram's own names stand in for it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from certflow.cases import registry
from certflow.cases.registry import PARTY
from certflow.cases.scope import HANDLERS, OFFICES
from certflow.core.text import Text
from certflow.engine.definitions import Definition, Element, Finding
from certflow.forms.parts import FormDefinition

LANES = frozenset(
    {"applicant", PARTY, "body_staff", "body_admin", "expert", "system_admin"} | HANDLERS | OFFICES
)
"""Whoever stood in another lane would have no page on which a task is found."""

NEEDED = ("title", "category", "summary", "start_roles", "submit")
_KINDS: dict[type, Text] = {
    dict: Text("这里应当是一组名称和内容。", "This should be names with contents."),
    list: Text("这里应当是一个列表。", "This should be a list."),
}
_MISSING = Text("缺少这一项设置。", "This setting is missing.")
_NO_ELEMENT = Text("图中没有“{name}”。", "The diagram has no “{name}”.")
_NOT_DRAWN = Text(
    "图中没有“{name}”，这个名称用不上。", "“{name}” is not drawn; this name is unused."
)
_NO_ENGLISH = Text("“{name}”还没有英文名称。", "“{name}” has no English name yet.")
_NO_STAGE = Text(
    "“{name}”是要人办理的环节，这里缺少它的名称和给申请人的提示。",
    "“{name}” is done by people; its name and the hint for the applicant are missing.",
)
_NO_STEP = Text(
    "“{name}”没有放进申请人看到的步骤，办到这里时会显示第一步。",
    "“{name}” is in none of the steps that the applicant sees: there the first one is shown.",
)
_NO_LANE = Text("泳道“{name}”还没有名称。", "The lane “{name}” has no name yet.")
_NO_INBOX = Text(
    "角色“{name}”没有待办页面，没有人能看到这个环节。",
    "The role “{name}” has no inbox: nobody would find this task.",
)
_NO_DEADLINE = Text("没有设置“{name}”这个时限。", "There is no deadline “{name}”.")
_NO_WORDS = Text("还没有写“{name}”的内容。", "The words of “{name}” are not written yet.")
_NO_FIELD = Text("没有“{name}”这个填写项。", "There is no field “{name}”.")
_NO_TASK = Text("没有环节用到这张表单。", "No task uses this form.")
_UNKNOWN = Text("“{name}”没有登记。", "“{name}” is not registered.")


@dataclass(frozen=True)
class _Bundle:
    """What is compared; `service` holds only settings that are of their kind."""

    service: Mapping[str, Any]
    elements: Mapping[str, Element]
    definition: Definition
    forms: Mapping[str, FormDefinition]

    def part(self, name: str) -> dict[str, Any]:
        """Return a setting that has names and contents, empty when it is not there."""
        found: dict[str, Any] = self.service.get(name, {})
        return found


def findings(
    service: Mapping[str, Any], definition: Definition, forms: Mapping[str, FormDefinition]
) -> list[Finding]:
    """Return what does not fit together; with an error among them it cannot be published."""
    found, sound = _shape(service)
    bundle = _Bundle(sound, definition.elements, definition, forms)
    for look in (_elements, _steps, _names, _lanes, _clocks, _forms, _words, _places):
        found.extend(look(bundle))
    return found


def _shape(service: Mapping[str, Any]) -> tuple[list[Finding], dict[str, Any]]:
    """Return what is missing or of another kind than it should be, and the rest."""
    found = [_said(_MISSING, name) for name in NEEDED if not service.get(name)]
    sound = dict(service)
    for name, kind in _SHAPES.items():
        if name in sound and not isinstance(sound[name], kind):
            found.append(_said(_KINDS[kind], name))
            del sound[name]
    for name in ("notices", "letters", "stages", "outcomes", "deadlines"):
        for key, one in list(sound.get(name, {}).items()):
            if not isinstance(one, dict):
                found.append(_said(_KINDS[dict], f"{name}.{key}"))
                sound[name] = {known: kept for known, kept in sound[name].items() if known != key}
    return found, sound


_SHAPES: dict[str, type] = {
    **dict.fromkeys(("stages", "outcomes", "lanes", "names", "notices", "letters"), dict),
    **dict.fromkeys(("deadlines", "appealable", "time_limit", "keywords"), dict),
    **dict.fromkeys(("start_roles", "withdraw_until", "concludes", "steps"), list),
}


def _elements(bundle: _Bundle) -> Iterator[Finding]:
    """Every element that service.json names is drawn."""
    service = bundle.service
    used: dict[str, Iterable[Any]] = {
        "submit": [service["submit"]] if service.get("submit") else []
    }
    for name in ("withdraw_until", "concludes", "stages", "outcomes"):
        used[name] = service.get(name, [])
    used["appealable.reopen_at"] = bundle.part("appealable").get("reopen_at") or []
    for one in service.get("steps", []):
        if isinstance(one, dict):
            used[f"steps.{one.get('key', '')}"] = one.get("elements") or []
    for key, notice in bundle.part("notices").items():
        used[f"notices.{key}.on"] = [notice["on"]] if notice.get("on") else []
    for place, names in used.items():
        for name in names:
            if str(name) not in bundle.elements:
                yield _said(_NO_ELEMENT, place, name=name)


def _steps(bundle: _Bundle) -> Iterator[Finding]:
    """Every task belongs to one of the steps that the applicant is shown."""
    steps = [one for one in bundle.service.get("steps", []) if isinstance(one, dict)]
    placed = {str(name) for one in steps for name in one.get("elements") or []}
    for one in bundle.elements.values() if steps else ():
        if one.kind == "userTask" and one.id not in placed:
            yield _said(_NO_STEP, "steps", severity="warning", name=one.name or one.id)


def _names(bundle: _Bundle) -> Iterator[Finding]:
    """Everything drawn has an English name: as a stage, an outcome, or under `names`."""
    elements, flows = bundle.elements, bundle.definition.flows
    drawn = {one.id for one in elements.values()} | {f"{bundle.definition.key}_pool"}
    drawn |= {one.id for one in flows.values() if one.name}
    stages, outcomes = bundle.part("stages"), bundle.part("outcomes")
    known = {*bundle.part("names"), *stages, *outcomes}
    for name in sorted(drawn - known):
        yield _said(_NO_ENGLISH, "names", severity="warning", name=name)
    for name in sorted(set(bundle.part("names")) - drawn - set(flows)):
        yield _said(_NOT_DRAWN, f"names.{name}", severity="warning", name=name)
    for one in elements.values():
        if one.kind == "userTask" and one.id not in stages:
            place = f"stages.{one.id}"
            yield _said(_NO_STAGE, place, severity="warning", name=one.name or one.id)


def _lanes(bundle: _Bundle) -> Iterator[Finding]:
    drawn = {one.lane for one in bundle.elements.values() if one.lane}
    for lane in sorted(drawn - set(bundle.part("lanes"))):
        yield _said(_NO_LANE, f"lanes.{lane}", severity="warning", name=lane)
    for one in bundle.elements.values():
        if one.kind == "userTask" and one.lane not in LANES:
            yield Finding(one.id, _NO_INBOX.filled(name=one.lane))


def _clocks(bundle: _Bundle) -> Iterator[Finding]:
    """Tasks keep deadlines that are described, and so does the service's time limit."""
    known = bundle.part("deadlines")
    for one in bundle.elements.values():
        key = one.properties.get("deadline")
        if one.kind == "userTask" and key and key not in known:
            yield Finding(one.id, _NO_DEADLINE.filled(name=key))
    key = bundle.part("time_limit").get("deadline")
    if key and key not in known:
        yield _said(_NO_DEADLINE, "time_limit.deadline", name=key)


def _forms(bundle: _Bundle) -> Iterator[Finding]:
    used = {one.form for one in bundle.elements.values() if one.form}
    for form in bundle.forms.values():
        part = f"form:{form.key}"
        if form.key not in used:
            yield Finding("", _NO_TASK, "warning", part)
        unknown = set(form.checks) - set(registry.checks)
        sources = {one.partition(":")[0] for one in form.sources} - {"records"}
        for name in sorted(unknown | (sources - set(registry.choices))):
            yield Finding("", _UNKNOWN.filled(name=name), part=part, place=name)
        for variable, value in form.decides.items():
            for name in sorted(value.names() - set(form.fields) - {"outcome"}):
                yield Finding("", _NO_FIELD.filled(name=name), part=part, place=variable)


def _words(bundle: _Bundle) -> Iterator[Finding]:
    """Letters and notices that the diagram sends are written."""
    for one in bundle.elements.values():
        for kind in ("letter", "notice"):
            for name in re.findall(r"['\"](\w+)['\"]", one.properties.get(kind, "")):
                if name not in bundle.part(f"{kind}s"):
                    yield _said(_NO_WORDS, f"{kind}s.{name}", name=name)
    for name in bundle.part("appealable").get("to_party") or []:
        if name not in bundle.part("letters"):
            yield _said(_NO_WORDS, "appealable.to_party", name=name)


def _places(bundle: _Bundle) -> Iterator[Finding]:
    """Letters fill in fields that are there."""
    for key, letter in bundle.part("letters").items():
        for form, field in re.findall(r"\{(\w+)\.(\w+)\}", str(letter)):
            if form not in bundle.forms or field not in bundle.forms[form].fields:
                yield _said(_NO_FIELD, f"letters.{key}", name=f"{form}.{field}")


def _said(
    text: Text, place: str, severity: Literal["error", "warning"] = "error", **values: object
) -> Finding:
    return Finding("", text.filled(**values), severity, "service", place)
