"""Rules about called processes: there is such a service, and no way leads back to the caller."""

from collections.abc import Iterator, Mapping

from certflow.core.expressions import allowed_name
from certflow.core.text import Text
from certflow.engine.diagram import Diagram, Element
from certflow.engine.errors import Finding
from certflow.engine.lint_texts import compiles

Calls = Mapping[str, frozenset[str]]
"""Services, each with those that it calls."""


def _error(element: str, zh: str, en: str) -> Finding:
    return Finding(element, Text(zh, en))


def calls(diagram: Diagram, own: str, services: Calls | None) -> Iterator[Finding]:
    """A call activity calls another service that is there, and keeps what came of it."""
    for one in diagram.elements.values():
        if one.kind == "callActivity":
            yield from _called(one, own, services)
            yield from _kept(one)


def _called(one: Element, own: str, services: Calls | None) -> Iterator[Finding]:
    if not one.called:
        yield _error(
            one.id,
            "没有选要调用哪项业务，请从列表里选一项。",
            "Nothing says which service is called. Choose one.",
        )
    elif one.called == own:
        yield _error(
            one.id,
            "这里调用的是本业务自己，会一层一层无休止地办下去。请另选一项业务。",
            "This calls the service itself, without end. Choose another one.",
        )
    elif not allowed_name(one.called) or (services is not None and one.called not in services):
        yield _error(
            one.id,
            f"没有编号为“{one.called}”的业务，请从列表里另选一项；不能用表达式。",
            f"There is no service {one.called}. Choose one; it cannot be an expression.",
        )
    elif loop := _way_back(one.called, own, services or {}):
        way = " → ".join((own, *loop))
        yield _error(
            one.id,
            f"这样会循环调用：{way}。请去掉其中一处调用。",
            f"These services would call each other without end: {way}. Take one call away.",
        )


def _way_back(start: str, own: str, services: Calls) -> tuple[str, ...]:
    """Return the services on the shortest way of calls from one back to `own`; () without one."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen = {start}
    for way in ways:
        for following in sorted(services.get(way[-1], ())):
            if following == own:
                return (*way, own)
            if following not in seen:
                seen.add(following)
                ways.append((*way, following))
    return ()


def _kept(one: Element) -> Iterator[Finding]:
    if not allowed_name(one.properties.get("result", "")):
        yield _error(
            one.id,
            "没有写明办理结果存成什么名字。请填一个由字母、数字和下划线组成的名字。",
            "Nothing says under which name the result is kept. Give it one of letters, digits and underscores.",
        )
    for name, text in one.properties.items():
        if name != "result":
            yield from compiles(one.id, text, Text(f"参数 {name}", f"Parameter {name}"))
