"""A process as one file: packed, and taken apart again with nothing trusted (catalogue H9).

The file is a ZIP laid out like the repository: `bpmn/<key>/`, `forms/<key>/`, `forms/records/`, and
a manifest. Whatever is in it is looked at by name and size before a byte of it is unpacked.
"""

import io
import json
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from certflow.cases.versions import checksum_of
from certflow.core.errors import Invalid
from certflow.core.text import Text
from certflow.studio.foreign import xml_text
from certflow.studio.strict_json import read_object

FORMAT: Final = 1
SUFFIX: Final = ".certflow.zip"
MANIFEST: Final = "manifest.json"
MOST_BYTES: Final = 6 * 1024 * 1024
MOST_FILES: Final = 400
MOST_FILE: Final = 2 * 1024 * 1024
MOST_UNPACKED: Final = 24 * 1024 * 1024
_WORD: Final = r"[A-Za-z0-9_\-]{1,60}"
_PLACES: Final = re.compile(
    rf"bpmn/(?P<key>{_WORD})/(?:(?P<service>service\.json)|(?P<bpmn>{_WORD})\.bpmn|(?P<table>{_WORD})\.dmn"
    rf"|scenarios/(?P<scenario>{_WORD})\.json)"
    rf"|forms/records/(?P<record>{_WORD})\.json|forms/(?P<of>{_WORD})/(?P<form>{_WORD})\.json"
)
_GROUPS: Final = {"table": "tables", "form": "forms", "record": "records", "scenario": "scenarios"}
_HEADER: Final = b"PK\x01\x02"
_EPOCH: Final = (2020, 1, 1, 0, 0, 0)

TOO_BIG = Text(
    "文件超过 6 MB，不是一个流程的导出文件。", "Larger than 6 MB: no export of a process."
)
NO_ZIP = Text(
    "文件损坏，或不是从流程设计导出的文件。请重新导出后再试。",
    "The file is damaged, or no export of the studio. Export it again.",
)
TOO_MANY = Text("文件里超过 400 个文件。", "More than 400 files are in it.")
UNPACKS = Text(
    "“{name}”解开后太大（限 2 MB，合计 24 MB）。", "“{name}” unpacks to too much (2 MB, 24 in all)."
)
ODD_NAME = Text(
    "文件里有不该有的“{name}”，没有导入任何内容。",
    "“{name}” does not belong here; nothing was imported.",
)
TWICE = Text("“{name}”在文件里有两个。", "“{name}” is in it twice.")
LOCKED = Text(
    "文件加了密码，请去掉密码后再导入。", "The file is encrypted: take the password off first."
)
MISSING = Text("文件里缺少“{name}”。", "“{name}” is missing.")
NEWER = Text(
    "这个文件是较新的版本导出的（格式 {format}），请先升级平台。",
    "A newer release exported this file (format {format}): upgrade first.",
)
TAMPERED = Text(
    "内容和清单的校验值不一致，文件在导出后被改过或没有传完整。",
    "The content does not match its checksum: changed since the export, or not whole.",
)


@dataclass(frozen=True)
class Package:
    """A process out of a file. `version` is None for what was a draft."""

    key: str
    version: int | None
    checksum: str
    content: dict[str, Any]


def packed(key: str, content: Mapping[str, Any], version: int | None) -> bytes:
    """Return a bundle's content as one file, with the record kinds that its forms use."""
    sent = {**content, "records": used_records(content)}
    manifest = {
        "format": FORMAT,
        "key": key,
        "title": content["service"].get("title", key),
        "version": version,
        "checksum": checksum_of(sent),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in ((MANIFEST, canonical(manifest)), *laid_out(key, sent)):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, text.encode())
    return out.getvalue()


def laid_out(key: str, content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each file of a bundle's content, by its place below the repository's root."""
    yield f"bpmn/{key}/{key}.bpmn", content["bpmn"]
    yield f"bpmn/{key}/service.json", canonical(content["service"])
    for name, xml in content["tables"].items():
        yield f"bpmn/{key}/{name}.dmn", xml
    for name, one in content.get("scenarios", {}).items():
        yield f"bpmn/{key}/scenarios/{name}.json", canonical(one)
    for name, form in content["forms"].items():
        yield f"forms/{key}/{name}.json", canonical(form)
    for name, record in content["records"].items():
        yield f"forms/records/{name}.json", canonical(record)


def canonical(value: Any) -> str:
    """Return JSON as the repository's folders have it."""
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def used_records(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record kinds that a bundle's forms name."""
    named = {one for form in content["forms"].values() for one in _words(form)}
    return {kind: record for kind, record in content["records"].items() if kind in named}


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value.removeprefix("records:")
    elif isinstance(value, dict):
        for one in value.values():
            yield from _words(one)
    elif isinstance(value, list):
        for one in value:
            yield from _words(one)


def unpacked(source: bytes) -> Package:
    """Take a file apart.

    Raises:
        Invalid: with a sentence that says why, and names the file inside.

    """
    if len(source) > MOST_BYTES:
        raise Invalid(TOO_BIG)
    files = _files(source)
    if MANIFEST not in files:
        raise Invalid(MISSING.filled(name=MANIFEST))
    manifest = read_object(MANIFEST, files.pop(MANIFEST))
    if manifest.get("format") != FORMAT:
        raise Invalid(NEWER.filled(format=str(manifest.get("format"))[:20]))
    key, version = str(manifest.get("key", "")), manifest.get("version")
    content = _content(key, files)
    checksum = checksum_of(content)
    if checksum != manifest.get("checksum"):
        raise Invalid(TAMPERED)
    return Package(key, version if isinstance(version, int) else None, checksum, content)


def _files(source: bytes) -> dict[str, bytes]:
    """Return the files of an archive by name, each looked at before it is unpacked."""
    if source.count(_HEADER) > MOST_FILES:
        raise Invalid(TOO_MANY)
    try:
        with zipfile.ZipFile(io.BytesIO(source)) as archive:
            entries = [one for one in archive.infolist() if not _is_folder(one)]
            _look_over(entries)
            return {one.filename: _read(archive, one) for one in entries}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise Invalid(NO_ZIP) from error
    except (RuntimeError, ValueError, OverflowError, IndexError) as error:
        raise Invalid(NO_ZIP) from error


def _is_folder(entry: zipfile.ZipInfo) -> bool:
    return entry.filename.endswith("/") and entry.file_size == 0


def _look_over(entries: list[zipfile.ZipInfo]) -> None:
    """Refuse names, kinds and sizes that no export has, by what the directory says."""
    total, seen = 0, set[str]()
    if len(entries) > MOST_FILES:
        raise Invalid(TOO_MANY)
    for entry in entries:
        name = entry.filename
        shown = name[:80].encode("ascii", "backslashreplace").decode()
        if entry.flag_bits & 0x1:
            raise Invalid(LOCKED)
        if name != MANIFEST and not _PLACES.fullmatch(name):
            raise Invalid(ODD_NAME.filled(name=shown))
        if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
            raise Invalid(ODD_NAME.filled(name=shown))
        if name.casefold() in seen:
            raise Invalid(TWICE.filled(name=shown))
        seen.add(name.casefold())
        total += entry.file_size
        if entry.file_size > MOST_FILE or total > MOST_UNPACKED:
            raise Invalid(UNPACKS.filled(name=shown))
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Invalid(NO_ZIP)


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Unpack one file; never more than its entry said."""
    with archive.open(entry) as file:
        found = file.read(entry.file_size + 1)
    if len(found) != entry.file_size:
        raise Invalid(UNPACKS.filled(name=entry.filename))
    return found


def _content(key: str, files: Mapping[str, bytes]) -> dict[str, Any]:
    content: dict[str, Any] = {group: {} for group in _GROUPS.values()}
    for name, source in files.items():
        found = _PLACES.fullmatch(name)
        if found is None or {found["key"] or found["of"] or key, found["bpmn"] or key} != {key}:
            raise Invalid(ODD_NAME.filled(name=name))
        if found["service"]:
            content["service"] = read_object(name, source)
        elif found["bpmn"]:
            content["bpmn"] = xml_text(name, source)
        elif found["table"]:
            content["tables"][found["table"]] = xml_text(name, source)
        else:
            word = next(one for one in ("form", "record", "scenario") if found[one])
            content[_GROUPS[word]][found[word]] = read_object(name, source)
    for part, name in (("bpmn", f"{key}.bpmn"), ("service", "service.json")):
        if part not in content:
            raise Invalid(MISSING.filled(name=f"bpmn/{key}/{name}"))
    if not content["scenarios"]:
        del content["scenarios"]
    return content
