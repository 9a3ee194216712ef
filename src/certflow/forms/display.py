"""Answers as people read them: labels for values, one line for a record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from certflow.core.text import Text, dated, moment_text
from certflow.forms.answers import record_options
from certflow.forms.parts import Choices, Field, FormDefinition, Option

_YES, _NO, _TO = Text("是", "Yes"), Text("否", "No"), Text("至", "to")
_PROSE = 40  # characters of a text that fit a summary line


@dataclass(frozen=True)
class FileInfo:
    """A stored file as a page shows it; `size` in bytes, `at` when it was uploaded."""

    id: str
    name: str
    url: str
    size: int = 0
    at: datetime | None = None

    @property
    def size_text(self) -> str:
        """Return the size in the unit that fits ("4.2 MB")."""
        if self.size < 1024 * 1024:
            return f"{max(1, round(self.size / 1024))} KB"
        return f"{self.size / 1024 / 1024:.1f} MB"


@dataclass(frozen=True)
class Reader:
    """What is needed to read answers aloud: the language, run-time options and files by id."""

    locale: str = "zh"
    choices: Choices | None = None
    files: Mapping[str, FileInfo] | None = None

    def say(self, text: Text | None) -> str:
        """Return a text in the reader's language, "" for none."""
        return text.of(self.locale) if text else ""

    def minute(self, at: datetime | None) -> str:
        """Return a moment in the reader's language, "" for none."""
        return self.say(moment_text(at)) if at else ""

    def options(self, field: Field) -> Sequence[Option]:
        """Return the options of a field: its own, else those given at run time."""
        return field.options or (self.choices or {}).get(field.source, ())

    def beside(self, form: FormDefinition, *versions: Mapping[str, Any]) -> Self:
        """Return this reader for these answers: a choice among their own records gets its words."""
        own = {
            source: [one for data in versions for one in record_options(form, source, data) or ()]
            for source in form.sources
            if source.startswith("records:")
        }
        return replace(self, choices={**(self.choices or {}), **own})

    def value(self, field: Field, value: Any) -> str:
        """Return an answer in words: option labels, yes / no, numbers with their unit."""
        if value is None or value in ("", [], {}):
            return ""
        if field.kind == "records":
            return self._joined([self.summary(field, row) for row in value])
        if field.kind == "boolean" and not field.options:
            return self.say(_YES if value in (True, "true", "on") else _NO)
        if field.kind == "list":
            return self._joined([self._item(field, str(each)) for each in value])
        return self._with_unit(field, self._item(field, _plain(value)))

    def heading(self, field: Field, row: Mapping[str, Any]) -> str:
        """Return what a record is called: the value of its heading field, or ""."""
        return self.heading_of(field.record, row) if field.record else ""

    def heading_of(self, record: FormDefinition, row: Mapping[str, Any]) -> str:
        """Return what a record of this kind is called."""
        known = record.answered.get(record.heading)
        return self.value(known, row.get(known.name)) if known else ""

    def summary(self, field: Field, row: Mapping[str, Any]) -> str:
        """Return a record's one line: "2025-09-08 至 09-11，监督审核，4 天，组员"."""
        return self.summary_of(field.record, row) if field.record else ""

    def summary_of(self, record: FormDefinition, row: Mapping[str, Any]) -> str:
        """Return the one line of a record of this kind."""
        parts: list[str] = []
        days: list[bool] = []
        for name in record.summary or tuple(record.answered)[1:4]:
            known = record.answered.get(name)
            text = self.value(known, row.get(name)) if known else ""
            if known is None or not text:
                continue
            dated = known.kind in {"date", "month"}
            if dated and days and days[-1]:
                parts[-1], days[-1] = self.span(parts[-1], text), False
                continue
            parts.append(text if len(text) <= _PROSE else f"{text[:_PROSE]}…")
            days.append(dated)
        return ("，" if self.locale == "zh" else ", ").join(parts)

    def span(self, start: str, end: str) -> str:
        """Join two days, with the year once where it is the same."""
        if start == end:
            return start
        if self.locale != "zh":
            return f"{start.removesuffix(end[-5:])} {_TO.en} {end}"
        short = end[5:] if start[:5] == end[:5] and len(end) > len("2025-09") else end
        return f"{start} {_TO.zh} {short}"

    def _item(self, field: Field, value: str) -> str:
        if field.widget == "file":
            known = (self.files or {}).get(value)
            return known.name if known else value
        for option in self.options(field):
            if option.value == value:
                return self.say(option.label)
        return self.say(dated(value)) if field.kind in {"date", "month"} else value

    def _with_unit(self, field: Field, text: str) -> str:
        return f"{text} {self.say(field.unit)}" if field.unit else text

    def _joined(self, parts: list[str]) -> str:
        return ("、" if self.locale == "zh" else ", ").join(part for part in parts if part)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)
