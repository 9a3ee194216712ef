"""JSON from files that people bring along: UTF-8, shallow, no key twice, nothing a database refuses."""

import json
import math
from typing import Any, Final

from certflow.core.errors import Invalid
from certflow.core.text import Text

MOST_DEPTH: Final = 60
MOST_DIGITS: Final = 15
_NOT_UTF8 = Text("“{name}”不是 UTF-8 编码的文字。", "“{name}” is not text in UTF-8.")
_NOT_JSON = Text("“{name}”不是完整的 JSON：{why}。", "“{name}” is no complete JSON: {why}.")
_TWICE = Text("“{name}”里“{key}”写了两次。", "In “{name}” “{key}” stands twice.")
_DEEP = Text("“{name}”嵌套超过 60 层。", "“{name}” is nested more than 60 levels deep.")
_NUMBER = Text(
    "“{name}”里的数字 {key} 太大或无效。", "In “{name}” the number {key} cannot be used."
)
_SIGNS = Text("“{name}”里有无法保存的字符。", "“{name}” holds characters that cannot be stored.")
_NO_OBJECT = Text("“{name}”应当是一个 JSON 对象。", "“{name}” should be a JSON object.")


def read_object(name: str, source: bytes) -> dict[str, Any]:
    """Return the object that a file holds.

    Raises:
        Invalid: it is none, with a sentence that names the file and says why.

    """
    text = text_of(name, source)
    if _depth(text) > MOST_DEPTH:
        raise Invalid(_DEEP.filled(name=name))
    try:
        found = json.loads(
            text,
            object_pairs_hook=lambda pairs: _once(name, pairs),
            parse_float=lambda digits: _fraction(name, digits),
            parse_int=lambda digits: _number(name, digits),
            parse_constant=lambda word: _number(name, word),
        )
    except json.JSONDecodeError as error:
        raise Invalid(_NOT_JSON.filled(name=name, why=f"{error.lineno}:{error.colno}")) from error
    if not isinstance(found, dict):
        raise Invalid(_NO_OBJECT.filled(name=name))
    _storable(name, json.dumps(found, ensure_ascii=False))
    return found


def text_of(name: str, source: bytes) -> str:
    """Return a file's text; raise Invalid where it is not UTF-8."""
    try:
        text = source.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Invalid(_NOT_UTF8.filled(name=name)) from error
    return text.removeprefix("\ufeff")


def _depth(text: str) -> int:
    """Count how deep brackets are nested, strings left out."""
    depth = most = 0
    quoted = escaped = False
    for sign in text:
        if quoted:
            quoted = escaped or sign != '"'
            escaped = sign == "\\" and not escaped
        elif sign == '"':
            quoted = True
        elif sign in "[{":
            depth += 1
            most = max(most, depth)
        elif sign in "]}":
            depth -= 1
    return most


def _once(name: str, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise Invalid(_TWICE.filled(name=name, key=key[:60]))
        found[key] = value
    return found


def _number(name: str, digits: str) -> int:
    if len(digits.lstrip("-")) > MOST_DIGITS or not digits.lstrip("-").isdigit():
        raise Invalid(_NUMBER.filled(name=name, key=digits[:20]))
    return int(digits)


def _fraction(name: str, digits: str) -> float:
    found = float(digits)
    if not math.isfinite(found):
        raise Invalid(_NUMBER.filled(name=name, key=digits[:20]))
    return found


def _storable(name: str, text: str) -> None:
    """Refuse what a database cannot hold: the null sign, halves of characters."""
    if "\\u0000" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        raise Invalid(_SIGNS.filled(name=name))
