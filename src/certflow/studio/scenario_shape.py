"""Whether something is a test of a process at all: it may come from a file (catalogue H5, H9).

What a test says may be wrong, then it fails in words; that it can be read is seen to here, once,
so that nobody who shows or runs it meets a number where a list should be.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from certflow.core import clock
from certflow.core.errors import Invalid
from certflow.core.text import Text

MOST_STEPS: Final = 100
MOST_ALIKE: Final = 1_000
START: Final = datetime(2026, 11, 20, 9, 0, tzinfo=clock.SHANGHAI)
"""When a scenario begins that does not say when."""
YEARS: Final = range(2000, 2101)
"""The years in which one may begin: what it waits for must still be a date."""

NO_STEPS = Text("这项测试还没有步骤。", "This test has no steps yet.")
TOO_LONG = Text("一项测试最多 100 步。", "A test has at most 100 steps.")
UNREADABLE = Text("这项测试的内容读不懂。", "The content of this test cannot be read.")
STEP_UNREADABLE = Text(
    "这项测试的第 {n} 步读不懂，请删掉这一步重新添加。",
    "Step {n} of this test cannot be read. Remove it and add it again.",
)
EXPECTATION_UNREADABLE = Text(
    "这项测试的预期结果读不懂，请重新记录。",
    "What this test expects cannot be read. Record it again.",
)
BEGINNING_UNREADABLE = Text(
    "这项测试的开始时间读不懂，须在 2000 年到 2100 年之间。",
    "When this test begins cannot be read: it has to be in the years 2000 to 2100.",
)


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_text, value))


def _mapping(value: Any) -> bool:
    return isinstance(value, dict)


def _count(value: Any) -> bool:
    return type(value) is int and 0 <= value <= MOST_ALIKE


def _given(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_text, value.values()))


def _notices(value: Any) -> bool:
    pairs = isinstance(value, list) and all(isinstance(one, list) for one in value)
    return pairs and all(len(one) == len(("kind", "role")) and _texts(one) for one in value)


_STEP: Final[Mapping[str, Callable[[Any], bool]]] = {
    **dict.fromkeys(("do", "as", "element", "outcome", "until", "reason"), _text),
    "then": _texts,
    **dict.fromkeys(("data", "said"), _mapping),
    "given": _given,
    "nth": _count,
    "days": lambda value: type(value) is int,
}
_EXPECTED: Final[Mapping[str, Callable[[Any], bool]]] = {
    "outcome": _text,
    "path": _texts,
    "variables": _mapping,
    "notices": _notices,
}


def checked(scenario: Any) -> None:
    """Refuse what is no scenario.

    Raises:
        Invalid: with what is wrong.

    """
    steps = scenario.get("steps") if isinstance(scenario, Mapping) else None
    if not isinstance(steps, list):
        raise Invalid(UNREADABLE)
    if not steps:
        raise Invalid(NO_STEPS)
    if len(steps) > MOST_STEPS:
        raise Invalid(TOO_LONG)
    for number, step in enumerate(steps, start=1):
        if not isinstance(step, dict) or "do" not in step or not _fits(step, _STEP):
            raise Invalid(STEP_UNREADABLE.filled(n=number))
    expect = scenario.get("expect") or {}
    if not isinstance(expect, dict) or not _fits(expect, _EXPECTED):
        raise Invalid(EXPECTATION_UNREADABLE)
    starts_at(scenario)


def readable(scenario: Any) -> bool:
    """Whether something is a scenario."""
    try:
        checked(scenario)
    except Invalid:
        return False
    return True


def starts_at(scenario: Mapping[str, Any]) -> datetime:
    """Return the instant at which a scenario begins.

    Raises:
        Invalid: it is no instant, or one too far away.

    """
    try:
        found = datetime.fromisoformat(str(scenario["at"])) if "at" in scenario else START
    except ValueError as error:
        raise Invalid(BEGINNING_UNREADABLE) from error
    if found.year not in YEARS:
        raise Invalid(BEGINNING_UNREADABLE)
    return found if found.tzinfo else found.replace(tzinfo=clock.SHANGHAI)


def _fits(given: Mapping[str, Any], kinds: Mapping[str, Callable[[Any], bool]]) -> bool:
    """Whether each value that is there, None apart, is of its kind."""
    return all(
        given[name] is None or fits(given[name]) for name, fits in kinds.items() if name in given
    )
