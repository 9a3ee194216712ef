"""Files of the exam office: checked, reported row by row, accepted, bad rows given back (A12, E9)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from certflow.core import clock, imports
from certflow.core.access import allow, current_actor
from certflow.core.db import db
from certflow.core.errors import Invalid
from certflow.core.imports import Upload
from certflow.core.table_reading import Column
from certflow.core.tables import MEDIA_TYPES, Cell, table_file
from certflow.core.text import Text
from certflow.exams import marks_import, queries, roster_import
from certflow.web.edge import locale
from certflow.web.office.area import blueprint
from certflow.web.office.exams import OFFICE, Answer

SHOWN = 200
"""So many bad rows stand on the page; the file has them all."""
NO_FILE = Text("请选择一个文件再上传。", "Choose a file to upload.")


@dataclass(frozen=True)
class Kind:
    """A kind of import: how the domain checks it and carries it out."""

    key: str
    title: Text
    columns: tuple[Column, ...]
    check: Callable[..., Any]
    accept: Callable[..., Any]


KINDS = {
    "marks": Kind(
        marks_import.KIND,
        Text("导入成绩", "Import results"),
        marks_import.COLUMNS,
        marks_import.check_marks,
        marks_import.accept_marks,
    ),
    "entries": Kind(
        roster_import.KIND,
        Text("导入考生名单", "Import candidates"),
        roster_import.COLUMNS,
        roster_import.check_entries,
        roster_import.accept_entries,
    ),
}


@blueprint.get("/exams/<int:exam_id>/imports/<any(marks, entries):table>")
@allow(OFFICE)
def new_import(exam_id: int, table: str) -> str:
    """Ask for a file and say what it has to look like."""
    return _form(exam_id, table)


@blueprint.post("/exams/<int:exam_id>/imports/<any(marks, entries):table>")
@allow(OFFICE)
def check_import(exam_id: int, table: str) -> Answer:
    """Check a file: nothing is changed by it."""
    session = db.session()
    exam = queries.get_exam(session, exam_id)
    try:
        made = KINDS[table].check(session, exam, sent_file(), clock.now(), current_actor())
    except Invalid as error:
        return _form(exam_id, table, error.at("file")), error.status
    return redirect(_address(exam_id, table, made.id), 303)


@blueprint.get("/exams/<int:exam_id>/imports/<any(marks, entries):table>/<int:import_id>")
@allow(OFFICE)
def exam_import(exam_id: int, table: str, import_id: int) -> str:
    """Show the report: how many rows are good, and what is wrong with the others."""
    session = db.session()
    exam = queries.get_exam(session, exam_id)
    made = _found(exam, table, import_id)
    return render_template(
        "office/exam_import.html",
        exam=exam,
        table=table,
        kind=KINDS[table],
        made=made,
        rejected=imports.rejected_rows(session, made, SHOWN),
        shown=SHOWN,
    )


@blueprint.post("/exams/<int:exam_id>/imports/<any(marks, entries):table>/<int:import_id>")
@allow(OFFICE)
def close_import(exam_id: int, table: str, import_id: int) -> Response:
    """Accept the good rows, or forget the file."""
    session, at = db.session(), clock.now()
    exam = queries.get_exam(session, exam_id)
    made = _found(exam, table, import_id)
    if request.form.get("outcome") == "discard":
        imports.discard_import(session, made, at)
        flash(gettext("已放弃这个文件，没有任何改动"), "passed")
        return redirect(url_for("office.exam", exam_id=exam_id), 303)
    done = KINDS[table].accept(session, exam, made, at, current_actor())
    flash(gettext("已导入 %(n)s 行", n=done.good), "passed")
    return redirect(_address(exam_id, table, import_id), 303)


@blueprint.get(
    "/exams/<int:exam_id>/imports/<any(marks, entries):table>/<int:import_id>"
    "/rejected.<any(xlsx, csv):kind>"
)
@allow(OFFICE)
def rejected_rows(exam_id: int, table: str, import_id: int, kind: str) -> Response:
    """Give the bad rows back as they came, with the reason beside each."""
    session = db.session()
    made = _found(queries.get_exam(session, exam_id), table, import_id)
    head, rows = imports.given_back(session, made, locale())
    return _file(kind, f"{table}-{import_id}-rejected", head, rows)


@blueprint.get("/exams/<int:exam_id>/template.<any(xlsx, csv):kind>")
@allow(OFFICE)
def marks_template(exam_id: int, kind: str) -> Response:
    """Give a file with a row for every subject without a score, to be filled in."""
    session = db.session()
    exam = queries.get_exam(session, exam_id)
    head = [column.title.of(locale()) for column in marks_import.COLUMNS]
    rows = marks_import.template(session, exam, locale())
    return _file(kind, f"results-{exam.code}", head, rows)


def _form(exam_id: int, table: str, errors: Mapping[str, Text] | None = None) -> str:
    exam = queries.get_exam(db.session(), exam_id)
    return render_template(
        "office/exam_upload.html", exam=exam, table=table, kind=KINDS[table], errors=errors or {}
    )


def sent_file() -> Upload:
    """Return the file that came with a form; Invalid, at its field, when there is none."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise Invalid(NO_FILE, {"file": NO_FILE})
    return Upload(cast("Any", sent.stream), sent.filename)


def _found(exam: Any, table: str, import_id: int) -> Any:
    subject = marks_import.subject_of(exam)
    return imports.find_import(db.session(), import_id, KINDS[table].key, subject)


def _address(exam_id: int, table: str, import_id: int) -> str:
    return url_for("office.exam_import", exam_id=exam_id, table=table, import_id=import_id)


def _file(kind: str, name: str, head: list[str], rows: Iterable[list[Any]]) -> Response:
    cells = cast("Iterable[list[Cell]]", rows)
    disposition = f'attachment; filename="{name}.{kind}"'
    return Response(
        table_file(kind, head, cells),
        content_type=MEDIA_TYPES[kind],
        headers={"Content-Disposition": disposition},
    )
