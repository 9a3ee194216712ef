"""The cells of a decision table as authors write them: `-`, `"a","b"`, `>= 48`, `[60..100]`, `not(...)`."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from certflow.core.expression_values import orderable, same
from certflow.core.expressions import Expression, ExpressionError, compile_expression
from certflow.core.text import Text


class Names(NamedTuple):
    """What a cell may refer to."""

    data: Mapping[str, object]
    now: datetime | None


Test = Callable[[object, Names], bool]
INTERVAL: Final = re.compile(
    r"(?P<open>[\[(\]])(?P<low>.+?)\.\.(?P<high>.+)(?P<close>[\])\[])", re.DOTALL
)
COMPARISON: Final = re.compile(r"(?P<sign><=|>=|!=|<|>|=)(?!=)(?P<side>.+)", re.DOTALL)
MAX_CELL: Final = 2_000


def compile_test(cell: str) -> Test:
    """Compile an input cell; raise ExpressionError for anything that is no test."""
    cell = cell.strip()
    if len(cell) > MAX_CELL:
        raise ExpressionError(Text("单元格太长。", "The cell is too long."))
    if cell in ("", "-"):
        return lambda _value, _names: True
    if (inner := _negated(cell)) is not None:
        negative = _alternatives(inner)
        return lambda value, names: not negative(value, names)
    return _alternatives(cell)


def _alternatives(cell: str) -> Test:
    tests = [_single(part.strip()) for part in split(cell)]
    return lambda value, names: any(test(value, names) for test in tests)


def _negated(cell: str) -> str | None:
    """Return what stands in `not(...)` when that is the whole cell."""
    found = re.fullmatch(r"not\s*\((.*)\)", cell, re.DOTALL)
    return found[1] if found and _balanced(found[1]) else None


def _balanced(text: str) -> bool:
    depth = 0
    for sign, _ in _outside_quotes(text):
        depth += (sign == "(") - (sign == ")")
        if depth < 0:
            return False
    return depth == 0


def _outside_quotes(text: str) -> list[tuple[str, int]]:
    found, quote = [], ""
    for place, sign in enumerate(text):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'":
            quote = sign
        else:
            found.append((sign, place))
    return found


def split(cell: str) -> list[str]:
    """Split a cell at the commas that stand outside quotes and brackets."""
    parts, depth, start = [], 0, 0
    for sign, place in _outside_quotes(cell):
        depth += (sign in "([{") - (sign in ")]}")
        if sign == "," and depth <= 0:
            parts.append(cell[start:place])
            start = place + 1
    return [*parts, cell[start:]]


def _single(part: str) -> Test:
    if found := INTERVAL.fullmatch(part):
        return _interval(found)
    if found := COMPARISON.fullmatch(part):
        return _comparison(found["sign"], compile_expression(found["side"]))
    expected = compile_expression(part)
    return lambda value, names: same(value, _side(expected, names))


def _side(expression: Expression, names: Names) -> object:
    return expression.evaluate(names.data, now=names.now)


def _comparison(sign: str, side: Expression) -> Test:
    if sign in ("=", "!="):
        return lambda value, names: same(value, _side(side, names)) is (sign == "=")
    return lambda value, names: _holds(value, sign, _side(side, names))


def _interval(found: re.Match[str]) -> Test:
    above = ">=" if found["open"] == "[" else ">"
    below = "<=" if found["close"] == "]" else "<"
    low, high = compile_expression(found["low"]), compile_expression(found["high"])
    return lambda value, names: (
        _holds(value, above, _side(low, names)) and _holds(value, below, _side(high, names))
    )


def _holds(value: object, sign: str, side: object) -> bool:
    """Compare in order; nothing is neither more nor less than anything."""
    if value is None or side is None:
        return False
    left, right = orderable(value, side)
    if same(left, right):
        return sign in ("<=", ">=")
    larger = left > right  # type: ignore[operator]
    return bool(larger) is (sign in (">", ">="))
