"""The form of a task, as a program needs it to fill it in (design §5)."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields

from certflow.api.fields import Words
from certflow.cases.reading import masked
from certflow.cases.worksheet import Worksheet, choices_for
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.forms.parts import Field, FormDefinition


class OutcomeSchema(Schema):
    """What can be done with the filled form; `requires` names fields needed only for it."""

    key = fields.String(required=True, metadata={"example": "agree"})
    label = Words()
    kind = fields.String(required=True, metadata={"enum": ["primary", "quiet", "danger"]})
    requires = fields.List(fields.String(), required=True)


class ChoiceSchema(Schema):
    """An option that the platform offers at run time; one with a note may be refused."""

    value = fields.String(required=True)
    label = Words()
    note = Words(allow_none=True)


class FlagSchema(Schema):
    """What a reviewer asks to mend."""

    code = fields.String(required=True)
    text = fields.String(required=True)


class TaskFormSchema(Schema):
    """A form with what it opens with.

    `definition` is the form as its author wrote it, `amends` and `reviews` the forms that it
    refers to, `records` the fields of repeated records by kind. `data` is what it opens with,
    `reviewed` the submitted data under review (phone and ID numbers masked), `flags` what has to
    be mended, by path, `choices` run-time options by source.
    """

    key = fields.String(required=True, metadata={"example": "accept"})
    case_version = fields.Integer(required=True, metadata={"description": "Send it as `seen`."})
    outcomes = fields.List(fields.Nested(OutcomeSchema), required=True)
    data = fields.Raw(required=True, metadata={"type": "object"})
    draft = fields.Boolean(required=True, metadata={"description": "`data` is a saved draft."})
    definition = fields.Raw(required=True, metadata={"type": "object"})
    amends = fields.Raw(required=True, allow_none=True, metadata={"type": ["object", "null"]})
    reviews = fields.Raw(required=True, allow_none=True, metadata={"type": ["object", "null"]})
    records = fields.Raw(required=True, metadata={"type": "object"})
    reviewed = fields.Raw(required=True, allow_none=True, metadata={"type": ["object", "null"]})
    choices = fields.Dict(
        keys=fields.String(), values=fields.List(fields.Nested(ChoiceSchema)), required=True
    )
    flags = fields.Dict(
        keys=fields.String(), values=fields.List(fields.Nested(FlagSchema)), required=True
    )


def task_form(session: Session, sheet: Worksheet, actor: Actor) -> dict[str, Any]:
    """Return what `TaskFormSchema` shows of a task's form; a closed task has no outcomes."""
    form, written = sheet.form, sheet.loaded.bundle.forms
    other = form.amends or form.reviews
    open_ = sheet.task.state == "open"
    return {
        "key": form.key,
        "case_version": sheet.case.version,
        "outcomes": form.outcomes if open_ else (),
        "data": sheet.data,
        "draft": sheet.draft is not None,
        "definition": written[form.key],
        "amends": written[form.amends.key] if form.amends else None,
        "reviews": written[form.reviews.key] if form.reviews else None,
        "records": {**_records(other), **_records(form)},
        "reviewed": _masked(sheet.reviewed) if sheet.reviewed is not None else None,
        "choices": choices_for(session, sheet, actor, sheet.data) if open_ else {},
        "flags": sheet.flags if open_ else {},
    }


def _records(form: FormDefinition | None) -> dict[str, Any]:
    """Return the fields of the record kinds that a form repeats, by kind."""
    shown = form.answered.values() if form else ()
    return {
        one.record.key: [_field(inner) for inner in one.record.answered.values()]
        for one in shown
        if one.record is not None
    }


def _field(field: Field) -> dict[str, Any]:
    return {
        "name": field.name,
        "label": field.label.as_json(),
        "kind": field.kind,
        "widget": field.widget,
        "required": field.required,
        "options": [{"value": one.value, "label": one.label.as_json()} for one in field.options],
        "visible_if": field.visible_if.source if field.visible_if else None,
    }


def _masked(value: Any) -> Any:
    """Return answers with the phone and ID numbers in their texts masked."""
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, Mapping):
        return {key: _masked(inner) for key, inner in value.items()}
    return [_masked(inner) for inner in value] if isinstance(value, list) else value
