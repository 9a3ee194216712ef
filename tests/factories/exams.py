"""An exam with two half-days, people who entered for it, and their results."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import BytesIO

from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.imports import TableImport, Upload
from certflow.core.tables import table_file
from certflow.core.text import Text
from certflow.exams import marks_import, operations, publishing, queries
from certflow.exams.models import EntrySubject, Exam, ExamEntry
from certflow.exams.operations import NewMark, NewSession
from certflow.personnel.fields import GENERAL_EXAM, field_exam
from factories import people

QMS = field_exam("QMS")
EMS = field_exam("EMS")
SAT_ON = datetime(2026, 10, 17, 9, 0, tzinfo=clock.SHANGHAI)
HEAD = ["准考证号", "姓名", "科目", "成绩", "考试日期"]


@dataclass
class Sitting:
    """The exam with the entry and the sat subjects (by subject key) of each person by name."""

    exam: Exam
    entries: dict[str, ExamEntry] = field(default_factory=dict)
    sat: dict[tuple[str, str], EntrySubject] = field(default_factory=dict)


def make_exam(session: Session, actor: Actor, code: str = "202602") -> Exam:
    """An exam held five weeks ago: the general subject in the morning, QMS or EMS after it."""
    exam = operations.create_exam(
        session, code, Text("2026年第二期统一考试", "Exam 2/2026"), clock.now(), actor
    )
    for hours, subjects in ((0, (GENERAL_EXAM,)), (5, (QMS, EMS))):
        start = SAT_ON + timedelta(hours=hours)
        new = NewSession(start, start + timedelta(hours=2), subjects)
        operations.add_session(session, exam, new, actor)
    return exam


def let_sit(
    session: Session, exam: Exam, candidates: Mapping[str, tuple[int, tuple[str, ...]]]
) -> Sitting:
    """Admit people, given by name with their id and the subjects they enter for."""
    found = Sitting(exam)
    subjects = {one.subject: one for one in queries.subjects_of(session, exam.id)}
    for name, (person_id, wanted) in candidates.items():
        chosen = [subjects[key] for key in wanted]
        found.entries[name] = operations.enter(session, exam, person_id, chosen, clock.now())
        entry_id = found.entries[name].id
        for key in wanted:
            found.sat[name, key] = (
                session.query(EntrySubject)
                .filter_by(entry_id=entry_id, subject_id=subjects[key].id)
                .one()
            )
    return found


def two_candidates(session: Session, exam: Exam) -> Sitting:
    """Lin sits the general subject and QMS, He only QMS."""
    lin = people.person(session, 1, name="林知夏")
    he = people.person(session, 2, name="何映雪")
    return let_sit(
        session, exam, {"林知夏": (lin.id, (GENERAL_EXAM, QMS)), "何映雪": (he.id, (QMS,))}
    )


def give_marks(
    session: Session, sitting: Sitting, scores: Mapping[tuple[str, str], int], actor: Actor
) -> None:
    """Let scores be imported and published."""
    marks = [NewMark(sitting.sat[key].id, score) for key, score in scores.items()]
    operations.record_marks(session, sitting.exam, marks, clock.now(), actor)
    publishing.schedule(session, sitting.exam, clock.now(), clock.now(), actor)


def upload(rows: list[list[object]], head: list[str] = HEAD, kind: str = "xlsx") -> Upload:
    """A file of results as the exam office sends it."""
    return Upload(BytesIO(table_file(kind, head, rows)), f"成绩.{kind}")  # type: ignore[arg-type]


def check(session: Session, exam: Exam, actor: Actor, *rows: list[object]) -> TableImport:
    """Check a file of results."""
    return marks_import.check_marks(session, exam, upload(list(rows)), clock.now(), actor)
