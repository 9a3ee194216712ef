"""How the settings of two bundles differ, setting by setting."""

from collections.abc import Iterator, Mapping
from typing import Any

from certflow.core.text import Text, money_text
from certflow.forms.reading import mapping
from certflow.studio.difference.changes import Change, Thing, compared
from certflow.studio.difference.forms import said
from certflow.studio.difference.setting_words import BothWords
from certflow.studio.property_words import SETTINGS, label_in

Content = Mapping[str, Any]
_SETTING = Text("设置", "Setting")
_DEEPEST = 3
"""What lies deeper in a setting is one value."""


def settings_changes(before: Content, after: Content) -> Iterator[Change]:
    """Yield what differs between two bundles' settings: one change for each named thing."""
    words = BothWords(before, after)
    old, new = mapping(before.get("service")), mapping(after.get("service"))
    yield from compared("service", _things(old, new, words), _things(new, old, words), words.path)


def _things(service: Content, other: Content, words: BothWords) -> dict[str, Thing]:
    """Return the things of the settings that are not the same on the other side."""
    found: dict[str, Thing] = {}
    for name, value in service.items():
        if name in other and other[name] == value:
            continue
        label = label_in(SETTINGS, name)
        inner = _named(value)
        if inner is None or not all(isinstance(one, Mapping) for one in inner.values()):
            found[name] = Thing(label, _SETTING, dict(_leaves(value, name, words)))
            continue
        for key, one in inner.items():
            title = _title(name, key, one, words)
            both = Text(f"{label.zh}“{title.zh}”", f"{label.en} “{title.en}”")
            found[f"{name}.{key}"] = Thing(both, _SETTING, dict(_leaves(one, name, words)))
    return found


def _named(value: object) -> dict[str, Any] | None:
    """Return the named things in a setting: of a mapping of mappings, or a list of keyed ones."""
    if isinstance(value, Mapping) and value and "zh" not in value:
        return {str(name): one for name, one in value.items()}
    if isinstance(value, list) and value and all(_keyed(one) for one in value):
        return {str(one["key"]): one for one in value}
    return None


def _keyed(value: object) -> bool:
    return isinstance(value, Mapping) and "key" in value


def _title(group: str, key: str, value: object, words: BothWords) -> Text:
    given = value if isinstance(value, Mapping) else {}
    own = given.get("name") or given.get("title")
    return Text.read(own) if own else words.step(group, key)


def _leaves(value: object, path: str, words: BothWords) -> Iterator[tuple[str, Text]]:
    """Yield each value of a setting with its path; paths begin with the setting's group."""
    inner = None if path.count(".") > _DEEPEST else _named(value)
    if inner is None:
        yield path, _said(value, path, words)
        return
    for key, one in inner.items():
        yield from _leaves(one, f"{path}.{key}", words)


def _said(value: object, path: str, words: BothWords) -> Text:
    if path.startswith("fee.amounts.") and type(value) is int:  # kept in fen
        return money_text(value)
    if isinstance(value, str):
        return words.value(path, value)
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return said([words.value(path, one).as_json() for one in value])
    if isinstance(value, Mapping) and isinstance(value.get("zh"), list):
        zh, en = value["zh"], value.get("en") or value["zh"]
        return Text("、".join(map(str, zh)), ", ".join(map(str, en)))
    return said(value)
