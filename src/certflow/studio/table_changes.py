"""Tables of a draft begun, copied, renamed, removed (catalogue H2)."""

import re
from collections.abc import Mapping
from typing import Any, Final
from xml.sax.saxutils import quoteattr

from lxml import etree

from certflow.core import audit
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Conflict, Invalid
from certflow.core.expressions import allowed_name
from certflow.core.given import LOOK_OVER
from certflow.core.text import Text
from certflow.engine.dmn import MAX_ELEMENTS
from certflow.engine.errors import DefinitionError
from certflow.engine.xml import parse
from certflow.studio import drafts
from certflow.studio.models import Draft
from certflow.studio.tables import listed

NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,49}")
MOST_TITLE: Final = 60
BAD_NAME = Text(
    "编号用小写字母、数字和下划线，以字母开头，最多 50 个字符。",
    "Use lower case letters, digits and underscores, a letter first, 50 characters at most.",
)
TAKEN = Text("已有同名的决策表，请换一个编号。", "A table has this id: choose another.")
BAD_TITLE = Text("请填写名称，最多 60 字。", "Give it a name, 60 characters at most.")
UNREADABLE = Text(
    "这个文件读不出来，复制不了。请先打开它修改。",
    "This file cannot be read, so it cannot be copied. Open and mend it first.",
)


def begin(session: Session, actor: Actor, draft: Draft, name: str, title: str) -> None:
    """Begin a table with one input, one result and one row.

    Raises:
        Invalid: `fields` says what is wrong with name or title.

    """
    taken = _taken(drafts.content_of(session, draft))
    _check(name, title, taken)
    _put(session, actor, draft, name, _EMPTY.format(id=name, title=quoteattr(title.strip())))


def copy(session: Session, actor: Actor, draft: Draft, source: str, name: str, title: str) -> None:
    """Copy a table; its decisions get ids of their own, its rows and test rows are kept.

    Raises:
        Invalid: `fields` says what is wrong with name or title; or the file cannot be read.
        NotFound: there is no such table.

    """
    content = drafts.content_of(session, draft)
    taken = _taken(content)
    _check(name, title, taken)
    xml = str(drafts.part(session, draft, f"table:{source}").content)
    _put(session, actor, draft, name, _copied(xml, name, title.strip(), taken))


def rename(session: Session, actor: Actor, draft: Draft, old: str, new: str) -> None:
    """Give a table's file another name; steps name its decisions, so nothing else changes.

    Raises:
        Invalid: the name is no word or taken.
        NotFound: there is no such table.

    """
    part = drafts.part(session, draft, f"table:{old}")
    if old == new:
        return
    files = drafts.content_of(session, draft)["tables"]
    if not NAME.fullmatch(new) or new in files:
        raise Invalid(LOOK_OVER, {"name": TAKEN if new in files else BAD_NAME})
    xml = part.content
    drafts.save(session, actor, draft, f"table:{new}", xml, 0)
    drafts.save(session, actor, draft, f"table:{old}", None, part.revision)
    _record(session, actor, draft, before={"table": old}, after={"table": new})


def remove(session: Session, actor: Actor, draft: Draft, name: str, revision: int) -> None:
    """Remove a table from a draft.

    Raises:
        Conflict: somebody has changed it since `revision`.
        NotFound: there is no such table.

    """
    part = drafts.part(session, draft, f"table:{name}")
    if part.revision != revision:
        raise Conflict(
            Text(
                "这张表刚被他人修改过，没有移除。请看过新内容再决定。",
                "Somebody has just changed this table, so it was not removed. Look at it first.",
            )
        )
    drafts.save(session, actor, draft, f"table:{name}", None, revision)
    _record(session, actor, draft, before={"table": name}, after=None)


def _put(session: Session, actor: Actor, draft: Draft, name: str, xml: str) -> None:
    drafts.save(session, actor, draft, f"table:{name}", xml, 0)
    _record(session, actor, draft, before=None, after={"table": name})


def _record(
    session: Session,
    actor: Actor,
    draft: Draft,
    before: dict[str, str] | None,
    after: dict[str, str] | None,
) -> None:
    audit.record(
        session,
        "draft.tables_changed",
        actor,
        subject=f"process/{draft.key}",
        before=before,
        after=after,
    )


def _check(name: str, title: str, taken: frozenset[str]) -> None:
    wrong = {}
    if not NAME.fullmatch(name) or not allowed_name(name):
        wrong["name"] = BAD_NAME
    elif name in taken:
        wrong["name"] = TAKEN
    if not 0 < len(title.strip()) <= MOST_TITLE:
        wrong["title"] = BAD_TITLE
    if wrong:
        raise Invalid(LOOK_OVER, wrong)


def _taken(content: Mapping[str, Any]) -> frozenset[str]:
    """Return the names that a new table must not have: of files, and of decisions."""
    files = listed(content)
    return frozenset(
        {*(one.name for one in files), *(one.id for file in files for one in file.decisions)}
    )


def _copied(xml: str, name: str, title: str, taken: frozenset[str]) -> str:
    """Return a file's text with other ids for its decisions, wherever the file names them."""
    try:
        root = parse(xml.encode(), MAX_ELEMENTS)
    except DefinitionError as error:
        raise Invalid(UNREADABLE) from error
    ids = [one.get("id", "") for one in root.iter("{*}decision")]
    fresh: dict[str, str] = {}
    for number, old in enumerate(ids):
        wanted = name if number == 0 else f"{name}_{old}"
        while wanted in taken or wanted in fresh.values():
            wanted += "_2"
        fresh[old] = wanted
    for node in root.iter("{*}decision", "{*}requiredDecision", "{*}DMNShape", "{*}variable"):
        _renamed(node, fresh)
    first = root.find("{*}decision")
    if first is not None:
        first.set("name", title)
    root.set("name", title)
    text: str = etree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _renamed(node: etree._Element, fresh: Mapping[str, str]) -> None:
    """Change what a node says of a decision: its id, a reference, the variable it sets."""
    keys = ("id", "dmnElementRef")
    for key in (*keys, "name") if etree.QName(node).localname == "variable" else keys:
        if (old := node.get(key, "")) in fresh:
            node.set(key, fresh[old])
    place = node.get("href", "")
    if place.startswith("#") and place[1:] in fresh:
        node.set("href", f"#{fresh[place[1:]]}")


_EMPTY: Final = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" xmlns:dmndi="https://www.omg.org/spec/DMN/20191111/DMNDI/" xmlns:dc="http://www.omg.org/spec/DMN/20180521/DC/" id="{id}_definitions" name={title} namespace="http://certflow.org/dmn">
  <decision id="{id}" name={title}>
    <decisionTable id="{id}_table" hitPolicy="UNIQUE">
      <input id="{id}_input_1" label="">
        <inputExpression id="{id}_input_1_expression" typeRef="string">
          <text></text>
        </inputExpression>
      </input>
      <output id="{id}_output_1" label="" name="result" typeRef="string" />
      <rule id="{id}_rule_1">
        <inputEntry id="{id}_rule_1_input">
          <text></text>
        </inputEntry>
        <outputEntry id="{id}_rule_1_output">
          <text></text>
        </outputEntry>
      </rule>
    </decisionTable>
  </decision>
  <dmndi:DMNDI>
    <dmndi:DMNDiagram id="{id}_diagram">
      <dmndi:DMNShape id="{id}_shape" dmnElementRef="{id}">
        <dc:Bounds height="80" width="180" x="160" y="100" />
      </dmndi:DMNShape>
    </dmndi:DMNDiagram>
  </dmndi:DMNDI>
</definitions>
"""
