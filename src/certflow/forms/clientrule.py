"""The part of a visible_if that the page can follow by itself while someone types.

The server decides anyway; what cannot be told this simply changes when the page is sent.
"""

import ast
from collections.abc import Mapping

Rule = Mapping[str, object]


def client_rule(source: str, prefix: str = "") -> dict[str, object] | None:
    """Return {"name": HTML name, "in": values} for `a == "x"`, `a in [...]`, `a`, `not a`, or-joined.

    `prefix` stands before the name inside a record ("audit.r1."). None if it is more than that.
    """
    try:
        read = _read(ast.parse(source.strip(), mode="eval").body)
    except SyntaxError:
        return None
    return None if read is None else {"name": f"{prefix}{read[0]}", "in": read[1]}


def _read(node: ast.expr) -> tuple[str, list[str]] | None:
    if isinstance(node, ast.Name):
        return node.id, ["true"]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return (node.operand.id, ["false", ""]) if isinstance(node.operand, ast.Name) else None
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
        return _either([_read(each) for each in node.values])
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.left, ast.Name):
        values = _values(node.comparators[0])
        kind = ast.Eq if not isinstance(node.comparators[0], ast.List) else ast.In
        return (
            (node.left.id, values) if values is not None and isinstance(node.ops[0], kind) else None
        )
    return None


def _either(parts: list[tuple[str, list[str]] | None]) -> tuple[str, list[str]] | None:
    known = [part for part in parts if part is not None]
    if len(known) < len(parts) or len({name for name, _ in known}) > 1:
        return None
    return known[0][0], [value for _, values in known for value in values]


def _values(node: ast.expr) -> list[str] | None:
    if isinstance(node, ast.List):
        inner = [_values(each) for each in node.elts]
        return None if None in inner else [value for each in inner for value in each or []]
    if isinstance(node, ast.Name) and node.id in {"true", "false"}:
        return [node.id]
    if isinstance(node, ast.Constant) and isinstance(node.value, str | int):
        return [str(node.value).lower() if isinstance(node.value, bool) else str(node.value)]
    return None
