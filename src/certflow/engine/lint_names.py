"""Rules about names that must exist: forms, roles, operations, called processes, decisions."""

from collections.abc import Iterator

from certflow.core.expressions import allowed_name
from certflow.core.text import Text
from certflow.engine.diagram import Diagram, Element
from certflow.engine.errors import Finding
from certflow.engine.lint_texts import compiles


def _error(element: str, zh: str, en: str) -> Finding:
    return Finding(element, Text(zh, en))


def people(diagram: Diagram, roles: frozenset[str], forms: frozenset[str]) -> Iterator[Finding]:
    """A user task has a form that exists and stands in a lane that is a role."""
    for one in diagram.elements.values():
        if one.kind != "userTask":
            continue
        if not one.form:
            yield _error(one.id, "用户任务没有表单。", "The user task has no form.")
        elif one.form not in forms:
            yield _error(one.id, f"表单 {one.form} 不存在。", f"There is no form {one.form}.")
        if not one.lane:
            yield _error(one.id, "用户任务不在泳道内。", "The user task stands in no lane.")
        elif one.lane not in roles:
            yield _error(one.id, f"角色 {one.lane} 不存在。", f"There is no role {one.lane}.")
        yield from _assignment(one)


def _assignment(one: Element) -> Iterator[Finding]:
    if assignee := one.properties.get("assignee"):
        yield from compiles(one.id, assignee, Text("办理人", "Assignee"))
    due = one.properties.get("due", "1")
    if not (due.isascii() and due.isdigit() and int(due) > 0):
        yield _error(
            one.id, "办理时限须为正整数（工作日）。", "Due must be a number of working days."
        )


def services(
    diagram: Diagram, operations: frozenset[str], called: frozenset[str]
) -> Iterator[Finding]:
    """A service task calls an operation that exists, with parameters that compile."""
    for one in diagram.elements.values():
        if one.kind != "serviceTask":
            continue
        operation = one.properties.get("operation", "")
        if not operation:
            yield _error(one.id, "服务任务没有操作。", "The service task has no operation.")
        elif operation not in operations:
            yield _error(
                one.id, f"操作 {operation} 不存在。", f"There is no operation {operation}."
            )
        for name, text in one.properties.items():
            if name != "operation":
                yield from compiles(one.id, text, Text(f"参数 {name}", f"Parameter {name}"))
        child = one.properties.get("process", "").strip("\"'")
        if operation == "open_child_case" and child not in called:
            yield _error(one.id, f"流程 {child} 不存在。", f"There is no process {child}.")


def decisions(diagram: Diagram, tables: frozenset[str]) -> Iterator[Finding]:
    """A business rule task reads a table of the bundle into a variable."""
    for one in diagram.elements.values():
        if one.kind != "businessRuleTask":
            continue
        decision, result = one.properties.get("decision", ""), one.properties.get("result", "")
        if decision not in tables:
            yield _error(one.id, f"决策表 {decision} 不存在。", f"There is no decision {decision}.")
        if not allowed_name(result):
            yield _error(one.id, "没有写明结果变量。", "The result needs the name of a variable.")
