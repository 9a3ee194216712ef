"""From a field and its answer to what the field's template draws."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from certflow.forms.amend import Permit
from certflow.forms.answers import record_options
from certflow.forms.parts import Field, FormDefinition
from certflow.forms.readonly import shown_files
from certflow.forms.review import OPINION
from certflow.forms.reviewview import review_groups
from certflow.forms.scene import Scene
from certflow.forms.schema import rows_of, visible
from certflow.forms.shown import FieldView, OptionView, RecordView

BLANK_ID = "__id__"  # the page replaces it when it adds a record from the <template>


@dataclass(frozen=True)
class Place:
    """Where a field stands: its path and HTML name, whether it is locked and shown."""

    path: str
    name: str
    locked: bool = False
    hidden: bool = False


@dataclass(frozen=True)
class FieldPainter:
    """Makes the views of a form's fields."""

    form: FormDefinition
    data: Mapping[str, Any]
    scene: Scene
    permit: Permit

    def top(self, field: Field, shown: frozenset[str]) -> FieldView:
        """Return the view of a field that stands directly on a page."""
        hidden = field.kind != "none" and field.name not in shown
        place = Place(field.name, field.name, not self.permit.whole(field.name), hidden)
        return self.draw(field, self.data.get(field.name), place)

    def draw(self, field: Field, value: Any, place: Place) -> FieldView:
        """Return the view of a field at a place."""
        scene, say = self.scene, self.scene.reader.say
        change = scene.changed.get(place.path)
        view = FieldView(
            name=place.name,
            path=place.path,
            html_id=scene.html_id(place.path),
            label=say(field.label),
            widget=field.widget,
            value="" if isinstance(value, list | dict) else raw(value),
            values=tuple(str(each) for each in value)
            if field.kind == "list" and isinstance(value, list)
            else (),
            shown=scene.reader.value(field, value) if field.kind != "records" else "",
            help=say(field.help),
            text=say(field.text),
            unit=say(field.unit),
            error=scene.error(place.path),
            required=field.required,
            optional=self._optional(field),
            locked=place.locked,
            hidden=place.hidden,
            visible_when=field.visible_if.source if field.visible_if and not place.locked else "",
            changed=scene.touched(place.path),
            before=change.before if change else "",
            width=field.width,
            rows=field.rows,
            remarks=tuple(scene.flags.get(place.path, ())),
        )
        return self._with_parts(field, value, _with_limits(field, view))

    def _optional(self, field: Field) -> bool:
        """Tell whether a field may stay empty whatever the outcome."""
        return not field.required and not any(
            field.name in each.requires for each in self.form.outcomes
        )

    def _with_parts(self, field: Field, value: Any, view: FieldView) -> FieldView:
        if field.widget == "file":
            return replace(view, files=shown_files(self.scene.reader, field, value))
        if field.widget == "review":
            opinion = self.scene.html_id(OPINION) if OPINION in self.form.fields else ""
            return replace(
                view, groups=review_groups(self.form, field, value, self.scene), opinion=opinion
            )
        if field.record is not None:
            return self._with_records(field, rows_of(value), view)
        return replace(view, options=self._options(field, view))

    def _options(self, field: Field, view: FieldView) -> tuple[OptionView, ...]:
        own = record_options(self.form, field.source, self.data)
        offered = own if own is not None else self.scene.reader.options(field)
        chosen = set(view.values) or {view.value}
        say = self.scene.reader.say
        return tuple(
            OptionView(each.value, say(each.label), say(each.note), each.value in chosen)
            for each in offered
        )

    def _with_records(self, field: Field, rows: list[dict[str, Any]], view: FieldView) -> FieldView:
        picked = {str(row.get("source")) for row in rows}
        library = self.scene.library.get(field.name, ())
        return replace(
            view,
            records=tuple(
                self.record(field, row, number, len(rows))
                for number, row in enumerate(rows, start=1)
            ),
            blank=None if view.locked else self.record(field, {"id": BLANK_ID}, 0, 0),
            library=tuple(replace(each, picked=each.id in picked) for each in library),
        )

    def record(self, field: Field, row: Mapping[str, Any], number: int, count: int) -> RecordView:
        """Return the card of one record; it is open where there is something to do."""
        scene, identity = self.scene, str(row["id"])
        path = f"{field.name}/{identity}"
        wrong = sum(each == path or each.startswith(f"{path}/") for each in scene.errors)
        remarks = tuple(scene.flags.get(path, ()))
        flagged = any(each == path or each.startswith(f"{path}/") for each in scene.flags)
        locked = not self.permit.row(field.name, identity)
        empty = not any(row.get(name) for name in (field.record.answered if field.record else ()))
        return RecordView(
            id=identity,
            path=path,
            html_id=scene.html_id(path),
            number=number,
            heading=scene.reader.heading(field, row),
            summary=scene.reader.summary(field, row),
            fields=self._inside(field, row, identity),
            source=str(row.get("source") or ""),
            open=bool(wrong or flagged or empty),
            locked=locked,
            removable=self.permit.whole(field.name),
            returned=not locked and flagged and self.form.amends is not None,
            remarks=remarks,
            verdict=scene.verdicts.get(path, ""),
            error=scene.error(path),
            errors=wrong,
            changed=scene.touched(path),
        )

    def _inside(self, field: Field, row: Mapping[str, Any], identity: str) -> tuple[FieldView, ...]:
        if field.record is None:
            return ()
        shown = visible(field.record, row)
        return tuple(
            self.draw(
                each,
                row.get(each.name, each.default),
                Place(
                    f"{field.name}/{identity}/{each.name}",
                    f"{field.name}.{identity}.{each.name}",
                    not self.permit.inside(field, identity, each.name),
                    each.kind != "none" and each.name not in shown,
                ),
            )
            for each in field.record.fields.values()
        )


def raw(value: Any) -> str:
    """Return an answer as an input holds it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _with_limits(field: Field, view: FieldView) -> FieldView:
    limits = field.limits
    return replace(
        view,
        max_length=limits.max_length,
        minimum="" if limits.minimum is None else f"{limits.minimum:g}",
        maximum="" if limits.maximum is None else f"{limits.maximum:g}",
        step="1" if field.kind == "integer" else "any",
        accept=",".join(limits.accept),
        max_mb=limits.max_mb,
        max_items=limits.max_items,
    )
