"""How two decision tables differ, row by row."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from lxml import etree

from certflow.core.text import Text
from certflow.engine.dmn import MAX_ELEMENTS
from certflow.engine.errors import DefinitionError
from certflow.engine.xml import parse, text_of
from certflow.studio.difference.changes import Change, Detail, Thing, compared, plain
from certflow.studio.property_words import label_in
from certflow.studio.table_tests import kept

_ROW, _TABLE = Text("行", "Row"), Text("决策表", "Decision table")
_TEST = Text("测试行", "Test row")
_COLUMN = {"input": Text("条件列", "Input"), "output": Text("结果列", "Output")}
_UNREADABLE = Text("决策表读不出来", "The table cannot be read")
_WORDS = {
    "name": Text("名称", "Name"),
    "policy": Text("命中策略", "Hit policy"),
    "expression": Text("表达式", "Expression"),
    "type": Text("数据类型", "Type"),
    "values": Text("可取的值", "Values"),
    "requires": Text("依据的决策", "Requires"),
    "row": Text("位置", "Position"),
    "called": Text("测试名称", "Name of the test"),
    "expected": Text("预期", "Expected"),
}


@dataclass(frozen=True)
class _Row:
    id: str
    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class _Decision:
    id: str
    name: str
    things: Mapping[str, Thing]
    heads: tuple[str, ...]
    rows: tuple[_Row, ...]


def table_changes(part: str, before: object, after: object) -> Iterator[Change]:
    """Yield what differs between two DMN files; None where there is none."""
    try:
        old, new = _decisions(before), _decisions(after)
    except (DefinitionError, UnicodeEncodeError):
        yield Change(part, "", "changed", _TABLE, _UNREADABLE)
        return
    for name in dict.fromkeys([*new, *old]):
        one, other = old.get(name), new.get(name)
        yield from compared(
            part,
            one.things if one else {},
            other.things if other else {},
            lambda word: label_in(_WORDS, word.removeprefix("given ")),
        )
        yield from _rows(part, name, one, other)


def _decisions(source: object) -> dict[str, _Decision]:
    if not isinstance(source, str):
        return {}
    nodes = parse(source.encode(), MAX_ELEMENTS).iter("{*}decision")
    return {one.get("id", ""): _decision(one) for one in nodes}


def _decision(node: etree._Element) -> _Decision:
    place = node.get("id", "")
    name = node.get("name") or place
    table, formula = node.find("{*}decisionTable"), node.find("{*}literalExpression")
    facts = {"name": plain(name)}
    needed = [one.get("href", "").strip("#") for one in node.iter("{*}requiredDecision")]
    if needed:
        facts["requires"] = plain("、".join(needed))
    if formula is not None:
        facts["expression"] = plain(text_of(formula.find("{*}text")))
    things: dict[str, Thing] = {}
    heads: list[str] = []
    rows: tuple[_Row, ...] = ()
    if table is not None:
        policy = f"{table.get('hitPolicy', 'UNIQUE')} {table.get('aggregation', '')}".strip()
        facts["policy"] = plain(policy)
        for side in ("input", "output"):
            for one in table.findall(f"{{*}}{side}"):
                label, column = _column(side, one)
                heads.append(label)
                things[f"{place}: {side} {label}"] = column
        rows = tuple(_row(number, one) for number, one in enumerate(table.findall("{*}rule"), 1))
    things = {place: Thing(plain(name), _TABLE, facts), **things, **_tests(place, node)}
    return _Decision(place, name, things, tuple(heads), rows)


def _tests(place: str, node: etree._Element) -> dict[str, Thing]:
    """Return the decision's test rows; what is given under the name that its column has."""
    labels = {
        f"given {text_of(one.find('{*}inputExpression/{*}text'))}": one.get("label", "")
        for one in node.iterfind("{*}decisionTable/{*}input")
    }
    found = {}
    for number, row in enumerate(kept(node), 1):
        facts = {"called": row.name, "expected": row.expected}
        facts |= {f"given {name}": value for name, value in row.given.items()}
        given = {labels.get(one) or one: plain(value) for one, value in facts.items() if value}
        name = Text(f"测试 {number}", f"Test {number}")
        found[f"{place}: test {number}"] = Thing(name, _TEST, given)
    return found


def _column(side: str, node: etree._Element) -> tuple[str, Thing]:
    inner = node.find("{*}inputExpression")
    source = text_of(None if inner is None else inner.find("{*}text"))
    label = str(node.get("label") or source or node.get("name", ""))
    kind = str((node if inner is None else inner).get("typeRef", ""))
    values = text_of(node.find(f"{{*}}{side}Values/{{*}}text"))
    facts = {"expression": source or str(node.get("name", "")), "type": kind, "values": values}
    given = {name: plain(value) for name, value in facts.items() if value}
    return label, Thing(plain(label), _COLUMN[side], given)


def _row(number: int, node: etree._Element) -> _Row:
    entries = [*node.findall("{*}inputEntry"), *node.findall("{*}outputEntry")]
    return _Row(node.get("id", ""), number, tuple(text_of(one.find("{*}text")) for one in entries))


def _rows(
    part: str, name: str, before: _Decision | None, after: _Decision | None
) -> Iterator[Change]:
    old, new = before.rows if before else (), after.rows if after else ()
    pairs = list(_paired(old, new))
    kept = [one.number for one, other in pairs if one and other]
    in_order = kept == sorted(kept)
    for one, other in pairs:
        row = other or one
        if row is None:
            continue
        place = f"{name}: rule {row.number}"
        title = Text(f"第 {row.number} 行", f"Row {row.number}")
        said = _cells(one, before, other, after)
        if one and other:
            if not in_order and one.number != other.number:
                said.append(Detail(_WORDS["row"], plain(one.number), plain(other.number)))
            if said:
                yield Change(part, place, "changed", _ROW, title, tuple(said))
        else:
            yield Change(part, place, "added" if other else "removed", _ROW, title, tuple(said))


def _cells(
    one: _Row | None, before: _Decision | None, other: _Row | None, after: _Decision | None
) -> list[Detail]:
    """Return the cells that differ between two rows, by the heads of their columns."""
    old = dict(zip(before.heads, one.cells, strict=False)) if one and before else {}
    new = dict(zip(after.heads, other.cells, strict=False)) if other and after else {}
    return [
        Detail(
            plain(head),
            plain(old[head]) if head in old else None,
            plain(new[head]) if head in new else None,
        )
        for head in dict.fromkeys([*new, *old])
        if old.get(head) != new.get(head)
    ]


def _paired(old: Sequence[_Row], new: Sequence[_Row]) -> Iterator[tuple[_Row | None, _Row | None]]:
    """Pair the rows of two tables: by id where both have it, the others by what stands in them."""
    ids = {one.id: one for one in old if one.id}
    partner = {one.number: ids.pop(one.id) for one in new if one.id in ids}
    taken = {one.number for one in partner.values()}
    left = [one for one in old if one.number not in taken]
    fresh = [one for one in new if one.number not in partner]
    matcher = SequenceMatcher(
        None, [o.cells for o in left], [n.cells for n in fresh], autojunk=False
    )
    gone = []
    for tag, i, j, k, m in matcher.get_opcodes():
        same = min(j - i, m - k) if tag in ("equal", "replace") else 0
        for step in range(same):
            partner[fresh[k + step].number] = left[i + step]
        gone += left[i + same : j]
    for one in new:
        yield partner.get(one.number), one
    yield from ((one, None) for one in gone)
