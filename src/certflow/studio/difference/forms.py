"""How two forms differ: pages, fields, outcomes, rules and what they decide."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from certflow.core.text import Text
from certflow.forms.reading import items, mapping, names
from certflow.studio.difference.changes import Change, Detail, Thing, compared, plain
from certflow.studio.property_words import FORM, label_in

_PAGE, _FIELD = Text("页", "Page"), Text("字段", "Field")
_OUTCOME, _RULE = Text("结果按钮", "Outcome"), Text("规则", "Rule")
_DECIDES, _FORM = Text("结果变量", "Result"), Text("表单", "Form")
_ORDER = Text("字段的顺序", "Order of the fields")
_YES = Text("是", "yes")
_INNER = frozenset({"pages", "fields", "outcomes", "rules", "decides", "schema", "key"})
Json = Mapping[str, Any]


def form_changes(part: str, before: object, after: object) -> Iterator[Change]:
    """Yield what differs between two forms; "field:" and the like stay out of the places."""
    old, new = _things(mapping(before)), _things(mapping(after))
    for one in compared(part, old, new, lambda name: label_in(FORM, name)):
        yield Change(part, one.place.partition(":")[2], one.kind, one.what, one.name, one.details)
    yield from _order(part, old, new)


def _order(part: str, before: Mapping[str, Thing], after: Mapping[str, Thing]) -> Iterator[Change]:
    """Tell that the fields that both forms have follow each other differently."""
    fields = [one for one in before if one.startswith("field:") and one in after]
    now = [one for one in after if one.startswith("field:") and one in before]
    if fields != now:
        names_of = (said([after[one].name.as_json() for one in order]) for order in (fields, now))
        detail = Detail(label_in(FORM, "order"), *names_of)
        yield Change(part, "", "changed", _FORM, _ORDER, (detail,))


def _things(form: Json) -> dict[str, Thing]:
    found: dict[str, Thing] = {}
    whole = {name: said(value) for name, value in form.items() if name not in _INNER}
    found["form:"] = Thing(Text.read(form.get("title") or ""), _FORM, whole)
    schema = mapping(form.get("schema"))
    required = names(schema.get("required"))
    for page, fields in _pages(form):
        key = str(page.get("key", ""))
        title = Text.read(page.get("title") or key)
        facts = {name: said(v) for name, v in page.items() if name not in ("fields", "key")}
        found[f"page:{key}"] = Thing(title, _PAGE, facts)
        for field in fields:
            name = str(field.get("name", ""))
            found[f"field:{name}"] = Thing(
                Text.read(field.get("label") or name),
                _FIELD,
                _field(field, title, mapping(mapping(schema.get("properties")).get(name)))
                | ({"required": _YES} if name in required else {}),
            )
    for word, what, group in (("outcome", _OUTCOME, "outcomes"), ("rule", _RULE, "rules")):
        for number, one in enumerate(items(form.get(group)), 1):
            key = str(one.get("key") or one.get("field") or number)
            key = f"{key}" if f"{word}:{key}" not in found else f"{key}#{number}"
            facts = {name: said(value) for name, value in one.items() if name != "key"}
            found[f"{word}:{key}"] = Thing(Text.read(one.get("label") or key), what, facts)
    for name, value in mapping(form.get("decides")).items():
        found[f"decides:{name}"] = Thing(plain(name), _DECIDES, {"value": plain(value)})
    return found


def _pages(form: Json) -> Iterator[tuple[Json, list[Json]]]:
    for page in items(form.get("pages")):
        yield page, items(page.get("fields"))
    if form.get("fields"):
        yield {"key": ""}, items(form.get("fields"))


def _field(field: Json, page: Text, prop: Json) -> dict[str, Text]:
    facts = {name: said(value) for name, value in field.items() if name != "name"}
    facts |= {name: said(value) for name, value in prop.items() if name != "title"}
    return facts | ({"page": page} if page.zh else {})


def said(value: object) -> Text:
    """Return a value of a form or a setting in words."""
    if isinstance(value, Mapping) and "zh" in value:
        return Text.read(value)
    if isinstance(value, bool):
        return _YES if value else Text("否", "no")
    if isinstance(value, list):
        parts = [said(one) for one in value]
        return Text("、".join(one.zh for one in parts), ", ".join(one.en for one in parts))
    if isinstance(value, Mapping):
        if "label" in value:
            return said(value["label"])
        return plain(json.dumps(value, ensure_ascii=False, sort_keys=True))
    return plain("" if value is None else value)
