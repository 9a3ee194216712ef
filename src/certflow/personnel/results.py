"""Subjects passed, written many at a time and taken back (catalogue E9, E10; rule C9)."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import delete, select

from certflow.core.db import Session
from certflow.personnel.models import ExamResult
from certflow.personnel.operations import add_exam_result

_BATCH = 500


class Passed(NamedTuple):
    """A subject that a person passed on a day."""

    person_id: int
    subject: str
    passed_on: date
    score: int


def note_results(session: Session, results: Sequence[Passed]) -> None:
    """Note subjects as passed; noting the same again changes the score only (E9)."""
    for start in range(0, len(results), _BATCH):
        _note(session, results[start : start + _BATCH])


def _note(session: Session, results: Sequence[Passed]) -> None:
    """Write new ones together; change those that are known one by one, they are few."""
    people = {one.person_id for one in results}
    rows = session.scalars(select(ExamResult).where(ExamResult.person_id.in_(people)))
    known = {(row.person_id, row.subject, row.passed_on): row.score for row in rows}
    session.add_all(
        ExamResult(**one._asdict()) for one in results if (one[0], one[1], one[2]) not in known
    )
    session.flush()
    for one in results:
        if known.get((one.person_id, one.subject, one.passed_on), one.score) != one.score:
            add_exam_result(session, *one)


def withdraw_result(session: Session, person_id: int, subject: str, passed_on: date) -> None:
    """Take back a pass that a re-check turned into a fail (E10); without one nothing happens."""
    session.execute(
        delete(ExamResult).where(
            ExamResult.person_id == person_id,
            ExamResult.subject == subject,
            ExamResult.passed_on == passed_on,
        )
    )
