"""What a decision variable is; which type an expression has, as far as its text tells (H1)."""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from certflow.core.text import NOTHING, Text

Types = Mapping[str, str]
ANY: Final = "any"


@dataclass(frozen=True)
class Value:
    """One value that a variable may have, and what it means."""

    value: str | int | float | bool
    label: Text


@dataclass(frozen=True)
class Variable:
    """Something that conditions can look at: a decision variable, or a part of one.

    `type`: text, number, boolean, date, list, rows, record or any; "rows" is a list of records.
    `values`: all that it can be, empty where that is not known. `always`: known on every way here,
    not only on some. `part_of`: the variable that "level.result" and "len(level)" look into.
    """

    name: str
    type: str
    values: tuple[Value, ...]
    source: Text
    label: Text = NOTHING
    always: bool = True
    part_of: str = ""


_OF_FUNCTION: Final[Mapping[str, str]] = {
    **dict.fromkeys(("len", "round", "abs", "int", "sum", "count"), "number"),
    **dict.fromkeys(("any", "all"), "boolean"),
    **dict.fromkeys(("date", "date_and_time", "today", "now", "working_days"), "date"),
    "str": "text",
}
"""What the expression language's functions give."""


def type_of(source: str, known: Types) -> str:
    """Return text, number, boolean, date or list; "any" where it cannot be told.

    `known` are the types of the variables by name; the text may be wrong, then it is "any" too.
    """
    try:
        tree = ast.parse(source.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ANY
    return _type(tree, known)


def only_name(source: str) -> str:
    """Return the one variable that an expression is made of, "" when it is made of more."""
    try:
        tree = ast.parse(source.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    names = {one.id for one in ast.walk(tree) if isinstance(one, ast.Name)} - set(_OF_FUNCTION)
    plain = not any(isinstance(one, ast.Compare | ast.BoolOp | ast.IfExp) for one in ast.walk(tree))
    return names.pop() if len(names) == 1 and plain else ""


def is_name(source: str) -> bool:
    """Tell whether an expression is a variable and nothing else."""
    return source.strip().isidentifier()


def _type(node: ast.expr, known: Types) -> str:
    read = _READERS.get(type(node))
    return read(node, known) if read else ANY


def _constant(node: ast.expr, _known: Types) -> str:
    value = node.value if isinstance(node, ast.Constant) else None
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "text"
    return "number" if isinstance(value, int | float) else ANY


def _name(node: ast.expr, known: Types) -> str:
    name = node.id if isinstance(node, ast.Name) else ""
    return "boolean" if name in {"true", "false"} else known.get(name, ANY)


def _part(node: ast.expr, known: Types) -> str:
    return known.get(ast.unparse(node), ANY)


def _call(node: ast.expr, _known: Types) -> str:
    called = node.func if isinstance(node, ast.Call) else None
    return _OF_FUNCTION.get(called.id, ANY) if isinstance(called, ast.Name) else ANY


def _arithmetic(node: ast.expr, known: Types) -> str:
    if not isinstance(node, ast.BinOp):
        return ANY
    sides = {_type(node.left, known), _type(node.right, known)} - {ANY}
    return sides.pop() if len(sides) == 1 else "date" if "date" in sides else ANY


def _either(node: ast.expr, known: Types) -> str:
    if not isinstance(node, ast.IfExp):
        return ANY
    sides = {_type(node.body, known), _type(node.orelse, known)}
    return sides.pop() if len(sides) == 1 else ANY


def _sign(node: ast.expr, _known: Types) -> str:
    negative = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
    return "number" if negative else "boolean"


def _always(found: str) -> Callable[[ast.expr, Types], str]:
    return lambda _node, _known: found


_READERS: Final[Mapping[type[ast.expr], Callable[[ast.expr, Types], str]]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _part,
    ast.Call: _call,
    ast.BinOp: _arithmetic,
    ast.IfExp: _either,
    ast.UnaryOp: _sign,
    ast.Compare: _always("boolean"),
    ast.BoolOp: _always("boolean"),
    ast.List: _always("list"),
}
