"""How the settings of two bundles differ, setting by setting."""

from collections.abc import Iterator, Mapping
from typing import Any

from certflow.core.text import Text
from certflow.studio.difference.changes import Change, Thing, compared
from certflow.studio.difference.forms import said
from certflow.studio.property_words import SETTINGS, label_in

_SETTING = Text("设置", "Setting")


def settings_changes(before: object, after: object) -> Iterator[Change]:
    """Yield what differs between two service settings: one change for each named thing."""
    yield from compared("service", _things(before), _things(after), _path)


def _things(service: object) -> dict[str, Thing]:
    found: dict[str, Thing] = {}
    given = service if isinstance(service, Mapping) else {}
    for name, value in given.items():
        label = label_in(SETTINGS, name)
        inner = _named(value)
        if inner is None or not all(isinstance(one, Mapping) for one in inner.values()):
            leaves = _prices(value) if name == "fee" else _leaves(value)
            found[name] = Thing(label, _SETTING, dict(leaves))
            continue
        for key, one in inner.items():
            zh, en = _title(one, key)
            both = Text(f"{label.zh}“{zh}”", f"{label.en} “{en}”")
            found[f"{name}.{key}"] = Thing(both, _SETTING, dict(_leaves(one)))
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


def _title(value: object, key: str) -> Text:
    given = value if isinstance(value, Mapping) else {}
    return Text.read(given.get("name") or given.get("title") or key)


def _prices(fee: object) -> Iterator[tuple[str, Text]]:
    """Say amounts in yuan: they are kept in fen."""
    amounts = fee.get("amounts") if isinstance(fee, Mapping) else None
    given = amounts if isinstance(amounts, Mapping) else {}
    for path, words in _leaves(fee):
        fen = given.get(path.removeprefix("amounts."))
        if type(fen) is int and path.startswith("amounts."):
            yield path, Text(f"{fen / 100:,.2f} 元", f"CNY {fen / 100:,.2f}")
        else:
            yield path, words


def _leaves(value: object, path: str = "") -> Iterator[tuple[str, Text]]:
    inner = None if path.count(".") > 3 else _named(value)  # noqa: PLR2004 - deeper is one value
    if inner is None:
        yield path, said(value)
        return
    for key, one in inner.items():
        yield from _leaves(one, f"{path}.{key}" if path else key)


def _path(path: str) -> Text:
    """Say a path in words: 标题, 时限 › 长度."""
    parts = [label_in(SETTINGS, one) for one in path.split(".") if one]
    if not parts:
        return Text("内容", "Content")
    return Text(" › ".join(one.zh for one in parts), " › ".join(one.en for one in parts))
