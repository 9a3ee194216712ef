"""Lists as files: nothing that a spreadsheet calculates, and never the whole list in memory (B11)."""

import csv
import io
from collections.abc import Iterator
from weakref import WeakSet

import pytest
from flask import Flask
from openpyxl import load_workbook

from certflow.core.tables import harmless
from certflow.web.office.export import as_file

DANGEROUS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"]
HEAD = ["业务号", "=2+2"]


class Line(list[str]):
    """A row that can be watched."""

    __hash__ = object.__hash__


def written(kind: str, rows: list[list[str]] | Iterator[Line]) -> bytes:
    with Flask(__name__).test_request_context():
        answer = as_file(kind, "cases", HEAD, rows)
        answer.direct_passthrough = False
        assert f"filename=cases.{kind}" in answer.headers["Content-Disposition"]
        return answer.get_data()


@pytest.mark.parametrize("text", DANGEROUS)
def test_a_text_that_could_be_a_formula_gets_a_quote_in_front_in_a_csv(text: str) -> None:
    rows = list(csv.reader(io.StringIO(written("csv", [[text]]).decode("utf-8-sig"), newline="")))
    assert rows == [["业务号", "'=2+2"], [f"'{text}"]]


@pytest.mark.parametrize("text", DANGEROUS)
def test_in_a_spreadsheet_it_is_a_text_also_after_it_was_edited(text: str) -> None:
    sheet = load_workbook(io.BytesIO(written("xlsx", [[text]]))).worksheets[0]
    cell = sheet.cell(2, 1)
    assert cell.data_type == "s"
    assert cell.quotePrefix
    assert sheet.cell(1, 2).data_type == "s"


@pytest.mark.parametrize("value", [-3, 2.5, 0, "20261120090004", "李华", ""])
def test_numbers_and_plain_texts_stay_as_they_are(value: str | float) -> None:
    assert harmless(value) == value


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_a_file_cannot_hold_is_left_out(kind: str) -> None:
    content = written(kind, [["a\x01b\x0bc", "x" * 40_000]])
    if kind == "csv":
        row = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))[1]
    else:
        sheet = load_workbook(io.BytesIO(content)).worksheets[0]
        row = [str(cell.value) for cell in sheet[2]]
    assert row == ["abc", "x" * 32_767]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_long_list_is_written_row_by_row(kind: str) -> None:
    alive: WeakSet[Line] = WeakSet()
    most = 0

    def rows() -> Iterator[Line]:
        nonlocal most
        for number in range(1000):
            line = Line([str(number), "x"])
            alive.add(line)
            most = max(most, len(alive))
            yield line

    written(kind, rows())
    assert most <= 3
