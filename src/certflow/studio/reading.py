"""A bundle to read: its forms with their fields, its tables with their rows (catalogue H3)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from certflow.core.text import Text
from certflow.engine.dmn import MAX_ELEMENTS
from certflow.engine.errors import DefinitionError
from certflow.engine.xml import parse, text_of
from certflow.forms.reading import items, mapping, names
from certflow.studio.places import Places


@dataclass(frozen=True)
class ReadField:
    """A field of a form: what it is called, which widget, whether it must be filled in."""

    label: Text
    widget: str
    required: bool


@dataclass(frozen=True)
class ReadForm:
    """A form, page by page; `outcomes` are the buttons below it."""

    key: str
    title: Text
    pages: tuple[tuple[Text, tuple[ReadField, ...]], ...]
    outcomes: tuple[Text, ...]


@dataclass(frozen=True)
class ReadTable:
    """A decision table: its heads (inputs first, `inputs` of them) and its rows."""

    id: str
    name: str
    heads: tuple[str, ...]
    inputs: int
    rows: tuple[tuple[str, ...], ...]
    formula: str = ""


@dataclass(frozen=True)
class Readable:
    """What a version consists of beside its diagram."""

    forms: tuple[ReadForm, ...]
    tables: tuple[ReadTable, ...]


def readable(content: Mapping[str, Any]) -> Readable:
    """Return the forms and tables of a bundle to read."""
    return Readable(
        tuple(_form(name, mapping(one)) for name, one in content["forms"].items()),
        tuple(table for one in content["tables"].values() for table in _tables(one)),
    )


def names_of(content: Mapping[str, Any], language: str) -> dict[str, str]:
    """Return the names of elements in the reader's language, where the drawing says another."""
    if not language.startswith("en"):
        return {}
    service, places = mapping(content.get("service")), Places(content)
    known = {
        *mapping(service.get("names")),
        *mapping(service.get("stages")),
        *mapping(service.get("outcomes")),
    }
    lanes = {str(lane): Text.read(name).en for lane, name in mapping(service.get("lanes")).items()}
    return {str(one): places.name_of("bpmn", str(one)).en for one in known} | lanes


def _form(key: str, form: Mapping[str, Any]) -> ReadForm:
    required = names(mapping(form.get("schema")).get("required"))
    pages = items(form.get("pages")) or [form]
    return ReadForm(
        key,
        Text.read(form.get("title") or key),
        tuple(
            (
                Text.read(page.get("title") or ""),
                tuple(
                    ReadField(
                        Text.read(one.get("label") or one.get("name") or ""),
                        str(one.get("widget", "")),
                        one.get("name") in required,
                    )
                    for one in items(page.get("fields"))
                    if one.get("widget") != "notice"
                ),
            )
            for page in pages
        ),
        tuple(Text.read(one.get("label") or "") for one in items(form.get("outcomes"))),
    )


def _tables(source: str) -> Iterator[ReadTable]:
    try:
        root = parse(source.encode(), MAX_ELEMENTS)
    except DefinitionError:
        return
    for node in root.iter("{*}decision"):
        place, name = node.get("id") or "", node.get("name") or node.get("id") or ""
        table, formula = node.find("{*}decisionTable"), node.find("{*}literalExpression")
        if table is None:
            said = "" if formula is None else text_of(formula.find("{*}text"))
            yield ReadTable(place, name, (), 0, (), said)
            continue
        inputs, outputs = table.findall("{*}input"), table.findall("{*}output")
        heads = [
            one.get("label") or text_of(one.find("{*}inputExpression/{*}text")) for one in inputs
        ]
        heads += [one.get("label") or one.get("name") or "" for one in outputs]
        rows = tuple(
            tuple(
                text_of(cell.find("{*}text"))
                for cell in (*row.findall("{*}inputEntry"), *row.findall("{*}outputEntry"))
            )
            for row in table.findall("{*}rule")
        )
        yield ReadTable(place, name, tuple(heads), len(inputs), rows)
