"""Diagrams that another tool drew: read whatever their encoding, and nothing dropped in silence (H9)."""

import codecs
import re
from collections.abc import Iterator
from typing import Final

from lxml import etree

from certflow.core.errors import Invalid
from certflow.core.text import Text
from certflow.engine.diagram import processes
from certflow.engine.dmn import MAX_ELEMENTS as MOST_CELLS
from certflow.engine.errors import DefinitionError
from certflow.engine.xml import BPMN, CERTFLOW, MAX_BYTES, MAX_ELEMENTS, local_name, parse
from certflow.studio.remarks import Remark

ENCODINGS: Final = frozenset(
    {"utf-8", "utf-16", "utf-16-le", "utf-16-be", "ascii", "iso8859-1", "cp1252", "gbk", "gb2312",
     "gb18030", "big5"}
)  # fmt: skip
MOST_TOLD: Final = 300
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED: Final = re.compile(
    rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:\-]{1,40})["']"""
)
_DECLARATION: Final = re.compile(r"""^(<\?xml[^>]{0,200}?encoding\s*=\s*["'])[^"']{1,40}""")
_TAG: Final = re.compile(
    r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|(?P<open><(?:[\w.\-]+:)?process(?=\s))", re.DOTALL
)
"""Where a process's tag may begin; what only looks like one stands in what comes before it."""
_ATTRIBUTE: Final = re.compile(r"""\s+(?P<name>[^\s=]+)\s*=\s*(?P<value>"[^"]*"|'[^']*')""")
_PICTURES: Final = {
    "textAnnotation": Text("注释", "an annotation"),
    "association": Text("注释连线", "an annotation's line"),
    "group": Text("分组框", "a group"),
    "dataObject": Text("数据对象", "a data object"),
    "dataObjectReference": Text("数据对象", "a data object"),
    "dataStoreReference": Text("数据存储", "a data store"),
    "dataInputAssociation": Text("数据连线", "a line to data"),
    "dataOutputAssociation": Text("数据连线", "a line to data"),
    "ioSpecification": Text("输入输出说明", "inputs and outputs"),
    "messageFlow": Text("消息流", "a message flow"),
    "performer": Text("办理人说明", "a performer"),
    "humanPerformer": Text("办理人说明", "a performer"),
    "potentialOwner": Text("办理人说明", "a potential owner"),
}
KEPT = Text("{what}原样保留，运行时不起作用。", "{what} is kept as it is and has no effect.")
FOREIGN = Text(
    "其他工具的设置 {names} 原样保留，运行时不起作用；要起作用的请在属性面板里重新设置。",
    "Settings of another tool ({names}) are kept and have no effect; set what is needed again.",
)
NOT_RUN = Text(
    "流程“{name}”标为不可执行，原样保留，不会运行。",
    "The process “{name}” is marked as not executable: kept, never run.",
)
UNKNOWN_ENCODING = Text(
    "“{name}”的编码 {encoding} 不能用，请另存为 UTF-8。",
    "“{name}” is encoded as {encoding}: save it as UTF-8.",
)
BROKEN = Text("“{name}”不能用：{why}", "“{name}” cannot be used: {why}")


def xml_text(name: str, source: bytes) -> str:
    """Return an XML file's text, in UTF-8 from now on; what it says is not changed.

    Raises:
        Invalid: it is not plain, small XML in an encoding in use; the sentence names the file.

    """
    if len(source) > 2 * MAX_BYTES:
        raise Invalid(_broken(name, Text("文件太大。", "it is too large.")))
    encoding = _encoding(name, source)
    try:
        text = source.decode(encoding).removeprefix("\ufeff")
    except (UnicodeDecodeError, LookupError) as error:
        raise Invalid(UNKNOWN_ENCODING.filled(name=name, encoding=encoding)) from error
    if "\x00" in text:
        raise Invalid(UNKNOWN_ENCODING.filled(name=name, encoding=encoding))
    if encoding != "utf-8":
        text = _DECLARATION.sub(r"\g<1>UTF-8", text, count=1)
    try:
        parse(text.encode(), MOST_CELLS if name.endswith(".dmn") else MAX_ELEMENTS)
    except DefinitionError as error:
        raise Invalid(_broken(name, error.findings[0].message)) from error
    return text


def _broken(name: str, why: Text) -> Text:
    return BROKEN.filled(name=name, why=why)


def _encoding(name: str, source: bytes) -> str:
    """Return the encoding that a file begins with or declares; UTF-8 where it says nothing."""
    for mark, encoding in _MARKS:
        if source.startswith(mark):
            return encoding
    if source.startswith(b"<\x00"):
        return "utf-16-le"
    if source.startswith(b"\x00<"):
        return "utf-16-be"
    declared = _DECLARED.match(source[:300])
    if declared is None:
        return "utf-8"
    said = declared[1].decode("ascii")
    try:
        encoding = codecs.lookup(said).name
    except LookupError:
        encoding = ""
    if encoding not in ENCODINGS:
        raise Invalid(UNKNOWN_ENCODING.filled(name=name, encoding=said))
    return encoding


def made_executable(text: str) -> str | None:
    """Return the diagram with its one process marked to be run; None where nothing was changed."""
    root = parse(text.encode(), MAX_ELEMENTS)
    found = root.findall(f"{{{BPMN}}}process")
    if len(found) != 1 or found[0].get("isExecutable") != "false":
        return None
    for tag in _TAG.finditer(text):
        if tag["open"] is not None and (place := _false_at(text, tag.end())) is not None:
            return f"{text[: place[0]]}true{text[place[1] :]}"
    return None


def _false_at(text: str, position: int) -> tuple[int, int] | None:
    """Return where the attributes that begin at `position` say isExecutable="false"."""
    while (one := _ATTRIBUTE.match(text, position)) is not None:
        if (one["name"], one["value"][1:-1]) == ("isExecutable", "false"):
            return one.start("value") + 1, one.end("value") - 1
        position = one.end()
    return None


def process_name(text: str) -> str:
    """Return what the diagram's process is called, the one to be run first; "" without a name."""
    root = parse(text.encode(), MAX_ELEMENTS)
    found = [*processes(root), *root.findall(f"{{{BPMN}}}process")]
    return (found[0].get("name", "") if found else "").strip()


def unused(text: str) -> list[Remark]:
    """Return, element by element, what a diagram holds that has no effect here; it is kept."""
    try:
        root = parse(text.encode(), MAX_ELEMENTS)
    except (DefinitionError, UnicodeEncodeError):
        return []
    told = [*_not_run(root), *_pictures(root), *_settings(root)]
    return told[:MOST_TOLD]


def _not_run(root: etree._Element) -> Iterator[Remark]:
    for one in root.findall(f"{{{BPMN}}}process"):
        if one.get("isExecutable", "true") != "true":
            name = one.get("name") or one.get("id", "")
            yield _kept(one, NOT_RUN.filled(name=name))


def _pictures(root: etree._Element) -> Iterator[Remark]:
    for one in root.iter(f"{{{BPMN}}}*"):
        what = _PICTURES.get(local_name(one))
        if what is not None:
            yield _kept(one, KEPT.filled(what=what))


def _settings(root: etree._Element) -> Iterator[Remark]:
    """Yield what other tools wrote into elements: in attributes or in extension elements."""
    names: dict[etree._Element, list[str]] = {}
    for one in root.iter(f"{{{BPMN}}}*"):
        foreign = [key for key in one.attrib if str(key).startswith("{") and _strange(str(key))]
        inner = one.find(f"{{{BPMN}}}extensionElements")
        held = [str(each.tag) for each in (inner if inner is not None else ())]
        foreign += [tag for tag in held if _strange(tag)]
        if foreign:
            names.setdefault(one, []).extend(_short(one, str(key)) for key in foreign)
    for one, found in names.items():
        shown = "、".join(dict.fromkeys(found))
        yield _kept(one, FOREIGN.filled(names=shown))


def _strange(tag: str) -> bool:
    space = etree.QName(tag).namespace or ""
    ours = (BPMN, CERTFLOW, "http://www.w3.org/2001/XMLSchema-instance")
    return space not in ours and not space.startswith("http://www.omg.org/spec/")


def _short(node: etree._Element, tag: str) -> str:
    name = etree.QName(tag)
    prefix = next((key for key, space in node.nsmap.items() if key and space == name.namespace), "")
    return f"{prefix}:{name.localname}" if prefix else name.localname


def _kept(node: etree._Element, message: Text) -> Remark:
    """Return a remark at the element, or at the nearest one around it that has an id."""
    holder: etree._Element | None = node
    while holder is not None and not holder.get("id"):
        holder = holder.getparent()
    return Remark("bpmn", holder.get("id", "") if holder is not None else "", message, "warning")
