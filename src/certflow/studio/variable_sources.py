"""What each element of a diagram makes known: forms, operations, tables, scripts (catalogue H1)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from certflow.cases import registry
from certflow.core.expressions import ExpressionError, allowed_name, compile_expression
from certflow.core.text import NOTHING, Text
from certflow.engine.decisions import Decision, Table
from certflow.engine.diagram import Diagram, Element
from certflow.forms.definition import FormError, read_form
from certflow.forms.parts import Field, FormDefinition
from certflow.studio.variable_types import ANY, is_name, only_name, type_of

Json = Mapping[str, Any]
_OF_KIND: Final[Mapping[str, str]] = {
    "string": "text",
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
    "date": "date",
    "list": "list",
}
_OUTCOME = Text("办理结果", "outcome")


@dataclass(frozen=True)
class Value:
    """One value that a variable may have, and what it means."""

    value: str | int | float | bool
    label: Text


@dataclass(frozen=True)
class Variable:
    """A decision variable of a process.

    `type`: text, number, boolean, date, list, record or any. `values`: all that it can be, empty
    where that is not known. `always`: known on every way here, not only on some.
    """

    name: str
    type: str
    values: tuple[Value, ...]
    source: Text
    label: Text = NOTHING
    always: bool = True


APPLICANT: Final = Variable(
    "applicant",
    "number",
    (),
    Text("开始时就有", "From the start"),
    Text("申请人的账号", "The applicant's account"),
)
"""Whoever filed: every case starts with this variable."""


class Sources:
    """What the elements of one bundle set; forms and tables that cannot be read set nothing."""

    def __init__(self, content: Json, diagram: Diagram, tables: Mapping[str, Decision]) -> None:
        self._content, self._diagram, self._tables = content, diagram, tables
        self._forms: dict[str, FormDefinition | None] = {}

    def of(self, element: Element) -> list[Variable]:
        """Return the variables that are known once an element is done."""
        made = {
            "userTask": self._form,
            "serviceTask": self._operation,
            "businessRuleTask": self._decision,
            "scriptTask": self._script,
        }.get(element.kind)
        return [one for one in made(element) if allowed_name(one.name)] if made else []

    def item(self, element: Element) -> Variable | None:
        """Return the variable of a repeated task that holds its own item."""
        if element.instances is None or not element.instances.item:
            return None
        source = Text(f"“{_named(element)}”逐个办理", f"Each of “{_named(element)}”")
        label = Text("当前这一个", "The one at hand")
        return Variable(element.instances.item, ANY, (), source, label)

    def form(self, name: str) -> FormDefinition | None:
        """Return a form as it is read, None when it is wrong or not there."""
        if name not in self._forms:
            self._forms[name] = self._read(name)
        return self._forms[name]

    def _read(self, name: str) -> FormDefinition | None:
        json = self._content["forms"].get(name)
        if json is None:
            return None
        try:
            return read_form(json, self._content["records"], self._content["forms"])
        except (FormError, AttributeError, TypeError, ValueError, KeyError, RecursionError):
            return None

    def _form(self, element: Element) -> Iterator[Variable]:
        form = self.form(element.form)
        if form is None:
            return
        title, source = form.title, Text(f"表单“{form.title.zh}”", f"Form “{form.title.en}”")
        values = tuple(Value(one.key, one.label) for one in form.outcomes)
        said = Text(f"{title.zh}的{_OUTCOME.zh}", f"{title.en}: {_OUTCOME.en}")
        outcome = Variable(f"{form.key}_outcome", "text", values, source, said)
        if form.outcomes:
            yield outcome
        types = {name: _OF_KIND.get(one.kind, ANY) for name, one in form.fields.items()}
        for name, condition in form.decides.items():
            if condition.source.strip() == "outcome":
                yield replace(outcome, name=name)
                continue
            field = form.fields.get(only_name(condition.source))
            yield Variable(
                name,
                type_of(condition.source, {**types, "outcome": "text"}),
                _values(field) if field and is_name(condition.source) else (),
                source,
                field.label if field else NOTHING,
            )

    def _operation(self, element: Element) -> Iterator[Variable]:
        name = element.properties.get("operation", "")
        source = Text(f"环节“{_named(element)}”", f"Step “{_named(element)}”")
        given = {key: _literal(text) for key, text in element.properties.items()}
        for result in registry.results_of(name):
            filled = result.name.format_map(_Filling(given))
            yield Variable(filled, result.type, (), source, result.title)

    def _decision(self, element: Element) -> Iterator[Variable]:
        name = element.properties.get("result") or element.properties.get("decision", "")
        decision = self._tables.get(element.properties.get("decision", ""))
        if decision is None:
            return
        title = decision.name or decision.id
        source = Text(f"决策表“{title}”", f"Decision table “{title}”")
        lists = isinstance(decision, Table) and decision.policy in {"R", "O", "C"}
        kind = "list" if lists else "record" if isinstance(decision, Table) else ANY
        yield Variable(name, kind, (), source, Text(title, title))

    def _script(self, element: Element) -> Iterator[Variable]:
        source = Text(f"脚本“{_named(element)}”", f"Script “{_named(element)}”")
        for line in element.script.splitlines():
            name, equals, expression = line.partition("=")
            if equals and not line.strip().startswith("#"):
                yield Variable(name.strip(), type_of(expression, {}), (), source)


class _Filling(dict[str, str]):
    """Fills a {place}; one whose value is computed when the case runs stays as it is."""

    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"


def _literal(source: str) -> str:
    """Return what a parameter is when it is written out, its text otherwise."""
    try:
        compiled = compile_expression(source)
        return str(compiled.evaluate({})) if compiled.constant else source
    except ExpressionError:
        return source


def _named(element: Element) -> str:
    return " ".join(element.name.split()) or element.id


def _values(field: Field) -> tuple[Value, ...]:
    if field.kind in {"boolean", "list"}:
        return ()
    return tuple(Value(_as_kind(field, one.value), one.label) for one in field.options)


def _as_kind(field: Field, value: str) -> str | int | float:
    if field.kind not in {"integer", "number"}:
        return value
    try:
        read = float(value)
    except ValueError:
        return value
    return int(read) if read.is_integer() else read
