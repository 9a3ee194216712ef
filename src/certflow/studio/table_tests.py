"""Test rows of a decision table: kept with it in its file, run on the server (catalogue H2).

They stand in the decision's extension elements, so they travel with the table wherever it goes:
`<certflow:tests><certflow:test name expected><certflow:given name value/>...`.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from lxml import etree

from certflow.core.expressions import ExpressionError, as_stored
from certflow.core.text import Text
from certflow.engine.decisions import READERS, Decision, Table
from certflow.engine.hitpolicies import settle
from certflow.engine.unary import Names, compile_entry
from certflow.engine.xml import CERTFLOW

MOST_ROWS: Final = 100
MOST_GIVEN: Final = 60
TOO_MANY = Text(
    f"一张表最多保留 {MOST_ROWS} 条测试。", f"A table keeps at most {MOST_ROWS} test rows."
)
NUMBER = Text("这里要填数字。", "A number is needed here.")
YES_NO = Text("这里要选是或否。", "Choose yes or no here.")
NO_NAME = Text("不能给“{name}”赋值。", "“{name}” cannot be given a value.")


@dataclass(frozen=True)
class SampleRow:
    """What is given, as typed; what shall come out, as JSON text, "" when nothing is expected."""

    name: str
    given: Mapping[str, str]
    expected: str = ""


@dataclass(frozen=True)
class Outcome:
    """What a test row came to: the rows hit (from 1), the result, or why there is none.

    `wrong` says by input what cannot be read; `met` is None when nothing is expected.
    """

    hits: tuple[int, ...] = ()
    result: Any = None
    error: Text | None = None
    wrong: Mapping[str, Text] = field(default_factory=dict)
    met: bool | None = None


def kept(decision: etree._Element) -> list[SampleRow]:
    """Return the test rows that a decision's file keeps for it."""
    tag = f"{{{CERTFLOW}}}"
    return [
        SampleRow(
            str(one.get("name", "")),
            {
                str(given.get("name", "")): str(given.get("value", ""))
                for given in one.findall(f"{tag}given")
            },
            str(one.get("expected", "")),
        )
        for one in decision.iterfind(f"{{*}}extensionElements/{tag}tests/{tag}test")
    ]


def run(
    decision: Decision, rows: Sequence[SampleRow], types: Mapping[str, str], now: datetime
) -> list[Outcome]:
    """Decide each test row; `types` says by input how what was typed is read."""
    return [_run(decision, row, types, now) for row in rows[:MOST_ROWS]]


def _run(decision: Decision, row: SampleRow, types: Mapping[str, str], now: datetime) -> Outcome:
    data, wrong = _data(row.given, types)
    if wrong:
        return Outcome(wrong=wrong)
    hits: tuple[int, ...] = ()
    try:
        if isinstance(decision, Table):
            names = Names(decision.known(data, now=now), now)
            found = decision.hits(names)
            hits = tuple(one.number for one in found)
            result = settle(decision.id, decision.policy, decision.outputs, found, names)
        else:
            result = decision.decide(data, now=now)
    except ExpressionError as error:
        return Outcome(hits=hits, error=error.message, met=False if row.expected else None)
    return Outcome(hits=hits, result=result, met=_met(row.expected, result))


def _met(expected: str, result: Any) -> bool | None:
    if not expected:
        return None
    try:
        return bool(json.loads(expected) == result)
    except ValueError:
        return False


def _data(
    given: Mapping[str, str], types: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, Text]]:
    """Return a case's variables as the row gives them, and what could not be read."""
    data: dict[str, Any] = {}
    wrong: dict[str, Text] = {}
    for name in types:
        _put(data, name, None)
    for name, text in list(given.items())[:MOST_GIVEN]:
        try:
            _put(data, name, value_of(text, types.get(name, "")))
        except ExpressionError as error:
            wrong[name] = error.message
    return data, wrong


def _put(data: dict[str, Any], name: str, value: Any) -> None:
    """Set a variable, or what stands in a record under a path."""
    *path, last = name.split(".")
    for one in path:
        if not isinstance(data.get(one), dict):
            data[one] = {}
        data = data[one]
    data[last] = value


def value_of(text: str, kind: str) -> Any:
    """Return what was typed as a value of a type; nothing typed is nothing.

    Raises:
        ExpressionError: it is no such value.

    """
    if text == "":
        return None
    if kind == "string":
        return text
    if kind == "number":
        return _number(text)
    if kind == "boolean":
        if text not in ("true", "false"):
            raise ExpressionError(YES_NO)
        return text == "true"
    if kind in READERS:
        return _moment(text, kind)
    return _anything(text)


def _number(text: str) -> int | float:
    found = _json(text.strip())
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        raise ExpressionError(NUMBER)
    return found


def _moment(text: str, kind: str) -> str:
    try:
        READERS[kind](text)
    except ValueError as error:
        raise ExpressionError(Text(str(error), str(error))) from error
    return text


def _anything(text: str) -> Any:
    """Read JSON, or a constant as cells have it, or else plain text."""
    found = _json(text)
    if found is not None or text.strip() == "null":
        return found
    try:
        made = compile_entry(text)
        return as_stored(made.evaluate({})) if made.constant else text
    except ExpressionError:
        return text


def _json(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=lambda _name: None)
    except (ValueError, RecursionError):
        return None


def failing(
    rows: Sequence[SampleRow], outcomes: Sequence[Outcome]
) -> Iterator[tuple[int, SampleRow]]:
    """Yield the rows (numbered from 1) that came to something else than they expect."""
    for number, (row, outcome) in enumerate(zip(rows, outcomes, strict=False), 1):
        if outcome.met is False:
            yield number, row
