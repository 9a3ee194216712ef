"""What templates are given: plain frozen data in one language, no logic left to do."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from certflow.forms.amend import Remark
from certflow.forms.display import FileInfo


@dataclass(frozen=True)
class OptionView:
    """One option and whether it is chosen."""

    value: str
    label: str
    note: str = ""
    chosen: bool = False


@dataclass(frozen=True)
class LibraryRecord:
    """A record of the profile library that can be picked; `picked` tells that the form has it already."""

    id: str
    heading: str
    summary: str = ""
    picked: bool = False


@dataclass(frozen=True)
class ShownValue:
    """A label with what was answered, for reading."""

    label: str
    text: str
    files: tuple[FileInfo, ...] = ()
    path: str = ""
    changed: bool = False
    before: str = ""
    wide: bool = False


@dataclass(frozen=True)
class RecordView:
    """The card of one record in a form that is being filled."""

    id: str
    path: str
    html_id: str
    number: int
    heading: str
    summary: str
    fields: tuple["FieldView", ...]
    source: str = ""
    open: bool = False
    locked: bool = False
    removable: bool = True
    returned: bool = False
    remarks: tuple[Remark, ...] = ()
    verdict: str = ""
    error: str = ""
    errors: int = 0
    changed: bool = False


@dataclass(frozen=True)
class ReviewItem:
    """One submitted record or field with the verdict on it."""

    key: str
    name: str
    html_id: str
    number: int
    heading: str
    summary: str
    values: tuple[ShownValue, ...]
    subject: str = ""
    verdict: str = ""
    code: str = ""
    remark: str = ""
    error: str = ""
    nonconformities: tuple["NonconformityView", ...] = ()
    remarks: tuple[Remark, ...] = ()
    changed: bool = False
    open: bool = False


@dataclass(frozen=True)
class NonconformityView:
    """A non-conformity to pick, with the words it drafts."""

    code: str
    label: str
    text: str


@dataclass(frozen=True)
class ReviewGroup:
    """The items of one list under review, and how many have a verdict."""

    label: str
    name: str
    items: tuple[ReviewItem, ...]

    @property
    def judged(self) -> int:
        """Return how many items have a verdict."""
        return sum(bool(item.verdict) for item in self.items)


@dataclass(frozen=True)
class FieldView:
    """One field as a template draws it. `name` is the HTML name, `path` the place of the answer."""

    name: str
    path: str
    html_id: str
    label: str
    widget: str
    value: str = ""
    values: tuple[str, ...] = ()
    shown: str = ""
    help: str = ""
    text: str = ""
    unit: str = ""
    error: str = ""
    required: bool = False
    optional: bool = False
    locked: bool = False
    hidden: bool = False
    visible_when: str = ""
    changed: bool = False
    before: str = ""
    width: str = "full"
    rows: int = 4
    max_length: int | None = None
    minimum: str = ""
    maximum: str = ""
    step: str = ""
    accept: str = ""
    max_mb: int = 20
    max_items: int = 200
    options: tuple[OptionView, ...] = ()
    files: tuple[FileInfo, ...] = ()
    records: tuple[RecordView, ...] = ()
    blank: RecordView | None = None
    library: tuple[LibraryRecord, ...] = ()
    groups: tuple[ReviewGroup, ...] = ()
    opinion: str = ""
    remarks: tuple[Remark, ...] = ()

    @property
    def described_by(self) -> str:
        """Return the ids of the hint and of the error, for aria-describedby."""
        given = [("help", self.help), ("error", self.error)]
        return " ".join(f"{self.html_id}-{name}" for name, text in given if text)


@dataclass(frozen=True)
class PageLink:
    """A step of the form: `state` is current, error, done or todo."""

    key: str
    title: str
    number: int
    state: str
    marked: int = 0


@dataclass(frozen=True)
class ErrorLink:
    """A sentence of the summary and the field it belongs to; `here` tells whether it is on this page."""

    html_id: str
    page: str
    text: str
    here: bool


@dataclass(frozen=True)
class OutcomeView:
    """A button that finishes the task."""

    key: str
    label: str
    kind: str
    note: str = ""


@dataclass(frozen=True)
class FormView:
    """A form as it is filled: one page of it, and where that page stands."""

    key: str
    title: str
    intro: str
    locale: str
    page_key: str
    page_title: str
    page_intro: str
    fields: tuple[FieldView, ...]
    pages: tuple[PageLink, ...]
    errors: tuple[ErrorLink, ...]
    outcomes: tuple[OutcomeView, ...]
    amends: bool = False
    marked: tuple[ErrorLink, ...] = ()

    @property
    def blocks(self) -> list[tuple[bool, list[FieldView]]]:
        """Return the fields in runs: plain ones stand in one card, lists and reviews alone."""
        runs: list[tuple[bool, list[FieldView]]] = []
        for each in self.fields:
            alone = each.widget in {"records", "review"}
            if alone or not runs or runs[-1][0]:
                runs.append((alone, []))
            runs[-1][1].append(each)
        return runs

    @property
    def position(self) -> int:
        """Return the number of the page, from 1."""
        return next((page.number for page in self.pages if page.key == self.page_key), 1)

    @property
    def first(self) -> bool:
        """Tell whether no page comes before."""
        return self.position == 1

    @property
    def last(self) -> bool:
        """Tell whether no page comes after: here the outcomes stand."""
        return self.position == len(self.pages)


@dataclass(frozen=True)
class ShownRecord:
    """A submitted record, for reading."""

    number: int
    heading: str
    summary: str
    values: tuple[ShownValue, ...]
    verdict: str = ""
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True)
class ShownGroup:
    """Submitted records of one kind."""

    label: str
    records: tuple[ShownRecord, ...]


@dataclass(frozen=True)
class ShownSection:
    """A page of a submitted form, for reading and for print."""

    title: str
    values: tuple[ShownValue, ...]
    groups: tuple[ShownGroup, ...]


@dataclass(frozen=True)
class ReadonlyView:
    """A submitted form (catalogue B5, B13)."""

    key: str
    title: str
    locale: str
    sections: tuple[ShownSection, ...] = field(default_factory=tuple)
    files: tuple[FileInfo, ...] = ()
    verdicts: Mapping[str, str] = field(default_factory=dict)
