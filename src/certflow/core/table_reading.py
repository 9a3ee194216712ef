"""Reads tables that strangers send, XLSX or CSV, within bounds (catalogue A12, E9; issue 3 §4).

What a file is, its bytes decide, not its name. Before a workbook is parsed its parts are counted
and searched: no zip bomb is unpacked, no DOCTYPE reaches an XML parser. Cells come out as plain
texts; formulas as the value that the sender saw. Bounds: `LARGEST` bytes sent, `UNPACKED` bytes
after unpacking, `MOST_ROWS` rows, `MOST_COLUMNS` columns, `MOST_TEXT` characters in all.
"""

import codecs
import csv
import io
import math
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Protocol

from openpyxl import load_workbook

from certflow.core.errors import AppError, Invalid
from certflow.core.tables import unquoted
from certflow.core.text import Text

LARGEST = 5 * 2**20
UNPACKED = 40 * 2**20
MOST_PARTS = 500
MOST_ROWS = 10_000
MOST_COLUMNS = 50
MOST_TEXT = 8_000_000
LONGEST_CELL = 500
SHEET_ROWS = 2**20
_PIECE = 2**16
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_ALLOWED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

NOT_A_TABLE = Text(
    "文件打不开。请用 Excel 或 WPS 另存为 .xlsx，或导出为 CSV，再上传。",
    "The file cannot be opened. Save it as .xlsx or export it as CSV, then upload it again.",
)
OLD_OR_LOCKED = Text(
    "这是旧格式（.xls）或加了密码的文件。请取消密码、另存为 .xlsx，再上传。",
    "This is an old .xls file or one with a password. Remove the password, save it as .xlsx and "
    "upload it again.",
)
EMPTY = Text("文件里没有数据，请检查后重新选择。", "The file is empty. Check it and choose again.")
TOO_LARGE = Text(
    f"文件超过 {LARGEST // 2**20} MB，请分成几个文件上传。",
    f"The file is larger than {LARGEST // 2**20} MB. Split it and upload the parts.",
)
TOO_MUCH = Text(
    f"文件内容太多（最多 {MOST_ROWS} 行、{MOST_COLUMNS} 列），请分成几个文件上传。",
    f"The file holds too much (at most {MOST_ROWS} rows and {MOST_COLUMNS} columns). Split it "
    "and upload the parts.",
)


@dataclass(frozen=True)
class Bounds:
    """How much of a file is taken: bytes sent, bytes unpacked, rows, characters in all."""

    sent: int = LARGEST
    unpacked: int = UNPACKED
    rows: int = MOST_ROWS
    text: int = MOST_TEXT


USUAL = Bounds()
BULK = Bounds(sent=24 * 2**20, unpacked=600 * 2**20, rows=200_000, text=200_000_000)
"""For administrators who take over an earlier system; read row by row (`stream_lines`)."""


class Readable(Protocol):
    """What an upload must be able to do."""

    def read(self, size: int = -1, /) -> bytes: ...


@dataclass(frozen=True)
class Column:
    """A column that is looked for; `names` are the titles under which it is known, folded."""

    key: str
    title: Text
    names: tuple[str, ...] = ()
    required: bool = True


@dataclass(frozen=True)
class Row:
    """A row as it was sent: its number in the file, all its cells, and those looked for by key."""

    number: int
    cells: tuple[str, ...]
    values: dict[str, str]


@dataclass(frozen=True)
class Table:
    """A table with its head and the rows that are not blank."""

    head: tuple[str, ...]
    rows: tuple[Row, ...]


def read_table(stream: Readable, columns: Sequence[Column]) -> Table:
    """Read an upload; its first row that is not blank names the columns, in any order.

    Raises:
        Invalid: when it is no table, too large, empty, or lacks a column; in plain words.

    """
    lines = ((number, cells) for number, cells in read_lines(stream) if any(cells))
    first = next(lines, None)
    if first is None:
        raise Invalid(EMPTY)
    head = first[1]
    places = _places(head, columns)
    rows = tuple(_row(number, cells, len(head), places) for number, cells in lines)
    if not rows:
        raise Invalid(EMPTY)
    return Table(head, rows)


def read_lines(stream: Readable) -> list[tuple[int, tuple[str, ...]]]:
    """Return the rows of a file with their numbers, from 1."""
    content = stream.read(LARGEST + 1)
    if not content:
        raise Invalid(EMPTY)
    if len(content) > LARGEST:
        raise Invalid(TOO_LARGE)
    return list(stream_lines(content, USUAL))


def stream_lines(content: bytes, bounds: Bounds) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield the rows of a file with their numbers, one at a time, as far as the bounds reach."""
    if content.startswith(_OLD_EXCEL):
        raise Invalid(OLD_OR_LOCKED)
    lines = _workbook(content, bounds) if content.startswith(b"PK") else _text(content)
    return _bounded(lines, bounds)


def row_of(
    number: int, cells: Sequence[str], head: Sequence[str], columns: Sequence[Column]
) -> Row:
    """Return a row with the cells that are looked for, or say what its head lacks (Invalid)."""
    return _row(number, tuple(cells), len(head), _places(tuple(head), columns))


def _row(number: int, cells: tuple[str, ...], width: int, places: dict[str, int]) -> Row:
    padded = cells + ("",) * (width - len(cells))
    return Row(number, padded, {key: padded[place] for key, place in places.items()})


def _places(head: tuple[str, ...], columns: Sequence[Column]) -> dict[str, int]:
    """Find each column by its title; a missing or a doubled one is told by name."""
    titles = [_folded(title) for title in head]
    places: dict[str, int] = {}
    for column in columns:
        known = {_folded(one) for one in (column.title.zh, column.title.en, *column.names)}
        found = [place for place, title in enumerate(titles) if title in known]
        if len(found) > 1:
            raise Invalid(
                Text(
                    f"表头里有两列“{column.title.zh}”，请只留一列。",
                    f"The head names “{column.title.en}” twice. Keep one of the columns.",
                )
            )
        if found:
            places[column.key] = found[0]
    missing = [one.title for one in columns if one.required and one.key not in places]
    if missing:
        zh, en = "、".join(one.zh for one in missing), ", ".join(one.en for one in missing)
        raise Invalid(
            Text(
                f"表头缺少这些列：{zh}。请在第一行写上列名，可以先下载模板。",
                f"The head lacks these columns: {en}. Name them in the first row; a template can "
                "be downloaded.",
            )
        )
    return places


def _folded(title: str) -> str:
    return "".join(title.split()).strip("*:：").casefold()


def _bounded(
    lines: Iterable[tuple[int, Sequence[str]]], bounds: Bounds
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Let rows through until a bound is passed."""
    rows = characters = 0
    for number, cells in lines:
        if number > SHEET_ROWS:
            raise Invalid(TOO_MUCH)
        if not any(cells):
            continue
        rows, characters = rows + 1, characters + sum(map(len, cells))
        if rows > bounds.rows + 1 or characters > bounds.text or any(cells[MOST_COLUMNS:]):
            raise Invalid(TOO_MUCH)
        yield number, tuple(cells[:MOST_COLUMNS])


def _workbook(content: bytes, bounds: Bounds) -> Iterator[tuple[int, list[str]]]:
    """Read the first sheet, row by row."""
    try:
        _screen_parts(content, bounds)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl tells of styles it does not know
            book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
            sheet = book.worksheets[0]
            sheet.reset_dimensions()  # what the file says of its own size may be a lie
            for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
                beyond = ["…"] if any(one is not None for one in row[MOST_COLUMNS:]) else []
                yield number, [_cell(value) for value in row[:MOST_COLUMNS]] + beyond
    except AppError:
        raise
    except Exception as error:  # a damaged workbook fails in every way there is
        raise Invalid(NOT_A_TABLE) from error


def _screen_parts(content: bytes, bounds: Bounds) -> None:
    """Refuse a workbook that unpacks to too much, is locked, or declares a DOCTYPE."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > bounds.unpacked:
            raise Invalid(TOO_MUCH)
        for part in parts:
            if part.flag_bits & 1 or part.compress_type not in _ALLOWED:
                raise Invalid(OLD_OR_LOCKED)
            if part.filename.endswith((".xml", ".rels")):
                with archive.open(part) as stream:
                    _refuse_doctype(stream)


def _refuse_doctype(stream: IO[bytes]) -> None:
    """XML of a workbook is UTF-8 without a DOCTYPE; anything else is no workbook of an office."""
    tail = b""
    while piece := stream.read(2**16):
        window = tail + piece
        if b"<!DOCTYPE" in window or b"<!ENTITY" in window or b"\x00" in window:
            raise Invalid(NOT_A_TABLE)
        tail = window[-9:]


def _cell(value: object) -> str:
    """Return what the sender saw in a cell, as text."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        midnight = value.time().isoformat() == "00:00:00"
        return value.date().isoformat() if midnight else value.isoformat(" ", "minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        whole = math.isfinite(value) and value.is_integer()
        return str(int(value)) if whole else f"{value:.10g}"
    return _clean(str(value))


def _text(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Read CSV: UTF-8, the GB 18030 of a Chinese Excel, or UTF-16; comma, tab or semicolon."""
    lines = io.TextIOWrapper(io.BytesIO(content), _encoding(content), newline="")
    head = next((line for line in lines if line.strip("\r\n")), "")
    delimiter = max(",\t;，", key=head.count)
    lines.seek(0)
    reader = csv.reader(lines, delimiter=delimiter)
    try:
        for number, cells in enumerate(reader, start=1):
            beyond = ["…"] if any(cells[MOST_COLUMNS:]) else []
            yield number, [_clean(cell) for cell in cells[:MOST_COLUMNS]] + beyond
    except csv.Error as error:
        raise Invalid(NOT_A_TABLE) from error


def _encoding(content: bytes) -> str:
    """Find how a text is written; it is decoded piece by piece, never as a whole."""
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)()
        pieces = range(0, len(content), _PIECE)
        try:
            texts = (
                decoder.decode(content[n : n + _PIECE], n + _PIECE >= len(content)) for n in pieces
            )
            if not any("\x00" in text for text in texts):
                return encoding
        except UnicodeDecodeError:
            continue
    raise Invalid(NOT_A_TABLE)


def _clean(text: str) -> str:
    """Return a cell without edges and invisible characters, cut at a length nobody types."""
    shown = text[: 2 * LONGEST_CELL]
    if not shown.isprintable():
        shown = "".join(c for c in shown if c.isprintable() or c.isspace())
    return unquoted(" ".join(shown.split()))[:LONGEST_CELL]
