"""The cells of a decision table as authors write them (S-FEEL): `-`, `"a","b"`, `>= 48`, `[60..100]`, `not(...)`.

A cell becomes one closure. Sides that read neither variables nor the clock are computed once, so
that a wrong date is found when the table is published.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
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
Side = Callable[[Names], object]

MAX_CELL: Final = 2_000
INTERVAL: Final = re.compile(
    r"(?P<open>[\[(\]])(?P<low>.+?)\.\.(?P<high>.+)(?P<close>[\])\[])", re.DOTALL
)
COMPARISON: Final = re.compile(r"(?P<sign><=|>=|!=|<|>|=)(?!=)(?P<side>.+)", re.DOTALL)
NEGATION: Final = re.compile(r"not\s*\((.*)\)", re.DOTALL)
SPELLINGS: Final = re.compile(
    r"""(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|@"(?P<literal>[^"]*)"|(?P<name>date\s+and\s+time|years\s+and\s+months\s+duration)(?=\s*\()"""
)
FULL_WIDTH: Final = frozenset("“”‘’，；（）【】［］＞＜＝")


@dataclass(frozen=True)
class Cell:
    """One input cell.

    `listed` are the texts and numbers when it is only a list of them; `edges` every value that it
    names, None when one is known only while a case runs: then it reads the variables `names`.
    """

    source: str
    test: Test
    listed: tuple[object, ...] | None = None
    edges: tuple[object, ...] | None = ()
    anything: bool = False
    names: frozenset[str] = frozenset()


def compile_cell(source: str) -> Cell:
    """Compile an input cell; raise ExpressionError for anything that is no test."""
    text = source.strip()
    if len(text) > MAX_CELL:
        raise ExpressionError(Text("单元格太长。", "The cell is too long."))
    if text in ("", "-"):
        return Cell(text, _anything, anything=True)
    inner = _negated(text)
    found = _Sides()
    tests = [_single(part.strip(), found) for part in split(text if inner is None else inner)]
    one_of = tests[0] if len(tests) == 1 else _any_of(tests)
    edges = None if found.open else tuple(found.values)
    if inner is not None:
        turned: Test = lambda value, names: not one_of(value, names)  # noqa: E731
        return Cell(text, turned, edges=edges, names=frozenset(found.names))
    plain = edges is not None and not found.ordered and all(map(_hashed, edges))
    listed = edges if plain else None
    return Cell(text, one_of, listed, edges, names=frozenset(found.names))


def compile_test(cell: str) -> Test:
    """Compile an input cell to its test alone."""
    return compile_cell(cell).test


def compile_entry(source: str) -> Expression:
    """Compile what is no test, an input or an output, with FEEL's spellings of dates."""
    try:
        return compile_expression(_spelled(source))
    except ExpressionError as error:
        raise _with_hint(source, error) from error


def _anything(_value: object, _names: Names) -> bool:
    return True


def _any_of(tests: list[Test]) -> Test:
    return lambda value, names: any(test(value, names) for test in tests)


def _hashed(value: object) -> bool:
    return isinstance(value, (str, int, float)) and not isinstance(value, bool)


class _Sides:
    """Compiles the sides of one cell's tests and notes what they are."""

    def __init__(self) -> None:
        self.values: list[object] = []
        self.names: set[str] = set()
        self.open = self.ordered = False

    def side(self, source: str) -> Side:
        expression = compile_entry(source)
        if not expression.constant:
            self.open = True
            self.names |= expression.names
            return lambda names: expression.evaluate(names.data, now=names.now)
        value = expression.evaluate({})
        self.values.append(value)
        return lambda _names: value


def _single(part: str, sides: _Sides) -> Test:
    if found := INTERVAL.fullmatch(part):
        sides.ordered = True
        return _interval(found, sides)
    if found := COMPARISON.fullmatch(part):
        sides.ordered = True
        return _comparison(found["sign"], sides.side(found["side"]))
    expected = sides.side(part)
    return lambda value, names: same(value, expected(names))


def _comparison(sign: str, side: Side) -> Test:
    if sign == "=":
        return lambda value, names: same(value, side(names))
    if sign == "!=":
        return lambda value, names: not same(value, side(names))
    return lambda value, names: _holds(value, sign, side(names))


def _interval(found: re.Match[str], sides: _Sides) -> Test:
    above = ">=" if found["open"] == "[" else ">"
    below = "<=" if found["close"] == "]" else "<"
    low, high = sides.side(found["low"]), sides.side(found["high"])
    return lambda value, names: (
        _holds(value, above, low(names)) and _holds(value, below, high(names))
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


def _spelled(source: str) -> str:
    """Return FEEL's names with spaces and its `@"..."` literals in our spelling."""
    spelled = SPELLINGS.sub(_respelled, source)
    if re.search(r"§\s*§", SPELLINGS.sub("§", source)):
        raise ExpressionError(
            Text("两段文字之间缺少逗号。", "A comma is missing between two texts.")
        )
    return spelled


def _respelled(found: re.Match[str]) -> str:
    if found["name"]:
        return re.sub(r"\s+", "_", found["name"])
    literal = found["literal"]
    if literal is None:
        return found[0]
    if literal.lstrip("-").startswith("P"):
        return f'duration("{literal}")'
    return f'date_and_time("{literal}")' if "T" in literal else f'date("{literal}")'


def _with_hint(source: str, error: ExpressionError) -> ExpressionError:
    bare = "".join(sign for sign, _ in _outside_quotes(source))
    if FULL_WIDTH.isdisjoint(bare):
        return error
    return ExpressionError(
        Text(
            '引号、逗号和括号请用半角："高级","中级"。',
            'Write quotes, commas and brackets in half width: "a","b".',
        )
    )


def _negated(cell: str) -> str | None:
    """Return what stands in `not(...)` when that is the whole cell."""
    found = NEGATION.fullmatch(cell)
    if found and NEGATION.fullmatch(found[1].strip()):
        raise ExpressionError(Text("not(...) 里不能再写 not。", "A not(...) holds no other not."))
    return found[1] if found else None


def _outside_quotes(text: str) -> Iterator[tuple[str, int]]:
    quote = ""
    for place, sign in enumerate(text):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'":
            quote = sign
        else:
            yield sign, place


def split(cell: str) -> list[str]:
    """Split a cell at the commas that stand between its tests.

    A comma inside quotes, in a function's brackets or inside an interval, whose brackets may open
    to either side (`]60..100[`), separates nothing.
    """
    parts, start = [], 0
    while True:
        end = _end_of_part(cell, start)
        parts.append(cell[start:end])
        if end >= len(cell):
            return parts
        start = end + 1


def _end_of_part(cell: str, start: int) -> int:
    """Return the place of the comma after the test that begins at `start`, or the cell's end."""
    text = cell[start:]
    first = len(text) - len(text.lstrip())
    if text[first : first + 1] in tuple("[](") and (close := _interval_end(text, first)):
        first = close
    depth = 0
    for sign, place in _outside_quotes(text):
        if place < first:
            continue
        depth += (sign in "([{") - (sign in ")]}")
        if sign == "," and depth <= 0:
            return start + place
    return len(cell)


def _interval_end(text: str, first: int) -> int:
    """Return the place after an interval's last bracket; 0 when no interval begins there."""
    depth, dots = 0, 0
    for sign, place in _outside_quotes(text):
        if place <= first:
            continue
        if depth == 0 and dots and sign in ")][":
            return place + 1
        depth += (sign == "(") - (sign == ")")
        if depth == 0 and sign == "," and not dots:
            return 0
        if depth == 0 and text.startswith("..", place):
            dots = place
    return 0
