"""From a parsed expression to closures: a method for each allowed kind of node, no others."""

import ast
import keyword
from collections.abc import Callable, Mapping
from typing import Final

from certflow.core.expression_values import (
    CLOCKED,
    FUNCTIONS,
    Scope,
    add,
    checked,
    contains,
    divide,
    fail,
    kind,
    multiply,
    number,
    orderable,
    same,
    subtract,
)

MAX_NODES: Final = 300
MAX_DEPTH: Final = 40

Closure = Callable[[Scope], object]


def compiled(source: str) -> tuple[Closure, frozenset[str], bool]:
    """Return an expression's closure, the names it reads, whether it asks for the time.

    Raises ExpressionError.
    """
    tree = _parse(source)
    if sum(1 for _ in ast.walk(tree)) > MAX_NODES:
        raise fail(f"表达式超过 {MAX_NODES} 个部分。", f"More than {MAX_NODES} parts.")
    compiler = _Compiler()
    return compiler.build(tree, 0), frozenset(compiler.names), compiler.clocked


def allowed_name(name: str) -> bool:
    """Tell whether this may be a variable: an identifier that does not begin with `_`."""
    return (
        name.isidentifier()
        and not name.startswith("_")
        and not keyword.iskeyword(name)
        and name not in _CONSTANTS
    )


def _parse(source: str) -> ast.expr:
    try:
        return ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise fail(
            f"“{source[:60]}”不是完整的表达式。", f"“{source[:60]}” is not a complete expression."
        ) from error


_CONSTANTS: Final[Mapping[str, object]] = {
    "true": True,
    "false": False,
    "null": None,
    "True": True,
    "False": False,
    "None": None,
}
_ARITHMETIC: Final[Mapping[type[ast.operator], Callable[[object, object], object]]] = {
    ast.Add: add,
    ast.Sub: subtract,
    ast.Mult: multiply,
    ast.Div: divide,
}
_COMPARISONS: Final[Mapping[type[ast.cmpop], Callable[[object, object], bool]]] = {
    ast.Eq: same,
    ast.NotEq: lambda left, right: not same(left, right),
    ast.Lt: lambda left, right: _ordered(left, right) < 0,
    ast.LtE: lambda left, right: _ordered(left, right) <= 0,
    ast.Gt: lambda left, right: _ordered(left, right) > 0,
    ast.GtE: lambda left, right: _ordered(left, right) >= 0,
    ast.In: lambda left, right: contains(right, left),
    ast.NotIn: lambda left, right: not contains(right, left),
    ast.Is: same,
    ast.IsNot: lambda left, right: not same(left, right),
}  # fmt: skip


def _ordered(left: object, right: object) -> int:
    one, other = orderable(left, right)
    if same(one, other):
        return 0
    return 1 if one > other else -1  # type: ignore[operator]


class _Compiler:
    """Walks the tree once; notes the names it meets and whether the clock is asked."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.clocked = False

    def build(self, node: ast.AST, depth: int) -> Closure:
        """Return the closure of `node`; raise ExpressionError for a node outside the list."""
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            part = ast.unparse(node)[:40]
            raise fail(f"“{part}”这种写法不能用。", f"“{part}” cannot be written here.")
        if depth > MAX_DEPTH:
            raise fail("表达式嵌套太深。", "Nested too deeply.")
        closure: Closure = method(node, depth + 1)
        return closure

    def _constant(self, node: ast.Constant, depth: int) -> Closure:
        value = node.value
        if value is not None and not isinstance(value, (str, int, float)):
            raise fail("这种字面值不能用。", "This kind of literal is not allowed.")
        checked(value)
        return _always(value)

    def _name(self, node: ast.Name, depth: int) -> Closure:
        name = node.id
        if name in _CONSTANTS:
            return _always(_CONSTANTS[name])
        if not allowed_name(name):
            raise fail(f"名称 {name} 不能用。", f"The name {name} is not allowed.")
        self.names.add(name)

        def read(scope: Scope) -> object:
            try:
                value = scope.names[name]
            except KeyError:
                raise fail(f"没有名为 {name} 的变量。", f"There is no variable {name}.") from None
            return value if isinstance(value, (str, list, dict)) else checked(value)

        return read

    def _attribute(self, node: ast.Attribute, depth: int) -> Closure:
        if node.attr.startswith("_"):
            raise fail(f"名称 {node.attr} 不能用。", f"The name {node.attr} is not allowed.")
        return _reader(self.build(node.value, depth), _always(node.attr))

    def _subscript(self, node: ast.Subscript, depth: int) -> Closure:
        return _reader(self.build(node.value, depth), self.build(node.slice, depth))

    def _list(self, node: ast.List, depth: int) -> Closure:
        items = [self.build(item, depth) for item in node.elts]
        return lambda scope: [item(scope) for item in items]

    def _tuple(self, node: ast.Tuple, depth: int) -> Closure:
        raise fail("列表要写在方括号里。", "Write lists in square brackets.")

    def _boolop(self, node: ast.BoolOp, depth: int) -> Closure:
        parts = [self.build(value, depth) for value in node.values]
        if isinstance(node.op, ast.And):
            return lambda scope: all(bool(part(scope)) for part in parts)
        return lambda scope: any(bool(part(scope)) for part in parts)

    def _unaryop(self, node: ast.UnaryOp, depth: int) -> Closure:
        operand = self.build(node.operand, depth)
        if isinstance(node.op, ast.Not):
            return lambda scope: not operand(scope)
        if isinstance(node.op, ast.USub):
            return lambda scope: -number(operand(scope))
        raise fail("不能用这个运算符。", "This operator is not allowed.")

    def _binop(self, node: ast.BinOp, depth: int) -> Closure:
        operate = _ARITHMETIC.get(type(node.op))
        if operate is None:
            raise fail("只能用 + - * / 运算。", "Only + - * / are allowed.")
        left, right = self.build(node.left, depth), self.build(node.right, depth)
        return lambda scope: operate(left(scope), right(scope))

    def _compare(self, node: ast.Compare, depth: int) -> Closure:
        first = self.build(node.left, depth)
        rest = [
            (_COMPARISONS[type(operator)], self.build(side, depth))
            for operator, side in zip(node.ops, node.comparators, strict=True)
        ]

        def compare(scope: Scope) -> object:
            left = first(scope)
            for holds, side in rest:
                right = side(scope)
                if not holds(left, right):
                    return False
                left = right
            return True

        return compare

    def _ifexp(self, node: ast.IfExp, depth: int) -> Closure:
        test, then, other = (self.build(n, depth) for n in (node.test, node.body, node.orelse))
        return lambda scope: then(scope) if test(scope) else other(scope)

    def _call(self, node: ast.Call, depth: int) -> Closure:
        called = node.func.id if isinstance(node.func, ast.Name) else "…"
        if called not in FUNCTIONS and called not in CLOCKED:
            raise fail(f"没有函数 {called}。", f"There is no function {called}.")
        if node.keywords:
            raise fail("函数不接受命名参数。", "Functions take no named arguments.")
        values = [self.build(value, depth) for value in node.args]
        if called in CLOCKED:
            self.clocked = True
            clocked = CLOCKED[called]
            return lambda scope: clocked(scope, *(value(scope) for value in values))
        function = FUNCTIONS[called]
        return lambda scope: function(*(value(scope) for value in values))


def _always(value: object) -> Closure:
    return lambda _: value


def _reader(whole: Closure, key: Closure) -> Closure:
    """Return the closure of `whole[key]`: a record's field or a list's item, never an attribute."""

    def read(scope: Scope) -> object:
        data, at = whole(scope), key(scope)
        if isinstance(data, dict) and isinstance(at, str) and at in data:
            return data[at]
        if isinstance(data, (list, tuple)) and type(at) is int and -len(data) <= at < len(data):
            return data[at]
        raise fail(f"{kind(data)[0]}里没有 {at}。", f"{kind(data)[1].capitalize()} has no {at}.")

    return read
