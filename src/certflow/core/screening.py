"""Decides what an uploaded file is, from its bytes alone, and makes it safe to keep.

JPEG, PNG and PDF are let in. Pictures are decoded under a pixel cap and encoded anew, so nothing
that was appended, embedded or noted in them (place, camera, thumbnail) survives; PDFs are searched
by ``pdf_screening``. Nothing here touches the database or the disk.

Memory: 25 Mpx decode to 100 MB (Pillow keeps four bytes a pixel) and are copied once; with the
20 MB that were read the peak stays near 240 MB a file. ``benchmarks/uploads.py`` measures it as the growth of
a fresh process's peak resident set on the largest pictures let in.
"""

import hashlib
import io
import math
import struct
from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image, ImageOps

from certflow.core.errors import Invalid
from certflow.core.filenames import safe_name
from certflow.core.pdf_screening import check_pdf
from certflow.core.text import Text

LARGEST = 20 * 2**20  # bytes
COUNTED = 10 * LARGEST  # past this the size is no longer counted, only refused
MOST_PIXELS = 25_000_000
MOST_SCANS = 64  # of a progressive JPEG; each costs a pass over all its pixels
MAGIC = {
    b"\xff\xd8\xff": ("JPEG", "image/jpeg", ".jpg"),
    b"\x89PNG\r\n\x1a\n": ("PNG", "image/png", ".png"),
    b"%PDF-": ("PDF", "application/pdf", ".pdf"),
}
# What Pillow's JPEG and PNG decoders raise on bytes that are not what they claim to be.
UNREADABLE = (OSError, ValueError, SyntaxError, EOFError, OverflowError, MemoryError, struct.error)


@dataclass(frozen=True)
class Screened:
    """A file that may be stored: its clean name, its kind by content and its clean bytes."""

    name: str
    media_type: str
    content: bytes

    @property
    def sha256(self) -> str:
        """Digest of the clean bytes, in hex."""
        return hashlib.sha256(self.content).hexdigest()


def screen(source: bytes | BinaryIO, filename: str) -> Screened:
    """Check an upload and return what may be kept of it.

    ``source`` is read at most a little past the cap. Raises ``Invalid`` with a sentence for the
    sender if the file is empty, too large, of another kind, damaged, or carries active content.
    """
    content = _read(io.BytesIO(source) if isinstance(source, bytes) else source)
    for magic, (kind, media_type, extension) in MAGIC.items():
        if content.startswith(magic):
            name = safe_name(filename, extension)
            if kind == "PDF":
                check_pdf(content)
                return Screened(name, media_type, content)
            return Screened(name, media_type, _redrawn(content, kind))
    raise Invalid(
        Text(
            "只能上传 JPG、PNG 图片或 PDF 文件，请转换格式后再上传",
            "Only JPG or PNG pictures and PDF files are accepted. Convert the file and upload it again.",
        )
    )


def _read(stream: BinaryIO) -> bytes:
    content, size = io.BytesIO(), 0
    while size <= COUNTED and (piece := stream.read(2**16)):
        size += len(piece)
        if size <= LARGEST:
            content.write(piece)
    if not size:
        raise Invalid(
            Text(
                "文件是空的，请检查后重新选择",
                "The file is empty. Check it and choose it again.",
            )
        )
    if size > LARGEST:
        raise _too_large(size)
    return content.getvalue()


def _too_large(size: int) -> Invalid:
    megabytes = math.ceil(size / 2**20)
    zh, en = ("有", "has") if size <= COUNTED else ("超过", "has more than")
    most = LARGEST // 2**20
    shown = megabytes if size <= COUNTED else COUNTED // 2**20
    return Invalid(
        Text(
            f"文件{zh} {shown} MB，请压缩到 {most} MB 以内再上传",
            f"The file {en} {shown} MB. Reduce it to {most} MB or less and upload it again.",
        )
    )


def _redrawn(content: bytes, kind: str) -> bytes:
    """The picture alone, encoded anew, turned as its camera meant it to be seen."""
    if kind == "JPEG" and content.count(b"\xff\xda") > MOST_SCANS:
        raise _damaged()
    try:
        picture = _decoded(content, kind)
        ImageOps.exif_transpose(picture, in_place=True)
        picture.info.clear()
        clean = io.BytesIO()
        picture.save(clean, format=kind, **({"quality": 90} if kind == "JPEG" else {}))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels() from None
    except UNREADABLE as error:
        raise _damaged() from error
    return clean.getvalue()


def _decoded(content: bytes, kind: str) -> Image.Image:
    """The pixels, as a copy that is tied to no file; the size is checked before they are read."""
    with Image.open(io.BytesIO(content), formats=[kind]) as image:
        if image.width * image.height > MOST_PIXELS:
            raise _too_many_pixels()
        image.load()
        return _plain(image, kind)


def _plain(image: Image.Image, kind: str) -> Image.Image:
    """A copy with eight bits a channel, in a mode that both formats can hold."""
    if image.mode.startswith("I"):
        return image.convert("I").point(lambda level: level * (1 / 256)).convert("L")
    if kind == "PNG" and image.has_transparency_data:
        return image.convert("RGBA")
    return image.convert("L" if image.mode in {"1", "L"} else "RGB")


def _too_many_pixels() -> Invalid:
    most = MOST_PIXELS // 10_000
    return Invalid(
        Text(
            f"图片超过 {most} 万像素，请缩小尺寸后再上传",
            f"The picture has more than {MOST_PIXELS // 10**6} megapixels. Make it smaller and upload again.",
        )
    )


def _damaged() -> Invalid:
    return Invalid(
        Text(
            "图片打不开，可能已损坏，请重新拍摄或导出后再上传",
            "The picture cannot be opened and may be damaged. Take or export it again, then upload.",
        )
    )
