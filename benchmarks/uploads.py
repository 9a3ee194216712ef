"""Hostile uploads against the screen: what is refused, what is cleaned, what slips through.

Run ``python -m benchmarks.uploads``; prints JSON: counts, the memory that the largest
pictures let in cost a fresh process, and its seconds.
"""

import contextlib
import io
import json
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, PngImagePlugin

from certflow.core.errors import Invalid
from certflow.core.screening import Screened, screen

MARK = b"<script>alert('cf-mark')</script>"


@dataclass(frozen=True)
class Hostile:
    """One upload. ``cleaned``: it may be kept, provided that ``MARK`` and the place are gone."""

    what: str
    name: str
    content: bytes
    cleaned: bool = False


def picture(kind: str = "JPEG", size: tuple[int, int] = (32, 24), **options: object) -> bytes:
    """A small honest picture."""
    out = io.BytesIO()
    Image.new("RGB", size, (23, 80, 143)).save(out, kind, **options)
    return out.getvalue()


def pdf(*objects: bytes, trailer: bytes = b"", head: bytes = b"", tail: bytes = b"") -> bytes:
    """A small PDF with an honest page, further objects, and a true cross reference table."""
    bodies = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>",
        *objects,
    ]
    out, offsets = b"%PDF-1.7\n" + head, []
    for number, body in enumerate(bodies, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    lines = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(bodies) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, lines)
    out += b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (size, trailer, start)
    return out + tail


def stream(content: bytes, keys: bytes = b"/Filter/FlateDecode") -> bytes:
    """A PDF stream object."""
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (keys, len(content), content)


def object_stream(content: bytes, keys: bytes = b"") -> bytes:
    """An object stream holding one object."""
    packed = zlib.compress(b"9 0 " + content)
    return stream(packed, b"/Type/ObjStm/N 1/First 4/Filter/FlateDecode" + keys)


def archive() -> bytes:
    """A ZIP with a script inside."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("run.html", MARK)
    return out.getvalue()


def png_header(width: int, height: int, pixels: bytes, *extra: bytes) -> bytes:
    """A PNG that claims any size, with the given compressed pixels and further chunks."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    middle = b"".join(chunk(extra[i], extra[i + 1]) for i in range(0, len(extra), 2))
    ends = chunk(b"IHDR", size), middle, chunk(b"IDAT", pixels), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(ends)


def located() -> bytes:
    """A photo that says where it was taken, in EXIF, and carries the mark in its notes."""
    exif = Image.Exif()
    exif[0x010E] = MARK.decode()
    exif[0x8825] = {1: "N", 2: (39.0, 54.0, 26.0), 3: "E", 4: (116.0, 23.0, 29.0)}
    return picture(exif=exif.tobytes(), comment=MARK, xmp=MARK, icc_profile=MARK)


def noted_png() -> bytes:
    """A PNG with the mark in text chunks and in EXIF."""
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", MARK.decode())
    notes.add_itxt("XML:com.adobe.xmp", MARK.decode(), zip=True)
    exif = Image.Exif()
    exif[0x010E] = MARK.decode()
    return picture("PNG", pnginfo=notes, exif=exif.tobytes())


def _pictures() -> Iterator[Hostile]:
    jpeg, png = picture(), picture("PNG")
    bomb = zlib.compress(bytes(9000 * 3 + 1) * 9000, 9)
    for tail, what in ((MARK, "html"), (archive(), "zip"), (b"<?php " + MARK, "php")):
        yield Hostile(f"jpeg with {what} tail", "photo.jpg", jpeg + tail + MARK, cleaned=True)
        yield Hostile(f"png with {what} tail", "photo.png", png + tail + MARK, cleaned=True)
    yield Hostile("jpeg with place, notes, profile", "photo.jpg", located(), cleaned=True)
    yield Hostile("png with notes", "scan.png", noted_png(), cleaned=True)
    yield Hostile("jpeg named html", "photo.html", jpeg + MARK, cleaned=True)
    yield Hostile("jpeg with two endings", "photo.php.jpg", jpeg + MARK, cleaned=True)
    yield Hostile("png 81 Mpx in 240 KB", "a.png", png_header(9000, 9000, bomb))
    yield Hostile("png 10^10 px claimed", "a.png", png_header(100_000, 100_000, bomb))
    yield Hostile("png 2^62 px claimed", "a.png", png_header(2**31 - 1, 2**31 - 1, b""))
    yield Hostile("png without pixels", "a.png", png_header(10, 10, b""))
    yield Hostile("png of no size", "a.png", png_header(0, 0, zlib.compress(b"")))
    text = b"Comment\0\0" + zlib.compress(bytes(200 * 2**20), 9)
    yield Hostile("png with 200 MB note", "a.png", png_header(4, 4, b"", b"zTXt", text))
    yield Hostile("jpeg cut short", "a.jpg", picture(size=(400, 400))[:-300])
    yield Hostile("jpeg magic only", "a.jpg", b"\xff\xd8\xff" + MARK)
    yield Hostile("png magic only", "a.png", b"\x89PNG\r\n\x1a\n" + MARK)
    scans = jpeg[:-2] + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" * 5000 + b"\xff\xd9"
    yield Hostile("jpeg of 5,000 scans", "a.jpg", scans)


def _other_kinds() -> Iterator[Hostile]:
    svg = b"<svg xmlns='http://www.w3.org/2000/svg'>" + MARK + b"</svg>"
    kinds: tuple[tuple[str, bytes], ...] = (
        ("photo.jpg", b"GIF89a/*" + MARK), ("photo.jpg", picture("GIF")),
        ("photo.png", picture("BMP")), ("photo.jpg", picture("TIFF")),
        ("photo.png", picture("WEBP")), ("photo.jpg", picture("ICO", (16, 16))),
        ("scan.pdf", b"<html>" + MARK), ("photo.png", svg), ("photo.jpg", MARK + picture()),
        ("scan.pdf", archive()), ("form.docx", archive()), ("photo.jpg", b"MZ\x90\0" + MARK),
        ("scan.pdf", b"%!PS-Adobe-3.0\n" + MARK), ("a.jpg", b"\x7fELF" + MARK),
        ("photo.jpg", b""), ("photo.jpg", b"\n" + picture()), ("photo.jpg", b"\xff\xd8"),
        ("scan.pdf", b"\xef\xbb\xbf" + pdf()), ("big.pdf", b"%PDF-1.4" + bytes(20 * 2**20)),
        ("big.jpg", picture() + bytes(30 * 2**20)),
    )  # fmt: skip
    for number, (name, content) in enumerate(kinds):
        yield Hostile(f"kind {number}: {content[:6]!r} as {name}", name, content)


def _pdfs() -> Iterator[Hostile]:
    script = b"<</S/JavaScript/JS(app.alert\\(1\\))>>"
    launch = b"<</S/Launch/F(cmd.exe)>>"
    deep = zlib.compress(zlib.compress(script))
    bomb = stream(zlib.compress(bytes(260 * 2**20), 9))
    chained = b"<</Type/ObjStm/N 1/First 4/Filter[/ASCIIHexDecode/FlateDecode]/Length 4>>\nstream\n00>\nendstream"
    files: dict[str, bytes] = {
        "script": pdf(script),
        "script opened": pdf(trailer=b"/OpenAction 4 0 R") + pdf(script),
        "escaped": pdf(script.replace(b"JavaScript", b"J#61va#53#63ript")),
        "escaped whole": pdf(b"<</S/#4a#61#76#61#53#63#72#69#70#74/JS 9 0 R>>"),
        "escaped keys": pdf(b"<</A<</S/Rendition/#4a#53(app.alert)>> >>"),
        "key of a script": pdf(b"<</Names<<>>/A<</JS(app.alert)>> >>"),
        "launch": pdf(launch),
        "launch escaped": pdf(launch.replace(b"Launch", b"L#61unch")),
        "embedded file": pdf(stream(b"MZ", b"/Type/EmbeddedFile")),
        "embedded tree": pdf(b"<</Names<</EmbeddedFiles 9 0 R>> >>"),
        "forms": pdf(b"<</AcroForm<</XFA 9 0 R>> >>"),
        "submit": pdf(b"<</S/SubmitForm/F(https://example.invalid)>>"),
        "rich media": pdf(b"<</Subtype/RichMedia>>"),
        "import": pdf(b"<</S/ImportData/F(x)>>"),
        "encrypted": pdf(b"<</Filter/Standard/V 5>>", trailer=b"/Encrypt 4 0 R"),
        "encrypted, escaped": pdf(b"<<>>", trailer=b"/#45ncrypt 4 0 R"),
        "in an object stream": pdf(object_stream(script)),
        "in an object stream, launch": pdf(object_stream(launch)),
        "in an object stream, escaped": pdf(object_stream(b"<</S/J#61vaScript>>")),
        "in a disguised object stream": pdf(object_stream(script, b"/Subtype/Image/Width 9")),
        "late in an object stream": pdf(object_stream(b" " * 3_000_000 + script)),
        "across two pieces": pdf(object_stream(b" " * (2**16 - 14) + script)),
        "stream in a comment": pdf(b"<<>>%stream\n" + script + b"\n%endstream\n"),
        "stream in a string": pdf(b"<</A(stream\n)>>", object_stream(script)),
        "carriage return": pdf(object_stream(script).replace(b"stream\n", b"stream \r\n", 1)),
        "object stream, other filter": pdf(chained),
        "inflates to 260 MB": pdf(bomb),
        "260 MB in ten": pdf(*[stream(zlib.compress(bytes(26 * 2**20), 9))] * 10),
        "html first": pdf(head=b"<html>" + MARK),
        "script first": pdf(head=b"%" + MARK + b"\n"),
        "php first": pdf(head=b"<?php system('id'); ?>"),
        "html tail": pdf(tail=MARK),
        "zip tail": pdf(tail=archive()),
        "zip inside": pdf(stream(archive(), b"")),
        "no end": pdf()[:-8],
        "no cross reference": b"%PDF-1.7\n1 0 obj<<>>endobj\n%%EOF\n",
        "reference past the end": pdf().replace(b"startxref\n", b"startxref\n9"),
        "header only": b"%PDF-1.7\n",
        "version 9": pdf().replace(b"%PDF-1.7", b"%PDF-9.9"),
        "doubled end": pdf() + b"MZ" + pdf(script),
        "script twice packed": pdf(object_stream(b"<<>>"), stream(deep), script),
    }
    yield from (Hostile(f"pdf: {what}", "scan.pdf", content) for what, content in files.items())


def corpus() -> list[Hostile]:
    """All hostile uploads, built anew."""
    return [*_pictures(), *_other_kinds(), *_pdfs()]


def carries(content: bytes) -> bool:
    """Does the payload, or a place, survive in these bytes?"""
    if MARK in content or b"PK\x05\x06" in content or b"<?php" in content:
        return True
    if content.startswith(b"%PDF"):
        return False
    with Image.open(io.BytesIO(content)) as image:
        image.load()
        return bool(image.getexif()) or bool(set(image.info) - {"jfif", "jfif_version", "jfif_unit",
                                                              "jfif_density"})  # fmt: skip


def judge(
    items: list[Hostile], screening: Callable[[bytes, str], Screened]
) -> tuple[int, int, int]:
    """Count (tried, executed: payload kept alive in a stored file, accepted: stored wrongly)."""
    executed = accepted = 0
    for item in items:
        try:
            kept = screening(item.content, item.name)
        except Invalid:
            continue
        alive = carries(kept.content)
        executed += alive
        accepted += alive or not item.cleaned or not kept.name.endswith((".jpg", ".png", ".pdf"))
    return len(items), executed, accepted


def uploads() -> tuple[int, int, int]:
    """The hostile corpus against the real screen: tried, executed, accepted."""
    return judge(corpus(), screen)


def largest() -> dict[str, bytes]:
    """The heaviest files that are let in, or nearly."""
    pixels = zlib.compress(bytes(5000 * 3 + 1) * 5000, 9)
    return {
        "jpeg 25 Mpx": picture(size=(5000, 5000)),
        "png 25 Mpx": png_header(5000, 5000, pixels),
        "pdf inflating to 190 MB": pdf(stream(zlib.compress(bytes(190 * 2**20), 9))),
        "pdf inflating to 260 MB (refused)": pdf(stream(zlib.compress(bytes(260 * 2**20), 9))),
        "pdf of 20 MB of slashes": pdf(b"/" * (20 * 2**20 - 2**10)),
        "pdf inflating to 190 MB of slashes": pdf(stream(zlib.compress(b"/" * (190 * 2**20), 9))),
        "pdf of a million streams": pdf(b"stream\n\x78\x9c\x03" * 1_000_000),
        "png 81 Mpx (refused)": png_header(9000, 9000, zlib.compress(bytes(27001) * 9000, 9)),
    }


def cost(content: bytes) -> dict[str, float]:
    """Screen one file from standard input in a fresh process: growth of its peak memory, seconds."""
    code = "import sys; from benchmarks.uploads import measured; measured(sys.stdin.buffer.read())"
    answer = subprocess.run(
        [sys.executable, "-c", code], input=content, capture_output=True, check=True
    )
    return dict(json.loads(answer.stdout))


def measured(content: bytes) -> None:
    """Print what screening ``content`` cost this process."""
    screen(picture(), "warm.jpg")
    before, start = peak(), time.perf_counter()
    with contextlib.suppress(Invalid):
        screen(content, "a")
    seconds = round(time.perf_counter() - start, 2)
    print(json.dumps({"mib": round((peak() - before) / 1024), "seconds": seconds}))


def peak() -> int:
    """This process's peak resident memory in KiB (``ru_maxrss`` would count its parent's too)."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def main() -> None:
    """Print everything as JSON."""
    tried, executed, accepted = uploads()
    result = {"tried": tried, "executed": executed, "accepted": accepted}
    result["largest"] = {what: cost(content) for what, content in largest().items()}
    print(json.dumps(result, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
