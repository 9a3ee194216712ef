"""What an expert sees: each submitted record with its values, and the verdict on it (C5)."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import groupby
from typing import Any

from certflow.core.text import Text
from certflow.forms.parts import Field, FormDefinition
from certflow.forms.readonly import row_values, shown_value
from certflow.forms.review import Target, targets
from certflow.forms.scene import Scene
from certflow.forms.shown import NonconformityView, ReviewGroup, ReviewItem, ShownValue

_FIELDS = Text("填报信息", "Details")


def review_groups(
    form: FormDefinition, field: Field, value: Any, scene: Scene
) -> tuple[ReviewGroup, ...]:
    """Return everything to be judged, grouped by the list it stands in."""
    reviewed = scene.reviewed or {}
    if form.reviews is not None:
        scene = replace(scene, choices=scene.reader.beside(form.reviews, reviewed).choices or {})
    verdicts = value if isinstance(value, Mapping) else {}
    groups = []
    for name, members in groupby(targets(form, reviewed), key=_group_name):
        listed = list(members)
        label = scene.reader.say(listed[0].field.label if name else _FIELDS)
        items = tuple(
            _item(field, target, number, verdicts.get(target.key), reviewed, scene)
            for number, target in enumerate(listed, start=1)
        )
        groups.append(ReviewGroup(label, name, items))
    return _first_open(groups)


def _first_open(groups: list[ReviewGroup]) -> tuple[ReviewGroup, ...]:
    """Open the first item without a verdict, and those with an error."""
    first = next((item.key for group in groups for item in group.items if not item.verdict), "")
    return tuple(
        replace(
            group,
            items=tuple(replace(i, open=bool(i.error) or i.key == first) for i in group.items),
        )
        for group in groups
    )


def _group_name(target: Target) -> str:
    return target.field.name if target.row is not None else ""


def _item(
    field: Field, target: Target, number: int, entry: Any, reviewed: Mapping[str, Any], scene: Scene
) -> ReviewItem:
    voice = scene.reader
    given = entry if isinstance(entry, Mapping) else {}
    if target.row is None:
        heading, summary = voice.say(target.field.label), ""
        values: tuple[ShownValue, ...] = (
            shown_value(voice, target.field, reviewed.get(target.field.name), target.path),
        )
    else:
        heading, summary = (
            voice.heading(target.field, target.row),
            voice.summary(target.field, target.row),
        )
        values = row_values(voice, target.field, target.row)
    return ReviewItem(
        key=target.key,
        name=f"{field.name}.{target.key}",
        html_id=scene.html_id(f"{field.name}/{target.key}"),
        number=number,
        heading=heading,
        summary=summary,
        subject=voice.say(target.subject),
        values=tuple(_marked(each, scene) for each in values),
        verdict=str(given.get("verdict") or ""),
        code=str(given.get("code") or ""),
        remark=str(given.get("remark") or ""),
        error=scene.error(f"{field.name}/{target.key}"),
        nonconformities=_offered(field, target, scene),
        remarks=tuple(scene.flags.get(target.path, ())),
        changed=scene.touched(target.path),
    )


def _marked(value: ShownValue, scene: Scene) -> ShownValue:
    change = scene.changed.get(value.path)
    return replace(value, changed=True, before=change.before) if change else value


def _offered(field: Field, target: Target, scene: Scene) -> tuple[NonconformityView, ...]:
    say = scene.reader.say
    return tuple(
        NonconformityView(each.code, say(each.label), say(each.text))
        for each in field.nonconformities
        if not each.applies or target.field.name in each.applies
    )
