"""The one place where XML from people is parsed: no DOCTYPE, no entities, no network, capped."""

from typing import Final

from lxml import etree

from certflow.core.text import Text
from certflow.engine.errors import DefinitionError, Finding

MAX_BYTES: Final = 2 * 1024 * 1024
MAX_ELEMENTS: Final = 5_000
MAX_TEXT: Final = 20_000
BPMN: Final = "http://www.omg.org/spec/BPMN/20100524/MODEL"
CERTFLOW: Final = "http://certflow.org/bpmn"


def parse(source: bytes, most: int = MAX_ELEMENTS) -> etree._Element:
    """Return the root of an XML document; raise DefinitionError if it is not plain and small.

    `most` elements may stand in it.
    """
    if len(source) > MAX_BYTES:
        raise _refused(
            "文件超过 2 MB，请删减后再试。", "The file is larger than 2 MB. Make it smaller."
        )
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(source, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        line = getattr(error, "lineno", None) or 1
        raise _refused(
            f"文件内容不完整，从第 {line} 行起读不出来。请重新导出，或恢复到上一个版本。",
            f"The file cannot be read from line {line} on. Export it again, or go back to the "
            f"last version.",
        ) from error
    _check(root, most)
    return root


def _check(root: etree._Element, most: int) -> None:
    document = root.getroottree().docinfo
    if document.doctype or document.internalDTD is not None:
        raise _refused(
            "文件里有 DOCTYPE 声明，不安全。请删掉这一行再试。",
            "The file must not contain a DOCTYPE. Remove that line.",
        )
    for count, node in enumerate(root.iter()):
        if count >= most:
            raise _refused(
                f"文件超过 {most} 个元素。", f"The file has more than {most:,} elements."
            )
        if not isinstance(node.tag, str):
            raise _refused("文件不得含有实体。", "The file must not contain entities.")
        if node.tag.startswith("{http://www.w3.org/2001/XInclude}"):
            raise _refused("文件不得引入其他文件。", "The file must not include other files.")
        if any(len(value) > MAX_TEXT for value in (node.text or "", *node.attrib.values())):
            raise _refused("文件中有过长的文字。", "A text in the file is too long.")


def _refused(zh: str, en: str) -> DefinitionError:
    return DefinitionError([Finding("", Text(zh, en))])


def local_name(node: etree._Element) -> str:
    """Return the tag without its namespace."""
    return etree.QName(node).localname


def bpmn(name: str) -> str:
    """Return a BPMN tag with its namespace."""
    return f"{{{BPMN}}}{name}"


def text_of(node: etree._Element | None) -> str:
    """Return the trimmed text of a node, "" without one."""
    return (node.text or "").strip() if node is not None else ""
