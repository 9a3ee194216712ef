"""What a decision makes known: its result, each column of it, how many rows applied (H1)."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Final

from certflow.core.expressions import ExpressionError, allowed_name
from certflow.core.text import Text
from certflow.engine.decisions import Decision, Formula, Table
from certflow.engine.hitpolicies import LISTS, Output
from certflow.studio.variable_types import ANY, Value, Variable, type_of

_MOST: Final = 40
"""A column with more values than this is typed in, not chosen."""
_TYPES: Final = {
    "string": "text",
    "boolean": "boolean",
    "date": "date",
    "dateTime": "date",
    **dict.fromkeys(("number", "integer", "long", "double"), "number"),
}


def variables_of(name: str, decision: Decision) -> Iterator[Variable]:
    """Yield what can be looked at once a decision's result is kept under `name`.

    Of one row: its columns. Of several (R, O, C): whether there are any and how many, since a
    condition cannot look into one of them. Of an aggregate: the one number.
    """
    title = decision.name or decision.id
    source = Text(f"决策表“{title}”", f"Decision table “{title}”")
    label = Text(title, title)
    if not isinstance(decision, Table):
        kind = type_of(decision.expression.source, {}) if isinstance(decision, Formula) else ANY
        yield Variable(name, kind, (), source, label)
        return
    if decision.policy in LISTS:
        yield Variable(name, "rows", (), source, label)
        many = Text(f"{title}：适用的行数", f"{title}: how many rows apply")
        yield Variable(f"len({name})", "number", (), source, many, part_of=name)
        return
    yield Variable(name, "record", (), source, label)
    for place, output in enumerate(decision.outputs):
        if allowed_name(output.name):
            said = Text(f"{title}：{output.label}", f"{title}: {output.label}")
            kind, values = _column(decision, place, output)
            yield Variable(f"{name}.{output.name}", kind, values, source, said, part_of=name)


def _column(table: Table, place: int, output: Output) -> tuple[str, tuple[Value, ...]]:
    """Return a column's type and the values that it may have, as far as the table tells."""
    if table.policy in ("C+", "C#"):
        return "number", ()
    cells = [rule.outputs[place] for rule in table.rules] + [output.default]
    written = [cell for cell in cells if cell is not None]
    try:
        found = list(output.order) or [one.evaluate({}) for one in written if one.constant]
    except ExpressionError:
        found = []
    whole = bool(output.order) or all(one.constant for one in written)
    kinds = {_kind(one) for one in found if one is not None}
    inferred = kinds.pop() if whole and len(kinds) == 1 else ANY
    kind = _TYPES.get(output.type, inferred)
    values = dict.fromkeys(one for one in found if isinstance(one, str | int | float))
    listed = kind == inferred in {"text", "number"} and len(values) <= _MOST
    return kind, tuple(Value(one, Text(str(one), str(one))) for one in values) if listed else ()


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, date | datetime):
        return "date"
    return "text" if isinstance(value, str) else ANY
