"""Tables as files: written harmless, read within bounds, whoever sent them."""

import io
import zipfile

import pytest
from openpyxl import load_workbook

from certflow.core import table_reading
from certflow.core.errors import Invalid
from certflow.core.table_reading import Column, read_table
from certflow.core.tables import harmless, table_file, unquoted
from certflow.core.text import Text

COLUMNS = (
    Column("ticket", Text("准考证号", "Ticket number")),
    Column("score", Text("成绩", "Score"), ("分数",)),
)
GOOD = table_file("xlsx", ["准考证号", "成绩"], [["202602000001", 71]])


def read(content: bytes) -> table_reading.Table:
    return read_table(io.BytesIO(content), COLUMNS)


def refused(content: bytes) -> str:
    with pytest.raises(Invalid) as error:
        read(content)
    return error.value.message.zh


def repacked(**parts: bytes) -> bytes:
    """A workbook with some of its parts replaced ("xl/workbook.xml" is given as xl_workbook_xml)."""
    names = {name.replace("/", "_").replace(".", "_"): name for name in _names()}
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(GOOD)) as old, zipfile.ZipFile(out, "w") as new:
        for name in _names():
            key = next(key for key, one in names.items() if one == name)
            new.writestr(name, parts.get(key, old.read(name)))
    return out.getvalue()


def _names() -> list[str]:
    with zipfile.ZipFile(io.BytesIO(GOOD)) as archive:
        return archive.namelist()


def sheet(rows: str) -> bytes:
    return (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{rows}</sheetData></worksheet>"
    ).encode()


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert str(harmless(text)).startswith("'")


@pytest.mark.parametrize("value", ["林知夏", "71", "a=b", "", 71, -3.5])
def test_other_cells_stay_as_they_are(value: str | float) -> None:
    assert harmless(value) == value


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_what_is_written_is_read_back(kind: str) -> None:
    content = table_file(kind, ["准考证号", "成绩"], [["=1", "林"], ["-x", 3]])
    table = read(content)
    assert table.head == ("准考证号", "成绩")
    assert [row.cells for row in table.rows] == [("=1", "林"), ("-x", "3")]


def test_a_formula_in_a_head_is_neutralised_too() -> None:
    book = load_workbook(io.BytesIO(table_file("xlsx", ["=evil"], [])))
    assert book.worksheets[0]["A1"].data_type == "s"


def test_only_the_quote_that_was_put_there_is_taken_off() -> None:
    assert [unquoted(one) for one in ("'=1", "'tis", "''")] == ["=1", "'tis", "''"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_comes_in_what_offices_use(encoding: str, delimiter: str) -> None:
    lines = [["准考证号", "成绩"], ["202602000001", "71"]]
    content = "\r\n".join(delimiter.join(line) for line in lines).encode(encoding)
    assert read(content).rows[0].values == {"ticket": "202602000001", "score": "71"}


def test_columns_stand_in_any_order_under_any_known_name() -> None:
    content = "备注,分数 *,Ticket Number\n,71,202602000001\n".encode()
    assert read(content).rows[0].values == {"ticket": "202602000001", "score": "71"}


def test_rows_keep_the_numbers_that_the_sender_sees() -> None:
    content = "\n\n准考证号,成绩\n\n1,2\n\n3,4\n".encode()
    assert [row.number for row in read(content).rows] == [5, 7]


def test_a_column_that_is_missing_or_doubled_is_named() -> None:
    assert "成绩" in refused("准考证号\n1\n".encode())
    assert "两列“成绩”" in refused("准考证号,成绩,分数\n1,2,3\n".encode())


@pytest.mark.parametrize("content", [b"", b"\n\n", "准考证号,成绩\n".encode()])
def test_a_file_without_rows_is_told(content: bytes) -> None:
    assert refused(content) == table_reading.EMPTY.zh


@pytest.mark.parametrize(
    "content",
    [b"PK\x03\x04 and then nothing", b"\x00\x01\x02", b"\x89PNG\r\n\x1a\n\x00", GOOD[:-200]],
)
def test_what_is_no_table_is_told(content: bytes) -> None:
    assert refused(content) == table_reading.NOT_A_TABLE.zh


def test_an_old_or_locked_workbook_is_told() -> None:
    assert refused(b"\xd0\xcf\x11\xe0" + bytes(100)) == table_reading.OLD_OR_LOCKED.zh


def test_too_many_bytes_are_not_even_read() -> None:
    assert refused(b"a" * (table_reading.LARGEST + 1)) == table_reading.TOO_LARGE.zh


def test_a_zip_bomb_is_not_unpacked() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bomb:
        for part in range(5):
            bomb.writestr(f"xl/worksheets/sheet{part}.xml", bytes(20 * 2**20))
    assert len(out.getvalue()) < 200_000
    assert refused(out.getvalue()) == table_reading.TOO_MUCH.zh


@pytest.mark.parametrize(
    "start",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>',
        b'<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd">',
    ],
)
def test_a_doctype_reaches_no_parser(start: bytes) -> None:
    content = repacked(xl_worksheets_sheet1_xml=start + sheet(""))
    assert refused(content) == table_reading.NOT_A_TABLE.zh


def test_a_doctype_across_two_pieces_is_seen() -> None:
    start = b" " * (2**16 - 4) + b"<!DOCTYPE x>"
    assert refused(repacked(xl_worksheets_sheet1_xml=start + sheet(""))) == (
        table_reading.NOT_A_TABLE.zh
    )


def test_too_many_rows_and_columns_are_told() -> None:
    many = "准考证号,成绩\n" + "1,2\n" * (table_reading.MOST_ROWS + 1)
    assert refused(many.encode()) == table_reading.TOO_MUCH.zh
    wide = "准考证号,成绩" + ",x" * 60 + "\n"
    assert refused(wide.encode()) == table_reading.TOO_MUCH.zh


def test_a_row_that_lies_about_its_number_is_refused() -> None:
    cell = '<c r="A{0}" t="inlineStr"><is><t>{1}</t></is></c>'
    rows = f'<row r="1">{cell.format(1, "准考证号")}</row>'
    rows += f'<row r="999999999">{cell.format(999999999, "x")}</row>'
    assert refused(repacked(xl_worksheets_sheet1_xml=sheet(rows))) == table_reading.TOO_MUCH.zh


def test_a_cell_is_cut_at_a_length_nobody_types() -> None:
    row = read(f"准考证号,成绩\n{'9' * 5000},1\n".encode()).rows[0]
    assert len(row.values["ticket"]) == table_reading.LONGEST_CELL


def test_numbers_and_days_are_what_the_sender_saw() -> None:
    from datetime import UTC, date, datetime

    cells = [
        71,
        71.0,
        71.5,
        202602000001,
        date(2026, 10, 17),
        datetime(2026, 10, 17, 9, 30, tzinfo=UTC),
    ]
    content = io.BytesIO()
    from openpyxl import Workbook

    book = Workbook()
    book.worksheets[0].append(["准考证号", "成绩"])
    for one in cells:
        value = one.replace(tzinfo=None) if isinstance(one, datetime) else one
        book.worksheets[0].append([value, 1])
    book.save(content)
    found = [row.values["ticket"] for row in read(content.getvalue()).rows]
    assert found == ["71", "71", "71.5", "202602000001", "2026-10-17", "2026-10-17 09:30"]
