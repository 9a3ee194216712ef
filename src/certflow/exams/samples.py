"""An exam whose results have just been published, for people invented for a trial (H5, E10)."""

from datetime import datetime, timedelta

from sqlalchemy import select

from certflow.core.actor import SYSTEM
from certflow.core.db import Session
from certflow.core.text import Text
from certflow.exams import operations, publishing, queries
from certflow.exams.models import EntrySubject, Exam
from certflow.exams.operations import NewMark, NewSession
from certflow.personnel.fields import GENERAL_EXAM

CODE = "SAMPLE01"
TITLE = Text("试用考试", "Sample exam")
SCORE = 57
"""Missed by little: who scored this asks for a re-check."""
OPEN_FOR = timedelta(days=14)


def sit(session: Session, person_id: int, at: datetime) -> None:
    """Let a person have sat the sample exam; its results are public, its re-checks open."""
    exam = session.scalar(select(Exam).where(Exam.code == CODE)) or _held(session, at)
    subjects = queries.subjects_of(session, exam.id)
    entry = operations.enter(session, exam, person_id, subjects, at)
    sat = session.scalars(select(EntrySubject.id).where(EntrySubject.entry_id == entry.id))
    marks = [NewMark(one, SCORE) for one in sat]
    operations.record_marks(session, exam, marks, at, SYSTEM)
    publishing.schedule(session, exam, at, at, SYSTEM)
    operations.set_recheck(session, exam, (at, at + OPEN_FOR), SYSTEM)


def _held(session: Session, at: datetime) -> Exam:
    exam = operations.create_exam(session, CODE, TITLE, at, SYSTEM)
    began = at - timedelta(days=30)
    new = NewSession(began, began + timedelta(hours=2), (GENERAL_EXAM,))
    operations.add_session(session, exam, new, SYSTEM)
    return exam
