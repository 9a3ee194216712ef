"""Where a question of a form is named in other parts of a bundle, and its key exchanged there (H2).

Forms that judge it name it as a target or as what a nonconformity opens, letters fill it in, filing
for many lists it as an exception, tests answer it. Its own form is the editor's to change.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from certflow.studio.drawing import diagram_of

Json = dict[str, Any]
_JUDGED: Final = ("targets", "applies")


def with_field_renamed(
    content: Mapping[str, Any], group: str, name: str, before: str, after: str
) -> Json:
    """Return the content in which all other parts know a question by another key.

    `group` and `name` say which form or record kind it belongs to; that one stays as it is.
    """
    made: Json = json.loads(json.dumps(dict(content)))
    if group == "record":
        _in_records(made, name, before, after)
        return made
    for review in _reviews(made, name):
        for holder in (review, *_all(review.get("nonconformities"))):
            for key in _JUDGED:
                if key in holder:
                    holder[key] = _swapped(holder[key], before, after)
    _in_settings(made["service"], name, before, after)
    asking = {one for one, form in _forms(made) if name in (one, form.get("amends"))}
    for answers in _answers(made, asking):
        _rename_key(answers, before, after)
    return made


def _in_settings(service: Json, form: str, before: str, after: str) -> None:
    filing = service.get("group_filing")
    if isinstance(filing, dict) and filing.get("form") == form:
        filing["exceptions"] = _swapped(filing.get("exceptions"), before, after)
    if "letters" in service:
        letters = json.dumps(service["letters"], ensure_ascii=False)
        place = f"{{{form}.{before}}}", f"{{{form}.{after}}}"
        service["letters"] = json.loads(letters.replace(*place))


def _in_records(content: Json, kind: str, before: str, after: str) -> None:
    """Exchange the key of a record's question: what a nonconformity opens, what tests answer."""
    for name, form in _forms(content):
        lists = {str(one.get("name")) for one in _fields(form) if one.get("records") == kind}
        for review in _reviews(content, name):
            for one in _all(review.get("nonconformities")):
                applies = set(one.get("applies") or lists)
                if before in (one.get("fields") or []) and applies & lists:
                    fresh = _swapped(one["fields"], before, after)
                    only = applies <= lists
                    one["fields"] = fresh if only else [*one["fields"], after]
        for answers in _answers(content, {name}):
            for key in lists & answers.keys():
                for record in _all(answers[key]):
                    _rename_key(record, before, after)


def _swapped(names: object, before: str, after: str) -> list[Any]:
    listed = names if isinstance(names, list) else []
    return [after if one == before else one for one in listed]


def _rename_key(holder: Json, before: str, after: str) -> None:
    """Exchange a key where it stands, among its neighbours."""
    if before in holder:
        pairs = [(after if key == before else key, value) for key, value in holder.items()]
        holder.clear()
        holder.update(pairs)


def _all(value: object) -> list[Json]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _forms(content: Json) -> list[tuple[str, Json]]:
    return [(name, form) for name, form in content["forms"].items() if isinstance(form, dict)]


def _fields(form: Json) -> Iterator[Json]:
    for page in _all(form.get("pages")):
        yield from _all(page.get("fields"))


def _reviews(content: Json, form: str) -> Iterator[Json]:
    """Yield the questions that judge a form."""
    for _name, one in _forms(content):
        if one.get("reviews") == form:
            yield from (field for field in _fields(one) if field.get("widget") == "review")


def _answers(content: Json, forms: set[str]) -> Iterator[Json]:
    """Yield what the bundle's tests answer at steps with one of these forms."""
    diagram = diagram_of(content)
    steps = {one.id for one in diagram.elements.values() if one.form in forms} if diagram else set()
    for scenario in content.get("scenarios", {}).values():
        for step in _all(scenario.get("steps") if isinstance(scenario, dict) else None):
            if step.get("element") in steps and isinstance(step.get("data"), dict):
                yield step["data"]
