"""What exams hold about a candidate (issue 5 §1)."""

from typing import Any

from sqlalchemy import select

from certflow.core.db import Session
from certflow.core.holdings import Subject, holding, named
from certflow.exams.models import EntrySubject, ExamEntry, Mark

_ENTRY = ("id", "exam_id", "ticket_number", "created_at")
_MARK = ("id", "entry_subject_id", "score", "absent", "reason", "given_at", "published_at")


@holding("exams")
def exams(session: Session, subject: Subject) -> Any:
    """Entries and published marks."""
    mine = ExamEntry.person_id == subject.person_id
    entries = session.scalars(select(ExamEntry).where(mine))
    marks = (
        select(Mark)
        .join(EntrySubject, EntrySubject.id == Mark.entry_subject_id)
        .join(ExamEntry, ExamEntry.id == EntrySubject.entry_id)
        .where(mine, Mark.published_at.is_not(None))
    )
    return {
        "entries": [named(one, *_ENTRY) for one in entries],
        "marks": [named(one, *_MARK) for one in session.scalars(marks)],
    }
