"""Demo exams: one behind every pass that people have, one to re-check, one without results yet."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from sqlalchemy import select

from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.text import Text
from certflow.demo import regrading
from certflow.demo.people import Town
from certflow.exams import operations, publishing, queries
from certflow.exams.models import EntrySubject, Exam, ExamEntry, ExamSubject
from certflow.exams.operations import NewMark, NewSession
from certflow.personnel.fields import FIELDS, GENERAL_EXAM, MANAGEMENT_SYSTEMS_EXAM, field_exam
from certflow.personnel.models import ExamResult

HALF_DAYS = (
    (0, 9, (GENERAL_EXAM,)),
    (0, 14, (MANAGEMENT_SYSTEMS_EXAM,)),
    (1, 9, tuple(field_exam(key) for key in list(FIELDS)[::2])),
    (1, 14, tuple(field_exam(key) for key in list(FIELDS)[1::2])),
)
"""Day of the weekend, hour and subjects of the four sessions."""
Scores = dict[tuple[int, str], int]
"""What people scored, by person and subject."""


def hold(session: Session, town: Town, now: datetime) -> None:
    """Hold every exam: those of the past years, one just published, one just sat."""
    office = town.staff["exam_office"]
    held = _passed(session)
    for number, (saturday, scores) in enumerate(sorted(held.items())):
        held[saturday] = scores | _failed(town, number, set(scores))
    to_check, to_import = (_saturday_before(now, days) for days in (30, 8))
    held[to_check], held[to_import] = _latest(town), _latest(town)
    codes = _codes(held)
    for saturday, scores in sorted(held.items()):
        exam = _set_up(session, codes[saturday], saturday, scores, office)
        if saturday == to_import:
            continue
        public = _at(saturday + timedelta(days=26), 10)
        if saturday == to_check:
            public = _at((now - timedelta(days=4)).astimezone(clock.SHANGHAI).date(), 10)
        _publish(session, exam, scores, public, office)
    regrading.tell(session, town, now)


def _passed(session: Session) -> dict[date, Scores]:
    """Return the passes that people have, by the Saturday of the exam."""
    held: dict[date, Scores] = defaultdict(dict)
    for one in session.scalars(select(ExamResult)):
        saturday = one.passed_on - timedelta(days=(one.passed_on.weekday() + 2) % 7)
        held[saturday][one.person_id, one.subject] = one.score
    return held


def _failed(town: Town, number: int, taken: set[tuple[int, str]]) -> Scores:
    """Let some more people sit the general subject, and fail it."""
    chosen = town.applicants[220 + number % 5 :: 5]
    people = [one.person_id or 0 for one in chosen]
    return {
        (person, GENERAL_EXAM): 30 + (person * 7 + number) % 30
        for person in people
        if (person, GENERAL_EXAM) not in taken
    }


def _latest(town: Town) -> Scores:
    """Return what people score in the latest exams; the first person misses a pass by little."""
    lin = town.applicants[0].person_id or 0
    scores: Scores = {(lin, MANAGEMENT_SYSTEMS_EXAM): 81, (lin, field_exam("OHSMS")): 57}
    fields = list(FIELDS)
    for number, one in enumerate(town.applicants[40:160]):
        person = one.person_id or 0
        scores[person, field_exam(fields[number % len(fields)])] = 38 + (number * 37 + 11) % 58
        if number % 3 == 0:
            scores[person, GENERAL_EXAM] = 45 + (number * 23) % 50
        if number % 5 == 0:
            scores[person, MANAGEMENT_SYSTEMS_EXAM] = 48 + (number * 29) % 45
    return scores


def _codes(held: Iterable[date]) -> dict[date, tuple[int, int]]:
    """Number the exams of each year (2026年第二期)."""
    codes: dict[date, tuple[int, int]] = {}
    for saturday in sorted(held):
        codes[saturday] = (
            saturday.year,
            sum(one.year == saturday.year for one in codes) + 1,
        )
    return codes


def _set_up(
    session: Session, code: tuple[int, int], saturday: date, scores: Scores, office: Actor
) -> Exam:
    year, number = code
    title = Text(
        f"{year}年第{'一二三四五六'[number - 1]}期认证人员注册全国统一考试",
        f"National examination {number}/{year}",
    )
    with clock.frozen(_at(saturday - timedelta(days=70), 9)):
        exam = operations.create_exam(session, f"{year}{number:02d}", title, clock.now(), office)
        for day, hour, subjects in HALF_DAYS:
            start = _at(saturday + timedelta(days=day), hour)
            new = NewSession(start, start + timedelta(hours=2), subjects)
            operations.add_session(session, exam, new, office)
        _enter(session, exam, scores)
    return exam


def _enter(session: Session, exam: Exam, scores: Scores) -> None:
    subjects = {one.subject: one for one in queries.subjects_of(session, exam.id)}
    wanted: dict[int, list[ExamSubject]] = defaultdict(list)
    for person_id, subject in scores:
        wanted[person_id].append(subjects[subject])
    for person_id, chosen in sorted(wanted.items()):
        operations.enter(session, exam, person_id, chosen, clock.now())


def _publish(session: Session, exam: Exam, scores: Scores, public: datetime, office: Actor) -> None:
    query = (
        select(ExamEntry.person_id, ExamSubject.subject, EntrySubject.id)
        .join(EntrySubject, EntrySubject.entry_id == ExamEntry.id)
        .join(ExamSubject, ExamSubject.id == EntrySubject.subject_id)
        .where(ExamEntry.exam_id == exam.id)
    )
    rows = session.execute(query).all()
    marks = [NewMark(sat, scores[person, subject]) for person, subject, sat in rows]
    with clock.frozen(public - timedelta(days=2)):
        operations.record_marks(session, exam, marks, clock.now(), office)
    with clock.frozen(public):
        publishing.schedule(session, exam, clock.now(), clock.now(), office)
        operations.set_recheck(session, exam, (public, public + timedelta(days=14)), office)


def _saturday_before(now: datetime, days: int) -> date:
    """Return the last Saturday that lies at least some days back."""
    day = now.astimezone(clock.SHANGHAI).date() - timedelta(days=days)
    return day - timedelta(days=(day.weekday() + 2) % 7)


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=clock.SHANGHAI)
