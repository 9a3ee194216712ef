"""Everything beside the definition and the answers that a form page shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from certflow.core.text import Text
from certflow.forms.amend import Change, Flags, Permit
from certflow.forms.display import FileInfo, Reader
from certflow.forms.parts import Choices, FormDefinition
from certflow.forms.shown import LibraryRecord


@dataclass(frozen=True)
class Scene:
    """What surrounds a form while it is filled.

    `choices` by source name, `files` by id, `errors` by path, `flags` what this corrective round
    marks, `library` the records that can be picked by field name, `changes` what is new since the
    last round, `verdicts` those of that round by path, `reviewed` the answers under review, `html_prefix` distinguishes two forms on a page.
    """

    locale: str = "zh"
    choices: Choices = field(default_factory=dict)
    files: Mapping[str, FileInfo] = field(default_factory=dict)
    errors: Mapping[str, Text] = field(default_factory=dict)
    flags: Flags = field(default_factory=dict)
    library: Mapping[str, Sequence[LibraryRecord]] = field(default_factory=dict)
    changes: Sequence[Change] = ()
    verdicts: Mapping[str, str] = field(default_factory=dict)
    reviewed: Mapping[str, Any] | None = None
    html_prefix: str = "f"

    @cached_property
    def reader(self) -> Reader:
        """What reads values aloud in this language."""
        return Reader(self.locale, self.choices, self.files)

    @cached_property
    def changed(self) -> Mapping[str, Change]:
        """The changes by path."""
        return {each.path: each for each in self.changes}

    def html_id(self, path: str) -> str:
        """Return the id of an element for the answer at `path`."""
        return f"{self.html_prefix}-{path.replace('/', '-')}"

    def error(self, path: str) -> str:
        """Return the sentence that stands at `path`, or ""."""
        return self.reader.say(self.errors.get(path))

    def permit(self, form: FormDefinition) -> Permit:
        """Return what may change in this round."""
        return Permit(form, self.flags)

    def touched(self, path: str) -> bool:
        """Tell whether something at or under `path` changed."""
        return any(each == path or each.startswith(f"{path}/") for each in self.changed)
