"""The certificate of registration as a PDF (catalogue C8): one A4 page, Chinese first."""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from certflow.documents import fonts, guilloche, qr
from certflow.documents.kit import AZUR, AZUR_DEEP, INK, INK2, LINE, MUTE, write

PAPER, NET, FRAME = HexColor("#FFFEFB"), HexColor("#D3DFE9"), 25.0
CENTRE = A4[0] / 2
LEFT, RIGHT = 78.0, A4[0] - 78.0
QR_SIZE = 25 * mm
SIZES = (12.5, 1), (10.5, 2), (8.5, 3), (7, 3), (5.8, 4)  # of a value: points, most lines
EARLIER_ZH = "本证书由原系统颁发，本件按迁入的登记数据制作"
EARLIER_EN = "Issued under the earlier system; this copy is made from the register taken over"
SHORT_NAME = 5  # characters; up to here a name is spaced out


@dataclass(frozen=True)
class CertificateView:
    """What a certificate shows; ``field`` and ``grade`` read on as one phrase in each language.

    ``check_url`` is the public page that answers for this certificate; ``pinyin`` may be empty;
    ``earlier``: the paper says that it is made from what the earlier system held.
    """

    number: str
    holder: str
    pinyin: str
    field_zh: str
    field_en: str
    grade_zh: str
    grade_en: str
    specialities: tuple[str, ...]
    body: str
    issued_on: date
    valid_from: date
    valid_until: date
    check_url: str
    issuer_zh: str
    issuer_en: str
    earlier: bool = False


def certificate_pdf(certificate: CertificateView) -> bytes:
    """Draw the certificate; the same view gives the same bytes.

    Raises ``MissingGlyph`` if a name has a character that no installed font can draw.
    """
    fonts.load()
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1, lang="zh-CN", initialFontName="Serif")
    canvas.setTitle(f"注册证书 {certificate.number}")
    canvas.setAuthor(certificate.issuer_zh)
    canvas.setSubject(f"Certificate of registration {certificate.number}")
    canvas.setDateFormatter(lambda *_: f"D:{certificate.issued_on:%Y%m%d}000000+08'00'")
    _ground(canvas)
    _head(canvas, certificate)
    _statement(canvas, certificate)
    _facts(canvas, certificate)
    if certificate.earlier:
        _centred(canvas, EARLIER_ZH, 170, "Serif", 8.5, INK2)
        _centred(canvas, EARLIER_EN, 159, "Serif", 7.6, MUTE)
    _foot(canvas, certificate)
    canvas.save()
    return out.getvalue()


def _ground(canvas: Canvas) -> None:
    width, height = A4
    canvas.setFillColor(PAPER)
    canvas.rect(0, 0, width, height, stroke=0, fill=1)
    guilloche.rosette(canvas, (CENTRE, 434), 178, NET)
    canvas.setStrokeColor(AZUR)
    canvas.setLineWidth(1.7)
    canvas.rect(FRAME, FRAME, width - 2 * FRAME, height - 2 * FRAME)
    canvas.setLineWidth(0.6)
    inner = FRAME + 23
    canvas.rect(inner, inner, width - 2 * inner, height - 2 * inner)
    canvas.setLineWidth(0.34)
    near, far = FRAME + 11.5, (width - FRAME - 11.5, height - FRAME - 11.5)
    for y in (near, far[1]):
        guilloche.braid(canvas, (inner, y), (width - inner, y), 4.6, 25, 6)
    for x in (near, far[0]):
        guilloche.braid(canvas, (x, inner), (x, height - inner), 4.6, 37, 6)
    for x in (near, far[0]):
        for y in (near, far[1]):
            _corner(canvas, x, y)


def _corner(canvas: Canvas, x: float, y: float) -> None:
    canvas.setFillColor(PAPER)
    canvas.setLineWidth(1.2)
    canvas.rect(x - 11.5, y - 11.5, 23, 23, stroke=1, fill=1)
    canvas.setLineWidth(0.5)
    canvas.rect(x - 7, y - 7, 14, 14)
    canvas.setFillColor(AZUR)
    diamond = canvas.beginPath()
    diamond.moveTo(x, y - 4.5)
    for point in ((x + 4.5, y), (x, y + 4.5), (x - 4.5, y)):
        diamond.lineTo(*point)
    diamond.close()
    canvas.drawPath(diamond, stroke=0, fill=1)


def _head(canvas: Canvas, view: CertificateView) -> None:
    _centred(canvas, view.issuer_zh, 748, "Serif", 15, INK, tracking=4)
    _centred(canvas, view.issuer_en.upper(), 731, "Serif", 8.6, INK2, tracking=1)
    _centred(canvas, "注册证书", 637, "Serif-Bold", 46, AZUR_DEEP, tracking=16)
    _centred(canvas, "CERTIFICATE OF REGISTRATION", 611, "Serif", 12, AZUR_DEEP, tracking=3.9)
    label, number = "证书编号 No. ", view.number
    start = CENTRE - (fonts.width(label, "Serif", 11) + fonts.width(number, "Serif-Bold", 11.5)) / 2
    write(canvas, label, start, 580, "Serif", 11, INK2)
    start += fonts.width(label, "Serif", 11)
    write(canvas, number, start, 580, "Serif-Bold", 11.5, INK)


def _statement(canvas: Canvas, view: CertificateView) -> None:
    _centred(canvas, "兹证明", 535, "Serif", 12.5, INK, tracking=2)
    _centred(canvas, "This is to certify that", 520, "Serif", 9.5, INK2)
    _centred(
        canvas,
        view.holder,
        476,
        "Serif-Bold",
        34,
        INK,
        tracking=9 if len(view.holder) <= SHORT_NAME else 1,
    )
    _centred(canvas, view.pinyin, 452, "Serif", 12.5, INK2, tracking=1)
    _centred(canvas, "符合相应注册准则的要求，准予注册为", 412, "Serif", 12.5, INK, tracking=0.6)
    _centred(
        canvas, view.field_zh + view.grade_zh, 382, "Serif-Bold", 17.5, AZUR_DEEP, tracking=0.4
    )
    english = "meets the registration criteria and is hereby registered as"
    _centred(canvas, english, 358, "Serif", 9.5, INK2)
    _centred(canvas, f"{view.field_en} {view.grade_en}", 341, "Serif-Bold", 10.5, INK)


def _facts(canvas: Canvas, view: CertificateView) -> None:
    middle, gap = CENTRE, 17.0
    columns = (LEFT, middle - gap), (middle + gap, RIGHT)
    _fact(canvas, columns[0], 283, ("注册级别", "Grade"), view.grade_zh)
    _fact(canvas, columns[1], 283, ("执业机构", "Practising body"), view.body)
    _fact(canvas, columns[0], 244, ("有效期自", "Valid from"), view.valid_from.isoformat())
    _fact(canvas, columns[1], 244, ("有效期至", "Valid until"), view.valid_until.isoformat())
    if view.specialities:
        listed = _listed(view.specialities, RIGHT - LEFT - 62)
        _fact(canvas, (LEFT, RIGHT), 205, ("专业", "Specialities"), listed)


def _fact(
    canvas: Canvas, span: tuple[float, float], y: float, label: tuple[str, str], value: str
) -> None:
    """A label in both languages at the left of the span, its value at the right, a line under it."""
    write(canvas, label[0], span[0], y, "Serif", 10.5, INK2)
    write(canvas, label[1], span[0], y - 11.5, "Serif", 8, MUTE)
    room = span[1] - span[0] - 12 - max(fonts.width(label[1], "Serif", 8), 42)
    size, lines = _set(value, room)
    top = y - 5 + (len(lines) - 1) * size * 0.72
    for number, line in enumerate(lines):
        base = top - number * size * 1.24
        write(canvas, line, span[1], base, "Serif-Bold", size, INK, align="right")
    canvas.setStrokeColor(LINE)
    canvas.setLineWidth(0.6)
    canvas.line(span[0], y - 19, span[1], y - 19)


def _foot(canvas: Canvas, view: CertificateView) -> None:
    bottom = 78.0
    canvas.setFillColor(INK)
    qr.draw(canvas, view.check_url, LEFT, bottom, QR_SIZE)
    beside = LEFT + QR_SIZE + 13
    write(canvas, "扫码查验，证书状态以查验结果为准", beside, bottom + 32, "Serif", 9, INK)
    english = "Scan to verify. The status shown there prevails."
    write(canvas, english, beside, bottom + 19, "Serif", 7.6, INK2)
    address = view.check_url.partition("://")[2]
    size = _fitting(address, "Serif", 7.6, 215)
    write(canvas, address, beside, bottom + 3, "Serif", size, MUTE)
    _issue(canvas, view, bottom)


def _issue(canvas: Canvas, view: CertificateView, bottom: float) -> None:
    day = view.issued_on
    size = _fitting(view.issuer_zh, "Serif", 11.5, 150)
    length = max(fonts.width(view.issuer_zh, "Serif", size), 96)
    centre = RIGHT - length / 2
    write(canvas, view.issuer_zh, centre, bottom + 34, "Serif", size, INK, align="centre")
    chinese = f"{day.year} 年 {day.month} 月 {day.day} 日"
    write(canvas, chinese, centre, bottom + 16, "Serif", 11, INK, align="centre")
    write(canvas, "Date of issue", centre, bottom + 3, "Serif", 8, MUTE, align="centre")


def _centred(
    canvas: Canvas, text: str, y: float, font: str, size: float, colour: Color, tracking: float = 0
) -> None:
    """A line in the middle of the page, smaller if it would not fit."""
    fitted = _fitting(text, font, size, RIGHT - LEFT, tracking)
    write(
        canvas,
        text,
        CENTRE,
        y,
        font,
        fitted,
        colour,
        align="centre",
        tracking=tracking * fitted / size,
    )


def _fitting(text: str, font: str, size: float, room: float, tracking: float = 0) -> float:
    """The largest size up to ``size`` at which the text fits into ``room`` points."""
    return min(size, size * room / max(1.0, fonts.width(text, font, size, tracking)))


def _listed(items: Sequence[str], room: float) -> str:
    """All items, or as many as fit, then how many there are and where the rest is told."""
    text = "、".join(items)
    smallest, most = SIZES[-1]
    kept = len(items)
    while len(_wrapped(text, smallest, room)) > most:
        kept -= 1
        text = "、".join(items[:kept]) + f"等 {len(items)} 项，全部以查验结果为准"
    return text


def _set(value: str, room: float) -> tuple[float, list[str]]:
    """The largest size, and the lines at it, at which a value fits its cell."""
    for size, most in SIZES:
        lines = _wrapped(value, size, room)
        if len(lines) <= most:
            break
    return size, lines


def _wrapped(value: str, size: float, room: float) -> list[str]:
    """Break after separators and between Han characters, never inside a number or a word."""
    lines = [""]
    for piece in re.findall(
        r"[\u2e80-\U0003ffff][，。）》]*|[^\u2e80-\U0003ffff\s]+[、，）]*|\s", value
    ):
        if lines[-1] and fonts.width((lines[-1] + piece).rstrip(), "Serif-Bold", size) > room:
            lines.append("")
        lines[-1] += piece
    return [line.strip() for line in lines]
