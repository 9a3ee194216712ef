"""Read a form definition from its JSON (design §5); the door of this package for whole forms."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from certflow.core.text import Text
from certflow.forms.parts import Condition, Field, FormDefinition, Outcome, Page, Rule
from certflow.forms.reading import FormFinding, Json, Reader, items, mapping, names, read_field

__all__ = ["FormDefinition", "FormError", "FormFinding", "draft_form", "read_form"]

OUTCOME_KINDS = {"primary", "quiet", "danger"}
_KNOWN_KEYS = {
    "key", "title", "intro", "schema", "pages", "fields", "rules", "outcomes", "decides", "checks",
    "amends", "editable", "reviews", "heading", "summary", "noun", "description",
    "exhibits", "starts_from", "discloses",
}  # fmt: skip


class FormError(Exception):
    """A form definition is wrong; `findings` says what, field by field."""

    def __init__(self, findings: list[FormFinding]) -> None:
        super().__init__("; ".join(f"{each.field}: {each.message.en}" for each in findings))
        self.findings = findings


def read_form(
    json: Json,
    records: Mapping[str, Json] | None = None,
    forms: Mapping[str, Json] | None = None,
) -> FormDefinition:
    """Read a form, or the kind of a record.

    `records` are the record kinds by key, `forms` the other forms of the same process by key (those
    that this one amends or reviews). Raises FormError with every finding.
    """
    form, findings = draft_form(json, records, forms)
    if findings:
        raise FormError(findings)
    return form


def draft_form(
    json: Json,
    records: Mapping[str, Json] | None = None,
    forms: Mapping[str, Json] | None = None,
) -> tuple[FormDefinition, list[FormFinding]]:
    """Read a form as far as it can be read, with everything that is wrong with it (H2)."""
    reader = Reader()
    shelf = _Shelf(reader, records or {}, forms or {}, ())
    return shelf.read(json), reader.findings


@dataclass(frozen=True)
class _Shelf:
    """What a form may refer to, and the forms that are being read (to find a circle)."""

    reader: Reader
    records: Mapping[str, Json]
    forms: Mapping[str, Json]
    open: tuple[str, ...]

    def read(self, json: Json) -> FormDefinition:
        reader, key = self.reader, str(json.get("key", ""))
        shelf = replace(self, open=(*self.open, key))
        for name in sorted(set(json) - _KNOWN_KEYS):
            reader.wrong(key, f"不认识“{name}”", f'"{name}" is unknown')
        amends, reviews = shelf.other(json.get("amends")), shelf.other(json.get("reviews"))
        before = amends.pages if amends else ()
        pages = (*before, *shelf.pages(json, before))
        form = FormDefinition(
            key=key,
            title=reader.text(key, json.get("title")),
            intro=reader.optional(key, json.get("intro")),
            pages=pages,
            outcomes=tuple(_outcome(reader, each) for each in items(json.get("outcomes"))),
            rules=(*(amends.rules if amends else ()), *_rules(reader, json, pages)),
            decides=_decides(reader, json),
            checks=(*(amends.checks if amends else ()), *names(json.get("checks"))),
            amends=amends,
            editable=str(json.get("editable", "flagged" if amends else "all")),
            reviews=reviews,
            own=frozenset(each.name for page in pages[len(before) :] for each in page.fields),
            heading=str(json.get("heading", "")),
            summary=names(json.get("summary")),
            exhibits=names(json.get("exhibits")),
            starts_from=str(json.get("starts_from", "")),
            discloses=bool(json.get("discloses", False)),
        )
        _check_whole(reader, form)
        return form

    def other(self, key: object) -> FormDefinition | None:
        if key is None:
            return None
        if str(key) in self.open:
            self.reader.wrong(str(key), "表单互相引用，成了圈", "The forms refer to each other")
            return None
        if str(key) not in self.forms:
            self.reader.wrong(str(key), f"没有表单“{key}”", f'There is no form "{key}"')
            return None
        return self.read(self.forms[str(key)])

    def pages(self, json: Json, before: tuple[Page, ...]) -> tuple[Page, ...]:
        schema = mapping(json.get("schema"))
        given = items(json.get("pages"))
        if not given and json.get("fields"):
            given = [
                {
                    "key": str(json.get("key", "")),
                    "title": json.get("title"),
                    "fields": json["fields"],
                }
            ]
        known = {each.name for page in before for each in page.fields}
        pages = tuple(self.page(each, schema, known) for each in given)
        unplaced = set(mapping(schema.get("properties"))) | set(names(schema.get("required")))
        for name in sorted(unplaced - known):
            self.reader.wrong(name, "这个字段不在任何一页上", "This property stands on no page")
        return pages

    def page(self, json: Json, schema: Json, known: set[str]) -> Page:
        reader, key = self.reader, str(json.get("key", ""))
        condition = reader.condition(key, json.get("visible_if"), known)
        fields = tuple(self.field(each, schema, known) for each in items(json.get("fields")))
        title = reader.text(key, json.get("title"))
        return Page(key, title, reader.optional(key, json.get("intro")), fields, condition)

    def field(self, json: Json, schema: Json, known: set[str]) -> Field:
        reader, name = self.reader, str(json.get("name", ""))
        kinds = {
            key: self.record(key)
            for key in names([json["records"]] if "records" in json else [])
            if key in self.records
        }
        read = read_field(reader, json, schema, kinds)
        condition = reader.condition(name, json.get("visible_if"), known)
        if name in known:
            reader.wrong(name, f"字段“{name}”出现了两次", f'The field "{name}" occurs twice')
        known.add(name)
        return replace(read, visible_if=condition)

    def record(self, key: str) -> FormDefinition:
        if key in self.open:
            self.reader.wrong(key, "记录里不能再放同样的记录", "A record cannot hold itself")
            return FormDefinition(key, Text("", ""), ())
        return self.read(self.records[key])


def _outcome(reader: Reader, json: Json) -> Outcome:
    key = str(json.get("key", ""))
    kind = str(json.get("kind", "primary"))
    if kind not in OUTCOME_KINDS:
        reader.wrong(key, f"没有“{kind}”这种按钮", f'There is no button kind "{kind}"')
    note = reader.optional(key, json.get("note"))
    return Outcome(
        key, reader.text(key, json.get("label")), kind, names(json.get("requires")), note
    )


def _rules(reader: Reader, json: Json, pages: tuple[Page, ...]) -> tuple[Rule, ...]:
    known = {each.name for page in pages for each in page.fields}
    rules = []
    for each in items(json.get("rules")):
        name = str(each.get("field", ""))
        if name not in known:
            reader.wrong(name, "规则指向的字段不存在", "The rule points to no field")
        must = reader.condition(name, each.get("must"), known)
        if must is not None:
            rules.append(
                Rule(
                    name, must, reader.text(name, each.get("message")), names(each.get("outcomes"))
                )
            )
    return tuple(rules)


def _decides(reader: Reader, json: Json) -> dict[str, Condition]:
    read = {
        str(key): reader.condition(str(key), each, None)
        for key, each in mapping(json.get("decides")).items()
    }
    return {key: each for key, each in read.items() if each is not None}


def _check_whole(reader: Reader, form: FormDefinition) -> None:
    for outcome in form.outcomes:
        for name in sorted(set(outcome.requires) - set(form.fields)):
            reader.wrong(
                outcome.key, f"要求的字段“{name}”不存在", f'It requires "{name}", which is no field'
            )
    for name in sorted({form.heading, *form.summary} - {""} - set(form.fields)):
        reader.wrong(
            form.key, f"摘要里的字段“{name}”不存在", f'The summary names "{name}", no field'
        )
    if len({page.key for page in form.pages}) < len(form.pages):
        reader.wrong(form.key, "有两页用了同一个 key", "Two pages have the same key")
    if any(each.widget == "review" for each in form.fields.values()) and form.reviews is None:
        reader.wrong(
            form.key, "缺少 reviews:评价哪张表单", "reviews is missing: which form is evaluated"
        )
    _check_targets(reader, form)


def _check_targets(reader: Reader, form: FormDefinition) -> None:
    for each in form.fields.values():
        for name in each.targets if form.reviews else ():
            if form.reviews is not None and name not in form.reviews.fields:
                reader.wrong(
                    each.name, f"被评价的字段“{name}”不存在", f'The target "{name}" is no field'
                )
