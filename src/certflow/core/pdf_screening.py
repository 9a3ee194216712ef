"""Looks through an uploaded PDF for what a certificate or a transcript never needs.

A PDF cannot be re-encoded safely, so it is stored as sent; therefore it must look like one whole PDF and
nothing else, and must name no active content. The search trusts no structure of the file: it runs
over all raw bytes and over everything that inflates after any ``stream`` keyword, so that cross
references or lengths made to disagree between readers hide nothing. Names are met in every
spelling (``/Java#53cript``).

What it does not see: names inside streams under other filters than a single FlateDecode (LZW,
ASCII85 and the like; *object* streams under such filters or under a predictor are refused), in
Flate data with a damaged two-byte header, and faults of viewers that need no active content at all (a
malformed font or image). The store therefore serves every file as an attachment, with nosniff,
from an access-checked address, and never opens a PDF itself.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator

from certflow.core.errors import Invalid
from certflow.core.text import Text

INFLATED_LIMIT = 200 * 2**20  # bytes; eight colour pages at 300 dpi, stored without loss
NAMES_LIMIT = 5_000_000  # slashes in all that is searched; an honest file has a tenth of it
CHUNK = 2**16
OVERLAP = 256  # longest spelling of a name that may straddle two chunks
ACTIVE = (
    "JavaScript",
    "Launch",
    "EmbeddedFile",
    "EmbeddedFiles",
    "RichMedia",
    "XFA",
    "SubmitForm",
    "ImportData",
    "GoToE",
    "Rendition",
)
FILTERED = (
    "ASCIIHexDecode",
    "AHx",
    "ASCII85Decode",
    "A85",
    "LZWDecode",
    "LZW",
    "RunLengthDecode",
    "RL",
    "Predictor",
)
STREAM = re.compile(rb"stream[ \t]*(?:\r\n|\n|\r)")
SNIFFED = re.compile(rb"(?i)<(?:!doctype|html|script|head|body|iframe|svg|\?php|\?xml)")


def _spelling(name: str) -> bytes:
    """A pattern for a PDF name in which any character may be written as #xx."""
    parts = []
    for character in name:
        code = f"{ord(character):02x}"
        digits = "".join(f"[{d}{d.upper()}]" if d.isalpha() else d for d in code)
        parts.append(f"(?:{character}|#{digits})")
    return "".join(parts).encode()


def _names(*names: str) -> re.Pattern[bytes]:
    alternatives = b"|".join(_spelling(name) for name in names)
    return re.compile(rb"/(?:" + alternatives + rb")(?=[\x00\t\n\f\r ()<>\[\]{}/%]|\Z)")


ACTIVE_NAME = _names(*ACTIVE)
SCRIPT_KEY = _names("JS")
TEXT_BEFORE = re.compile(rb"[\t-\r -~]{8}\Z")
ENCRYPTED = _names("Encrypt")
OBJECT_STREAM = _names("ObjStm")
OTHER_FILTER = _names(*FILTERED)


def check_pdf(content: bytes) -> None:
    """Raise ``Invalid`` unless ``content`` is one whole, unencrypted PDF without active content."""
    _check_frame(content)
    if any(_active(part) for part in _readable(content)):
        raise Invalid(
            Text(
                "PDF 里带有脚本、可执行操作或嵌入的附件，请把它“打印为 PDF”后再上传",
                "The PDF carries scripts, actions or embedded files. Print it to a new PDF and upload that.",
            )
        )
    if ENCRYPTED.search(content):
        raise Invalid(
            Text(
                "PDF 设有密码或权限限制，请去掉后再上传",
                "The PDF is protected by a password or by restrictions. Remove them and upload again.",
            )
        )


def _check_frame(content: bytes) -> None:
    head, tail = content[:1024], content[-2048:]
    end = tail.rfind(b"%%EOF")
    offset = re.search(rb"startxref\s+(\d{1,10})\s+%%EOF[\s\x00]*\Z", tail)
    whole = re.match(rb"%PDF-[12]\.\d", head) and end >= 0 and offset
    if not whole or not offset or int(offset[1]) >= len(content):
        raise Invalid(
            Text(
                "PDF 不完整或已损坏，请重新导出后再上传",
                "The PDF is incomplete or damaged. Export it again and upload the new file.",
            )
        )
    if SNIFFED.search(head) or zipfile.is_zipfile(io.BytesIO(content)):
        raise Invalid(
            Text(
                "这个 PDF 同时是另一种文件，请把它“打印为 PDF”后再上传",
                "This PDF is another kind of file as well. Print it to a new PDF and upload that.",
            )
        )


def _active(part: bytes) -> bool:
    if ACTIVE_NAME.search(part):
        return True
    # Two letters turn up in compressed pixels by chance: only after text do they count.
    keys = SCRIPT_KEY.finditer(part)
    return any(TEXT_BEFORE.search(part[max(0, key.start() - 8) : key.start()]) for key in keys)


def _readable(content: bytes) -> Iterator[bytes]:
    """The raw bytes, then everything that inflates, in overlapping pieces of bounded size."""
    budget = _Budget(len(content))
    budget.spend("names", content.count(b"/"))
    yield content
    view = memoryview(content)
    for start in STREAM.finditer(content):
        position = start.end()
        _check_object_stream(content[max(0, start.start() - 1024) : start.start()])
        if _zlib_header(content[position : position + 2]):
            yield from _inflated(view[position:], budget)


def _check_object_stream(dictionary: bytes) -> None:
    own = dictionary.rpartition(b"endobj")[2]
    if OBJECT_STREAM.search(own) and OTHER_FILTER.search(own):
        raise Invalid(
            Text(
                "PDF 的结构无法检查，请把它“打印为 PDF”后再上传",
                "The structure of the PDF cannot be checked. Print it to a new PDF and upload that.",
            )
        )


def _zlib_header(two: bytes) -> bool:
    return len(two) == 2 and two[0] & 15 == 8 and int.from_bytes(two) % 31 == 0  # noqa: PLR2004


class _Budget:
    """What one file may cost: bytes read again from it, bytes inflated out of it, names met."""

    def __init__(self, size: int) -> None:
        self.left = {"read": 4 * size + CHUNK, "inflated": INFLATED_LIMIT, "names": NAMES_LIMIT}

    def spend(self, what: str, amount: int) -> None:
        self.left[what] -= amount
        if self.left[what] < 0:
            raise Invalid(
                Text(
                    "PDF 解开后过大，请降低分辨率重新导出后再上传",
                    "The PDF is too large once unpacked. Export it at a lower resolution and upload again.",
                )
            )


def _inflated(view: memoryview, budget: _Budget) -> Iterator[bytes]:
    machine = zlib.decompressobj()
    kept, position = b"", 0
    pending: bytes | memoryview = b""
    while not machine.eof and (pending or position < len(view)):
        if not pending:
            pending = view[position : position + CHUNK]
            position += CHUNK
            budget.spend("read", len(pending))
        try:
            piece = machine.decompress(pending, CHUNK)
        except zlib.error:
            return
        pending = machine.unconsumed_tail
        budget.spend("inflated", len(piece))
        budget.spend("names", piece.count(b"/"))
        yield kept + piece
        kept = (kept + piece)[-OVERLAP:]
