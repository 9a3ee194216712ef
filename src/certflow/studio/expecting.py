"""What a test of a process expects, compared with what happened, in words (catalogue H5)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select

from certflow.cases.versions import Loaded
from certflow.core.text import Text
from certflow.notifications.models import Notice
from certflow.studio import sandbox, telling

_WAITS = Text(
    "应停在“{wanted}”，实际停在“{found}”。", "Should wait at “{wanted}”, waits at “{found}”."
)
_FAILED = Text("“{element}”执行失败：{reason}", "“{element}” failed: {reason}")
_OUTCOME = Text("应以“{wanted}”办结，实际是“{found}”。", "Should end as “{wanted}”, is “{found}”.")
_NOT_ENDED = Text("还没有办结", "not ended")
_PATH = Text(
    "经过的环节从第 {n} 个起不同：应到“{wanted}”，实际到“{found}”。",
    "The way differs from element {n} on: should reach “{wanted}”, reached “{found}”.",
)
_NOTHING_MORE = Text("没有了", "nothing more")
_VARIABLE = Text(
    "变量 {name} 应为 {wanted}，实际为 {found}。", "Variable {name} should be {wanted}, is {found}."
)
_NOTICE = Text("没有发给“{to}”的通知“{kind}”。", "No notice “{kind}” was sent to “{to}”.")
SIMPLE: Final = (bool, str, int, type(None))


def after_step(loaded: Loaded, step: Mapping[str, Any], done: "sandbox.Done") -> Iterator[Text]:
    """Say what is not as expected after a step."""
    if done.failure is not None:
        name = loaded.name_of(done.failure.element)
        reason = done.failure.reason
        yield _FAILED.filled(element=name, reason=reason)
        return
    wanted = step.get("then")
    if isinstance(wanted, list) and sorted(map(str, wanted)) != sorted(done.then):
        yield _differs(
            _WAITS,
            telling.waiting_at(loaded, map(str, wanted)),
            telling.waiting_at(loaded, done.then),
        )


def at_the_end(
    box: "sandbox.Sandbox", expect: Mapping[str, Any], reached: Sequence[str]
) -> Iterator[Text]:
    """Say what is not as expected when all steps are done."""
    yield from _outcome(box, expect)
    yield from _path(box.loaded, expect, reached)
    if "variables" in expect:
        known = box.variables()
        for name, wanted in dict(expect["variables"]).items():
            if known.get(name) != wanted:
                yield _VARIABLE.filled(name=name, wanted=said(wanted), found=said(known.get(name)))
    if "notices" in expect:
        sent = notices_in(box)
        for kind, to in [tuple(one) for one in expect["notices"]]:
            if [kind, to] not in sent:
                yield _NOTICE.filled(kind=kind, to=to)


def _outcome(box: "sandbox.Sandbox", expect: Mapping[str, Any]) -> Iterator[Text]:
    if "outcome" not in expect:
        return
    case = box.case
    found = case.outcome if case and case.state == "closed" else None
    if found != expect["outcome"]:
        names = [
            box.loaded.name_of(str(one)) if one else _NOT_ENDED
            for one in (expect["outcome"], found)
        ]
        yield _differs(_OUTCOME, *names)


def _path(loaded: Loaded, expect: Mapping[str, Any], reached: Sequence[str]) -> Iterator[Text]:
    """Say where the way differs: only elements that the expectation speaks of are looked at."""
    wanted = expect.get("path")
    if not isinstance(wanted, list) or wanted == list(reached):
        return
    pairs = enumerate(zip([*wanted, ""], [*reached, ""], strict=False), start=1)
    number, (one, other) = next((pair for pair in pairs if pair[1][0] != pair[1][1]), (1, ("", "")))
    if one == other:  # one way goes on where the other has ended
        number = min(len(wanted), len(reached)) + 1
        one = wanted[number - 1] if len(wanted) >= number else ""
        other = reached[number - 1] if len(reached) >= number else ""
    names = [loaded.name_of(str(each)) if each else _NOTHING_MORE for each in (one, other)]
    yield _PATH.filled(n=number, wanted=names[0], found=names[1])


def observed(box: "sandbox.Sandbox", reached: Sequence[str]) -> dict[str, Any]:
    """Return as an expectation what has happened: the way, the end, decisions, notices."""
    case = box.case
    outcomes = {
        name: value
        for name, value in box.variables().items()
        if isinstance(value, bool) or name.endswith("_outcome")
    }
    expect: dict[str, Any] = {"path": list(reached), "variables": outcomes}
    if case is not None and case.state == "closed":
        expect["outcome"] = case.outcome
    expect["notices"] = notices_in(box)
    return expect


def notices_in(box: "sandbox.Sandbox") -> list[list[str]]:
    """Return which notices were sent to which role, each once, in the order of the first."""
    rows = box.session.execute(select(Notice.kind, Notice.role).order_by(Notice.id))
    return list({(kind, role): [kind, role] for kind, role in rows}.values())


def said(value: object) -> str:
    """Return a variable's value as people read it."""
    return (
        {True: "true", False: "false", None: "-"}.get(value, str(value))
        if isinstance(value, bool | None)
        else str(value)
    )


def _differs(text: Text, wanted: Text, found: Text) -> Text:
    return text.filled(wanted=wanted, found=found)
