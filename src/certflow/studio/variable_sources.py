"""What each element of a diagram makes known: forms, operations, tables, scripts (catalogue H1)."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from certflow.cases import registry
from certflow.core.expressions import ExpressionError, allowed_name, compile_expression
from certflow.core.text import NOTHING, Text
from certflow.engine.decisions import Decision
from certflow.engine.diagram import Diagram, Element
from certflow.forms.definition import FormError, read_form
from certflow.forms.parts import Field, FormDefinition
from certflow.studio.variable_columns import variables_of
from certflow.studio.variable_types import ANY, Value, Variable, is_name, only_name, type_of

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
_KEPT: Final = (
    ("outcome", "text", _OUTCOME),
    ("number", "text", Text("业务号", "case number")),
    ("case", "number", Text("业务（供自动环节使用）", "the case, for service tasks")),
)
"""What is kept of a called case (`cases.returning`)."""
Ends = Mapping[str, Mapping[str, Text]]
"""How the cases of services can end, each end with its words."""


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

    def __init__(
        self, content: Json, diagram: Diagram, tables: Mapping[str, Decision], ends: Ends
    ) -> None:
        self._content, self._diagram, self._tables, self._ends = content, diagram, tables, ends
        self._forms: dict[str, FormDefinition | None] = {}

    def of(self, element: Element) -> list[Variable]:
        """Return the variables that are known once an element is done."""
        made = {
            "userTask": self._form,
            "serviceTask": self._operation,
            "businessRuleTask": self._decision,
            "callActivity": self._called,
            "scriptTask": self._script,
        }.get(element.kind)
        found = made(element) if made else ()
        return [one for one in found if allowed_name(one.part_of or one.name)]

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
        yield from variables_of(name, decision)

    def _called(self, element: Element) -> Iterator[Variable]:
        """Yield what is kept of a called case: how it ended, under which number."""
        name = element.properties.get("result", "")
        step = _named(element)
        source = Text(f"调用业务“{step}”", f"Called service “{step}”")
        yield Variable(name, "record", (), source, Text(step, step))
        ends = self._ends.get(element.called, {})
        values = tuple(Value(key, title) for key, title in ends.items())
        for part, kind, words in _KEPT:
            told = Text(f"{step}：{words.zh}", f"{step}: {words.en}")
            known = values if part == "outcome" else ()
            yield Variable(f"{name}.{part}", kind, known, source, told, part_of=name)

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
