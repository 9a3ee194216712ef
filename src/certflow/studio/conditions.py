"""What is wrong with a condition while it is typed: the sentence, and where in the text (H1)."""

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Final, Literal

from certflow.core.expressions import ExpressionError, compile_expression
from certflow.core.text import Text
from certflow.studio.variable_types import ANY, Variable

_FULL_WIDTH: Final = dict(zip("“”‘’（）＝＞＜！，", "\"\"''()=><!,", strict=True))
_OPEN_END: Final = re.compile(r"(?:[-=!<>+*/,(\[]|\b(?:and|or|not|in|if|else))\s*$")
_QUOTED: Final = re.compile(r"\"[^\"]*\"|'[^']*'")
_INSTEAD: Final = {
    r"=>": ">=",
    r"=<": "<=",
    r"<>": "!=",
    r"&&?": "and",
    r"\|\|?": "or",
    r"!(?!=)": "not",
    r"(?<!\w)(?:AND|并且|而且|且)(?!\w)": "and",
    r"(?<!\w)(?:OR|或者|或)(?!\w)": "or",
    r"(?<!\w)(?:NOT|非)(?!\w)": "not",
}
"""What people write who know another notation, and what to write here."""
_TAKES: Final = {
    "len": frozenset({"text", "list", "rows", "record"}),
    **dict.fromkeys(("any", "all", "sum", "count"), frozenset({"list"})),
    **dict.fromkeys(("abs", "round"), frozenset({"number"})),
}
"""What the first argument of a function has to be."""
_KINDS: Final = {
    "text": Text("文字", "text"),
    "number": Text("数字", "a number"),
    "boolean": Text("是或否", "yes or no"),
    "date": Text("日期", "a date"),
    "list": Text("列表", "a list"),
    "rows": Text("几行结果", "several rows"),
    "record": Text("一组数据", "a record"),
}


@dataclass(frozen=True)
class Objection:
    """What is wrong, between which characters; a "warning" lets the condition stand."""

    message: Text
    start: int
    end: int
    severity: Literal["error", "warning"] = "error"


def objection(text: str, known: Sequence[Variable]) -> Objection | None:
    """Return the first thing that is wrong with a condition, None when it is in order.

    `known` are the variables that it may use, with their types and values.
    """
    if not text.strip():
        return Objection(Text("请写一个条件。", "Write a condition."), 0, 0)
    try:
        compile_expression(text)
    except ExpressionError as error:
        return _unreadable(text, error)
    tree = ast.parse(text.strip(), mode="eval")
    place = _Place(text)
    return next((one for one in _doubts(tree, known, place)), None)


def part_objections(text: str, known: Sequence[Variable]) -> Iterator[Objection]:
    """Yield where an expression looks for a column that is not there; nothing if it is wrong."""
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    variables = {one.name: one for one in known}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield from _no_part(node, variables, _Place(text))


class _Place:
    """From a node's place in the stripped text, in bytes, to characters of the text as typed."""

    def __init__(self, text: str) -> None:
        self._lines = text.strip().split("\n")
        self._before = len(text) - len(text.lstrip())

    def of(self, node: ast.expr) -> tuple[int, int]:
        return (
            self._at(node.lineno, node.col_offset),
            self._at(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset),
        )

    def _at(self, line: int, column: int) -> int:
        before = sum(len(one) + 1 for one in self._lines[: line - 1])
        return self._before + before + len(self._lines[line - 1].encode()[:column].decode())


def _unreadable(text: str, error: ExpressionError) -> Objection:
    wide = next((at for at, sign in enumerate(text) if sign in _FULL_WIDTH), -1)
    if wide >= 0:
        sign = _FULL_WIDTH[text[wide]]
        message = Text(
            f"“{text[wide]}”是全角符号，请改用半角的 {sign}",
            f"“{text[wide]}” is a full-width sign: use {sign}",
        )
        return Objection(message, wide, wide + 1)
    try:
        ast.parse(text.strip(), mode="eval")
    except SyntaxError as wrong:
        return _broken(text, wrong)
    except (ValueError, RecursionError, MemoryError):
        pass
    return Objection(error.message, 0, len(text))


def _broken(text: str, wrong: SyntaxError) -> Objection:
    before = len(text) - len(text.lstrip())
    start = min(len(text), before + max(0, (wrong.offset or 1) - 1))
    lone = _lone_equals(text)
    if lone >= 0:
        message = Text("比较是否相等请写两个等号：==", "Write two equals signs to compare: ==")
        return Objection(message, lone, lone + 1)
    for sign, instead in _INSTEAD.items():
        if found := re.search(sign, _QUOTED.sub(lambda one: " " * len(one[0]), text)):
            message = Text(
                f"“{found[0]}”请写成 {instead}", f"Write {instead} instead of “{found[0]}”"
            )
            return Objection(message, *found.span())
    if start >= len(text.rstrip()) or _OPEN_END.search(text):
        message = Text("条件没有写完", "The condition ends too early")
        return Objection(message, len(text.rstrip()), len(text))
    for opening, closing in ("()", "[]"):
        if text.count(opening) > text.count(closing):
            at = text.rindex(opening)
            return Objection(
                Text(f"括号 {opening} 没有对应的 {closing}", f"{opening} has no {closing}"),
                at,
                at + 1,
            )
    if text.count('"') % 2 or text.count("'") % 2:
        at = max(text.rfind('"'), text.rfind("'"))
        return Objection(Text("引号没有成对", "A quotation mark has no partner"), at, at + 1)
    word = text[start:].split(maxsplit=1)[0] if text[start:].split() else ""
    return Objection(
        Text(f"从“{word[:20]}”开始看不懂", f"Not understood from “{word[:20]}” on"),
        start,
        start + len(word),
    )


def _lone_equals(text: str) -> int:
    for at, sign in enumerate(text):
        around = text[max(0, at - 1) : at + 2]
        if sign == "=" and around.count("=") == 1 and not set("!<>") & set(around):
            return at
    return -1


def _doubts(tree: ast.AST, known: Sequence[Variable], place: _Place) -> Iterator[Objection]:
    variables = {one.name: one for one in known}
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in _in_order(tree):
        if isinstance(node, ast.Name) and id(node) not in called:
            yield from _unknown(node, variables, place)
        elif isinstance(node, ast.Attribute):
            yield from _no_part(node, variables, place)
        elif isinstance(node, ast.Call):
            yield from _wrong_argument(node, variables, place)
        elif isinstance(node, ast.Compare) and len(node.ops) == 1:
            yield from _compared(node, variables, place)


def _in_order(tree: ast.AST) -> list[ast.expr]:
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.expr)]
    return sorted(nodes, key=lambda one: (one.lineno, one.col_offset, isinstance(one, ast.Compare)))


def _unknown(node: ast.Name, variables: dict[str, Variable], place: _Place) -> Iterator[Objection]:
    if node.id in variables or node.id in {"true", "false", "null"}:
        return
    near = get_close_matches(node.id, variables, n=1, cutoff=0.6)
    zh, en = (f"。是不是“{near[0]}”？", f". Did you mean “{near[0]}”?") if near else ("", "")
    message = Text(
        f"这里没有名为“{node.id}”的内容{zh}", f"There is nothing named “{node.id}” here{en}"
    )
    yield Objection(message, *place.of(node))


def _no_part(
    node: ast.Attribute, variables: dict[str, Variable], place: _Place
) -> Iterator[Objection]:
    """Object to a column that a decision's result does not have, or to a look into several rows."""
    path = ast.unparse(node)
    whole = variables.get(ast.unparse(node.value))
    if path in variables or whole is None or whole.type == ANY:
        return
    parts = [one.name.rpartition(".")[2] for one in known_parts(whole.name, variables.values())]
    if whole.type == "record" and not parts:
        return
    name = whole.label.zh or whole.name, whole.label.en or whole.name
    if whole.type == "rows":
        message = Text(
            f"“{name[0]}”是几行结果，条件里只能看有没有、有几行：len({whole.name})",
            f"“{name[1]}” is several rows. A condition can only ask whether there are any, "
            f"and how many: len({whole.name})",
        )
    elif parts:
        message = Text(
            f"“{name[0]}”没有“{node.attr}”这一列，可以用：{'、'.join(parts)}",
            f"“{name[1]}” has no column “{node.attr}”. It has: {', '.join(parts)}",
        )
    else:
        kind = _KINDS[whole.type]
        message = Text(
            f"“{name[0]}”是{kind.zh}，后面不能再写 .{node.attr}",
            f"“{name[1]}” is {kind.en}: .{node.attr} cannot follow it",
        )
    yield Objection(message, *place.of(node))


def _wrong_argument(
    node: ast.Call, variables: dict[str, Variable], place: _Place
) -> Iterator[Objection]:
    """Object to a function of what it cannot be asked of: the length of a number."""
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    given = variables.get(ast.unparse(node.args[0])) if node.args else None
    takes = _TAKES.get(name)
    if takes is None or given is None or given.type in takes or given.type == ANY:
        return
    wanted = [_KINDS[one] for one in _KINDS if one in takes]
    said = given.label.zh or given.name, given.label.en or given.name
    message = Text(
        f"{name}( ) 里要写{'或'.join(one.zh for one in wanted)}，“{said[0]}”是{_KINDS[given.type].zh}",
        f"{name}( ) is for {' or '.join(one.en for one in wanted)}; "
        f"“{said[1]}” is {_KINDS[given.type].en}",
    )
    yield Objection(message, *place.of(node))


def known_parts(name: str, variables: Iterable[Variable]) -> list[Variable]:
    """Return the columns that are known of a variable."""
    return [one for one in variables if one.part_of == name and one.name.startswith(f"{name}.")]


def _compared(
    node: ast.Compare, variables: dict[str, Variable], place: _Place
) -> Iterator[Objection]:
    """Doubt a comparison with a value that the variable never has."""
    left, right = node.left, node.comparators[0]
    variable = variables.get(ast.unparse(left))
    if variable is None:
        return
    ordered = isinstance(node.ops[0], ast.Lt | ast.LtE | ast.Gt | ast.GtE)
    if ordered:  # 5 and 10 days: "more than 7" is a question that can be asked
        variable = replace(variable, values=())
    listed = isinstance(right, ast.List) and isinstance(node.ops[0], ast.In | ast.NotIn)
    plain = ordered or isinstance(node.ops[0], ast.Eq | ast.NotEq)
    for one in right.elts if listed and isinstance(right, ast.List) else [right] if plain else []:
        if isinstance(one, ast.Constant) and one.value is not None:
            yield from _never(variable, one, place)


def _never(variable: Variable, given: ast.Constant, place: _Place) -> Iterator[Objection]:
    name = variable.label.zh or variable.name, variable.label.en or variable.name
    wanted = _KINDS.get(variable.type)
    if wanted is not None and _kind(given.value) != variable.type:
        message = Text(
            f"“{name[0]}”是{wanted.zh}，这里比较的是{_KINDS[_kind(given.value)].zh}",
            f"“{name[1]}” is {wanted.en}, compared here with {_KINDS[_kind(given.value)].en}",
        )
        yield Objection(message, *place.of(given), severity="warning")
    elif variable.values and given.value not in [one.value for one in variable.values]:
        offered, said = [str(one.value) for one in variable.values][:12], repr(given.value)
        message = Text(
            f"“{name[0]}”不会是 {said}，可以是：{'、'.join(offered)}",
            f"“{name[1]}” is never {said}. It can be: {', '.join(offered)}",
        )
        yield Objection(message, *place.of(given), severity="warning")


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "text" if isinstance(value, str) else "number"
