"""Lists as files: XLSX and CSV, with nothing in them that a spreadsheet would calculate (B11)."""

import csv
import io
from collections.abc import Iterable, Sequence

from flask import Response
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

MOST_ROWS = 5000
"""No more rows than these go into one file; the page says so."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Cell = str | int | float


def harmless(value: Cell) -> Cell:
    """Return a cell that no spreadsheet takes for a formula: such a text gets a quote in front."""
    if not isinstance(value, str):
        return value
    text = ILLEGAL_CHARACTERS_RE.sub("", value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def as_file(kind: str, name: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """Return a list as a download: `kind` is "xlsx", anything else gives CSV."""
    clean = ([harmless(cell) for cell in row] for row in rows)
    content, media_type = (
        (_xlsx(head, clean), _XLSX) if kind == "xlsx" else (_csv(head, clean), "text/csv")
    )
    suffix = "xlsx" if kind == "xlsx" else "csv"
    disposition = f'attachment; filename="{name}.{suffix}"'
    return Response(content, content_type=media_type, headers={"Content-Disposition": disposition})


def _csv(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def _xlsx(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(list(head))
    for row in rows:
        sheet.append(list(row))
    for index in range(1, len(head) + 1):
        sheet.cell(1, index).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(index)].width = 22
    sheet.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
