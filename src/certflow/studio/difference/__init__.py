"""What differs between two bundles: visual by element, and in words (catalogue H3, H5).

Used where a version is published, looked at or moved to.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from certflow.core.text import Text
from certflow.studio.difference.changes import Change, Detail, Difference, Kind, Thing, compared
from certflow.studio.difference.diagrams import diagram_changes
from certflow.studio.difference.forms import form_changes, said
from certflow.studio.difference.settings import settings_changes
from certflow.studio.difference.tables import table_changes
from certflow.studio.places import Places

__all__ = ["Change", "Detail", "Difference", "Kind", "difference", "part_changes"]

Content = Mapping[str, Any]
_GROUPS: tuple[tuple[str, str, Callable[[str, object, object], Iterator[Change]]], ...] = (
    ("forms", "form", form_changes),
    ("records", "record", form_changes),
    ("tables", "table", table_changes),
)
_TEST = Text("测试", "Test")


def difference(before: Content, after: Content) -> Difference:
    """Return every change that leads from one bundle's content to another's."""
    changes = [
        *diagram_changes(before, after),
        *(one for group, word, look in _GROUPS for one in _group(before, after, group, word, look)),
        *settings_changes(before, after),
        *_scenarios(before, after),
    ]
    return Difference(tuple(changes))


def part_changes(content: Content, part: str, before: object, after: object) -> list[Change]:
    """Return what leads from one version of a bundle's part to another."""
    return difference(_with(content, part, before), _with(content, part, after)).of(part)


def _with(content: Content, part: str, one: object) -> Content:
    word, _, name = part.partition(":")
    if not name:
        return {**content, part: one}
    group = f"{word}s"
    return {**content, group: {**content.get(group, {}), name: one}}


def _group(
    before: Content,
    after: Content,
    group: str,
    word: str,
    look: Callable[[str, object, object], Iterator[Change]],
) -> Iterator[Change]:
    """Yield the changes of a group's parts; one that is new or gone is one change."""
    old, new = before.get(group, {}), after.get(group, {})
    for name in sorted({*old, *new}):
        part = f"{word}:{name}"
        if name in old and name in new:
            found = list(look(part, old[name], new[name])) if old[name] != new[name] else []
            if not found and old[name] != new[name]:
                found = [_unnamed(part, after)]
            yield from found
            continue
        holder = Places(after if name in new else before)
        kind: Kind = "added" if name in new else "removed"
        yield Change(part, "", kind, holder.part(word), holder.part(part))


def _unnamed(part: str, after: Content) -> Change:
    """Return a change for which there are no words; of a table only the drawing can be left."""
    places = Places(after)
    word = part.partition(":")[0]
    kind: Kind = "moved" if word == "table" else "changed"
    return Change(part, "", kind, places.part(word), places.part(part))


def _scenarios(before: Content, after: Content) -> Iterator[Change]:
    def things(content: Content) -> dict[str, Thing]:
        return {
            name: Thing(Text.read(one.get("title") or name), _TEST, {"": said(one)})
            for name, one in content.get("scenarios", {}).items()
            if isinstance(one, Mapping)
        }

    for one in compared("", things(before), things(after), lambda _name: _TEST):
        yield Change(f"scenario:{one.place}", "", one.kind, one.what, one.name)
