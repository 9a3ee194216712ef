"""Makes results public at a time: candidates see them, passes count, everybody is told (E9)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, update

from certflow.accounts.models import Person
from certflow.core import audit, clock
from certflow.core.actor import SYSTEM, Actor
from certflow.core.db import Session, transaction
from certflow.core.errors import Conflict, Invalid
from certflow.core.text import Text
from certflow.exams import errors
from certflow.exams.models import EntrySubject, Exam, ExamEntry, ExamSession, ExamSubject, Mark
from certflow.exams.queries import day_of, lock_exam
from certflow.notifications.operations import NewNotice, notify
from certflow.personnel.results import Passed, note_results

MY_EXAMS = "/my/exams"
_PUBLIC = Text(
    "“{title}”的成绩已经公布，请到“我的考试”查看。",
    "The results of “{title}” are public. See “My exams”.",
)


def schedule(
    session: Session, exam: Exam, publish_at: datetime, at: datetime, actor: Actor
) -> None:
    """Have the results published at a time; when it has come, now.

    Raises:
        Conflict: when the exam is not over, or there is nothing to publish.
        Invalid: when re-checks would open before the results are public.

    """
    lock_exam(session, exam.id)
    last = session.scalar(
        select(func.max(ExamSession.ends_at)).where(ExamSession.exam_id == exam.id)
    )
    if last is None or last > at:
        raise Conflict(errors.NOT_SAT)
    if not _waiting(session, exam):
        raise Conflict(errors.NOTHING_TO_PUBLISH)
    if exam.recheck_opens_at is not None and exam.recheck_opens_at < publish_at:
        raise Invalid(errors.WINDOW_BEFORE_RESULTS, {"publish_at": errors.WINDOW_BEFORE_RESULTS})
    exam.publish_at = publish_at
    session.flush()
    after = {"publish_at": publish_at.isoformat()}
    audit.record(session, "exam.publication_set", actor, subject=f"exam/{exam.id}", after=after)
    if publish_at <= at:
        publish(session, exam, at, actor)


def publish(session: Session, exam: Exam, at: datetime, actor: Actor = SYSTEM) -> int:
    """Publish every latest score that is not public yet; return how many."""
    waiting = _waiting(session, exam)
    exam.publish_at, exam.published_at = None, exam.published_at or at
    ids = [mark_id for mark_id, *_ in waiting]
    for start in range(0, len(ids), 1000):
        some = Mark.id.in_(ids[start : start + 1000])
        session.execute(update(Mark).where(some).values(published_at=at))
    note_results(
        session,
        [
            Passed(person_id, subject, day_of(starts_at), score)
            for _, person_id, subject, starts_at, score, absent, pass_mark in waiting
            if not absent and score >= pass_mark
        ],
    )
    session.flush()
    audit.record(
        session, "exam.published", actor, subject=f"exam/{exam.id}", after={"marks": len(ids)}
    )
    _tell(session, exam, sorted({row[1] for row in waiting}), at)
    return len(ids)


def publish_due() -> int:
    """Publish the results whose time has come, each exam in its own transaction."""
    with transaction() as session:
        due = select(Exam.id).where(Exam.publish_at <= clock.now())
        ids = list(session.scalars(due))
    for exam_id in ids:
        with transaction() as session:
            exam = lock_exam(session, exam_id)
            if exam.publish_at is not None and exam.publish_at <= clock.now():
                publish(session, exam, clock.now())
    return len(ids)


_Waiting = tuple[int, int, str, datetime, int, bool, int]


def _waiting(session: Session, exam: Exam) -> Sequence[_Waiting]:
    """Return the latest scores that are not public, with whose they are and what passes."""
    latest = select(func.max(Mark.id)).group_by(Mark.entry_subject_id)
    query = (
        select(
            Mark.id,
            ExamEntry.person_id,
            ExamSubject.subject,
            ExamSession.starts_at,
            Mark.score,
            Mark.absent,
            ExamSubject.pass_mark,
        )
        .join(EntrySubject, EntrySubject.id == Mark.entry_subject_id)
        .join(ExamEntry, ExamEntry.id == EntrySubject.entry_id)
        .join(ExamSubject, ExamSubject.id == EntrySubject.subject_id)
        .join(ExamSession, ExamSession.id == ExamSubject.session_id)
        .where(ExamEntry.exam_id == exam.id, Mark.published_at.is_(None), Mark.id.in_(latest))
    )
    return session.execute(query).all()


def _tell(session: Session, exam: Exam, people: Sequence[int], at: datetime) -> None:
    title = Text.read(exam.title)
    new = NewNotice(
        kind="exam_results",
        role="applicant",
        text=_PUBLIC.filled(title=title),
        link=MY_EXAMS,
        dedupe=f"exam/{exam.id}/results/{at.isoformat()}",
    )
    for start in range(0, len(people), 1000):
        some = Person.id.in_(people[start : start + 1000])
        query = select(Person.user_id).where(some, Person.user_id.is_not(None))
        notify(session, [one for one in session.scalars(query) if one is not None], new, at)
