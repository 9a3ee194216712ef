"""The parts of a form as other modules see them: frozen, read once per published version."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from certflow.core.expressions import Expression
from certflow.core.text import Text


@dataclass(frozen=True)
class Condition:
    """An expression with the text it was written as (the page shows and hides by the text)."""

    source: str
    expression: Expression

    def names(self) -> frozenset[str]:
        """Return the answers that the expression looks at."""
        return self.expression.names


@dataclass(frozen=True)
class Option:
    """One value a person may choose."""

    value: str
    label: Text
    note: Text | None = None


@dataclass(frozen=True)
class Nonconformity:
    """A reason why a record fails (不符合项, catalogue C5).

    `applies` names the record fields it is offered for (empty: all), `fields` the fields of the
    record that its owner may change to mend it (empty: all of them), `text` the drafted words.
    """

    code: str
    label: Text
    text: Text
    applies: frozenset[str] = frozenset()
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Limits:
    """What a value must keep to; None where there is no limit. Sizes of files in megabytes."""

    min_length: int | None = None
    max_length: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    pattern: re.Pattern[str] | None = None
    format: str = ""
    min_items: int = 0
    max_items: int = 200
    unique: bool = False
    accept: tuple[str, ...] = ()
    max_mb: int = 20


@dataclass(frozen=True, eq=False)
class Field:
    """One question of a form."""

    name: str
    label: Text
    widget: str
    kind: str
    help: Text | None = None
    text: Text | None = None
    unit: Text | None = None
    required: bool = False
    options: tuple[Option, ...] = ()
    source: str = ""
    visible_if: Condition | None = None
    limits: Limits = field(default_factory=Limits)
    width: str = "full"
    rows: int = 4
    default: object = None
    example: str = ""
    record: "FormDefinition | None" = None
    targets: tuple[str, ...] = ()
    nonconformities: tuple[Nonconformity, ...] = ()

    def nonconformity(self, code: str) -> Nonconformity | None:
        """Return the non-conformity with this code, or None."""
        return next((each for each in self.nonconformities if each.code == code), None)


@dataclass(frozen=True)
class Page:
    """A step of a form that has several."""

    key: str
    title: Text
    intro: Text | None
    fields: tuple[Field, ...]
    visible_if: Condition | None = None


@dataclass(frozen=True)
class Outcome:
    """What a person may do with the filled form; `requires` names fields needed only for it."""

    key: str
    label: Text
    kind: str = "primary"
    requires: tuple[str, ...] = ()
    note: Text | None = None


@dataclass(frozen=True)
class Rule:
    """A condition across fields; its message stands at `field`."""

    field: str
    must: Condition
    message: Text
    outcomes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class FormDefinition:
    """A form, or the shape of one record of the profile library (catalogue A9, B2).

    `own` names the fields that do not come from the amended form; `heading` and `summary` name the
    fields that stand on the card of a record. `exhibits` are registered tables shown above the
    fields, `starts_from` the registered values it opens with; what it `discloses` may be read in
    blind tasks. Compared by identity, so that it can be a cache key.
    """

    key: str
    title: Text
    pages: tuple[Page, ...]
    intro: Text | None = None
    outcomes: tuple[Outcome, ...] = ()
    rules: tuple[Rule, ...] = ()
    decides: Mapping[str, Condition] = field(default_factory=dict)
    checks: tuple[str, ...] = ()
    amends: "FormDefinition | None" = None
    editable: str = "all"
    reviews: "FormDefinition | None" = None
    own: frozenset[str] = frozenset()
    heading: str = ""
    summary: tuple[str, ...] = ()
    exhibits: tuple[str, ...] = ()
    starts_from: str = ""
    discloses: bool = False

    @cached_property
    def fields(self) -> Mapping[str, Field]:
        """Every field of every page by name, in reading order."""
        return {each.name: each for page in self.pages for each in page.fields}

    @cached_property
    def answered(self) -> Mapping[str, Field]:
        """The fields that hold an answer (a notice holds none)."""
        return {name: each for name, each in self.fields.items() if each.kind != "none"}

    @cached_property
    def sources(self) -> frozenset[str]:
        """Names of the option lists that the server must give at run time."""
        return frozenset(each.source for each in self._with_rows() if each.source)

    def page(self, key: str) -> Page | None:
        """Return the page with this key, or None."""
        return next((each for each in self.pages if each.key == key), None)

    def outcome(self, key: str) -> Outcome | None:
        """Return the outcome with this key, or None."""
        return next((each for each in self.outcomes if each.key == key), None)

    def _with_rows(self) -> Iterator[Field]:
        for each in self.fields.values():
            yield each
            if each.record is not None:
                yield from each.record.fields.values()


Choices = Mapping[str, Sequence[Option]]
