"""The allow-list expression language of diagrams, decision tables and forms (design §4).

Literals, names, `.` and `[]` on data only, and / or / not, comparisons, in, + - * /,
`a if c else b`, lists, and the pure functions of `expression_values`. The text is parsed, never
run as Python: each allowed node becomes a closure once, everything else is refused by name.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

from certflow.core.expression_compiler import Closure, allowed_name, compiled
from certflow.core.expression_times import Months
from certflow.core.expression_values import (
    ExpressionError,
    Scope,
    checked,
    fail,
    provide_working_days,
)

__all__ = [
    "Assignments",
    "Expression",
    "ExpressionError",
    "allowed_name",
    "as_stored",
    "compile_assignments",
    "compile_expression",
    "provide_working_days",
]

MAX_SOURCE: Final = 2_000
MAX_LINES: Final = 50

MISMATCH: Final = (TypeError, ValueError, OverflowError, RecursionError)


class Expression:
    """One compiled expression; `names` are the variables it reads.

    `constant`: it reads neither variables nor the clock.
    """

    __slots__ = ("_run", "constant", "names", "source")

    def __init__(
        self, source: str, run: Closure, names: frozenset[str], *, clocked: bool = False
    ) -> None:
        self.source, self._run, self.names = source, run, names
        self.constant = not names and not clocked

    def evaluate(self, names: Mapping[str, object], *, now: datetime | None = None) -> object:
        """Compute the value over `names`.

        `now` (aware) is what now() and today() tell; the machine's clock is never read.
        Raises ExpressionError for an unknown name, mismatched types or a result that is too large.
        """
        try:
            return checked(self._run(Scope(names, now)))
        except MISMATCH as error:
            raise fail(
                f"表达式“{self.source[:80]}”无法计算。",
                f"Cannot compute “{self.source[:80]}”: {error}",
            ) from error


class Assignments:
    """The lines of a script task: `name = expression`, in order."""

    __slots__ = ("lines",)

    def __init__(self, lines: tuple[tuple[str, Expression], ...]) -> None:
        self.lines = lines

    def apply(self, data: dict[str, object], *, now: datetime | None = None) -> None:
        """Set each variable in `data`; a later line sees what an earlier one set."""
        for name, expression in self.lines:
            data[name] = as_stored(expression.evaluate(data, now=now))


def as_stored(value: object) -> object:
    """Return the value as a case stores it: dates and lengths of time as ISO text."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return f"PT{int(value.total_seconds())}S"
    if isinstance(value, Months):
        return str(value)
    return value


@lru_cache(maxsize=4096)
def compile_expression(source: str) -> Expression:
    """Compile one expression; raise ExpressionError if it is not in the language."""
    if len(source) > MAX_SOURCE:
        raise fail(f"表达式超过 {MAX_SOURCE} 个字符。", f"Longer than {MAX_SOURCE} characters.")
    run, names, clocked = compiled(source.strip())
    return Expression(source.strip(), run, names, clocked=clocked)


@lru_cache(maxsize=512)
def compile_assignments(source: str) -> Assignments:
    """Compile lines of `name = expression`; blank lines and # comments are skipped."""
    lines = [line.strip() for line in source.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    if len(source) > MAX_SOURCE or len(lines) > MAX_LINES:
        raise fail("脚本太长；请改用登记的操作。", "Too long; use a registered operation instead.")
    return Assignments(tuple(_assignment(line) for line in lines))


def _assignment(line: str) -> tuple[str, Expression]:
    name, equals, expression = line.partition("=")
    name = name.strip()
    if not equals or expression.startswith("=") or not allowed_name(name):
        raise fail(
            f"“{line[:60]}”应写成：变量 = 表达式", f"Write “{line[:60]}” as: name = expression"
        )
    return name, compile_expression(expression)
