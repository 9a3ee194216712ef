"""What is written about exams: set-up, entries, marks, publication, re-checks (E1, E9, E10)."""

import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from certflow.core import audit
from certflow.core.actor import SYSTEM, Actor
from certflow.core.clock import SHANGHAI
from certflow.core.db import Session
from certflow.core.errors import Conflict, Invalid
from certflow.core.given import refuse, wrong_in
from certflow.core.numbers import next_number
from certflow.core.text import Text
from certflow.exams import errors, queries
from certflow.exams.models import (
    EntrySubject,
    Exam,
    ExamEntry,
    ExamSession,
    ExamSubject,
    Mark,
)
from certflow.personnel.fields import exam_title
from certflow.personnel.results import Passed, note_results, withdraw_result

FULL_MARK = 100
PASS_MARK = 60
_CODE = re.compile(r"[A-Za-z0-9]{4,12}")
_PAPER = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


@dataclass(frozen=True)
class NewSession:
    """A session to be added, with the keys of the subjects that can be sat in it."""

    starts_at: datetime
    ends_at: datetime
    subjects: tuple[str, ...]
    pass_mark: int = PASS_MARK


def create_exam(session: Session, code: str, title: Text, at: datetime, actor: Actor) -> Exam:
    """Set an exam up (E1).

    Raises:
        Invalid: when the code is malformed or taken, or the title is missing.

    """
    taken = session.scalar(select(Exam.id).where(Exam.code == code)) is not None
    known = errors.CODE_TAKEN.filled(code=code) if taken else None
    refuse(
        {
            "title": wrong_in(title.zh, 100, errors.TITLE_NEEDED),
            "title_en": wrong_in(title.en, 120),
            "code": known if _CODE.fullmatch(code) else errors.CODE_WRONG,
        }
    )
    exam = Exam(code=code, title=title.as_json(), created_at=at)
    session.add(exam)
    session.flush()
    _record(session, exam, "exam.created", actor, after={"code": code})
    return exam


def add_session(session: Session, exam: Exam, new: NewSession, actor: Actor) -> ExamSession:
    """Add a session with its subjects (E1: 场次).

    Raises:
        Invalid: when times are wrong or overlap, or a subject stands elsewhere.
        Conflict: when results are published.

    """
    if exam.published_at is not None:
        raise Conflict(errors.ALREADY_PUBLISHED)
    _check_session(session, exam, new)
    numbers = [one.number for one in queries.sessions_of(session, exam.id)]
    made = ExamSession(
        exam_id=exam.id,
        number=max(numbers, default=0) + 1,
        starts_at=new.starts_at,
        ends_at=new.ends_at,
    )
    session.add(made)
    session.flush()
    session.add_all(
        ExamSubject(
            exam_id=exam.id,
            session_id=made.id,
            subject=subject,
            pass_mark=new.pass_mark,
            full_mark=FULL_MARK,
        )
        for subject in new.subjects
    )
    session.flush()
    _record(session, exam, "exam.session_added", actor, after={"subjects": list(new.subjects)})
    return made


def enter(
    session: Session,
    exam: Exam,
    person_id: int,
    subjects: Iterable[ExamSubject],
    at: datetime,
    ticket_number: str | None = None,
) -> ExamEntry:
    """Admit a person for subjects; who is admitted already gets the further ones (E7).

    Without a ticket number the next one of the exam is given out.

    Raises:
        Invalid: when two subjects are in one session (S2: 每场只能选报一科).

    """
    query = select(ExamEntry).where(ExamEntry.exam_id == exam.id, ExamEntry.person_id == person_id)
    entry = session.scalar(query)
    if entry is None:
        number = ticket_number or f"{exam.code}{next_number(session, f'ticket/{exam.code}'):06d}"
        entry = ExamEntry(exam_id=exam.id, person_id=person_id, ticket_number=number, created_at=at)
        session.add(entry)
        session.flush()
    sat = queries.subjects_of_entry(session, entry.id)
    taken = {one.session_id: one.id for one in sat}
    for subject in subjects:
        if taken.setdefault(subject.session_id, subject.id) != subject.id:
            title = exam_title(subject.subject)
            raise Invalid(errors.TWO_IN_A_SESSION.filled(subject=title))
        if subject.id not in {one.id for one in sat}:
            session.add(
                EntrySubject(entry_id=entry.id, subject_id=subject.id, paper_number=_paper())
            )
    session.flush()
    return entry


@dataclass(frozen=True)
class NewMark:
    """A score of an entry's subject, to be kept."""

    entry_subject_id: int
    score: int
    absent: bool = False


def record_marks(
    session: Session, exam: Exam, marks: Sequence[NewMark], at: datetime, actor: Actor
) -> None:
    """Keep imported scores; candidates see them when they are published (E9)."""
    session.add_all(
        Mark(
            entry_subject_id=one.entry_subject_id,
            score=one.score,
            absent=one.absent,
            reason="imported",
            given_at=at,
            given_by=actor.user_id,
        )
        for one in marks
    )
    session.flush()
    _record(session, exam, "exam.marks_imported", actor, after={"marks": len(marks)})


def set_recheck(
    session: Session,
    exam: Exam,
    window: tuple[datetime, datetime] | None,
    actor: Actor,
) -> None:
    """Say from when until when re-checks may be asked for, or (None) that there are none (E10).

    Raises:
        Invalid: when the window ends before it begins, or begins before results are public.

    """
    if window is not None:
        opens_at, closes_at = window
        if closes_at <= opens_at:
            raise Invalid(errors.WINDOW_NEEDED, {"closes_at": errors.WINDOW_NEEDED})
        public = exam.published_at or exam.publish_at
        if public is not None and opens_at < public:
            raise Invalid(errors.WINDOW_BEFORE_RESULTS, {"opens_at": errors.WINDOW_BEFORE_RESULTS})
    exam.allows_recheck = window is not None
    exam.recheck_opens_at, exam.recheck_closes_at = window or (None, None)
    session.flush()
    after = {"opens": window[0].isoformat(), "closes": window[1].isoformat()} if window else {}
    _record(session, exam, "exam.recheck_set", actor, after=after)


def settle_recheck(
    session: Session,
    entry_subject_id: int,
    score: int | None,
    case_id: int,
    at: datetime,
    actor: Actor,
) -> Mark:
    """Publish the outcome of a re-check: the score changed, or (None) was kept (E10).

    The person's passed subjects follow: a pass appears, changes its score or goes (C9). The same
    outcome of the same case again changes nothing.
    """
    sat = queries.sat_subject(session, entry_subject_id)
    queries.lock_exam(session, sat.exam_id)
    before = queries.marks_of(session, [sat.id])[sat.id][-1]
    score = before.score if score is None else score
    if (before.case_id, before.score) == (case_id, score):
        return before
    mark = Mark(
        entry_subject_id=sat.id,
        score=score,
        absent=False,
        reason="confirmed" if score == before.score else "regraded",
        given_at=at,
        given_by=actor.user_id,
        case_id=case_id,
        published_at=at,
    )
    session.add(mark)
    session.flush()
    if score >= sat.pass_mark:
        note_results(session, [Passed(sat.person_id, sat.subject, sat.held_on, score)])
    else:
        withdraw_result(session, sat.person_id, sat.subject, sat.held_on)
    audit.record(
        session,
        f"exam.mark_{mark.reason}",
        actor,
        subject=f"exam/{sat.exam_id}",
        before={"entry_subject": sat.id, "score": before.score},
        after={"score": score, "case": case_id},
    )
    return mark


def _check_session(session: Session, exam: Exam, new: NewSession) -> None:
    first, last = (one.astimezone(SHANGHAI) for one in (new.starts_at, new.ends_at))
    on_one_day = first < last and first.date() == last.date()
    refuse(
        {
            "ends": None if on_one_day else errors.SESSION_TIMES,
            "subjects": None if new.subjects else errors.SUBJECT_NEEDED,
            "pass_mark": None if 0 < new.pass_mark <= FULL_MARK else errors.PASS_MARK,
        }
    )
    for other in queries.sessions_of(session, exam.id):
        if new.starts_at < other.ends_at and other.starts_at < new.ends_at:
            said = errors.SESSIONS_OVERLAP.filled(number=other.number)
            raise Invalid(said, {"starts": said})
    for one in queries.subjects_of(session, exam.id):
        if one.subject in new.subjects:
            title = exam_title(one.subject)
            said = errors.SUBJECT_TAKEN.filled(subject=title)
            raise Invalid(said, {"subjects": said})


def _paper() -> str:
    """Return a number for an answer script that says nothing of its writer."""
    return "".join(secrets.choice(_PAPER) for _ in range(10))


def _record(
    session: Session, exam: Exam, action: str, actor: Actor = SYSTEM, **details: object
) -> None:
    audit.record(session, action, actor, subject=f"exam/{exam.id}", **details)  # type: ignore[arg-type]
