"""Lists as files to download: XLSX and CSV (catalogue B11)."""

from collections.abc import Iterable, Sequence

from flask import Response

from certflow.core.tables import MEDIA_TYPES, Cell, table_file

MOST_ROWS = 20_000
"""No more rows than these go into one file; the page says so."""


def as_file(kind: str, name: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """Return a list as a download: `kind` is "xlsx", anything else gives CSV."""
    kind = kind if kind in MEDIA_TYPES else "csv"
    answer = Response(table_file(kind, head, rows), content_type=MEDIA_TYPES[kind])
    answer.headers.set("Content-Disposition", "attachment", filename=f"{name}.{kind}")
    return answer
