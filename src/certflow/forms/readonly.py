"""A submitted form for reading, print and PDF (catalogue B5, B13)."""

from collections.abc import Mapping
from typing import Any

from certflow.forms.amend import Flags
from certflow.forms.display import FileInfo, Reader
from certflow.forms.parts import Field, FormDefinition, Page
from certflow.forms.shown import ReadonlyView, ShownGroup, ShownRecord, ShownSection, ShownValue


def referenced_files(form: FormDefinition, data: Mapping[str, Any]) -> list[str]:
    """Return the ids of every file these answers hold, each once, in reading order.

    The caller looks them up for display and checks that they belong to the person who posts them.
    """
    found: dict[str, None] = {}
    for name, field in form.answered.items():
        value = data.get(name)
        if field.widget == "file" and isinstance(value, list):
            found |= dict.fromkeys(str(each) for each in value)
        elif field.record is not None and isinstance(value, list):
            for row in value:
                found |= dict.fromkeys(referenced_files(field.record, row))
    return list(found)


def readonly_view(
    form: FormDefinition,
    data: Mapping[str, Any],
    reader: Reader | None = None,
    flags: Flags | None = None,
    verdicts: Mapping[str, str] | None = None,
) -> ReadonlyView:
    """Return the answers for reading: pages, values, records, files.

    `flags` are the remarks by path, `verdicts` the verdict by path ("audit/r1": "pass").
    """
    voice = (reader or Reader()).beside(form, data)
    known = voice.files or {}
    sections = [_section(voice, page, data, flags or {}, verdicts or {}) for page in form.pages]
    return ReadonlyView(
        key=form.key,
        title=voice.say(form.title),
        locale=voice.locale,
        sections=tuple(each for each in sections if each.values or each.groups),
        files=tuple(known[each] for each in referenced_files(form, data) if each in known),
        verdicts=verdicts or {},
    )


def shown_value(voice: Reader, field: Field, value: Any, path: str) -> ShownValue:
    """Return one answer for reading; files as files, everything else as words."""
    text = voice.value(field, value)
    return ShownValue(
        voice.say(field.label),
        text,
        shown_files(voice, field, value),
        path,
        wide=is_wide(field, text),
    )


def shown_files(voice: Reader, field: Field, value: Any) -> tuple[FileInfo, ...]:
    """Return the files of a file field, those that are known."""
    if field.widget != "file" or not isinstance(value, list):
        return ()
    known = voice.files or {}
    return tuple(known.get(str(each), FileInfo(str(each), str(each), "")) for each in value)


def is_wide(field: Field, text: str) -> bool:
    """Tell whether a value needs the whole line."""
    return field.widget in {"textarea", "file", "checkboxes"} or len(text) > 24  # noqa: PLR2004 (half a line of Chinese)


def _section(
    voice: Reader, page: Page, data: Mapping[str, Any], flags: Flags, verdicts: Mapping[str, str]
) -> ShownSection:
    filled = [each for each in page.fields if data.get(each.name) not in (None, "", [], {})]
    plain = [each for each in filled if each.kind not in {"records", "review", "none"}]
    lists = [each for each in filled if each.kind == "records"]
    return ShownSection(
        voice.say(page.title),
        tuple(shown_value(voice, each, data[each.name], each.name) for each in plain),
        tuple(_group(voice, each, data[each.name], flags, verdicts) for each in lists),
    )


def _group(
    voice: Reader,
    field: Field,
    rows: list[dict[str, Any]],
    flags: Flags,
    verdicts: Mapping[str, str],
) -> ShownGroup:
    return ShownGroup(
        voice.say(field.label),
        tuple(
            ShownRecord(
                number,
                voice.heading(field, row),
                voice.summary(field, row),
                row_values(voice, field, row),
                verdicts.get(f"{field.name}/{row['id']}", ""),
                tuple(flags.get(f"{field.name}/{row['id']}", ())),
            )
            for number, row in enumerate(rows, start=1)
        ),
    )


def row_values(voice: Reader, field: Field, row: Mapping[str, Any]) -> tuple[ShownValue, ...]:
    """Return the filled fields of a record for reading."""
    if field.record is None:
        return ()
    return tuple(
        shown_value(voice, inner, row[name], f"{field.name}/{row['id']}/{name}")
        for name, inner in field.record.answered.items()
        if row.get(name) not in (None, "", [])
    )
