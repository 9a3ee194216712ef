"""XML from people: plain, small, and nothing fetched."""

import pytest
from benchmarks.hostile_corpus import XML
from lxml import etree

from certflow.engine.definitions import Bundle, DefinitionError, check, load
from certflow.engine.xml import parse
from factories.drawing import KNOWN, arrows, bpmn, end, start, user


@pytest.mark.parametrize("name", XML)
def test_every_hostile_file_is_refused(name):
    with pytest.raises(DefinitionError) as caught:
        load(Bundle("process", XML[name]), KNOWN)
    assert caught.value.findings[0].message.zh


def test_lxml_itself_takes_a_doctype():
    """The control: a plain parse lets DOCTYPE and entities through."""
    assert etree.fromstring(XML["inner entity"]).getroottree().docinfo.doctype


def test_a_byte_scan_would_miss_it():
    """The control for looking at the parsed document instead of the bytes."""
    assert b"<!DOCTYPE" not in XML["utf-16"]
    with pytest.raises(DefinitionError, match="DOCTYPE"):
        parse(XML["utf-16"])


def test_comments_are_dropped():
    source = bpmn(start(), user("apply"), end(), arrows("start -> apply -> end"))
    commented = source.replace(b"<bpmn:process", b"<!-- hello --><bpmn:process")
    assert check(Bundle("process", commented), KNOWN) == []


def test_other_prefixes_are_as_good():
    source = bpmn(start(), user("apply"), end(), arrows("start -> apply -> end"))
    renamed = source.replace(b"bpmn:", b"b2:").replace(b"xmlns:bpmn", b"xmlns:b2")
    assert check(Bundle("process", renamed), KNOWN) == []


def test_what_cannot_be_read_is_told_without_the_parsers_words():
    with pytest.raises(DefinitionError) as caught:
        parse(b"<a>\n<b></a>")
    said = caught.value.findings[0].message.en
    assert "line 2" in said
    assert "mismatch" not in said
