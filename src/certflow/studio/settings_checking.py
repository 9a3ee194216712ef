"""Whether each value of service.json can be used: kinds, ranges, words, placeholders (catalogue H4).

What one file names of another is looked at by `cases.settings_lint`; here each value by itself.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from certflow.accounts.roles import ROLES
from certflow.core.text import Text
from certflow.studio.remarks import Remark, Severity

NOTICE_PLACES: Final = ("number", "title", "body", "due")
LETTER_PLACES: Final = ("number", "title", "service", "applicant", "recipient", "submitted", "date")
UNITS: Final = ("working_days", "calendar_days")
FROM: Final = ("submission", "acceptance", "payment")
ABOUT: Final = ("certificate", "exam_result", "case")
OUTCOMES: Final = ("good", "bad", "neutral")
EVENTS: Final = ("entered", "called")
MOST_FEN: Final = 100_000_000
_PLACE: Final = re.compile(r"\{([^{}]*)\}")
_KEY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}")

NO_WORDS = Text("请填写中文。", "The Chinese words are missing.")
NO_ENGLISH = Text(
    "英文还没有填，英文页面会显示中文。", "No English yet: English pages show Chinese."
)
NOT_WORDS = Text("这里应当是中文和英文两段文字。", "This should be words in Chinese and English.")
LONG = Text("最多 {most} 字。", "{most} characters at most.")
NUMBER = Text("请填 {low} 到 {high} 之间的整数。", "A whole number from {low} to {high} is needed.")
CHOICE = Text("请从列出的取值里选。", "Choose one of the values listed.")
NOBODY = Text(
    "至少选一个角色，否则没有人能发起。", "Choose a role at least: else nobody can start it."
)
NO_ROLE = Text("没有“{name}”这个角色。", "There is no role “{name}”.")
NO_PLACE = Text(
    "“{{{name}}}”不能用，可以用的是：{known}。",
    "“{{{name}}}” cannot be used. What can be: {known}.",
)
BRACES = Text(
    "大括号没有成对，只能用来写占位，如 {number}。",
    "A brace is left open; they are for places like {number} only.",
)
OTHER_KEY = Text("这里的代号必须是 {key}。", "The key here must be {key}.")
BAD_KEY = Text(
    "编号用英文字母、数字和下划线，以字母开头。",
    "Use letters, digits and underscores, a letter first.",
)
FEN = Text(
    "金额须在 0 到 1,000,000 元之间，最多两位小数。", "From 0 to 1,000,000 yuan, two decimals."
)
KIND = Text("这里的内容格式不对。", "This is not of the kind needed here.")
YES_NO = Text("这里只能是“是”或“否”。", "This can only be yes or no.")


def settings_remarks(key: str, service: Mapping[str, Any]) -> list[Remark]:
    """Return what is wrong or doubtful with the values of a service's settings."""
    looks: tuple[Callable[[Mapping[str, Any]], Iterator[Remark]], ...] = (
        _about_it, _who, _limits, _named, _drawn, _told, _letters, _fees,
    )  # fmt: skip
    found = [] if service.get("key") == key else [_said("key", OTHER_KEY.filled(key=key))]
    return [*found, *(one for look in looks for one in look(service))]


def _said(place: str, text: Text, severity: Severity = "error") -> Remark:
    return Remark("service", place, text, severity)


def _about_it(service: Mapping[str, Any]) -> Iterator[Remark]:
    yield from _words(service, "title", 60)
    yield from _words(service, "category", 30)
    yield from _words(service, "summary", 300)
    yield from _whole(service, "rank", 1, 999)
    for language in ("zh", "en"):
        words = _mapping(service.get("keywords")).get(language, [])
        if not _texts(words):
            yield _said(f"keywords.{language}", KIND)
    if "about" in service and service["about"] not in ABOUT:
        yield _said("about", CHOICE)
    for name in ("conceals_applicant",):
        if not isinstance(service.get(name, False), bool):
            yield _said(name, YES_NO)
    title = service.get("case_title")
    if isinstance(title, Mapping):
        known = title.get("variables") if _texts(title.get("variables")) else []
        yield from _filled(title, "text", "case_title.text", 120, tuple(known or ()))
        if not _texts(title.get("variables")):
            yield _said("case_title.variables", KIND)


def _who(service: Mapping[str, Any]) -> Iterator[Remark]:
    roles = service.get("start_roles")
    if not _texts(roles):
        yield _said("start_roles", KIND)
    elif not roles:
        yield _said("start_roles", NOBODY)
    else:
        yield from (
            _said("start_roles", NO_ROLE.filled(name=one)) for one in roles if one not in ROLES
        )
    if "overseer" in service and service["overseer"] not in ROLES:
        yield _said("overseer", NO_ROLE.filled(name=service["overseer"]))


def _limits(service: Mapping[str, Any]) -> Iterator[Remark]:
    limit = service.get("time_limit")
    if isinstance(limit, Mapping):
        yield from _whole(limit, "length", 1, 999, "time_limit.length")
        if limit.get("unit") not in UNITS:
            yield _said("time_limit.unit", CHOICE)
        if limit.get("from") not in FROM:
            yield _said("time_limit.from", CHOICE)
    for key, one in _entries(service, "deadlines"):
        yield from _key(f"deadlines.{key}", key)
        yield from _words(one, "name", 30, f"deadlines.{key}.name")
        if "note" in one:
            yield from _words(one, "note", 200, f"deadlines.{key}.note")
        if "remind_before" in one:
            yield from _whole(one, "remind_before", 0, 365, f"deadlines.{key}.remind_before")


def _named(service: Mapping[str, Any]) -> Iterator[Remark]:
    for key, one in _entries(service, "stages"):
        yield from _words(one, "name", 40, f"stages.{key}.name")
        if "hint" in one:
            yield from _words(one, "hint", 300, f"stages.{key}.hint")
    for key, one in _entries(service, "outcomes"):
        yield from _words(one, "name", 40, f"outcomes.{key}.name")
        if one.get("kind") not in OUTCOMES:
            yield _said(f"outcomes.{key}.kind", CHOICE)


def _drawn(service: Mapping[str, Any]) -> Iterator[Remark]:
    for key in _mapping(service.get("lanes")):
        yield from _words(_mapping(service["lanes"]), key, 40, f"lanes.{key}")
    for key, name in _mapping(service.get("names")).items():
        if not isinstance(name, str):
            yield _said(f"names.{key}", KIND)
    steps = service.get("steps", [])
    for number, one in enumerate(steps if isinstance(steps, list) else []):
        if not isinstance(one, Mapping) or not _texts(one.get("elements")):
            yield _said(f"steps.{number}", KIND)
        else:
            yield from _words(one, "title", 20, f"steps.{number}.title")


def _told(service: Mapping[str, Any]) -> Iterator[Remark]:
    for key, one in _entries(service, "notices"):
        place = f"notices.{key}"
        yield from _key(place, key)
        if one.get("event") not in EVENTS:
            yield _said(f"{place}.event", CHOICE)
        if not _texts(one.get("to")):
            yield _said(f"{place}.to", KIND)
        yield from _filled(one, "title", f"{place}.title", 60, NOTICE_PLACES)
        yield from _filled(one, "text", f"{place}.text", 500, NOTICE_PLACES)


def _letters(service: Mapping[str, Any]) -> Iterator[Remark]:
    for key, one in _entries(service, "letters"):
        place, paragraphs = f"letters.{key}", one.get("paragraphs")
        yield from _key(place, key)
        yield from _words(one, "title", 60, f"{place}.title")
        if not isinstance(paragraphs, list) or not paragraphs:
            yield _said(f"{place}.paragraphs", KIND)
            continue
        for number, words in enumerate(paragraphs):
            at = f"{place}.paragraphs.{number}"
            numbered = {str(number): words}
            yield from _filled(numbered, str(number), at, 2_000, LETTER_PLACES, dotted=True)


def _fees(service: Mapping[str, Any]) -> Iterator[Remark]:
    if "fee" not in service:
        return
    fee = _mapping(service["fee"])
    if fee.get("currency", "CNY") != "CNY":
        yield _said("fee.currency", CHOICE)
    amounts = fee.get("amounts")
    if not isinstance(amounts, Mapping) or not amounts:
        yield _said("fee.amounts", KIND)
        return
    for key, amount in amounts.items():
        if isinstance(amount, bool) or not isinstance(amount, int) or not 0 <= amount <= MOST_FEN:
            yield _said(f"fee.amounts.{key}", FEN)


def _entries(service: Mapping[str, Any], group: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for key, one in _mapping(service.get(group)).items():
        if isinstance(one, Mapping):
            yield key, one


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _key(place: str, key: str) -> Iterator[Remark]:
    if not _KEY.fullmatch(key):
        yield _said(place, BAD_KEY)


def _words(holder: Mapping[str, Any], name: str, most: int, place: str = "") -> Iterator[Remark]:
    """Look at words in both languages: Chinese must be there, English should."""
    at, words = place or name, holder.get(name)
    if not isinstance(words, Mapping) or not all(isinstance(one, str) for one in words.values()):
        yield _said(at, NOT_WORDS)
        return
    zh, en = words.get("zh", ""), words.get("en", "")
    if not zh.strip():
        yield _said(f"{at}.zh", NO_WORDS)
    if not en.strip():
        yield _said(f"{at}.en", NO_ENGLISH, "warning")
    for language, text, limit in (("zh", zh, most), ("en", en, most * 3)):
        if len(text) > limit:
            yield _said(f"{at}.{language}", LONG.filled(most=limit))


def _filled(
    holder: Mapping[str, Any],
    name: str,
    place: str,
    most: int,
    known: tuple[str, ...],
    *,
    dotted: bool = False,
) -> Iterator[Remark]:
    """Look at words with places to fill in; `dotted` lets them name {form.field} as well."""
    before = list(_words(holder, name, most, place))
    yield from before
    words = holder.get(name)
    if not isinstance(words, Mapping) or any(one.message == NOT_WORDS for one in before):
        return
    shown = "、".join(f"{{{one}}}" for one in known) or "-"
    for language in ("zh", "en"):
        text = words.get(language, "")
        if set(_PLACE.sub("", text)) & {"{", "}"}:
            yield _said(f"{place}.{language}", BRACES)
        for found in _PLACE.findall(text):
            if found not in known and not (dotted and re.fullmatch(r"[a-z_]\w*\.[a-z_]\w*", found)):
                yield _said(f"{place}.{language}", NO_PLACE.filled(name=found, known=shown))


def _whole(
    holder: Mapping[str, Any], name: str, low: int, high: int, place: str = ""
) -> Iterator[Remark]:
    value = holder.get(name, low)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        yield _said(place or name, NUMBER.filled(low=low, high=high))
