"""A process as one file: the round trip, and files that somebody made up (catalogue H9)."""

import io
import json
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from certflow.cases import versions
from certflow.core.errors import Invalid
from certflow.studio import packages
from certflow.studio.foreign import made_executable, unused, xml_text
from certflow.studio.packages import packed, unpacked
from certflow.studio.strict_json import read_object

ROOT = Path(__file__).parents[3]
KEYS = sorted(path.parent.name for path in ROOT.glob("bpmn/*/service.json"))


def content(key: str = "feedback") -> dict[str, Any]:
    return versions.read_folder(ROOT, key)


def rebuilt(change: Callable[[dict[str, bytes]], None], key: str = "feedback") -> bytes:
    """A package with its files changed, the manifest's checksum as it was."""
    with zipfile.ZipFile(io.BytesIO(packed(key, content(key), 1))) as archive:
        files = {one: archive.read(one) for one in archive.namelist()}
    change(files)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize("key", KEYS)
def test_what_goes_out_comes_in_the_same(key: str) -> None:
    before = content(key)
    package = unpacked(packed(key, before, 3))
    assert (package.key, package.version) == (key, 3)
    for part in ("bpmn", "tables", "forms", "service"):
        assert package.content[part] == before[part]
    assert package.content["records"].items() <= before["records"].items()


@pytest.mark.parametrize("key", KEYS)
def test_its_files_are_byte_for_byte_those_of_the_folders(key: str) -> None:
    for place, text in packages.laid_out(key, content(key)):
        assert (ROOT / place).read_bytes() == text.encode(), place


def test_only_the_record_kinds_that_forms_name_go_along() -> None:
    assert packages.used_records(content("feedback")) == {}
    assert "audit" in packages.used_records(content("registration"))


REFUSED: dict[str, Callable[[dict[str, bytes]], Any]] = {
    "路径": lambda files: files.update({"../../etc/cron.d/x": b"x"}),
    "绝对路径": lambda files: files.update({"/etc/passwd": b"x"}),
    "反斜杠": lambda files: files.update({"bpmn\\feedback\\x.dmn": b"x"}),
    "别的文件": lambda files: files.update({"bpmn/feedback/run.py": b"x"}),
    "别的流程": lambda files: files.update({"bpmn/other/other.bpmn": b"<a/>"}),
    "大写同名": lambda files: files.update({"bpmn/feedback/SERVICE.json": b"{}"}),
    "改过": lambda files: files.update({"bpmn/feedback/service.json": b'{"key": "feedback"}'}),
    "缺图": lambda files: files.pop("bpmn/feedback/feedback.bpmn"),
    "缺清单": lambda files: files.pop("manifest.json"),
    "新格式": lambda files: files.update({"manifest.json": b'{"format": 99}'}),
    "清单不是对象": lambda files: files.update({"manifest.json": b"[]"}),
    "太深": lambda files: files.update({"bpmn/feedback/service.json": b"[" * 100_000}),
    "键写两次": lambda files: files.update({"bpmn/feedback/service.json": b'{"a": 1, "a": 2}'}),
    "编码": lambda files: files.update({"bpmn/feedback/service.json": '{"a": "汉"}'.encode("gbk")}),
    "大数": lambda files: files.update({"bpmn/feedback/service.json": b'{"a": 1' + b"0" * 5000 + b"}"}),
    "空字符": lambda files: files.update({"bpmn/feedback/service.json": b'{"a": "\\u0000"}'}),
    "半个字符": lambda files: files.update({"bpmn/feedback/service.json": b'{"a": "\\ud800"}'}),
    "太多": lambda files: files.update({f"forms/feedback/f{n}.json": b"{}" for n in range(500)}),
    "炸弹": lambda files: files.update({"forms/feedback/big.json": b" " * 40_000_000}),
}  # fmt: skip


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED)
def test_a_file_that_no_export_makes_is_refused_in_words(
    change: Callable[[dict[str, bytes]], Any],
) -> None:
    source = rebuilt(change)
    tracemalloc.start()
    with pytest.raises(Invalid) as refused:
        unpacked(source)
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert refused.value.message.zh
    assert refused.value.message.en
    assert most < 30_000_000  # nothing is unpacked without bound


def test_the_same_file_unchanged_is_taken() -> None:
    """The control of the refusals."""
    assert unpacked(rebuilt(lambda _files: None)).key == "feedback"


@pytest.mark.parametrize(
    "source",
    [b"PK", b"PK\x03\x04" + b"\x00" * 100, packed("feedback", content(), 1)[:-30],
     packed("feedback", content(), 1)[:2000], b"PK\x05\x06" + b"\xff" * 18, b"PK" * 4_000_000],
    ids=["short", "empty", "cut", "half", "odd end", "too big"],
)  # fmt: skip
def test_a_damaged_file_is_refused(source: bytes) -> None:
    with pytest.raises(Invalid):
        unpacked(source)


def test_a_wrong_size_or_a_lock_is_refused() -> None:
    whole = packed("feedback", content(), 1)
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        size = archive.getinfo("bpmn/feedback/service.json").file_size
    lying = whole.replace(size.to_bytes(4, "little"), (size - 7).to_bytes(4, "little"))
    assert lying != whole
    with pytest.raises(Invalid):
        unpacked(lying)
    at = whole.rindex(b"PK\x01\x02")
    locked = whole[: at + 8] + b"\x01\x00" + whole[at + 10 :]
    with pytest.raises(Invalid, match="encrypted"):
        unpacked(locked)


def test_a_link_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("bpmn/feedback/service.json")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(Invalid):
        unpacked(out.getvalue())


def test_json_is_read_as_it_stands() -> None:
    source = '{"b": 1, "a": [1.5, true, null, "汉\\n"]}'
    assert json.dumps(read_object("x", source.encode())) == json.dumps(json.loads(source))


DIAGRAM = """<?xml version="1.0" encoding="{0}"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="d">
  <bpmn:process id="leave" name="请假" isExecutable="false">
    <bpmn:startEvent id="start"/><bpmn:textAnnotation id="remark"><bpmn:text>说明</bpmn:text></bpmn:textAnnotation>
    <bpmn:userTask id="approve" name="审批" camunda:assignee="${{boss}}"><bpmn:extensionElements><camunda:formData/></bpmn:extensionElements></bpmn:userTask>
    <bpmn:callActivity id="sub"/>
  </bpmn:process>
</bpmn:definitions>"""


@pytest.mark.parametrize(
    ("codec", "name"),
    [("utf-8", "UTF-8"), ("utf-16", "UTF-16"), ("utf-16-be", "UTF-16BE"), ("gbk", "GBK"),
     ("gb18030", "gb18030"), ("utf-8-sig", "utf-8")],
)  # fmt: skip
def test_a_diagram_is_read_in_the_encodings_of_other_tools(codec: str, name: str) -> None:
    text = xml_text("leave.bpmn", DIAGRAM.format(name).encode(codec, "replace"))
    assert "审批" in text
    assert 'encoding="UTF-8"' in text or name == "utf-8"


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("utf-7", "UTF-7"),
        ("cp037", "cp037"),
        ("utf-8", "rot13"),
        ("gbk", "UTF-8"),
        ("utf-32", "UTF-32"),
    ],
)
def test_an_encoding_that_hides_something_is_refused(codec: str, name: str) -> None:
    with pytest.raises(Invalid):
        xml_text("leave.bpmn", DIAGRAM.format(name).encode(codec, "replace"))


def test_a_process_not_marked_to_be_run_is_marked() -> None:
    text = DIAGRAM.format("UTF-8")
    changed = made_executable(text)
    assert changed is not None
    assert 'isExecutable="true"' in changed
    assert made_executable(changed) is None


def test_what_has_no_effect_is_told_element_by_element() -> None:
    told = {(one.place, one.severity) for one in unused(DIAGRAM.format("UTF-8"))}
    assert told == {("leave", "warning"), ("remark", "warning"), ("approve", "warning")}
    names = next(one for one in unused(DIAGRAM.format("UTF-8")) if one.place == "approve")
    assert "camunda:assignee、camunda:formData" in names.message.zh


@pytest.mark.parametrize("key", KEYS)
def test_of_the_shipped_diagrams_nothing_is_without_effect(key: str) -> None:
    assert unused(content(key)["bpmn"]) == []
