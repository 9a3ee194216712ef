"""Rules about ways through the diagram: everything is reached, ends, waits, and joins what forked."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from certflow.core.text import Text
from certflow.engine.diagram import Diagram, Element
from certflow.engine.errors import Finding

WAITS: Final = frozenset(
    {"userTask", "receiveTask", "callActivity", "intermediateCatchEvent", "boundaryEvent"}
)


def _following(diagram: Diagram) -> dict[str, list[str]]:
    """Return where one may get from each element: flows, boundary events, into a sub-process."""
    after: dict[str, list[str]] = {one: [] for one in diagram.elements}
    for flow in diagram.flows.values():
        after[flow.source].append(flow.target)
    for one in diagram.elements.values():
        if one.attached_to:
            after[one.attached_to].append(one.id)
        if one.within and one.kind == "startEvent":
            after[one.within].append(one.id)
    return after


def _closure(starts: Iterable[str], after: Callable[[str], Iterable[str]]) -> set[str]:
    seen, queue = set(starts), list(starts)
    while queue:
        for one in after(queue.pop()):
            if one not in seen:
                seen.add(one)
                queue.append(one)
    return seen


def reachable(diagram: Diagram) -> Iterator[Finding]:
    """Every element can be reached from the start; told where a way would have to lead in."""
    starts = [o.id for o in diagram.elements.values() if o.kind == "startEvent" and not o.within]
    after = _following(diagram)
    reached = _closure(starts, after.__getitem__)
    lost: dict[str, list[str]] = {one: [] for one in diagram.elements if one not in reached}
    for one in lost:
        for following in after[one]:
            if following in lost:
                lost[following].append(one)
    for one in _causes(lost):
        text = Text(
            "从开始走不到这里，请用连线接上，或删掉它。",
            "This cannot be reached from the start. Connect it or remove it.",
        )
        yield Finding(one, text)


def can_end(diagram: Diagram) -> Iterator[Finding]:
    """From every element an end can be reached; told where a way would have to lead on."""
    before: dict[str, list[str]] = {one: [] for one in diagram.elements}
    for flow in diagram.flows.values():
        before[flow.target].append(flow.source)
    ends = [one.id for one in diagram.elements.values() if one.kind == "endEvent"]
    ending = _closure(ends, before.__getitem__)
    stuck = {
        one: [flow.target for flow in diagram.outgoing(one)]
        for one in diagram.elements
        if one not in ending
    }
    for one in _causes(stuck):
        text = Text(
            "从这里走不到结束，业务会永远办不完。请接到下一步或结束事件。",
            "From here no end can be reached: cases would never finish. Connect it onwards.",
        )
        yield Finding(one, text)


def _causes(because: dict[str, list[str]]) -> list[str]:
    """Return those of several elements that are wrong by themselves, not because of another one.

    `because` names, for each, the others that it depends on. Of a circle it is one.
    """
    alone = [one for one, others in because.items() if not others]
    dependants: dict[str, list[str]] = {one: [] for one in because}
    for one, others in because.items():
        for other in others:
            dependants[other].append(one)
    explained = _closure(alone, dependants.__getitem__)
    for group in _circles(because):
        if not group & explained:
            alone.append(min(group))
            explained |= _closure([min(group)], dependants.__getitem__)
    return alone


def loops_wait(diagram: Diagram) -> Iterator[Finding]:
    """Every loop stops somewhere for a person, a timer or a message."""
    after = _following(diagram)
    for one in diagram.elements.values():
        if one.kind in WAITS:
            after[one.id] = []
            if one.within:
                after[one.within] = []
    for group in _circles(after):
        text = Text(
            "这个循环里没有等人、等时间或等消息的环节，会不停地转。请在循环里加上用户任务或计时。",
            "Nothing in this loop waits for a person, a time or a message; it would spin. Add a user task or a timer.",
        )
        yield Finding(min(group), text)


def _circles(after: dict[str, list[str]]) -> Iterator[set[str]]:
    """Return the groups of elements that can reach each other."""
    reach = {one: _closure(after[one], after.__getitem__) for one in after if after[one]}
    seen: set[str] = set()
    for one, reached in reach.items():
        if one in reached and one not in seen:
            group = {other for other in reached if one in reach.get(other, set())}
            seen |= group
            yield group


def _joins(diagram: Diagram) -> set[str]:
    found = (one for one in diagram.elements.values() if one.kind == "parallelGateway")
    return {one.id for one in found if len(diagram.incoming(one.id)) > 1}


def _forks(diagram: Diagram) -> Iterator[tuple[Element, list[str]]]:
    """Return what makes two tokens of one: parallel gateways, events that leave a task open."""
    for one in diagram.elements.values():
        targets = [flow.id for flow in diagram.outgoing(one.id)]
        if one.kind == "parallelGateway" and len(targets) > 1:
            yield one, targets
        beside = [e for e in diagram.attached(one.id) if not e.interrupting]
        if beside:
            edges = [flow.id for e in beside for flow in diagram.outgoing(e.id)]
            yield one, [*targets, *edges]


def _branches(diagram: Diagram, flows: list[str], stops: set[str]) -> dict[str, set[int]]:
    """Tell of each flow which of a fork's branches (by number) may take it.

    A branch is not followed past the elements in `stops`.
    """
    numbers: dict[str, set[int]] = defaultdict(set)

    def after(taken: str) -> list[str]:
        target = diagram.flows[taken].target
        if target in stops:
            return []
        edges = [event.id for event in diagram.attached(target)]
        return [flow.id for one in (target, *edges) for flow in diagram.outgoing(one)]

    for number, flow in enumerate(flows):
        for taken in _closure([flow], after):
            numbers[taken].add(number)
    return numbers


def _arriving(diagram: Diagram, place: str, numbers: dict[str, set[int]]) -> list[set[int]]:
    """Return the branches that arrive at a place, by each of its incoming flows."""
    return [numbers.get(flow.id, set()) for flow in diagram.incoming(place)]


def joins_can_fire(diagram: Diagram) -> Iterator[Finding]:
    """A parallel join waits only for branches that do run together."""
    forks = [_branches(diagram, flows, {fork.id}) for fork, flows in _forks(diagram)]
    for join in _joins(diagram):
        fed = (_arriving(diagram, join, numbers) for numbers in forks)
        if not any(all(one) and len(set().union(*one)) > 1 for one in fed):
            text = Text(
                "到这里汇合的分支不会同时走到，业务会一直停在这里。请改用排他网关。",
                "These branches never run together, so cases would wait here for ever. Use an exclusive gateway.",
            )
            yield Finding(join, text)


def no_multiplying_forks(diagram: Diagram) -> Iterator[Finding]:
    """Parallel branches meet in a parallel gateway, or each ends alone; else all after it doubles."""
    joins = _joins(diagram)
    ends = {one.id for one in diagram.elements.values() if one.kind == "endEvent"}
    for fork, flows in _forks(diagram):
        numbers = _branches(diagram, flows, joins)
        for place in {diagram.flows[flow].target for flow in numbers} - joins - ends:
            arriving = [one for one in _arriving(diagram, place, numbers) if one]
            if len(arriving) > 1 and len(set().union(*arriving)) > 1:
                yield _doubled(fork, place)


def _doubled(fork: Element, place: str) -> Finding:
    text = Text(
        f"“{fork.name or fork.id}”的并行分支在这里相遇，之后的环节会重复办理。请先用并行网关汇合。",
        f"Branches of “{fork.name or fork.id}” meet here, so what follows is done twice. Join them with a parallel gateway first.",
    )
    return Finding(place, text, "error" if fork.kind == "parallelGateway" else "warning")
