"""The four embedded fonts, and which of them can draw a character.

Serif speaks for rules, decisions and certificates; sans for the platform. A character that the
wanted font lacks is drawn with the other family, then with any further TTF that an administrator
put into the folder (for rare characters in names); if none has it, ``MissingGlyph`` is raised.
"""

import os
from collections.abc import Callable
from functools import cache
from itertools import groupby
from pathlib import Path

from reportlab import rl_config
from reportlab.lib import textsplit
from reportlab.pdfbase import pdfmetrics, ttfonts
from reportlab.platypus import paragraph as wrapping

from certflow.documents.errors import FontsMissing, MissingGlyph

FILES = {
    "Serif": "NotoSerifSC-Regular.ttf",
    "Serif-Bold": "NotoSerifSC-Bold.ttf",
    "Sans": "NotoSansSC-Regular.ttf",
    "Sans-Bold": "NotoSansSC-Bold.ttf",
}
OTHER = {"Serif": "Sans", "Sans": "Serif", "Serif-Bold": "Sans-Bold", "Sans-Bold": "Serif-Bold"}
# What may not begin a line; ReportLab's own list lacks the Chinese marks.
CANNOT_START = textsplit.ALL_CANNOT_START + "，：；？！》〉”’…％"


def folder() -> Path:
    """Where the fonts lie: CERTFLOW_FONTS, or the folder that the front-end build fills."""
    return Path(os.environ.get("CERTFLOW_FONTS") or Path(__file__).parent / "fonts")


@cache
def load() -> tuple[str, ...]:
    """Register the fonts with ReportLab, once; return the names of the spare ones."""
    ttfonts.makeToUnicodeCMap = to_unicode
    wrapping.ALL_CANNOT_START = textsplit.ALL_CANNOT_START = CANNOT_START
    rl_config.useA85 = 0  # bytes as they are: a quarter smaller
    place = folder()
    if not all((place / file).is_file() for file in FILES.values()):
        raise FontsMissing(str(place))
    spare = sorted(path for path in place.glob("*.ttf") if path.name not in FILES.values())
    named = [(name, place / file) for name, file in FILES.items()]
    for name, path in [*named, *((path.stem, path) for path in spare)]:
        pdfmetrics.registerFont(ttfonts.TTFont(name, str(path)))
    return tuple(path.stem for path in spare)


def runs(
    text: str, font: str, missing: Callable[[str], str] | None = None
) -> list[tuple[str, str]]:
    """Cut a text into (font, piece) so that each piece can be drawn.

    Raises ``MissingGlyph`` naming every character that no font has; ``missing`` instead turns
    such a character into others (drawn in ``font``).
    """
    candidates = (font, OTHER[font], *load())
    glyphs = [(name, pdfmetrics.getFont(name).face.charToGlyph) for name in candidates]
    placed: list[tuple[str, str]] = []
    absent = ""
    for character in text:
        owner = next((name for name, known in glyphs if ord(character) in known), None)
        if owner:
            placed.append((owner, character))
        elif missing:
            placed += runs(missing(character), font)
        elif character not in absent:
            absent += character
    if absent:
        raise MissingGlyph(absent)
    grouped = groupby(placed, key=lambda pair: pair[0])
    return [(name, "".join(piece for _, piece in pairs)) for name, pairs in grouped]


def width(text: str, font: str, size: float, tracking: float = 0) -> float:
    """The length of a text in points, with ``tracking`` points between characters."""
    pieces = runs(text, font)
    drawn = sum(float(pdfmetrics.stringWidth(piece, name, size)) for name, piece in pieces)
    return drawn + tracking * max(0, len(text) - 1)


def to_unicode(fontname: str, subset: list[int]) -> str:
    """A CMap that maps the codes of a font subset back to characters, for copying and search.

    ReportLab's own writes a character beyond U+FFFF as five hex digits, so that rare names copy
    out wrong; the format wants UTF-16, and at most 100 entries in a block.
    """
    entries = [
        f"<{code:02X}> <{chr(value).encode('utf-16-be', 'replace').hex().upper()}>"
        for code, value in enumerate(subset)
    ]
    blocks = [entries[i : i + 100] for i in range(0, len(entries), 100)]
    mapped = [f"{len(b)} beginbfchar\n" + "\n".join(b) + "\nendbfchar" for b in blocks]
    return "\n".join(
        [
            "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
            f"/CIDSystemInfo << /Registry ({fontname}) /Ordering ({fontname}) /Supplement 0 >> def",
            f"/CMapName /{fontname} def /CMapType 2 def",
            f"1 begincodespacerange\n<00> <{len(subset) - 1:02X}>\nendcodespacerange",
            *mapped,
            "endcmap CMapName currentdict /CMap defineresource pop end end",
        ]
    )
