"""Hostile files through the studio's doors: a package, a diagram, parts of a draft, tables, forms.

Each attack comes in as its author would bring it: as a file to import, or saved as a part. Accepted
is what the studio's check would let be published. Used by `benchmarks.hostile`.
"""

import contextlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Protocol
from xml.sax.saxutils import escape

from benchmarks.hostile_corpus import CALLS, EXPRESSIONS, GRAPHS, XML
from certflow.core.errors import Invalid
from certflow.core.text import Text
from certflow.studio import packages
from certflow.studio.checking import check
from certflow.studio.examining import examine
from certflow.studio.foreign import made_executable, unused, xml_text
from certflow.studio.fresh import content
from certflow.studio.remarks import stands_in_the_way

Door = Callable[[], bool]
NOW = datetime(2026, 3, 1, tzinfo=UTC)
DMN = (
    '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"><decision id="d">'
    '<decisionTable id="t" hitPolicy="UNIQUE"><input><inputExpression><text>a</text>'
    '</inputExpression></input><output name="o"/><rule id="r"><inputEntry><text>{0}</text>'
    "</inputEntry><outputEntry><text>1</text></outputEntry></rule></decisionTable></decision>"
    "</definitions>"
)


def sound() -> dict[str, Any]:
    """Return the smallest bundle that may be published: attacks take the place of its parts."""
    return content("hostile", Text("敌意", "Hostile"), {})


def ladder(rungs: int) -> str:
    """Return decisions of which each requires two of the rung below: naively, 2^rungs to decide."""
    decisions = []
    for rung in range(rungs):
        needs = "".join(
            f'<informationRequirement><requiredDecision href="#{side}{rung - 1}"/></informationRequirement>'
            for side in ("ab" if rung else "")
        )
        text = f"a{rung - 1} + b{rung - 1}" if rung else "1"
        decisions += [
            f'<decision id="{side}{rung}">{needs}<literalExpression><text>{text}</text>'
            "</literalExpression></decision>"
            for side in "ab"
        ]
    start = '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/">'
    return f"{start}{''.join(decisions)}</definitions>"


def publishable(change: dict[str, Any]) -> bool:
    """Tell whether the check lets a bundle with this change through; nothing may be raised."""
    return not stands_in_the_way(check("hostile", {**sound(), **change}, CALLS))


def imported(name: str, source: bytes) -> bool:
    """Tell whether a diagram's file can be imported and published as it is."""
    try:
        text = xml_text(name, source)
    except Invalid:
        return False
    unused(text)
    return publishable({"bpmn": made_executable(text) or text})


def unpacked(source: bytes) -> bool:
    """Tell whether a package is taken."""
    with contextlib.suppress(Invalid):
        packages.unpacked(source)
        return True
    return False


def examined(xml: str) -> bool:
    """Tell whether the table editor finds nothing wrong with a table."""
    seen = examine(sound(), "d", xml, "d", NOW)
    return bool(seen.inputs) and not seen.findings


def doors() -> Iterator[Door]:
    """Yield every attack through every door it fits."""
    for source in [*XML.values(), *GRAPHS.values()]:
        text = source.decode("utf-8", "replace")
        yield lambda s=source: imported("attack.bpmn", s)  # type: ignore[misc]
        yield lambda t=text: publishable({"bpmn": t})  # type: ignore[misc]
        yield lambda t=text: publishable({"tables": {"d": t}}) and "decision" not in t  # type: ignore[misc]
        yield lambda t=text: examined(t)  # type: ignore[misc]
        yield lambda s=source: unpacked(_package({"bpmn/hostile/hostile.bpmn": s}))  # type: ignore[misc]
    for attack in EXPRESSIONS:
        if "\x00" not in attack and _is_cell(attack):
            yield lambda a=attack: examined(DMN.format(escape(a)))  # type: ignore[misc]
    yield lambda: publishable({"tables": {"d": ladder(60)}})
    for odd in _odd_json():
        yield lambda o=odd: publishable({"service": o})  # type: ignore[misc]
        yield lambda o=odd: publishable({"forms": {"file": o, "review": o}})  # type: ignore[misc]
        yield lambda o=odd: publishable({"forms": o, "tables": o, "records": o})  # type: ignore[misc]
    yield from (lambda f=files: unpacked(_package(f)) for files in _odd_packages())  # type: ignore[misc]


class Watching(Protocol):
    """What sees whether an action ran something it must not."""

    def sees(self, action: Callable[[], object]) -> bool:
        """Tell whether it did."""
        ...


def studio(watch: Watching) -> tuple[int, int, int]:
    """Try every door; nothing may be raised either."""
    tried = executed = accepted = 0
    for door in doors():
        through: list[bool] = []
        executed += watch.sees(lambda d=door, t=through: t.append(d()))  # type: ignore[misc]
        accepted += through[0]
        tried += 1
    return tried, executed, accepted


def _is_cell(attack: str) -> bool:
    """Leave out what is a harmless cell: a text, a number, a test that fails while a case runs."""
    from certflow.core.expressions import ExpressionError
    from certflow.engine.unary import compile_cell

    try:
        compile_cell(attack)
    except ExpressionError:
        return True
    return False


def _odd_json() -> list[Any]:
    deep: Any = {}
    for _ in range(300):
        deep = {"pages": [deep], "fields": [deep], "schema": {"properties": deep}}
        if len(str(deep)) > 100_000:
            break
    return [
        {"pages": "x", "schema": 3, "outcomes": {}, "decides": []},
        {"pages": [{"fields": [None, 1, "a", []]}], "schema": {"properties": []}},
        {"pages": None, "title": 5, "decides": {"x": {"a": 1}}},
        {"title": None, "notices": [], "stages": "x", "deadlines": 7, "steps": {}},
        {"notices": {"a": {"text": "{0.__class__}", "on": 5, "to": "x"}}, "fee": {"amounts": [1]}},
        {"letters": {"a": {"paragraphs": [{"zh": "{" * 5_000}]}}, "time_limit": []},
        deep,
    ]


def _package(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    manifest = {"format": 1, "key": "hostile", "version": 1, "checksum": "0" * 64}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", json.dumps(manifest))
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def _odd_packages() -> list[dict[str, bytes]]:
    return [
        {"../../x.bpmn": b"x"},
        {"/etc/cron.d/x": b"x"},
        {"bpmn/hostile/big.dmn": b" " * 60_000_000},
        {"bpmn/hostile/service.json": b"[" * 1_500_000},
        {"bpmn/hostile/service.json": b'{"a": ' + b"9" * 1_000_000 + b"}"},
        {"bpmn/hostile/service.json": b'{"a": "\\u0000"}'},
        {f"forms/hostile/f{number}.json": b"{}" for number in range(2_000)},
    ]
