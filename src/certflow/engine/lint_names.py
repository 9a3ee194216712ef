"""Rules about names that must exist: forms, roles, operations, decisions."""

from collections.abc import Iterator

from certflow.core.expressions import allowed_name
from certflow.core.text import Text
from certflow.engine.diagram import Diagram, Element
from certflow.engine.errors import Finding
from certflow.engine.lint_texts import compiles

_WHO = {"assignee": Text("办理人", "Assignee"), "organisation": Text("机构", "Organisation")}


def _error(element: str, zh: str, en: str) -> Finding:
    return Finding(element, Text(zh, en))


def people(diagram: Diagram, roles: frozenset[str], forms: frozenset[str]) -> Iterator[Finding]:
    """A user task has a form that exists and stands in a lane that is a role."""
    for one in diagram.elements.values():
        if one.kind != "userTask":
            continue
        if not one.form:
            yield _error(
                one.id,
                "这个任务没有选表单，办理人不知道填什么。请选一张表单。",
                "This task has no form. Choose one.",
            )
        elif one.form not in forms:
            yield _error(
                one.id,
                f"没有编号为 {one.form} 的表单，请另选一张或新建。",
                f"There is no form {one.form}. Choose another, or add it.",
            )
        if not one.lane:
            yield _error(
                one.id,
                "这个任务不在泳道里，不知道由谁办。请拖进一条泳道。",
                "This task stands in no lane, so nobody does it. Drag it into one.",
            )
        elif one.lane not in roles:
            yield _error(
                one.id,
                f"这个任务所在的泳道没有对应角色（{one.lane}）。请在泳道上选一个角色。",
                f"The lane of this task is no role ({one.lane}). Choose a role for the lane.",
            )
        yield from _assignment(one)


def _assignment(one: Element) -> Iterator[Finding]:
    for name, label in _WHO.items():
        if source := one.properties.get(name):
            yield from compiles(one.id, source, label)
    due = one.properties.get("due", "1")
    if not (due.isascii() and due.isdigit() and int(due) > 0):
        yield _error(
            one.id,
            "办理时限要写成天数，例如 5（工作日）。",
            "The time to do it must be a number of working days, such as 5.",
        )


def services(diagram: Diagram, operations: frozenset[str]) -> Iterator[Finding]:
    """A service task calls an operation that exists, with parameters that compile."""
    for one in diagram.elements.values():
        if one.kind != "serviceTask":
            continue
        operation = one.properties.get("operation", "")
        if not operation:
            yield _error(
                one.id,
                "这个自动环节没有选要做什么。请选一项操作。",
                "Nothing says what this automatic step does. Choose an operation.",
            )
        elif operation not in operations:
            yield _error(
                one.id,
                f"系统没有“{operation}”这项操作，请从列表里另选。",
                f"There is no operation {operation}. Choose another.",
            )
        for name, text in one.properties.items():
            if name != "operation":
                yield from compiles(one.id, text, Text(f"参数 {name}", f"Parameter {name}"))


def decisions(diagram: Diagram, tables: frozenset[str]) -> Iterator[Finding]:
    """A business rule task reads a table of the bundle into a variable."""
    for one in diagram.elements.values():
        if one.kind != "businessRuleTask":
            continue
        decision, result = one.properties.get("decision", ""), one.properties.get("result", "")
        if decision not in tables:
            yield _error(
                one.id,
                f"没有编号为“{decision}”的决策表，请另选一张或新建。"
                if decision
                else "这个环节没有选决策表，请选一张。",
                f"There is no decision {decision}. Choose another, or add it."
                if decision
                else "This step has no decision table. Choose one.",
            )
        if not allowed_name(result):
            yield _error(
                one.id,
                "没有写明结果存成什么名字。请填一个由字母、数字和下划线组成的名字。",
                "Nothing says under which name the result is kept. Give it one of letters, digits and underscores.",
            )
