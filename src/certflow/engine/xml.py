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


def parse(source: bytes) -> etree._Element:
    """Return the root of an XML document; raise DefinitionError if it is not plain and small."""
    if len(source) > MAX_BYTES:
        raise _refused("文件超过 2 MB。", "The file is larger than 2 MB.")
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
        raise _refused("不是有效的 XML 文件。", f"Not a valid XML file: {error}") from error
    _check(root)
    return root


def _check(root: etree._Element) -> None:
    document = root.getroottree().docinfo
    if document.doctype or document.internalDTD is not None:
        raise _refused("文件不得含有 DOCTYPE。", "The file must not contain a DOCTYPE.")
    for count, node in enumerate(root.iter()):
        if count >= MAX_ELEMENTS:
            raise _refused("文件超过 5000 个元素。", "The file has more than 5,000 elements.")
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
