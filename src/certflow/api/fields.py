"""What requests and answers are made of."""

import re
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from certflow.core.text import Text

MOST_DEEP = 12
_CONTROLS = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f]")
_MOST_INTEGER = 2**53
_CONTROL = Text("不能有控制字符。", "This may not hold control characters.")
_DEEP = Text("嵌套太深。", "This is nested too deeply.")
_LARGE = Text("数字太大。", "A number is too large.")


class Body(Schema):
    """What a program sends: nothing but what is asked for."""

    class Meta:
        """Refuse what is unknown."""

        unknown = RAISE


class Line(fields.String):
    """A short text that a database can store and a person can read."""

    def __init__(self, most: int, *, least: int = 0, **more: Any) -> None:
        super().__init__(validate=[validate.Length(least, most), _readable], **more)


def _readable(value: str) -> None:
    if _CONTROLS.search(value):
        raise ValidationError([_CONTROL])


class Answers(fields.Dict):
    """Answers to a form, as its JSON definition describes them."""

    def __init__(self, **more: Any) -> None:
        super().__init__(keys=fields.String(), validate=_sound, **more)


def _sound(value: Any, deep: int = 0) -> None:
    """Refuse what no form can ask for and a database or a recursion stumbles over."""
    if deep > MOST_DEEP:
        raise ValidationError([_DEEP])
    if isinstance(value, str):
        _readable(value)
    elif isinstance(value, dict):
        for key, inner in value.items():
            _sound(key, deep + 1)
            _sound(inner, deep + 1)
    elif isinstance(value, list):
        for inner in value:
            _sound(inner, deep + 1)
    elif isinstance(value, int | float) and abs(value) > _MOST_INTEGER:
        raise ValidationError([_LARGE])


class TextSchema(Schema):
    """A text for people in both languages."""

    zh = fields.String(required=True, metadata={"example": "人员注册申请"})
    en = fields.String(
        required=True, metadata={"example": "Registration of certification personnel"}
    )


class Words(fields.Nested):
    """A text for people: {"zh": ..., "en": ...}."""

    def __init__(self, **more: Any) -> None:
        super().__init__(TextSchema, **{"required": True, **more})

    def _serialize(  # type: ignore[override]  # Nested and Field name it apart
        self, value: Any, attr: str | None, obj: Any, **kwargs: Any
    ) -> Any:
        return None if value is None else Text.read(value).as_json()


class NamedSchema(Schema):
    """A key for programs with its name for people."""

    key = fields.String(required=True, metadata={"example": "pre_review"})
    name = Words()
