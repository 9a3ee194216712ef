"""Results from a file of the exam office: which rows are right, and what they change (E9, A12)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from certflow.accounts.models import Person
from certflow.core import imports
from certflow.core.actor import Actor
from certflow.core.cells import folded, read_day
from certflow.core.db import Session
from certflow.core.imports import CarryOut, TableImport, Upload, Verdict
from certflow.core.table_reading import Column, Row
from certflow.core.text import Text
from certflow.exams import errors, queries
from certflow.exams.models import EntrySubject, Exam, ExamEntry, ExamSession, ExamSubject, Mark
from certflow.exams.operations import NewMark, record_marks
from certflow.personnel.fields import exam_title

KIND = "exam_marks"
COLUMNS = (
    Column("ticket", Text("准考证号", "Ticket number"), ("ticket",)),
    Column("name", Text("姓名", "Name")),
    Column("subject", Text("科目", "Subject"), ("考试科目",)),
    Column("score", Text("成绩", "Score"), ("分数", "得分")),
    Column("date", Text("考试日期", "Date"), ("日期", "场次日期"), required=False),
)
ABSENT = frozenset({"缺考", "absent"})
_SCORE = re.compile(r"(\d{1,3})(?:\.0+)?")


@dataclass(frozen=True)
class Sat:
    """What is known of a subject that a candidate entered for."""

    id: int
    subject: ExamSubject
    held_on: date
    latest: Mark | None


def check_marks(
    session: Session, exam: Exam, upload: Upload, at: datetime, actor: Actor
) -> TableImport:
    """Judge a file of results; nothing is changed (issue 3 §4)."""
    roll = Roll(session, exam)
    return imports.check_table(
        session, KIND, subject_of(exam), upload, COLUMNS, roll.judge, at, actor
    )


def accept_marks(
    session: Session, exam: Exam, made: TableImport, at: datetime, actor: Actor
) -> TableImport:
    """Keep the scores of the good rows, unpublished; accepting twice changes nothing twice."""
    queries.lock_exam(session, exam.id)
    return imports.accept_import(session, made, _keeping(session, exam, at, actor), at)


def subject_of(exam: Exam) -> str:
    """Return what the exam's imports are filed under."""
    return f"exam/{exam.id}"


def template(session: Session, exam: Exam, locale: str) -> Iterator[list[str | int]]:
    """Yield a row for each subject that has no score yet, the score left open."""
    lines, _total = queries.entry_lines(session, exam.id, "", limit=None)
    held = {one.id: one.starts_at for one in queries.sessions_of(session, exam.id)}
    for line in lines:
        for subject, mark in line.subjects:
            if mark is None:
                title = exam_title(subject.subject).of(locale)
                day = queries.day_of(held[subject.session_id]).isoformat()
                yield [line.entry.ticket_number, line.name, title, "", day]


class Roll:
    """Everybody who entered for an exam, looked up once for a whole file."""

    def __init__(self, session: Session, exam: Exam) -> None:
        subjects = queries.subjects_of(session, exam.id)
        held = {one.id: queries.day_of(one.starts_at) for one in _sessions(session, exam)}
        self.subjects = {key: one for one in subjects for key in names_of(one.subject)}
        self.names = _names(session, exam)
        self.sat = _sat(session, exam, {one.id: one for one in subjects}, held)

    def judge(self, rows: Sequence[Row]) -> Iterator[Verdict]:
        """Say of each row what it changes, or what is wrong with it; the first fault counts."""
        seen: dict[int, int] = {}
        for row in rows:
            found = self._read(row.values)
            if isinstance(found, Text):
                yield Verdict(row, problem=found)
                continue
            sat, score = found
            earlier = seen.setdefault(sat.id, row.number)
            if earlier != row.number:
                yield Verdict(row, problem=errors.TWICE.filled(row=earlier))
            else:
                problem, new = changes(sat.latest, *score)
                yield Verdict(row, {"sat": sat.id, "score": score} if new else None, problem)

    def _read(self, values: dict[str, str]) -> Text | tuple[Sat, tuple[int, bool]]:
        sat = self._sat_of(values)
        if isinstance(sat, Text):
            return sat
        if (day := values.get("date", "")) and read_day(day) != sat.held_on:
            return errors.DATE_DIFFERS.filled(date=sat.held_on)
        full = sat.subject.full_mark
        score = read_score(values["score"], full)
        return errors.SCORE_WRONG.filled(full=full) if score is None else (sat, score)

    def _sat_of(self, values: dict[str, str]) -> Text | Sat:
        ticket = folded(values["ticket"])
        if ticket not in self.names:
            return errors.TICKET_UNKNOWN if ticket else errors.TICKET_MISSING
        if folded(values["name"]) != self.names[ticket]:
            return errors.NAME_DIFFERS
        subject = self.subjects.get(folded(values["subject"]))
        if subject is None:
            return errors.SUBJECT_UNKNOWN.filled(subject=values["subject"][:40])
        not_entered = errors.SUBJECT_NOT_ENTERED.filled(subject=values["subject"][:40])
        return self.sat.get((ticket, subject.id)) or not_entered


def changes(latest: Mark | None, score: int, absent: bool) -> tuple[Text | None, bool]:  # noqa: FBT001 - as read
    """Return what stands against a score, and whether it says something new."""
    if latest is None:
        return None, True
    if (latest.score, latest.absent) == (score, absent):
        return None, False
    if latest.published_at is None:
        return None, True
    shown = Text("缺考", "absent") if latest.absent else Text(str(latest.score), str(latest.score))
    words = errors.PUBLISHED_DIFFERS
    return words.filled(score=shown), False


def read_score(text: str, full: int) -> tuple[int, bool] | None:
    """Read a score: (points, False), (0, True) for an absent candidate, None for neither."""
    plain = folded(text)
    if plain in {folded(one) for one in ABSENT}:
        return 0, True
    found = _SCORE.fullmatch(plain)
    return (int(found[1]), False) if found and int(found[1]) <= full else None


def names_of(subject: str) -> set[str]:
    """Return the names under which a subject is known in files, folded."""
    title = exam_title(subject)
    short = subject.partition(":")[2]
    names = {subject, title.zh, title.en, *({f"{short}基础", f"{short} basis"} if short else ())}
    return {folded(one) for one in names}


def _keeping(session: Session, exam: Exam, at: datetime, actor: Actor) -> CarryOut:
    def keep(rows: Sequence[dict[str, Any]]) -> list[Text | None]:
        marks = queries.marks_of(session, [int(row["sat"]) for row in rows])
        problems: list[Text | None] = []
        new: list[NewMark] = []
        for row in rows:
            score, absent = row["score"]
            known = marks.get(int(row["sat"]))
            problem, is_new = changes(known[-1] if known else None, score, absent)
            problems.append(problem)
            if is_new:
                new.append(NewMark(int(row["sat"]), score, absent))
        if new:
            record_marks(session, exam, new, at, actor)
        return problems

    return keep


def _sessions(session: Session, exam: Exam) -> list[ExamSession]:
    return queries.sessions_of(session, exam.id)


def _names(session: Session, exam: Exam) -> dict[str, str]:
    query = (
        select(ExamEntry.ticket_number, Person.name)
        .join(Person, Person.id == ExamEntry.person_id)
        .where(ExamEntry.exam_id == exam.id)
    )
    return {folded(ticket): folded(name) for ticket, name in session.execute(query)}


def _sat(
    session: Session, exam: Exam, subjects: dict[int, ExamSubject], held: dict[int, date]
) -> dict[tuple[str, int], Sat]:
    query = (
        select(ExamEntry.ticket_number, EntrySubject)
        .join(EntrySubject, EntrySubject.entry_id == ExamEntry.id)
        .where(ExamEntry.exam_id == exam.id)
    )
    rows = session.execute(query).all()
    marks = queries.marks_of(session, [sat.id for _ticket, sat in rows])
    found = {}
    for ticket, sat in rows:
        subject, known = subjects[sat.subject_id], marks.get(sat.id)
        latest = known[-1] if known else None
        found[folded(ticket), subject.id] = Sat(sat.id, subject, held[subject.session_id], latest)
    return found
