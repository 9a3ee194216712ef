"""My exams (我的考试): a person's own entries and results (catalogue D7, E9, E10).

Only what is published is ever shown here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from certflow.core.db import Session
from certflow.core.expression_times import Months, shifted
from certflow.core.text import Text
from certflow.exams import errors
from certflow.exams.models import EntrySubject, Exam, ExamEntry, ExamSession, ExamSubject, Mark
from certflow.exams.queries import day_of, marks_of
from certflow.personnel.fields import exam_title

RECHECKED = frozenset({"regraded", "confirmed"})
Validity = Callable[[str, date], Months | None]
"""How long a pass in a subject counts for who asks on a day (C9); None: nobody can say."""


def unknown(_subject: str, _on: date) -> None:
    """Say nothing of validity: for who does not ask about it."""


@dataclass(frozen=True)
class Score:
    """A published score; `reason` says how it came about (see `models.Mark`)."""

    score: int
    absent: bool
    reason: str
    on: date


@dataclass(frozen=True)
class MySubject:
    """A subject of mine. `state` is upcoming, waiting, absent, passed, expired or failed.

    `history` has every published score, the first one first; `refusal` says why its result
    cannot be re-checked now, None when it can.
    """

    id: int
    exam_id: int
    exam: Text
    ticket_number: str
    subject: str
    title: Text
    starts_at: datetime
    ends_at: datetime
    pass_mark: int
    full_mark: int
    state: str
    history: tuple[Score, ...]
    valid_until: date | None
    refusal: Text | None

    @property
    def latest(self) -> Score | None:
        """The score that counts."""
        return self.history[-1] if self.history else None


@dataclass(frozen=True)
class MyExam:
    """An exam of mine with its ticket number and subjects, and until when re-checks are open."""

    id: int
    title: Text
    ticket_number: str
    first_day: date
    last_day: date
    subjects: tuple[MySubject, ...]
    recheck_until: datetime | None


def my_exams(
    session: Session, person_id: int, at: datetime, validity: Validity = unknown
) -> list[MyExam]:
    """Return a person's exams with their results, the latest first."""
    rows = _rows(session, person_id)
    marks = marks_of(session, [sat.id for _exam, _entry, sat, _subject, _held in rows])
    found: dict[int, list[MySubject]] = {}
    exams: dict[int, Exam] = {}
    for row in rows:
        exam, sat = row[0], row[2]
        exams[exam.id] = exam
        found.setdefault(exam.id, []).append(_subject(row, marks.get(sat.id, []), at, validity))
    listed = [_exam(exams[exam_id], subjects, at) for exam_id, subjects in found.items()]
    return sorted(listed, key=lambda one: one.first_day, reverse=True)


def my_subjects(session: Session, person_id: int, at: datetime) -> dict[int, MySubject]:
    """Return the subjects that a person entered for, by id, the latest exam first."""
    return {one.id: one for exam in my_exams(session, person_id, at) for one in exam.subjects}


_Row = tuple[Exam, ExamEntry, EntrySubject, ExamSubject, ExamSession]


def _rows(session: Session, person_id: int) -> list[_Row]:
    query = (
        select(Exam, ExamEntry, EntrySubject, ExamSubject, ExamSession)
        .join(ExamEntry, ExamEntry.exam_id == Exam.id)
        .join(EntrySubject, EntrySubject.entry_id == ExamEntry.id)
        .join(ExamSubject, ExamSubject.id == EntrySubject.subject_id)
        .join(ExamSession, ExamSession.id == ExamSubject.session_id)
        .where(ExamEntry.person_id == person_id)
        .order_by(ExamSession.starts_at)
    )
    return list(session.execute(query))


def _exam(exam: Exam, subjects: list[MySubject], at: datetime) -> MyExam:
    closes = exam.recheck_closes_at
    return MyExam(
        id=exam.id,
        title=Text.read(exam.title),
        ticket_number=subjects[0].ticket_number,
        first_day=min(day_of(one.starts_at) for one in subjects),
        last_day=max(day_of(one.ends_at) for one in subjects),
        subjects=tuple(subjects),
        recheck_until=closes if exam.allows_recheck and closes and closes > at else None,
    )


def _subject(row: _Row, marks: list[Mark], at: datetime, validity: Validity) -> MySubject:
    exam, entry, sat, subject, held = row
    history = tuple(
        Score(mark.score, mark.absent, mark.reason, day_of(mark.published_at))
        for mark in marks
        if mark.published_at is not None
    )
    months = validity(subject.subject, day_of(at))
    until = shifted(day_of(held.starts_at), months) if months else None
    state = _state(subject, held, history, at)
    if state == "passed" and until is not None and day_of(at) > until:
        state = "expired"
    return MySubject(
        id=sat.id,
        exam_id=exam.id,
        exam=Text.read(exam.title),
        ticket_number=entry.ticket_number,
        subject=subject.subject,
        title=exam_title(subject.subject),
        starts_at=held.starts_at,
        ends_at=held.ends_at,
        pass_mark=subject.pass_mark,
        full_mark=subject.full_mark,
        state=state,
        history=history,
        valid_until=until if state in {"passed", "expired"} else None,
        refusal=_refusal(exam, history, at),
    )


def _state(
    subject: ExamSubject, held: ExamSession, history: tuple[Score, ...], at: datetime
) -> str:
    if not history:
        return "upcoming" if held.starts_at > at else "waiting"
    latest = history[-1]
    if latest.absent:
        return "absent"
    return "passed" if latest.score >= subject.pass_mark else "failed"


def _refusal(exam: Exam, history: tuple[Score, ...], at: datetime) -> Text | None:
    """Return why a result cannot be re-checked (E10: exams and windows that allow it)."""
    opens, closes = exam.recheck_opens_at, exam.recheck_closes_at
    if not history:
        return errors.NO_RESULT
    if history[-1].absent:
        return errors.WAS_ABSENT
    if any(one.reason in RECHECKED for one in history):
        return errors.RECHECK_DONE
    if not exam.allows_recheck or opens is None or closes is None:
        return errors.NO_RECHECK
    if at < opens:
        return errors.RECHECK_NOT_OPEN.filled(opens=opens)
    return None if at < closes else errors.RECHECK_OVER.filled(closes=closes)
