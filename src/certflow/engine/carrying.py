"""A stored run carried over to another version of its diagram (catalogue H6).

What waits keeps its identity: an open task stays that task, a running timer keeps its instant.
Only what the new diagram lacks is taken away, and only what is new to it begins.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

import orjson
from SpiffWorkflow import TaskState

from certflow.core.text import Text
from certflow.engine import state
from certflow.engine.definitions import Definition
from certflow.engine.instances import RepeatedTask
from certflow.engine.parser import EDGE
from certflow.engine.specs import (
    Attached,
    BoundaryEvent,
    CallActivity,
    ParallelGateway,
    SubProcess,
    UserTask,
)
from certflow.engine.workflow import ROOT

Row = list[Any]
ID, NAME, STATE, HOLDER, LOCAL = range(5)


@dataclass(frozen=True)
class Remark:
    """What stands in the way, or what will be otherwise: an element of the old diagram, and why."""

    element: str
    message: Text


@dataclass(frozen=True)
class Carried:
    """A run as it would stand in the new diagram.

    `same`: what waits is the same there, only the version changes. With `obstacles` it cannot go.
    """

    stored: bytes
    same: bool
    obstacles: tuple[Remark, ...]
    notes: tuple[Remark, ...]


def carry(old: Definition, new: Definition, stored: bytes, mapping: Mapping[str, str]) -> Carried:
    """Put what waits in a stored run where it belongs in another definition.

    Args:
        old: the definition the run stands on.
        new: the definition it is to stand on.
        stored: the run as `Run.dump` gave it.
        mapping: for an element of `old`, the element of `new` at which to go on instead.

    """
    read = state.read(stored)
    carrier = _Carrier(old, new, mapping, read["tokens"])
    rows = carrier.level(ROOT, ROOT)
    same = _by_id(rows) == _by_id(read["tokens"])
    carried = stored if same else orjson.dumps({**read, "tokens": rows})
    return Carried(carried, same, tuple(carrier.obstacles), tuple(carrier.notes))


def with_dues(stored: bytes, dues: Mapping[str, datetime]) -> bytes:
    """Return a stored run in which timers, by their tokens' ids, are due at other instants."""
    read = state.read(stored)
    for row in read["tokens"]:
        if row[ID] in dues:
            row[LOCAL]["due"] = dues[row[ID]].isoformat()
    return orjson.dumps(read)


def _by_id(rows: list[Row]) -> dict[str, Row]:
    return {row[ID]: row for row in rows}


def places(stored: bytes) -> tuple[str, ...]:
    """Return the names of the nodes a stored run stands on, sorted: equal runs carry over alike."""
    return tuple(sorted(row[NAME] for row in state.read(stored)["tokens"]))


@dataclass
class _Carrier:
    old: Definition
    new: Definition
    mapping: Mapping[str, str]
    tokens: list[Row]
    obstacles: list[Remark] = field(default_factory=list)
    notes: list[Remark] = field(default_factory=list)
    inside: dict[str, list[Row]] = field(init=False)

    def __post_init__(self) -> None:
        self.inside = defaultdict(list)
        for row in self.tokens:
            self.inside[row[HOLDER]].append(row)

    def level(self, holder: str, new_holder: str) -> list[Row]:
        """Return the rows of everything inside a scope, outer ones first."""
        return [found for row in self.inside[holder] for found in self.place(row, new_holder)]

    def place(self, row: Row, holder: str) -> list[Row]:
        """Carry one token over, with what it holds and what hangs on its edge."""
        wrapped = isinstance(self.old.nodes[row[NAME]], Attached)
        held = self.inside[row[ID]] if wrapped else []
        edges = [one for one in held if isinstance(self.old.nodes[one[NAME]], BoundaryEvent)]
        main = next((one for one in held if one not in edges), None) if wrapped else row
        if main is None:
            return [row]
        node = self.old.nodes[main[NAME]]
        target = self.new.nodes.get(self._goal(node))
        if target is None:
            gone = Text("新版本里没有这一步。", "The new version has no such step.")
            self.obstacles.append(Remark(node.bpmn_id or node.name, gone))
            return []
        if not self._fits(node, target):
            return []
        if type(node) is not type(target) or self._otherwise(node, target):
            anew = Text(
                "这一步重新开始，已填未提交的内容不带过去。",
                "The step begins anew; what was typed and not submitted is not taken along.",
            )
            self.notes.append(Remark(node.bpmn_id or node.name, anew))
            return [self._fresh(self._entrance(target.name), holder)]
        return self._edged(row if wrapped else None, main, edges, target, holder)

    def _goal(self, node: Any) -> str:
        """Return the name of the node at which a token goes on."""
        return self.mapping.get(node.bpmn_id or "", node.name)

    def _role(self, definition: Definition, node: Any) -> str:
        return definition.elements[node.bpmn_id].lane

    def _otherwise(self, node: Any, target: Any) -> bool:
        """Tell whether a step of the same kind is to be done by others, or calls another service."""
        if isinstance(node, CallActivity):
            return bool(node.element.called != target.element.called)
        return isinstance(node, UserTask) and (
            self._role(self.old, node) != self._role(self.new, target)
        )

    def _fits(self, node: Any, target: Any) -> bool:
        element, goal = node.bpmn_id or "", target.bpmn_id or ""
        before, after = self.old.elements.get(element), self.new.elements.get(goal)
        mapped = element in self.mapping
        why = None
        if before and after and before.within != after.within:
            why = Text("在另一个子流程里。", "It is inside another sub-process.")
        elif isinstance(target, ParallelGateway) and (
            mapped or sorted(node._inputs) != sorted(target._inputs)  # noqa: SLF001 - stock
        ):
            why = Text("汇合处的来路变了。", "The flows that join there have changed.")
        elif isinstance(target, BoundaryEvent):
            why = Text("边界事件不是一个步骤。", "An event on an edge is no step.")
        elif type(node) is not type(target) and not mapped:
            why = Text("这一步的类型变了。", "It is another kind of step there.")
        elif isinstance(node, RepeatedTask):
            why = self._repeated(node, target)
        elif isinstance(node, SubProcess) and mapped:
            why = Text(
                "子流程不能整体改到别处。", "A sub-process cannot go on elsewhere as a whole."
            )
        if why is not None:
            self.obstacles.append(Remark(element, why))
        return why is None

    def _repeated(self, node: RepeatedTask, target: Any) -> Text | None:
        """Say why the instances of a repeated task cannot go on at another step."""
        if not isinstance(target, RepeatedTask):
            return Text("那一步不是逐人重复办理的。", "That step is not repeated for each person.")
        if node.rule.sequential != target.rule.sequential:
            return Text("重复办理的方式变了。", "It is repeated in another way.")
        if self._role(self.old, node) != self._role(self.new, target):
            return Text("办理的角色变了。", "Another role does it.")
        return None

    def _edged(
        self, wrapper: Row | None, main: Row, edges: list[Row], target: Any, holder: str
    ) -> list[Row]:
        """Carry a step over with the events on its edge: kept, taken away, or begun."""
        wanted = self.new.nodes.get(f"{target.name}{EDGE}")
        hung = {one.name for one in wanted.outputs} - {target.name} if wanted else set()
        kept = {}
        for edge in edges:
            goal = self._goal(self.old.nodes[edge[NAME]])
            if goal in hung:
                kept[goal] = edge
            else:
                told = Text("这一步上的定时或消息事件不再有。", "The event on its edge is no more.")
                self.notes.append(Remark(edge[NAME], told))
        if wanted is None:
            return self._moved(main, target, holder)
        outer = wrapper[ID] if wrapper else uuid4().hex
        came = wrapper[LOCAL] if wrapper else {"from": main[LOCAL].get("from", "")}
        rows = [[outer, wanted.name, int(TaskState.STARTED), holder, came]]
        order = [*self.inside[outer]] if wrapper else [main]
        for row in order:
            if row is main:
                rows += self._moved(main, target, outer)
            else:
                goal = self._goal(self.old.nodes[row[NAME]])
                rows += [[row[ID], goal, *row[STATE:HOLDER], outer, row[LOCAL]]] * (goal in kept)
        for name in sorted(hung - kept.keys() - self._hung_before(main)):
            told = Text("新增的定时或消息事件从迁移时起算。", "A new event on its edge begins now.")
            self.notes.append(Remark(name, told))
            rows.append(self._fresh(name, outer))
        return rows

    def _hung_before(self, main: Row) -> set[str]:
        """Return the edge's events that the old diagram had too: those without a token have fired."""
        wrapper = self.old.nodes.get(f"{main[NAME]}{EDGE}")
        return {self._goal(one) for one in wrapper.outputs} if wrapper else set()

    def _moved(self, row: Row, target: Any, holder: str) -> list[Row]:
        moved = [row[ID], target.name, row[STATE], holder, row[LOCAL]]
        if isinstance(target, RepeatedTask):
            instances = [
                [one[ID], target.task_spec, one[STATE], one[HOLDER], one[LOCAL]]
                for one in self.inside[row[ID]]
            ]
            return [moved, *instances]
        return [moved, *self.level(row[ID], row[ID])]

    def _entrance(self, name: str) -> str:
        edge = f"{name}{EDGE}"
        return edge if edge in self.new.nodes else name

    def _fresh(self, name: str, holder: str) -> Row:
        """Return a token that has yet to enter its node."""
        return [uuid4().hex, name, int(TaskState.FUTURE), holder, {"from": ""}]
