"""Uploads are judged by their bytes, cleaned, and kept whole or not at all."""

import contextlib
import hashlib
import io
import itertools
import os
import random
import zlib
from pathlib import Path

import pytest
from benchmarks.uploads import (
    Hostile,
    carries,
    corpus,
    judge,
    located,
    object_stream,
    pdf,
    picture,
    png_header,
    stream,
    uploads,
)
from PIL import Image

from certflow.core import files, pdf_screening, screening, settings
from certflow.core.errors import Invalid, NotFound
from certflow.core.filenames import safe_name
from certflow.core.files import StoredFile, path_of
from certflow.core.screening import Screened, screen

ITEMS = corpus()


def refusal(content: bytes, name: str = "a") -> str:
    with pytest.raises(Invalid) as caught:
        screen(content, name)
    assert caught.value.message.en
    return caught.value.message.zh


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def keep_all(content: bytes, name: str) -> Screened:
    return Screened(name, "image/jpeg", content)


# The hostile corpus


def test_no_hostile_upload_is_stored_wrongly() -> None:
    tried, executed, accepted = uploads()
    assert tried >= 80
    assert (executed, accepted) == (0, 0)


def test_without_the_screen_the_same_corpus_is_stored_wrongly() -> None:
    images = [item for item in ITEMS if item.cleaned]
    tried, executed, accepted = judge(images, keep_all)
    assert executed == accepted == tried
    refused = [item for item in ITEMS if item.content.startswith(b"%PDF")]
    assert judge(refused, keep_all)[2] == len(refused)


def test_without_the_pdf_search_active_pdfs_get_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screening, "check_pdf", lambda content: None)
    assert judge(ITEMS, screen)[2] >= 30


def test_without_inflating_a_script_in_an_object_stream_gets_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    script = pdf(object_stream(b"<</S/JavaScript>>"))
    monkeypatch.setattr(pdf_screening, "_readable", lambda content: iter([content]))
    assert screen(script, "a.pdf").media_type == "application/pdf"
    monkeypatch.undo()
    assert "脚本" in refusal(script)


@pytest.mark.parametrize("item", [i for i in ITEMS if i.cleaned], ids=lambda i: i.what)
def test_a_picture_keeps_its_pixels_and_loses_everything_else(item: Hostile) -> None:
    kept = screen(item.content, item.name)
    assert carries(item.content)
    assert not carries(kept.content)
    assert opened(kept.content).size == opened(item.content).size


def test_damaged_uploads_are_refused_and_never_crash() -> None:
    chance = random.Random(7)
    sound = [picture(), picture("PNG"), pdf(), pdf(object_stream(b"<<>>"))]
    for content in itertools.islice(itertools.cycle(sound), 400):
        broken = bytearray(content)
        for _ in range(3):
            broken[chance.randrange(8, len(broken))] = chance.randrange(256)
        with contextlib.suppress(Invalid):
            screen(bytes(broken), "a")


# Honest files


@pytest.mark.parametrize(
    ("content", "media_type", "name"),
    [
        (picture(), "image/jpeg", "毕业证.jpg"),
        (picture("PNG"), "image/png", "毕业证.png"),
        (pdf(), "application/pdf", "毕业证.pdf"),
    ],
)
def test_the_kind_follows_the_content_and_not_the_name(
    content: bytes, media_type: str, name: str
) -> None:
    kept = screen(io.BytesIO(content), "毕业证.txt")
    assert (kept.media_type, kept.name) == (media_type, name)
    assert kept.sha256 == hashlib.sha256(kept.content).hexdigest()


def test_a_pdf_is_kept_byte_for_byte() -> None:
    assert screen(pdf(), "a.pdf").content == pdf()


@pytest.mark.parametrize(
    "body",
    [
        b"<</S/GoTo/D[3 0 R/Fit]>>",
        b"<</S/URI/URI(https://example.invalid)>>",
        b"<</JSB 1/LaunchPad 2/Javascript 3>>",
        stream(zlib.compress(b"BT (a page of text) Tj ET" * 9)),
        stream(b"\xff\x00\x01\xfe/JS \x00\x81\x99", b"/Filter/DCTDecode"),
    ],
)
def test_links_and_look_alikes_do_not_make_a_pdf_active(body: bytes) -> None:
    assert screen(pdf(body), "a.pdf").content


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "CMYK"])
def test_every_usual_picture_mode_is_let_in(mode: str) -> None:
    out = io.BytesIO()
    Image.new(mode, (8, 6)).save(out, "JPEG" if mode == "CMYK" else "PNG")
    assert opened(screen(out.getvalue(), "a").content).size == (8, 6)


def test_grey_levels_of_sixteen_bits_stay_grey() -> None:
    out = io.BytesIO()
    Image.new("I;16", (4, 4), 0x8000).save(out, "PNG")
    assert opened(screen(out.getvalue(), "a").content).getpixel((1, 1)) == 128


def test_a_picture_stands_as_its_camera_meant() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = opened(screen(picture(size=(32, 24), exif=exif.tobytes()), "a").content)
    assert turned.size == (24, 32)
    assert not turned.getexif()


def test_the_place_is_really_in_the_photo_before_it_is_cleaned() -> None:
    assert Image.open(io.BytesIO(located())).getexif().get_ifd(0x8825)
    assert not opened(screen(located(), "a").content).getexif()


# Limits, at the limit and one past it


def test_the_size_cap_lets_the_last_byte_in(monkeypatch: pytest.MonkeyPatch) -> None:
    content = picture()
    monkeypatch.setattr(screening, "LARGEST", len(content))
    assert screen(content, "a").content
    assert "MB" in refusal(content + b"\0")


def test_a_large_file_is_told_its_size() -> None:
    assert refusal(bytes(31 * 2**20)) == "文件有 31 MB，请压缩到 20 MB 以内再上传"


def test_an_endless_upload_is_not_read_to_its_end() -> None:
    class Endless(io.RawIOBase):
        given = 0

        def read(self, size: int = -1) -> bytes:
            self.given += size
            return bytes(size)

    endless = Endless()
    with pytest.raises(Invalid, match="more than 200 MB"):
        screen(endless, "a")
    assert endless.given <= screening.COUNTED + 2**16


def test_the_pixel_cap_is_checked_before_pixels_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screening, "MOST_PIXELS", 32 * 24)
    assert screen(picture(size=(32, 24)), "a").content
    monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("pixels were read"))
    rows = zlib.compress(bytes(33 * 3 + 1) * 24)
    assert "万像素" in refusal(png_header(33, 24, rows))


def test_a_pdf_may_inflate_to_the_cap_and_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = pdf(stream(zlib.compress(bytes(1000))))
    monkeypatch.setattr(pdf_screening, "INFLATED_LIMIT", 1000)
    assert screen(packed, "a").content
    monkeypatch.setattr(pdf_screening, "INFLATED_LIMIT", 999)
    assert "解开后过大" in refusal(packed)


# Names


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\temp\\成绩单.JPEG", "成绩单.jpg"),
        ("photo.jpg.exe", "photo_jpg.jpg"),
        ("a.php.jpg", "a_php.jpg"),
        ("报告 v1.2.pdf", "报告 v1.2.jpg"),
        ("gpj.\u202etxt.exe", "gpj_txt.jpg"),
        ("ab\u200b\u0000c\r\nSet-Cookie: x.jpg", "abcSet-Cookie_ x.jpg"),
        ("e\u0301tude.png", "\u00e9tude.jpg"),
        ("", "附件.jpg"),
        ("...", "附件.jpg"),
        (".htaccess", "htaccess.jpg"),
        ("con.jpg", "_con.jpg"),
        ('a"b<c>.jpg', "a_b_c_.jpg"),
        ("𠮷田.jpg", "𠮷田.jpg"),
    ],
)
def test_names_are_made_plain(given: str, kept: str) -> None:
    assert safe_name(given, ".jpg") == kept


def test_long_names_are_cut_between_characters() -> None:
    name = safe_name("证" * 500, ".pdf")
    assert len(name.encode()) <= 200
    assert name.strip("证") == ".pdf"


# On disk


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    class Fake:
        data_dir = tmp_path

    monkeypatch.setattr(settings, "current", Fake)
    return tmp_path / "files"


def test_a_written_file_reads_back_and_leaves_no_part(folder: Path) -> None:
    file = StoredFile(id="abcdefghijklmnopqrstuvwxyz")
    files._write(path_of(file), b"bytes")
    assert files.read(file) == b"bytes"
    assert [p.name for p in folder.rglob("*") if p.is_file()] == [file.id]
    assert path_of(file) == folder / "ab" / file.id


def test_a_write_cut_short_leaves_nothing_under_the_name(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    file = StoredFile(id="abcdefghijklmnopqrstuvwxyz")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="space"):
        files._write(path_of(file), b"bytes")
    with pytest.raises(NotFound):
        files.read(file)
