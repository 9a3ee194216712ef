"""From the JSON of one field to a Field; every mistake becomes a finding in plain words."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from certflow.core.expressions import ExpressionError, compile_expression
from certflow.core.text import Text
from certflow.forms.parts import (
    Condition,
    Field,
    FormDefinition,
    Limits,
    Nonconformity,
    Option,
)
from certflow.forms.patterns import UnsafePatternError, compile_pattern

Json = Mapping[str, object]

# widget -> the kinds of value it can hold
WIDGETS: Mapping[str, tuple[str, ...]] = {
    "text": ("string",),
    "textarea": ("string",),
    "select": ("string", "integer"),
    "radio": ("string", "integer", "boolean"),
    "organisation": ("string", "integer"),
    "date": ("date",),
    "month": ("month",),
    "number": ("integer", "number"),
    "checkbox": ("boolean",),
    "checkboxes": ("list",),
    "experts": ("list",),
    "file": ("list",),
    "records": ("records",),
    "review": ("review",),
    "notice": ("none",),
}
_RUNTIME = {"experts", "organisation"}
_CHOICE = {"select", "radio", "checkboxes"}
_KEYWORDS = {
    "type", "title", "description", "format", "minLength", "maxLength", "minimum", "maximum",
    "pattern", "enum", "items", "minItems", "maxItems", "uniqueItems", "default", "examples",
}  # fmt: skip
_ENUM_LABELS = {"true": Text("是", "Yes"), "false": Text("否", "No")}


@dataclass(frozen=True)
class FormFinding:
    """What is wrong with a form definition: the field (or page, outcome) and plain words."""

    field: str
    message: Text


@dataclass
class Reader:
    """Collects findings while a definition is read."""

    findings: list[FormFinding] = field(default_factory=list)

    def wrong(self, where: str, zh: str, en: str) -> None:
        """Note that `where` is wrong."""
        self.findings.append(FormFinding(where, Text(zh, en)))

    def text(self, where: str, value: object, *, needed: bool = True) -> Text:
        """Read a text in both languages; note one that is missing."""
        if value is None and not needed:
            return Text("", "")
        given = mapping(value)
        text = Text(str(given.get("zh", "")).strip(), str(given.get("en", "")).strip())
        if not (text.zh and text.en):
            self.wrong(where, "缺少中文或英文文字", "The text in Chinese or English is missing")
        return text

    def optional(self, where: str, value: object) -> Text | None:
        """Read a text that may be absent, but not in one language only."""
        return None if value is None else self.text(where, value)

    def condition(self, where: str, source: object, known: set[str] | None) -> Condition | None:
        """Compile an expression; `known` are the names it may use (None: any)."""
        if source is None:
            return None
        try:
            condition = Condition(str(source), compile_expression(str(source)))
        except ExpressionError as error:
            zh, en = error.message
            self.wrong(where, f"条件“{source}”写得不对：{zh}", f'"{source}" is wrong: {en}')
            return None
        for name in sorted(condition.names() - known) if known is not None else ():
            self.wrong(
                where,
                f"条件“{source}”用到了“{name}”，它不在前面的字段里",
                f'"{source}" uses "{name}", which is no field before it',
            )
        return condition


def mapping(value: object) -> Json:
    """Return value as a mapping, empty if it is none."""
    return value if isinstance(value, Mapping) else {}


def items(value: object) -> list[Json]:
    """Return value as a list of mappings, without what is not one."""
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def names(value: object) -> tuple[str, ...]:
    """Return value as a tuple of strings."""
    return tuple(str(each) for each in value) if isinstance(value, list) else ()


def read_field(
    reader: Reader, json: Json, schema: Json, records: Mapping[str, FormDefinition]
) -> Field:
    """Read one field: its layout `json`, its property in the JSON Schema `schema`."""
    name = str(json.get("name", ""))
    widget = str(json.get("widget", ""))
    prop = mapping(mapping(schema.get("properties")).get(name))
    _check(reader, name, widget, prop, present=bool(prop))
    options = _options(reader, name, json, prop)
    if widget in _CHOICE and not options and not json.get("choices"):
        reader.wrong(name, "没有可选项", "There is nothing to choose from")
    return Field(
        name=name,
        label=reader.text(name, json.get("label"), needed=widget != "notice"),
        widget=widget,
        kind=kind_of(widget, prop),
        help=reader.optional(name, json.get("help")),
        text=reader.text(name, json.get("text")) if widget == "notice" else None,
        unit=reader.optional(name, json.get("unit")),
        required=name in names(schema.get("required")),
        options=options,
        source=str(json.get("choices") or (name if widget in _RUNTIME else "")),
        limits=_limits(reader, name, json, prop),
        width=str(json.get("width", "full")),
        rows=number(json.get("rows")) or 4,
        default=prop.get("default"),
        example=_example(prop.get("examples")),
        record=_record(reader, name, widget, json, records),
        targets=names(json.get("targets")),
        nonconformities=tuple(
            _nonconformity(reader, name, each) for each in items(json.get("nonconformities"))
        ),
    )


def kind_of(widget: str, prop: Json) -> str:
    """Return the kind of value that this widget and this property hold together."""
    if widget in {"date", "month", "records", "review"}:
        return widget
    if widget == "notice":
        return "none"
    declared = str(prop.get("type", "string"))
    return "list" if declared == "array" else declared


def number(value: object) -> int | None:
    """Return a whole number or None."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _check(reader: Reader, name: str, widget: str, prop: Json, *, present: bool) -> None:
    if not name.isidentifier():
        reader.wrong(name, f"字段名“{name}”不是标识符", f'The name "{name}" is no identifier')
    if widget not in WIDGETS:
        reader.wrong(name, f"没有“{widget}”这种控件", f'There is no widget "{widget}"')
        return
    if widget != "notice" and not present:
        reader.wrong(name, "schema 里没有这个字段", "The schema has no such property")
        return
    if kind_of(widget, prop) not in WIDGETS[widget]:
        reader.wrong(
            name, f"控件“{widget}”不能填这种类型", f'The widget "{widget}" cannot hold this type'
        )
    for keyword in sorted(set(prop) - _KEYWORDS):
        reader.wrong(
            name, f"schema 里的“{keyword}”不认识", f'The schema keyword "{keyword}" is unknown'
        )


def _options(reader: Reader, name: str, json: Json, prop: Json) -> tuple[Option, ...]:
    given = tuple(
        Option(
            str(each.get("value")),
            reader.text(name, each.get("label")),
            reader.optional(name, each.get("help")),
        )
        for each in items(json.get("options"))
    )
    if not given and prop.get("type") == "boolean" and json.get("widget") == "radio":
        return tuple(Option(value, label) for value, label in _ENUM_LABELS.items())
    allowed = prop.get("enum", mapping(prop.get("items")).get("enum"))
    missing = set(names(allowed)) ^ {each.value for each in given} if allowed is not None else set()
    if missing:
        listed = "、".join(sorted(missing))
        reader.wrong(name, f"选项与 enum 不一致：{listed}", f"Options and enum differ: {listed}")
    return given


def _limits(reader: Reader, name: str, json: Json, prop: Json) -> Limits:
    try:
        pattern = compile_pattern(str(prop["pattern"])) if "pattern" in prop else None
    except UnsafePatternError as error:
        reader.wrong(name, f"pattern 不能用：{error}", f"The pattern cannot be used: {error}")
        pattern = None
    length = number(prop.get("maxLength"))
    return Limits(
        min_length=number(prop.get("minLength")),
        max_length=min(length or 200, 200) if pattern else length,
        minimum=_real(prop.get("minimum")),
        maximum=_real(prop.get("maximum")),
        pattern=pattern,
        format=str(prop.get("format", "")),
        min_items=number(prop.get("minItems")) or 0,
        max_items=number(prop.get("maxItems")) or 200,
        unique=prop.get("uniqueItems") is True,
        accept=names(json.get("accept")),
        max_mb=number(json.get("max_mb")) or 20,
    )


def _real(value: object) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _record(
    reader: Reader, name: str, widget: str, json: Json, records: Mapping[str, FormDefinition]
) -> FormDefinition | None:
    if widget != "records":
        return None
    kind = str(json.get("records", ""))
    if not kind:
        reader.wrong(name, "还没有选定重复的是什么", "What is repeated has not been chosen")
    elif kind not in records:
        reader.wrong(name, f"没有“{kind}”这种记录", f'There is no record kind "{kind}"')
    return records.get(kind)


def _nonconformity(reader: Reader, name: str, json: Json) -> Nonconformity:
    return Nonconformity(
        code=str(json.get("code", "")),
        label=reader.text(name, json.get("label")),
        text=reader.text(name, json.get("text") or json.get("label")),
        applies=frozenset(names(json.get("applies"))),
        fields=names(json.get("fields")),
    )


def _example(value: object) -> str:
    return str(value[0]) if isinstance(value, list) and value else ""
