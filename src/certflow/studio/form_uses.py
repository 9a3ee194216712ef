"""Where a form or a record kind is used in a bundle, and its name exchanged everywhere (H2)."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from certflow.core.text import Text
from certflow.engine.diagram import Diagram
from certflow.forms.reading import items, mapping
from certflow.studio.drawing import diagram_of
from certflow.studio.places import Places

Content = Mapping[str, Any]
_VERBS: Final = {
    "reviews": Text("评价它", "reviews it"),
    "amends": Text("在它上面修改", "opens it for changes"),
}


@dataclass(frozen=True)
class Use:
    """One place that uses it: the part of the draft, the place within, and both in words."""

    part: str
    place: str
    said: Text


def uses_of(content: Content, group: str, name: str) -> Iterator[Use]:
    """Return where a form (`group` "form") or record kind ("record") is used."""
    places = Places(content)
    if group == "record":
        yield from _record_uses(content, name, places)
        return
    diagram = diagram_of(content)
    for one in diagram.elements.values() if diagram else ():
        if one.form == name:
            said = places.name_of("bpmn", one.id)
            yield Use("bpmn", one.id, Text(f"环节“{said.zh}”", f"step “{said.en}”"))
    for other, form in content["forms"].items():
        for key, verb in _VERBS.items():
            if other != name and mapping(form).get(key) == name:
                title = places.part(f"form:{other}")
                said = Text(f"{title.zh}{verb.zh}", f"{title.en} {verb.en}")
                yield Use(f"form:{other}", "", said)
    if diagram:
        yield from _outcome_uses(diagram, name, places)
    if _in_settings(content["service"], name):
        said = Text("设置里的函件或批量办理", "letters or filing for many, in the settings")
        yield Use("service", "", said)


def _record_uses(content: Content, kind: str, places: Places) -> Iterator[Use]:
    for name, form in content["forms"].items():
        for page in items(mapping(form).get("pages")):
            for field in items(page.get("fields")):
                if field.get("widget") == "records" and field.get("records") == kind:
                    said = places.name_of(f"form:{name}", str(field.get("name", "")))
                    yield Use(f"form:{name}", str(field.get("name", "")), said)


def _outcome_uses(diagram: Diagram, name: str, places: Places) -> Iterator[Use]:
    wanted = _word(f"{name}_outcome")
    texts = [(flow.id, flow.condition) for flow in diagram.flows.values()]
    for one in diagram.elements.values():
        written = [one.script, one.timing.text if one.timing else "", *one.properties.values()]
        texts.append((one.id, "\n".join(written)))
    for place, text in texts:
        if wanted.search(text):
            said = places.name_of("bpmn", place)
            told = Text(f"“{said.zh}”用到它的办理结果", f"“{said.en}” uses its outcome")
            yield Use("bpmn", place, told)


def _in_settings(service: Content, name: str) -> bool:
    if mapping(service.get("group_filing")).get("form") == name:
        return True
    return f"{{{name}." in json.dumps(service, ensure_ascii=False)


def _word(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.]){re.escape(name)}(?!\w)")


def renamed(content: Content, group: str, name: str, fresh: str) -> dict[str, Any]:
    """Return the content with a form or record kind under another name, everywhere.

    The file's own text is changed only where the name stands: nothing is drawn anew.
    """
    after = json.loads(json.dumps(dict(content)))
    if group == "record":
        return _renamed_record(after, name, fresh)
    after["forms"] = {
        fresh if one == name else one: _renamed_in_form(form, name, fresh)
        for one, form in after["forms"].items()
    }
    after["forms"][fresh]["key"] = fresh
    after["bpmn"] = re.sub(
        rf"(<\w+:property\b(?=[^>]*\bname=[\"']form[\"'])[^>]*?\bvalue=([\"'])){re.escape(name)}(?=\2)",
        lambda found: f"{found[1]}{fresh}",
        after["bpmn"],
    )
    kept = mapping(content["forms"][name].get("decides"))
    if f"{name}_outcome" not in kept:
        word = _word(f"{name}_outcome")
        after["bpmn"] = word.sub(f"{fresh}_outcome", after["bpmn"])
        after["tables"] = {
            one: word.sub(f"{fresh}_outcome", xml) for one, xml in after["tables"].items()
        }
    settings = json.dumps(after["service"], ensure_ascii=False).replace(f"{{{name}.", f"{{{fresh}.")
    after["service"] = json.loads(settings)
    filing = after["service"].get("group_filing")
    if isinstance(filing, dict) and filing.get("form") == name:
        filing["form"] = fresh
    return _renamed_in_scenarios(after, name, fresh)


def _renamed_in_form(form: Any, name: str, fresh: str) -> Any:
    for key in _VERBS if isinstance(form, dict) else ():
        if form.get(key) == name:
            form[key] = fresh
    return form


def _renamed_in_scenarios(after: dict[str, Any], name: str, fresh: str) -> dict[str, Any]:
    """A test of the process may say which form a step fills in."""

    def walk(part: Any) -> None:
        if isinstance(part, dict) and part.get("form") == name:
            part["form"] = fresh
        for one in (
            part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
        ):
            walk(one)

    walk(after.get("scenarios", {}))
    return after


def _renamed_record(after: dict[str, Any], name: str, fresh: str) -> dict[str, Any]:
    after["records"] = {
        fresh if one == name else one: record for one, record in after["records"].items()
    }
    after["records"][fresh]["key"] = fresh
    for form in after["forms"].values():
        for page in items(mapping(form).get("pages")):
            for field in items(page.get("fields")):
                if isinstance(field, dict) and field.get("records") == name:
                    field["records"] = fresh
    return after
