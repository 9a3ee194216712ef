"""Tables as files: XLSX and CSV, written with nothing in them that a spreadsheet would calculate.

The other half, reading what strangers send, is `core.table_reading`; imports stand on both
(`core.imports`). Used for lists (catalogue B11) and for rows given back (A12).
"""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

Cell = str | int | float

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""Kinds of file, each with the content type it is sent with."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_WIDTH = 22
_LONGEST = 32_767  # characters that a cell of a spreadsheet holds


def harmless(value: Cell) -> Cell:
    """Return a cell of a CSV that no spreadsheet calculates: such a text gets a quote in front."""
    return f"'{value}" if _like_formula(value) else value


def unquoted(text: str) -> str:
    """Return what stood in a cell before `harmless` put its quote in front."""
    bare = text.removeprefix("'")
    return bare if _like_formula(bare) else text


def table_file(kind: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return a table as the bytes of a file: `kind` is "xlsx" or "csv" (see `MEDIA_TYPES`)."""
    return _xlsx(head, rows) if kind == "xlsx" else _csv(head, rows)


def _csv(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([harmless(title) for title in head])
    for row in rows:
        writer.writerow([harmless(_clean(cell)) for cell in row])
    return out.getvalue().encode("utf-8-sig")  # with its mark, or Excel takes it for GBK


def _xlsx(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Write row by row: a long list does not stand in memory as cells."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.freeze_panes = "A2"
    for index in range(1, len(head) + 1):
        sheet.column_dimensions[get_column_letter(index)].width = _WIDTH
    sheet.append([_as_text(sheet, title, bold=True) for title in head])
    for row in rows:
        sheet.append([_as_text(sheet, one) if isinstance(one, str) else one for one in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _as_text(sheet: Any, value: str, *, bold: bool = False) -> Any:
    """Return a cell that is a text whatever it begins with, also after it was edited."""
    cell = WriteOnlyCell(sheet, _clean(value))
    cell.data_type, cell.quotePrefix = "s", _like_formula(value)
    if bold:
        cell.font = Font(bold=True)
    return cell


def _like_formula(value: Cell) -> bool:
    return isinstance(value, str) and value.lstrip(" \u3000").startswith(_FORMULA)


def _clean(value: Cell) -> Cell:
    """Take out what a file of this kind cannot hold."""
    return ILLEGAL_CHARACTERS_RE.sub("", value)[:_LONGEST] if isinstance(value, str) else value
