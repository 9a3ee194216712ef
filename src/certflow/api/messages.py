"""What is wrong with a field of a request, in both languages: marshmallow speaks English only."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from certflow.core.text import Text

_KNOWN = {
    "Missing data for required field.": Text("必填。", "This is required."),
    "Unknown field.": Text("没有这个字段。", "There is no such field."),
    "Field may not be null.": Text("不能为 null。", "This may not be null."),
    "Not a valid string.": Text("应为文字。", "This must be a string."),
    "Not a valid integer.": Text("应为整数。", "This must be an integer."),
    "Not a valid boolean.": Text("应为 true 或 false。", "This must be true or false."),
    "Not a valid list.": Text("应为数组。", "This must be an array."),
    "Not a valid mapping type.": Text("应为对象。", "This must be an object."),
    "Invalid input type.": Text("应为 JSON 对象。", "This must be a JSON object."),
    "Invalid JSON body.": Text("请求内容不是合法的 JSON。", "The body is not valid JSON."),
}
_PATTERNS = (
    (r"Must be one of: (.+)\.", Text("应为其中之一：{0}。", "This must be one of: {0}.")),
    (r"Length must be between (\d+) and (\d+)\.", Text("长度应为 {0} 到 {1}。", "The length must be {0} to {1}.")),
    (r"Longer than maximum length (\d+)\.", Text("最长 {0}。", "At most {0} characters.")),
    (
        r"Must be greater than or equal to (\d+) and less than or equal to (\d+)\.",
        Text("应在 {0} 和 {1} 之间。", "This must be between {0} and {1}."),
    ),
)  # fmt: skip
_OTHER = Text("这个值不正确。", "This value is not valid.")


def sentences(messages: Mapping[Any, Any]) -> dict[str, Text]:
    """Return the first complaint at each place; a place is "field", "field/1", "" is the whole."""
    found: dict[str, Text] = {}
    for place, words in _walk(messages, ()):
        found.setdefault(place, in_words(words))
    return found


def in_words(message: object) -> Text:
    """Return a validator's message in both languages."""
    if isinstance(message, Text):
        return message
    if known := _KNOWN.get(str(message)):
        return known
    for pattern, words in _PATTERNS:
        if hit := re.fullmatch(pattern, str(message)):
            return Text(words.zh.format(*hit.groups()), words.en.format(*hit.groups()))
    return _OTHER


def _walk(messages: object, path: tuple[str, ...]) -> Iterator[tuple[str, object]]:
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            yield from _walk(inner, path if key == "_schema" else (*path, str(key)))
    elif isinstance(messages, list):
        for each in messages:
            yield from _walk(each, path)
    else:
        yield "/".join(path[1:]), messages
