"""The exam office: exams, their sessions, entries, publication and re-check window (E1, E9, E10)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from certflow.core import clock, imports
from certflow.core.access import allow, current_actor
from certflow.core.clock import SHANGHAI
from certflow.core.db import Session, db
from certflow.core.errors import Invalid
from certflow.core.given import NO_DAY, NOT_OFFERED, day_of, moment_of, refuse
from certflow.core.text import Text
from certflow.exams import errors, marks_import, operations, publishing, queries, roster_import
from certflow.exams.operations import NewSession
from certflow.personnel.fields import exam_title
from certflow.web.office.area import blueprint

OFFICE = "exam_office"
_MARKS = frozenset(map(str, range(101)))
Answer = Response | tuple[str, int]


@blueprint.get("/exams")
@allow(OFFICE)
def exams() -> str:
    """List every exam, the latest first."""
    return _list()


@blueprint.post("/exams")
@allow(OFFICE)
def create_exam() -> Answer:
    """Set an exam up; its sessions are added on its page."""
    zh, en = _typed("title"), _typed("title_en")
    try:
        exam = operations.create_exam(
            db.session(), _typed("code"), Text(zh, en or zh), clock.now(), current_actor()
        )
    except Invalid as error:
        return _list(error.at("title")), error.status
    flash(gettext("考试已建立，请添加场次和科目"), "passed")
    return redirect(url_for("office.exam", exam_id=exam.id), 303)


@blueprint.get("/exams/<int:exam_id>")
@allow(OFFICE)
def exam(exam_id: int) -> str:
    """Show one exam: what is to be done now, sessions with figures, imports."""
    return _page(exam_id)


@blueprint.get("/exams/<int:exam_id>/entries")
@allow(OFFICE)
def exam_entries(exam_id: int) -> str:
    """Show who entered, with ticket numbers and scores."""
    session, wanted = db.session(), request.args.get("q", "").strip()
    page = int(number) if (number := request.args.get("page", "")).isdecimal() else 1
    number_of = max(1, min(page, 10**6))
    first = (number_of - 1) * queries.PAGE

    def address(number: int) -> str:
        return url_for("office.exam_entries", exam_id=exam_id, q=wanted or None, page=number)

    found, total = queries.entry_lines(session, exam_id, wanted, queries.PAGE, first)
    return render_template(
        "office/exam_entries.html",
        exam=queries.get_exam(session, exam_id),
        rows=found,
        total=total,
        first=first + 1 if found else 0,
        previous=address(number_of - 1) if number_of > 1 else None,
        next=address(number_of + 1) if first + len(found) < total else None,
        wanted=wanted,
        exam_title=exam_title,
    )


@blueprint.post("/exams/<int:exam_id>/sessions")
@allow(OFFICE)
def add_exam_session(exam_id: int) -> Answer:
    """Add a session with the subjects that can be sat in it."""
    session = db.session()
    try:
        starts, ends = _half_day()
        chosen = tuple(one for one in request.form.getlist("subject") if one in queries.SUBJECTS)
        mark = int(_typed("pass_mark")) if _typed("pass_mark") in _MARKS else 0
        new = NewSession(starts, ends, chosen, mark)
        operations.add_session(session, queries.get_exam(session, exam_id), new, current_actor())
    except Invalid as error:
        return _page(exam_id, "session", error.at("day")), error.status
    flash(gettext("场次已添加"), "passed")
    return _back(exam_id)


@blueprint.post("/exams/<int:exam_id>/publish")
@allow(OFFICE)
def publish_results(exam_id: int) -> Answer:
    """Publish the results now or at the time given."""
    session, at = db.session(), clock.now()
    exam = queries.get_exam(session, exam_id)
    try:
        now = _typed("when") == "now"
        when = at if now else _moment(errors.PUBLISH_TIME, "publish_at")
        publishing.schedule(session, exam, when, at, current_actor())
    except Invalid as error:
        return _page(exam_id, "publish", error.at("publish_at")), error.status
    public = exam.publish_at is None
    said = gettext("成绩已发布，考生会收到通知") if public else gettext("已定时，到时自动发布")
    flash(said, "passed")
    return _back(exam_id)


@blueprint.post("/exams/<int:exam_id>/recheck")
@allow(OFFICE)
def set_recheck(exam_id: int) -> Answer:
    """Allow re-checks in a window, or not at all."""
    session = db.session()
    window = None
    try:
        refuse({"allows": None if _typed("allows") in {"yes", "no"} else NOT_OFFERED})
        if _typed("allows") == "yes":
            needed = errors.WINDOW_NEEDED
            window = (_moment(needed, "opens_at"), _moment(needed, "closes_at"))
        exam = queries.get_exam(session, exam_id)
        operations.set_recheck(session, exam, window, current_actor())
    except Invalid as error:
        return _page(exam_id, "recheck", error.at("allows")), error.status
    flash(gettext("成绩复核设置已保存"), "passed")
    return _back(exam_id)


def _list(wrong: Mapping[str, Text] | None = None) -> str:
    session, at = db.session(), clock.now()
    rows = [(line, state_of(line, at)) for line in queries.exam_lines(session)]
    return render_template("office/exams.html", rows=rows, errors=wrong or {}, form=request.form)


def _page(exam_id: int, place: str = "", wrong: Mapping[str, Text] | None = None) -> str:
    session, at = db.session(), clock.now()
    exam = queries.get_exam(session, exam_id)
    line = queries.exam_lines(session, exam_id)[0]
    lines = queries.subject_lines(session, exam_id)
    taken = {one.subject.subject for one in lines}
    return render_template(
        "office/exam.html",
        exam=exam,
        line=line,
        state=state_of(line, at),
        sessions=queries.sessions_of(session, exam_id),
        lines=lines,
        free=[key for key in queries.SUBJECTS if key not in taken],
        exam_title=exam_title,
        over=line.last_day is not None and line.last_day <= clock.today(),
        imports=_imports(session, exam),
        place=place,
        errors=wrong or {},
        form=request.form if wrong else {},
        local=_local,
        now=at,
    )


def _imports(session: Session, exam: Any) -> list[tuple[str, Any]]:
    """Return the files that were sent for an exam, the newest first."""
    subject = marks_import.subject_of(exam)
    found = [
        (kind, one)
        for kind, key in (("marks", marks_import.KIND), ("entries", roster_import.KIND))
        for one in imports.imports_of(session, key, subject)
    ]
    return sorted(found, key=lambda pair: pair[1].id, reverse=True)


def state_of(line: queries.ExamLine, at: datetime) -> tuple[str, Text]:
    """Say where an exam stands, as the kind of a badge and words."""
    today = queries.day_of(at)
    if line.exam.publish_at is not None:
        return "going", Text("已定时发布", "Publication set")
    if line.exam.published_at is not None:
        return _state_when_public(line, at)
    if line.first_day is None or line.last_day is None:
        return "draft", Text("筹备中", "Being set up")
    if today <= line.last_day:
        begun = today >= line.first_day
        return "going", Text("考试中", "Under way") if begun else Text("未开考", "Not begun")
    missing = line.marked < line.sat or not line.sat
    wanted = Text("待导入成绩", "Results to import") if missing else Text("待发布", "To publish")
    return "due", wanted


def _state_when_public(line: queries.ExamLine, at: datetime) -> tuple[str, Text]:
    if line.unpublished:
        return "due", Text("有新成绩待发布", "New results to publish")
    opens, closes = line.exam.recheck_opens_at, line.exam.recheck_closes_at
    if opens is not None and closes is not None and opens <= at < closes:
        return "passed", Text("复核受理中", "Re-checks open")
    return "passed", Text("成绩已发布", "Published")


def _back(exam_id: int) -> Response:
    return redirect(url_for("office.exam", exam_id=exam_id), 303)


def _typed(name: str) -> str:
    return request.form.get(name, "").strip()


def _half_day() -> tuple[datetime, datetime]:
    """Read when a session begins and ends. Raises Invalid at "day", "starts" or "ends"."""
    day = _typed("day")
    known = day if day_of(day) else f"{clock.today()}"
    times = {name: moment_of(f"{known}T{_typed(name)}") for name in ("starts", "ends")}
    wrong = {name: None if read else errors.NO_TIME for name, read in times.items()}
    refuse({"day": None if day_of(day) else NO_DAY, **wrong})
    return times["starts"] or clock.now(), times["ends"] or clock.now()


def _moment(problem: Text, name: str) -> datetime:
    """Read an instant of Shanghai. Raises Invalid, with `problem` at the field, when it is none."""
    read = moment_of(_typed(name))
    if read is None:
        raise Invalid(problem, {name: problem})
    return read


def _local(moment: datetime | None) -> str:
    """Write an instant as the browser's field for one wants it."""
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}" if moment else ""
