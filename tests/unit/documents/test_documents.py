"""Documents: every character drawn and read back, the same bytes each time, nothing taken as markup."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import segno
from lxml import etree
from pypdf import PdfReader
from reportlab.lib.colors import black
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import ttfonts
from reportlab.pdfgen.canvas import Canvas

from certflow.documents import fonts, guilloche, kit, qr
from certflow.documents.errors import FontsMissing, MissingGlyph

FRONT = kit.Frontmatter("题目", "QMS-1", "示例协会", "打印于 2026-11-20")
RARE = "𬭚䶮㛃"  # in names; the first lies beyond U+FFFF
UNKNOWN = "\U0001f600"


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def line(text: str, font: str = "Serif") -> bytes:
    fonts.load()
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    kit.write(canvas, text, 100, 700, font, 20, black)
    canvas.save()
    return out.getvalue()


# Fonts


def test_rare_characters_read_back_from_the_pdf() -> None:
    assert f"欧阳{RARE}" in text_of(line(f"欧阳{RARE}"))


def test_with_five_digit_codes_rare_characters_are_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    fonts.load()

    def five_digits(name: str, subset: list[int]) -> str:
        return fonts.to_unicode(name, [0x20 if value > 0xFFFF else value for value in subset])

    monkeypatch.setattr(ttfonts, "makeToUnicodeCMap", five_digits)
    assert RARE[0] not in text_of(line(RARE))


def test_the_code_map_keeps_to_a_hundred_entries_a_block() -> None:
    cmap = fonts.to_unicode("F", [0x2CB5A, *range(0x4E00, 0x4E00 + 220)])
    assert "<00> <D872DF5A>" in cmap
    assert [head for head in cmap.split("\n") if head.endswith(" beginbfchar")] == [
        "100 beginbfchar",
        "100 beginbfchar",
        "21 beginbfchar",
    ]


def test_a_character_without_a_glyph_stops_the_document_by_name() -> None:
    with pytest.raises(MissingGlyph) as caught:
        line(f"林{UNKNOWN}夏")
    assert caught.value.characters == UNKNOWN
    assert "U+1F600" in caught.value.message.zh


def test_a_character_that_the_font_lacks_falls_back_to_the_other_family() -> None:
    fonts.load()
    lacking = next(c for c in (chr(n) for n in range(0x2000, 0x30000)) if _only_in("Sans", c))
    assert fonts.runs(f"林{lacking}夏", "Serif") == [
        ("Serif", "林"),
        ("Sans", lacking),
        ("Serif", "夏"),
    ]


def _only_in(font: str, character: str) -> bool:
    def known(name: str) -> bool:
        return ord(character) in fonts.pdfmetrics.getFont(name).face.charToGlyph

    return known(font) and not known(fonts.OTHER[font])


@pytest.fixture
def fonts_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("CERTFLOW_FONTS", str(tmp_path))
    fonts.load.cache_clear()
    yield tmp_path
    monkeypatch.undo()
    fonts.load.cache_clear()
    fonts.load()


def test_without_fonts_the_error_says_what_to_run(fonts_elsewhere: Path) -> None:
    with pytest.raises(FontsMissing, match="make setup"):
        line("林")


def test_spare_fonts_in_the_folder_are_tried_last(fonts_elsewhere: Path) -> None:
    shipped = Path(fonts.__file__).parent / "fonts"
    for file in fonts.FILES.values():
        (fonts_elsewhere / file).symlink_to(shipped / file)
    (fonts_elsewhere / "Spare.ttf").symlink_to(shipped / "NotoSansSC-Regular.ttf")
    assert fonts.load() == ("Spare",)


# The kit


def test_a_document_counts_its_pages() -> None:
    pdf = kit.build([kit.paragraph("长文，" * 4000)], FRONT)
    pages = PdfReader(io.BytesIO(pdf)).pages
    assert f"第 2 页，共 {len(pages)} 页" in pages[1].extract_text()
    assert "QMS-1" in pages[1].extract_text()


def test_the_same_story_gives_the_same_bytes() -> None:
    def made() -> bytes:
        return kit.build([kit.heading("一"), kit.rows([("甲", "乙" + RARE)])], FRONT)

    assert made() == made()


def test_what_a_user_typed_is_not_read_as_markup() -> None:
    typed = '<img src="/etc/hostname"/> <b>不粗</b> & </font>'
    shown = text_of(kit.build([kit.paragraph(typed), kit.rows([(typed, typed)])], FRONT))
    assert shown.count("<b>不粗</b>") >= 2


def test_a_print_names_the_character_it_cannot_draw() -> None:
    assert "〔U+1F600〕" in text_of(kit.build([kit.paragraph(f"好{UNKNOWN}")], FRONT))


def test_control_characters_disappear_from_print() -> None:
    assert "ab" in text_of(kit.build([kit.paragraph("a\x00\x07b")], FRONT))


def test_no_line_begins_with_a_chinese_comma() -> None:
    shown = text_of(kit.build([kit.paragraph("很长的文字，" * 300)], FRONT))
    assert not [part for part in shown.split("\n") if part.startswith("，")]


def test_a_record_longer_than_a_page_is_split() -> None:
    story = [kit.block("记录", [("说明", "很长的文字，" * 2000)], "批注")]
    assert len(PdfReader(io.BytesIO(kit.build(story, FRONT))).pages) > 2


def test_all_fonts_are_embedded() -> None:
    pdf = kit.build([kit.rows([("甲", "乙")]), kit.table(("一",), [("二",)], (1,))], FRONT)
    embedded = 0
    for page in PdfReader(io.BytesIO(pdf)).pages:
        for font in page["/Resources"]["/Font"].values():
            descriptor = font.get_object().get("/FontDescriptor")
            embedded += descriptor is not None and "/FontFile2" in descriptor
    assert embedded >= 2


# QR and guilloche


class Paper:
    """Remembers the rectangles that were filled."""

    def __init__(self) -> None:
        self.rectangles: list[tuple[float, float, float, float]] = []

    def beginPath(self) -> "Paper":
        return self

    def rect(self, *sides: float) -> None:
        self.rectangles.append(sides)

    def drawPath(self, path: "Paper", **how: int) -> None:
        assert path is self


def test_the_drawn_code_has_exactly_the_dark_modules() -> None:
    address = "https://certflow.example/v/9f3k2m7q4x8w"
    matrix = segno.make(address, error="m", micro=False).matrix
    paper = Paper()
    qr.draw(paper, address, 10, 20, len(matrix))
    drawn = set()
    for x, y, width, height in paper.rectangles:
        assert height == 1
        row = round(20 + len(matrix) - y) - 1
        drawn |= {(row, round(x - 10) + step) for step in range(round(width))}
    expected = {(r, c) for r, cells in enumerate(matrix) for c, dark in enumerate(cells) if dark}
    assert drawn == expected


def test_the_code_for_pages_is_an_svg_with_its_quiet_zone() -> None:
    root = etree.fromstring(qr.svg('https://certflow.example/v/1?a="<&', 25).encode())
    assert root.tag.endswith("svg")
    modules = 25 / (float(root.get("width")[:-2]) - 25) * 8
    assert (
        round(modules, 3)
        == segno.make('https://certflow.example/v/1?a="<&', error="m").symbol_size(border=0)[0]
    )


def test_the_net_is_the_same_each_time_and_stays_inside_its_circle() -> None:
    at = guilloche._ring((0, 0), 100, guilloche.ROSETTE[0], 0)
    distances = [(x * x + y * y) ** 0.5 for (x, y), _ in (at(n / 50) for n in range(315))]
    assert 69.9 <= min(distances) <= max(distances) <= 100.1


def test_curves_run_in_the_direction_they_claim() -> None:
    at = guilloche._ring((5, 7), 100, guilloche.ROSETTE[1], 0.3)
    step = 1e-6
    (x, y), (u, v) = at(1.1)
    (x2, y2), _ = at(1.1 + step)
    assert ((x2 - x) / step, (y2 - y) / step) == pytest.approx((u, v), rel=1e-3)
