"""What differs between two bundles, as pages and migrations want to know it (catalogue H3, H5)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from certflow.core.text import Text

Kind = Literal["added", "removed", "changed", "moved"]
LONGEST = 400
"""A longer value is cut where it is shown."""


@dataclass(frozen=True)
class Detail:
    """One property of something that changed; None: it was, or is, not there."""

    label: Text
    before: Text | None
    after: Text | None


@dataclass(frozen=True)
class Change:
    """One thing that was added, removed, changed, or only drawn elsewhere ("moved").

    `part` and `place` are as in a Remark; `what` says what sort of thing it is, `name` which one.
    """

    part: str
    place: str
    kind: Kind
    what: Text
    name: Text
    details: tuple[Detail, ...] = ()


@dataclass(frozen=True)
class Difference:
    """All changes from one bundle to another."""

    changes: tuple[Change, ...]

    @property
    def nothing(self) -> bool:
        """Whether the two are the same."""
        return not self.changes

    @property
    def layout_only(self) -> bool:
        """Whether things were only drawn elsewhere: cases would run exactly as before."""
        return bool(self.changes) and all(one.kind == "moved" for one in self.changes)

    @cached_property
    def marks(self) -> Mapping[str, Kind]:
        """How each element and flow of the diagram changed, by id."""
        return {one.place: one.kind for one in self.changes if one.part == "bpmn" and one.place}

    def count(self, kind: Kind) -> int:
        """Count the changes of a kind."""
        return sum(one.kind == kind for one in self.changes)

    def of(self, part: str) -> list[Change]:
        """Return the changes of one part."""
        return [one for one in self.changes if one.part == part]


Facts = Mapping[str, Text]
"""What there is to know about one thing, by the name of the property."""


def details(before: Facts, after: Facts, label: Callable[[str], Text]) -> tuple[Detail, ...]:
    """Return what differs between two sets of facts, in the order of the facts."""
    names = dict.fromkeys([*before, *after])
    return tuple(
        _detail(label(one), before.get(one), after.get(one))
        for one in names
        if before.get(one) != after.get(one)
    )


def _detail(label: Text, before: Text | None, after: Text | None) -> Detail:
    """Return how a property changed; of words that changed in one language only, that language."""
    if before is None or after is None or (before.zh != after.zh) == (before.en != after.en):
        return Detail(label, before, after)
    if before.zh == after.zh:
        said, one, other = Text(f"{label.zh}（英文）", label.en), before.en, after.en
    else:
        said, one, other = Text(label.zh, f"{label.en} (Chinese)"), before.zh, after.zh
    return Detail(said, Text(one, one), Text(other, other))


@dataclass(frozen=True)
class Thing:
    """One thing of a part, with all that is to be compared about it."""

    name: Text
    what: Text
    facts: Facts


def compared(
    part: str,
    before: Mapping[str, Thing],
    after: Mapping[str, Thing],
    label: Callable[[str], Text],
) -> Iterable[Change]:
    """Yield how the things of a part differ: the new ones and the changed in order, then the gone."""
    for place, thing in after.items():
        old = before.get(place)
        kind: Kind = "changed" if old else "added"
        said = details(old.facts if old else {}, thing.facts, label)
        if said or not old:
            yield Change(part, place, kind, thing.what, thing.name, said)
    for place in before.keys() - after.keys():
        thing = before[place]
        yield Change(
            part, place, "removed", thing.what, thing.name, details(thing.facts, {}, label)
        )


def plain(value: object) -> Text:
    """Return a value as text in both languages, cut where it is very long."""
    said = str(value)
    said = said if len(said) <= LONGEST else f"{said[:LONGEST]}…"
    return Text(said, said)
