"""What the expression language computes with: plain data, capped operators, pure functions.

Nothing here reaches an attribute, a module or the machine's clock (design §4). Every result is
small: integers to 10^12, strings and lists to 10,000.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple

from certflow.core.clock import SHANGHAI
from certflow.core.expression_times import (
    Months,
    months_between,
    read_date,
    read_duration,
    read_instant,
    shifted,
)
from certflow.core.text import Text

MAX_INTEGER: Final = 10**12
MAX_LENGTH: Final = 10_000
DATA: Final = (str, int, float, list, dict, tuple, date, timedelta, Months)


class ExpressionError(Exception):
    """An expression is not allowed, or failed; `message` says why, for people."""

    def __init__(self, message: Text) -> None:
        super().__init__(message.en)
        self.message = message


class Scope(NamedTuple):
    """What one evaluation sees: its names and the instant that now() and today() give."""

    names: Mapping[str, object]
    now: datetime | None

    def instant(self) -> datetime:
        """Return the evaluation's time in Shanghai; raise ExpressionError without one."""
        if self.now is None:
            raise fail("这里没有可用的当前时间。", "There is no current time here.")
        return self.now.astimezone(SHANGHAI)


def fail(zh: str, en: str) -> ExpressionError:
    """Return the error that says so in both languages."""
    return ExpressionError(Text(zh, en))


def checked(value: object) -> object:
    """Return `value` if it is data and small enough; raise ExpressionError otherwise."""
    if value is None or value is True or value is False:
        return value
    if not isinstance(value, DATA):
        raise fail("只能使用数据，不能使用对象。", "Only data may be used, not objects.")
    if isinstance(value, str):
        too_big = len(value) > MAX_LENGTH
    elif isinstance(value, (int, float)):
        too_big = not -MAX_INTEGER <= value <= MAX_INTEGER
    elif isinstance(value, (list, tuple, dict)):
        too_big = _weight(value) > MAX_LENGTH
    else:
        too_big = False
    if too_big:
        raise fail("结果太大。", "The result is too large.")
    return value


def _weight(value: Sequence[object] | Mapping[object, object]) -> int:
    """Count what nested data hold (ten letters count as one), stopping soon after the cap."""
    count, queue = 0, [value]
    while queue and count <= MAX_LENGTH:
        inner = queue.pop()
        items = inner.values() if isinstance(inner, Mapping) else inner
        count += len(inner)
        for item in items if count <= MAX_LENGTH else ():
            if isinstance(item, str):
                count += len(item) // 10
            elif isinstance(item, (list, tuple, dict)):
                queue.append(item)
    return count


def number(value: object) -> int | float:
    """Return `value` as the number it is; raise ExpressionError if it is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise fail(
            f"这里需要数字，得到的是{kind(value)[0]}。",
            f"A number is needed, not {kind(value)[1]}.",
        )
    return value


def kind(value: object) -> tuple[str, str]:
    """Name the type of a value, in Chinese and English."""
    for types, names in (
        (type(None), ("空值", "nothing")),
        (bool, ("是否值", "a yes/no value")),
        (str, ("文字", "text")),
        ((int, float), ("数字", "a number")),
        ((list, tuple), ("列表", "a list")),
        (dict, ("记录", "a record")),
        (date, ("日期", "a date")),
    ):
        if isinstance(value, types):
            return names
    return ("时长", "a length of time")


def same(left: object, right: object) -> bool:
    """Compare as people do: yes/no is never a number, everything else as data."""
    if isinstance(left, bool) is not isinstance(right, bool):
        return False
    return left == right


def add(left: object, right: object) -> object:
    """Add numbers, texts, lists, or a length of time to a date."""
    if isinstance(left, str) and isinstance(right, str):
        return checked(left + right)
    if isinstance(left, list) and isinstance(right, list):
        return checked([*left, *right])
    if isinstance(right, timedelta) and isinstance(left, (date, timedelta)):
        return left + right
    if isinstance(right, Months) and isinstance(left, (date, Months)):
        return _later(left, right)
    return checked(number(left) + number(right))


def subtract(left: object, right: object) -> object:
    """Subtract numbers, dates, or a length of time from a date."""
    if isinstance(right, timedelta) and isinstance(left, (date, timedelta)):
        return left - right
    if isinstance(right, Months) and isinstance(left, (date, Months)):
        return _later(left, -right)
    if isinstance(left, date) and isinstance(right, date):
        return read_instant(left) - read_instant(right)
    return checked(number(left) - number(right))


def _later(left: date | Months, right: Months) -> object:
    if isinstance(left, Months):
        return Months(left.count + right.count)
    return shifted(left, right)


def multiply(left: object, right: object) -> object:
    """Multiply numbers, or a length of time by a number."""
    if isinstance(left, timedelta):
        return left * number(right)
    return checked(number(left) * number(right))


def divide(left: object, right: object) -> object:
    """Divide numbers."""
    if number(right) == 0:
        raise fail("不能除以零。", "Division by zero.")
    return checked(number(left) / number(right))


def orderable(left: object, right: object) -> tuple[object, object]:
    """Return both sides as they may be put in order; raise ExpressionError if they may not."""
    if isinstance(left, date) and isinstance(right, date):
        return read_instant(left), read_instant(right)
    for kinds in ((int, float), (str,), (timedelta,), (Months,)):
        if _of(left, kinds) and _of(right, kinds):
            return left, right
    (zh, en), (other_zh, other_en) = kind(left), kind(right)
    raise fail(f"{zh}与{other_zh}不能比较大小。", f"Cannot order {en} and {other_en}.")


def _of(value: object, kinds: tuple[type, ...]) -> bool:
    return isinstance(value, kinds) and not isinstance(value, bool)


def contains(whole: object, part: object) -> bool:
    """Tell whether a list, a record or a text contains `part`."""
    if isinstance(whole, str):
        return isinstance(part, str) and part in whole
    if isinstance(whole, dict):
        return isinstance(part, str) and part in whole
    if isinstance(whole, (list, tuple)):
        return any(same(item, part) for item in whole)
    raise fail(f"不能在{kind(whole)[0]}里查找。", f"Cannot look inside {kind(whole)[1]}.")


def _list(value: object) -> Sequence[object]:
    if not isinstance(value, (list, tuple)):
        raise fail(
            f"这里需要列表，得到的是{kind(value)[0]}。", f"A list is needed, not {kind(value)[1]}."
        )
    if len(value) > MAX_LENGTH:
        raise fail("列表太长。", "The list is too long.")
    return value


def _many(values: tuple[object, ...]) -> Sequence[object]:
    return _list(values[0]) if len(values) == 1 else values


def _extreme(values: tuple[object, ...], *, largest: bool) -> object:
    items = iter(_many(values))
    best = next(items, None)
    for item in items:
        smaller, larger = orderable(best, item)
        if (smaller < larger) is largest and smaller != larger:  # type: ignore[operator]
            best = item
    return best


def _length(value: object) -> object:
    if isinstance(value, (str, list, tuple, dict)):
        return len(value)
    raise fail(f"{kind(value)[0]}没有长度。", f"{kind(value)[1].capitalize()} has no length.")


def _integer(value: object) -> object:
    if isinstance(value, str) and len(value) <= len(str(MAX_INTEGER)) + 1:
        return checked(int(value))
    return checked(int(number(value)))


def _text(value: object) -> object:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, (str, int, float)):
        return str(value)
    raise fail(f"{kind(value)[0]}不能变成文字。", f"Cannot write {kind(value)[1]} as text.")


def _round(value: object, digits: object = 0) -> object:
    places = number(digits)
    if not 0 <= places <= 9:  # noqa: PLR2004
        raise fail("小数位数须在 0 到 9 之间。", "Decimal places must be between 0 and 9.")
    return round(number(value), int(places)) if places else math.floor(number(value) + 0.5)


def _span(unit: str) -> Callable[..., object]:
    def span(count: object) -> object:
        return timedelta(**{unit: number(count)})

    return span


def _sum(values: object) -> object:
    return checked(sum(number(value) for value in _list(values)))


def _any(values: object) -> object:
    return any(bool(value) for value in _list(values))


def _all(values: object) -> object:
    return all(bool(value) for value in _list(values))


def _count(values: object, wanted: object) -> object:
    return sum(same(value, wanted) for value in _list(values))


def _working_days(scope: Scope, count: object) -> object:
    if (add_working_days := _provided.get("working_days")) is None:
        raise fail("这里没有工作日历。", "There is no working-day calendar here.")
    return add_working_days(scope.instant().date(), int(number(count)))


FUNCTIONS: Final[Mapping[str, Callable[..., object]]] = {
    "len": _length,
    "min": lambda *values: _extreme(values, largest=False),
    "max": lambda *values: _extreme(values, largest=True),
    "round": _round,
    "abs": lambda value: abs(number(value)),
    "int": _integer,
    "str": _text,
    "sum": _sum,
    "any": _any,
    "all": _all,
    "count": _count,
    "date": read_date,
    "date_and_time": read_instant,
    "duration": read_duration,
    "years_and_months_duration": months_between,
    "days": _span("days"),
    "hours": _span("hours"),
}
CLOCKED: Final[Mapping[str, Callable[..., object]]] = {
    "today": lambda scope: scope.instant().date(),
    "now": lambda scope: scope.instant().astimezone(UTC),
    "working_days": _working_days,
}
_provided: dict[str, Callable[[date, int], date]] = {}


def provide_working_days(add_working_days: Callable[[date, int], date]) -> None:
    """Let working_days(n) be the day `n` working days after today; the calendar calls this once."""
    _provided["working_days"] = add_working_days
