"""marshmallow fields for single values; what they load is plain JSON (dates as ISO strings)."""

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields

from certflow.core.given import day_of, too_long
from certflow.forms import messages
from certflow.forms.parts import Field

LINE, PROSE = 200, 5000  # characters, where the definition sets no limit
REFERENCE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_TRUE, _FALSE = {True, "true", "on", "1"}, {False, "false", "off", "0"}


class StringValue(fields.String):
    """A line or a paragraph of text, or one of the options."""

    def __init__(self, field: Field, **given: Any) -> None:
        super().__init__(**given)
        self.field = field

    def _deserialize(self, value: Any, attr: str | None, data: Any, **given: Any) -> str:
        text = str(super()._deserialize(value, attr, data, **given))
        _check_text(self.field, text)
        return text


class NumberValue(fields.Float):
    """A number within its limits; whole numbers come out as int."""

    def __init__(self, field: Field, **given: Any) -> None:
        super().__init__(**given)
        self.field = field

    def _deserialize(self, value: Any, attr: str | None, data: Any, **given: Any) -> Any:
        read = super()._deserialize(value, attr, data, **given)
        limits = self.field.limits
        low = limits.minimum is not None and read < limits.minimum
        high = limits.maximum is not None and read > limits.maximum
        if low or high or (self.field.kind == "integer" and not read.is_integer()):
            raise self.make_error("invalid")
        whole = int(read) if read.is_integer() else read
        check_option(self.field, str(whole))
        return whole


class BooleanValue(fields.Field[bool]):
    """A ticked box or a yes/no question; a box that must be ticked refuses no."""

    def __init__(self, field: Field, **given: Any) -> None:
        super().__init__(**given)
        self.field = field

    def _deserialize(self, value: Any, attr: str | None, data: Any, **given: Any) -> bool:
        if isinstance(value, list | dict) or value not in _TRUE | _FALSE:
            raise ValidationError([messages.WRONG_CHOICE])
        if self.required and self.field.widget == "checkbox" and value in _FALSE:
            raise self.make_error("required")
        return value in _TRUE


class DateValue(fields.String):
    """A day as 2026-11-20."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **given: Any) -> str:
        day = day_of(str(value))
        if day is None:
            raise ValidationError([messages.WRONG_DATE])
        return day.isoformat()


class MonthValue(fields.String):
    """A month as 2026-11."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **given: Any) -> str:
        if not _MONTH.fullmatch(str(value)):
            raise ValidationError([messages.WRONG_MONTH])
        return str(value)


class ListValue(fields.Field[list[str]]):
    """Several options, files or people: a list of strings, each once."""

    def __init__(self, field: Field, **given: Any) -> None:
        super().__init__(**given)
        self.field = field

    def _deserialize(self, value: Any, attr: str | None, data: Any, **given: Any) -> list[str]:
        if not isinstance(value, list) or not all(isinstance(each, str | int) for each in value):
            raise ValidationError([messages.WRONG_CHOICE])
        chosen = list(dict.fromkeys(str(each) for each in value))
        for each in chosen:
            check_option(self.field, each)
            if self.field.widget == "file" and not REFERENCE.fullmatch(each):
                raise ValidationError([messages.WRONG_FILE])
        check_count(self.field, len(chosen), required=self.required)
        return chosen


def check_count(field: Field, given: int, *, required: bool) -> None:
    """Raise where there are too few or too many items; an optional list may stay empty."""
    if given == 0:
        if required:
            raise ValidationError([messages.required(field)])
        return
    if given < field.limits.min_items:
        raise ValidationError([messages.too_few(field, field.limits.min_items, given)])
    if given > field.limits.max_items:
        raise ValidationError([messages.too_many(field, field.limits.max_items, given)])


def check_option(field: Field, value: str) -> None:
    """Raise where a field has options of its own and value is none of them."""
    if field.options and value not in {each.value for each in field.options}:
        raise ValidationError([messages.WRONG_CHOICE])


def _check_text(field: Field, text: str) -> None:
    limits = field.limits
    most = limits.max_length or (PROSE if field.widget == "textarea" else LINE)
    check_option(field, text)
    if len(text) > most:
        raise ValidationError([too_long(most, len(text))])
    if len(text) < (limits.min_length or 0):
        raise ValidationError([messages.too_short(limits.min_length or 0)])
    if limits.format == "email" and not _EMAIL.fullmatch(text):
        raise ValidationError([messages.WRONG_EMAIL])
    if limits.pattern is not None and not limits.pattern.search(text):
        raise ValidationError([messages.WRONG_PATTERN])


_CLASSES: Mapping[str, Any] = {
    "string": StringValue,
    "integer": NumberValue,
    "number": NumberValue,
    "boolean": BooleanValue,
    "list": ListValue,
}
_PLAIN: Mapping[str, Any] = {"date": DateValue, "month": MonthValue}


def value_field(field: Field, *, required: bool) -> fields.Field[Any]:
    """Return the marshmallow field that loads a single value of this form field."""
    missing = [messages.required(field)]
    wrong = (
        [messages.number(field)] if field.kind in {"integer", "number"} else [messages.WRONG_CHOICE]
    )
    known = {
        "required": missing,
        "null": missing,
        "invalid": wrong,
        "too_large": wrong,
        "special": wrong,
        "invalid_utf8": wrong,
    }
    if field.kind in _PLAIN:
        plain: fields.Field[Any] = _PLAIN[field.kind](required=required, error_messages=known)
        return plain
    read: fields.Field[Any] = _CLASSES[field.kind](field, required=required, error_messages=known)
    return read
