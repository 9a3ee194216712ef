"""Reads of exams for the exam office and for processes; `exams.mine` is the candidate's side."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, exists, func, select

from certflow.accounts.models import Person
from certflow.core.clock import SHANGHAI
from certflow.core.db import Session
from certflow.core.errors import NotFound
from certflow.core.text import Text
from certflow.exams.models import (
    EntrySubject,
    Exam,
    ExamEntry,
    ExamSession,
    ExamSubject,
    Mark,
)
from certflow.personnel.fields import FIELDS, GENERAL_EXAM, MANAGEMENT_SYSTEMS_EXAM, field_exam

PAGE = 50
SUBJECTS = (GENERAL_EXAM, MANAGEMENT_SYSTEMS_EXAM, *(field_exam(key) for key in FIELDS))
"""Keys of every subject that can be examined (C9)."""


@dataclass(frozen=True)
class ExamLine:
    """An exam in a list: when it is held, how many entered and how many subjects have a score."""

    exam: Exam
    title: Text
    first_day: date | None
    last_day: date | None
    entries: int
    sat: int
    marked: int
    unpublished: int


@dataclass(frozen=True)
class SubjectLine:
    """A subject of an exam with the figures of those who sat it."""

    subject: ExamSubject
    sat: int
    marked: int
    passed: int
    absent: int


@dataclass(frozen=True)
class SatSubject:
    """A subject that somebody sat, with what a re-check has to know of it."""

    id: int
    exam_id: int
    person_id: int
    subject: str
    ticket_number: str
    paper_number: str
    pass_mark: int
    full_mark: int
    held_on: date


@dataclass(frozen=True)
class EntryLine:
    """An entry in the exam office's list: subjects with their latest scores, in exam order."""

    entry: ExamEntry
    name: str
    subjects: tuple[tuple[ExamSubject, Mark | None], ...]


def get_exam(session: Session, exam_id: int) -> Exam:
    """Return an exam.

    Raises:
        NotFound: when there is none.

    """
    exam = session.get(Exam, exam_id)
    if exam is None:
        raise NotFound
    return exam


def lock_exam(session: Session, exam_id: int) -> Exam:
    """Lock an exam: scores are imported, published and re-checked one after the other."""
    return session.get_one(Exam, exam_id, with_for_update=True, populate_existing=True)


def day_of(moment: datetime) -> date:
    """Return the day of an instant in Shanghai."""
    return moment.astimezone(SHANGHAI).date()


def exam_lines(session: Session, exam_id: int | None = None) -> list[ExamLine]:
    """Return every exam (or one) with its figures, the latest first."""
    query = select(Exam).order_by(Exam.id)
    exams = session.scalars(query if exam_id is None else query.where(Exam.id == exam_id))
    spans = {
        row[0]: row[1:]
        for row in session.execute(
            select(
                ExamSession.exam_id, func.min(ExamSession.starts_at), func.max(ExamSession.ends_at)
            ).group_by(ExamSession.exam_id)
        )
    }
    counts = select(ExamEntry.exam_id, func.count()).group_by(ExamEntry.exam_id)
    entries = dict(session.execute(counts).all())
    marks = _mark_counts(session, exam_id)
    lines = [_line(exam, spans.get(exam.id), entries, marks) for exam in exams]
    return sorted(lines, key=lambda one: (one.first_day or date.max, one.exam.id), reverse=True)


def _line(
    exam: Exam,
    span: Sequence[datetime] | None,
    entries: dict[int, int],
    marks: dict[int, tuple[int, int, int]],
) -> ExamLine:
    first, last = (day_of(one) for one in span) if span else (None, None)
    counted = marks.get(exam.id, (0, 0, 0))
    return ExamLine(exam, Text.read(exam.title), first, last, entries.get(exam.id, 0), *counted)


def _mark_counts(session: Session, exam_id: int | None) -> dict[int, tuple[int, int, int]]:
    """Count, by exam: subjects sat, those with a score, those whose latest one is not public."""
    latest = _latest_marks().subquery()
    query = (
        select(
            ExamSubject.exam_id,
            func.count(EntrySubject.id),
            func.count(latest.c.entry_subject_id),
            func.count(latest.c.entry_subject_id).filter(latest.c.published_at.is_(None)),
        )
        .join(EntrySubject, EntrySubject.subject_id == ExamSubject.id)
        .outerjoin(latest, latest.c.entry_subject_id == EntrySubject.id)
        .group_by(ExamSubject.exam_id)
    )
    if exam_id is not None:
        query = query.where(ExamSubject.exam_id == exam_id)
    return {row[0]: (row[1], row[2], row[3]) for row in session.execute(query)}


def _latest_marks() -> Select[int, int, bool, datetime | None]:
    later = Mark.__table__.alias("later")
    newer = exists().where(later.c.entry_subject_id == Mark.entry_subject_id, later.c.id > Mark.id)
    return select(Mark.entry_subject_id, Mark.score, Mark.absent, Mark.published_at).where(~newer)


def sessions_of(session: Session, exam_id: int) -> list[ExamSession]:
    """Return the sessions of an exam in the order of time."""
    query = select(ExamSession).where(ExamSession.exam_id == exam_id)
    return list(session.scalars(query.order_by(ExamSession.starts_at)))


def subjects_of(session: Session, exam_id: int) -> list[ExamSubject]:
    """Return the subjects of an exam, those of an earlier session first."""
    query = (
        select(ExamSubject)
        .join(ExamSession, ExamSession.id == ExamSubject.session_id)
        .where(ExamSubject.exam_id == exam_id)
    )
    return list(session.scalars(query.order_by(ExamSession.starts_at, ExamSubject.id)))


def subject_lines(session: Session, exam_id: int) -> list[SubjectLine]:
    """Return the subjects of an exam with how many sat, have a score, passed, were absent."""
    latest = _latest_marks().subquery()
    present = latest.c.absent.is_(False)
    query = (
        select(
            ExamSubject.id,
            func.count(EntrySubject.id),
            func.count(latest.c.entry_subject_id),
            func.count().filter(present, latest.c.score >= ExamSubject.pass_mark),
            func.count().filter(latest.c.absent.is_(True)),
        )
        .join(EntrySubject, EntrySubject.subject_id == ExamSubject.id)
        .outerjoin(latest, latest.c.entry_subject_id == EntrySubject.id)
        .where(ExamSubject.exam_id == exam_id)
        .group_by(ExamSubject.id)
    )
    found = {row[0]: row[1:] for row in session.execute(query)}
    return [
        SubjectLine(one, *found.get(one.id, (0, 0, 0, 0))) for one in subjects_of(session, exam_id)
    ]


def subjects_of_entry(session: Session, entry_id: int) -> list[ExamSubject]:
    """Return the subjects of an entry."""
    query = (
        select(ExamSubject)
        .join(EntrySubject, EntrySubject.subject_id == ExamSubject.id)
        .where(EntrySubject.entry_id == entry_id)
    )
    return list(session.scalars(query))


def entry_lines(
    session: Session, exam_id: int, text: str, limit: int | None = PAGE, offset: int = 0
) -> tuple[list[EntryLine], int]:
    """Return entries by ticket number, of those whose ticket or name begins with a text."""
    query = (
        select(ExamEntry, Person.name)
        .join(Person, Person.id == ExamEntry.person_id)
        .where(ExamEntry.exam_id == exam_id)
    )
    if text:
        query = query.where(
            ExamEntry.ticket_number.startswith(text, autoescape=True)
            | Person.name.startswith(text, autoescape=True)
        )
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    page = query.order_by(ExamEntry.ticket_number).limit(limit).offset(offset)
    rows = session.execute(page).all()
    subjects = _entered(session, [entry.id for entry, _name in rows])
    return [
        EntryLine(entry, name, tuple(subjects.get(entry.id, ()))) for entry, name in rows
    ], total


def _entered(
    session: Session, entry_ids: Sequence[int]
) -> dict[int, list[tuple[ExamSubject, Mark | None]]]:
    query = (
        select(EntrySubject, ExamSubject)
        .join(ExamSubject, ExamSubject.id == EntrySubject.subject_id)
        .join(ExamSession, ExamSession.id == ExamSubject.session_id)
        .where(EntrySubject.entry_id.in_(entry_ids))
        .order_by(ExamSession.starts_at)
    )
    rows = session.execute(query).all()
    marks = marks_of(session, [sat.id for sat, _subject in rows])
    found: dict[int, list[tuple[ExamSubject, Mark | None]]] = {}
    for sat, subject in rows:
        latest = marks[sat.id][-1] if marks.get(sat.id) else None
        found.setdefault(sat.entry_id, []).append((subject, latest))
    return found


def marks_of(session: Session, sat_ids: Collection[int]) -> dict[int, list[Mark]]:
    """Return the scores of subjects sat, the latest last."""
    found: dict[int, list[Mark]] = {}
    for ids in _batches(sat_ids):
        query = select(Mark).where(Mark.entry_subject_id.in_(ids)).order_by(Mark.id)
        for mark in session.scalars(query):
            found.setdefault(mark.entry_subject_id, []).append(mark)
    return found


def _batches(ids: Iterable[int], size: int = 1000) -> Iterable[list[int]]:
    """Cut a long list into pieces that one statement can name."""
    listed = list(ids)
    return (listed[start : start + size] for start in range(0, len(listed), size))


def sat_subject(session: Session, sat_id: int) -> SatSubject:
    """Return a subject that somebody sat.

    Raises:
        NotFound: when there is none.

    """
    found = find_sat(session, sat_id)
    if found is None:
        raise NotFound
    return found


def find_sat(session: Session, sat_id: int) -> SatSubject | None:
    """Return a subject that somebody sat, None when there is none."""
    query = (
        select(EntrySubject, ExamSubject, ExamEntry, ExamSession.starts_at)
        .join(ExamSubject, ExamSubject.id == EntrySubject.subject_id)
        .join(ExamEntry, ExamEntry.id == EntrySubject.entry_id)
        .join(ExamSession, ExamSession.id == ExamSubject.session_id)
        .where(EntrySubject.id == sat_id)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        return None
    sat, subject, entry, starts_at = row
    return SatSubject(
        id=sat.id,
        exam_id=entry.exam_id,
        person_id=entry.person_id,
        subject=subject.subject,
        ticket_number=entry.ticket_number,
        paper_number=sat.paper_number,
        pass_mark=subject.pass_mark,
        full_mark=subject.full_mark,
        held_on=day_of(starts_at),
    )
