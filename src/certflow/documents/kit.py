"""The parts that every printed document is put together from.

Build a story out of ``heading``, ``rows``, ``block``, ``table`` and ``paragraph``, then ``build`` it. The same
input gives the same bytes. All text is escaped: nothing a user typed is read as markup.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    KeepTogether,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
)

from certflow.documents import fonts

INK, INK2, MUTE = HexColor("#1B2330"), HexColor("#46505F"), HexColor("#616B79")
AZUR, AZUR_DEEP, CINNABAR = HexColor("#17508F"), HexColor("#103B6B"), HexColor("#B0301E")
LINE, WASH = HexColor("#D2CEC2"), HexColor("#F7F6F2")

MARGIN = 20 * mm
TOP, BOTTOM = 26 * mm, 22 * mm
WIDTH = A4[0] - 2 * MARGIN
LABEL = 40 * mm


def _style(name: str, font: str, size: float, leading: float, **more: object) -> ParagraphStyle:
    return ParagraphStyle(
        name,
        fontName=font,
        fontSize=size,
        leading=leading,
        wordWrap="CJK",
        **{"textColor": INK, **more},
    )


STYLES = {
    "title": _style("title", "Serif-Bold", 20, 28, textColor=AZUR_DEEP),
    "subtitle": _style("subtitle", "Serif", 10, 16, textColor=INK2),
    "heading": _style("heading", "Sans-Bold", 12, 18, textColor=AZUR_DEEP),
    "subheading": _style("subheading", "Sans-Bold", 9.5, 14),
    "body": _style("body", "Serif", 9.5, 15),
    "label": _style("label", "Sans", 8.5, 15, textColor=MUTE),
    "cell": _style("cell", "Serif", 9, 13.5),
    "head": _style("head", "Sans", 8, 12, textColor=MUTE),
    "mark": _style("mark", "Serif", 9, 13.5, textColor=CINNABAR),
    "code": _style("code", "Sans", 6.8, 10, textColor=INK2),
}


ROWS = (
    ("FONTNAME", (0, 0), (-1, -1), "Serif"),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 6),
    ("TOPPADDING", (0, 0), (-1, -1), 2.5),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 3.5),
)


@dataclass(frozen=True)
class Frontmatter:
    """What stands on every page and in the file's properties."""

    title: str
    running: str  # at the top right: the number of the case
    issuer: str  # at the top left
    footer: str  # at the bottom left: when and for whom it was printed


def named(character: str) -> str:
    """How a character that no font has is printed where a print must not fail: by its code."""
    return f"〔U+{ord(character):04X}〕" if character.isprintable() else ""


def paragraph(text: str, style: str = "body") -> Paragraph:
    """A paragraph of plain text; line breaks are kept, Chinese wraps by its own rules."""
    fonts.load()
    look = STYLES[style]
    pieces = []
    for line in text.replace("\r\n", "\n").replace("\t", "    ").split("\n"):
        spelt = fonts.runs(line, look.fontName, missing=named)
        pieces.append(
            "".join(f'<font name="{name}">{escape(piece)}</font>' for name, piece in spelt)
        )
    return Paragraph("<br/>".join(pieces), look)


def heading(text: str) -> Flowable:
    """A section head with a rule under it, kept with what follows."""
    head = Table(
        [[paragraph(text, "heading")]],
        colWidths=[WIDTH],
        style=[
            ("LINEBELOW", (0, 0), (-1, -1), 0.8, AZUR),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
        ],
        spaceBefore=14,
        spaceAfter=4,
    )
    head.keepWithNext = True
    return head


def rows(pairs: Sequence[tuple[str, str]]) -> Table:
    """Key-value rows: the label muted at the left, the value beside it, hairlines between."""
    return Table(_cells(pairs), colWidths=[LABEL, WIDTH - LABEL], style=ROWS, splitInRow=1)


def block(title: str, pairs: Sequence[tuple[str, str]], mark: str = "") -> Flowable:
    """A numbered record: its title on a wash, its rows under it, a reviewer's ``mark`` last.

    It stays on one page if a page can hold it.
    """
    cells: list[list[Flowable | str]] = [[paragraph(title, "subheading"), ""], *_cells(pairs)]
    look = [*ROWS, ("LEFTPADDING", (0, 0), (0, -1), 8), ("SPAN", (0, 0), (-1, 0)),
            ("BACKGROUND", (0, 0), (-1, 0), WASH), ("BOX", (0, 0), (-1, -1), 0.5, LINE)]  # fmt: skip
    if mark:
        cells.append([paragraph(mark, "mark"), ""])
        look += [("SPAN", (0, -1), (-1, -1)), ("LINEBEFORE", (0, -1), (0, -1), 2.5, CINNABAR)]
    whole = Table(cells, colWidths=[LABEL, WIDTH - LABEL], style=look, splitInRow=1)
    return KeepTogether([whole, Spacer(0, 8)])


def _cells(pairs: Sequence[tuple[str, str]]) -> list[list[Flowable | str]]:
    return [[paragraph(label, "label"), paragraph(value or "—")] for label, value in pairs]


def table(
    head: Sequence[str], lines: Sequence[Sequence[str]], parts: Sequence[float], codes: int = -1
) -> Table:
    """A table whose head repeats on each page.

    ``parts`` are the columns' shares of the width; column ``codes`` is set small (digests).
    """
    cells: list[list[Flowable]] = [[paragraph(text, "head") for text in head]]
    for line in lines:
        looks = ["code" if n == codes else "cell" for n in range(len(line))]
        cells.append([paragraph(text, look) for text, look in zip(line, looks, strict=True)])
    return Table(
        cells,
        colWidths=[WIDTH * part / sum(parts) for part in parts],
        repeatRows=1,
        style=[
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, 0), 0.8, INK2),
            ("LINEBELOW", (0, 1), (-1, -1), 0.4, LINE),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("RIGHTPADDING", (0, 0), (-1, -1), 6),
        ],
    )


def build(story: Sequence[Flowable], front: Frontmatter) -> bytes:
    """Set the story on A4 pages with head, foot and "page x of y"."""
    fonts.load()
    out = io.BytesIO()
    document = BaseDocTemplate(
        out,
        pagesize=A4,
        title=front.title,
        author=front.issuer,
        subject=front.running,
        lang="zh-CN",
    )
    frame = Frame(MARGIN, BOTTOM, WIDTH, A4[1] - TOP - BOTTOM, 0, 0, 0, 0)
    document.addPageTemplates(PageTemplate("page", [frame]))

    class Numbered(_Numbered):
        matter = front

    document.build(list(story), canvasmaker=Numbered)
    return out.getvalue()


class _Numbered(Canvas):  # type: ignore[misc]
    """A canvas that knows, before it draws a page's foot, how many pages there are."""

    matter: Frontmatter

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **{**options, "invariant": 1, "initialFontName": "Serif"})
        self._kept: list[dict[str, object]] = []

    def showPage(self) -> None:  # noqa: N802 - ReportLab's name
        self._kept.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        for number, state in enumerate(self._kept, 1):
            self.__dict__.update(state)
            _page_marks(self, self.matter, number, len(self._kept))
            super().showPage()
        super().save()


def _page_marks(canvas: Canvas, front: Frontmatter, number: int, total: int) -> None:
    top, bottom = A4[1] - 16 * mm, 13 * mm
    right = A4[0] - MARGIN
    canvas.setStrokeColor(LINE)
    canvas.setLineWidth(0.5)
    canvas.line(MARGIN, top - 5, right, top - 5)
    canvas.line(MARGIN, bottom + 10, right, bottom + 10)
    write(canvas, front.issuer, MARGIN, top, "Serif", 8.5, INK2)
    write(canvas, front.running, right, top, "Sans", 8, INK2, align="right")
    write(canvas, front.footer, MARGIN, bottom, "Sans", 7.5, MUTE)
    pages = f"第 {number} 页，共 {total} 页　Page {number} of {total}"
    write(canvas, pages, right, bottom, "Sans", 7.5, MUTE, align="right")


def write(
    canvas: Canvas,
    text: str,
    x: float,
    y: float,
    font: str,
    size: float,
    colour: HexColor,
    *,
    align: str = "left",
    tracking: float = 0,
) -> None:
    """One line of text on its base line, "left", "centre" or "right" of x.

    Raises ``MissingGlyph``: what stands here is a name or a number that must not have holes.
    """
    length = fonts.width(text, font, size, tracking)
    line = canvas.beginText(x - {"left": 0, "centre": length / 2, "right": length}[align], y)
    line.setFillColor(colour)
    line.setCharSpace(tracking)
    for name, piece in fonts.runs(text, font):
        line.setFont(name, size)
        line.textOut(piece)
    canvas.drawText(line)
