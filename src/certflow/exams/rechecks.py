"""What a re-check of a result has to know of the exam (catalogue E10)."""

import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from certflow.accounts.models import Person, RoleGrant
from certflow.accounts.queries import person_of_user
from certflow.core.db import Session
from certflow.core.text import Text
from certflow.exams import queries
from certflow.exams.mine import MySubject, my_subjects
from certflow.exams.models import ExamEntry, Mark
from certflow.personnel.fields import exam_title

ABSENT = Text("缺考", "absent")
_EXAM, _SUBJECT = Text("考试", "Exam"), Text("科目", "Subject")
_TICKET, _PAPER = Text("准考证号", "Ticket number"), Text("试卷编号", "Paper number")
_FULL, _PASS = Text("满分", "Full mark"), Text("合格分", "Pass mark")
_FIRST, _SECOND = Text("首次成绩", "First score"), Text("复核阅卷", "Second marker")
_REMARK = Text("复核阅卷意见", "Second marker's remark")
_COLUMNS = (Text("项目", "Item"), Text("内容", "Content"))
_SAT_TOO = Text("参加了这次考试，需要回避", "sat this exam and has to stand back")
_LONGEST_ID = 9
Offer = tuple[str, Text, Text | None]
"""A result to choose: id, name, why it cannot be chosen."""
Sheet = tuple[Text, tuple[Text, ...], tuple[tuple[Text, ...], ...]]
"""A table to be shown: title, columns, rows."""


def offered(session: Session, user_id: int, at: datetime, only: str = "") -> list[Offer]:
    """Return a person's published results, or `only` one of all; no name tells the score.

    The name of the one chosen names the case.
    """
    return [
        (
            str(key),
            Text(f"{one.title.zh}（{one.exam.zh}）", f"{one.title.en} ({one.exam.en})"),
            one.refusal,
        )
        for key, one in _subjects(session, user_id, at).items()
        if (str(key) == only if only else one.history)
    ]


def ticket_differs(session: Session, user_id: int, sat_id: object, ticket: str) -> bool:
    """Tell whether a ticket number is not the person's own of the exam of a result (E10)."""
    sat = queries.find_sat(session, _key(sat_id))
    person = person_of_user(session, user_id)
    if sat is None or person is None or sat.person_id != person.id:
        return True
    return _plain(sat.ticket_number) != _plain(ticket)


def score_of(session: Session, sat_id: int) -> int:
    """Return the score that counts."""
    return queries.marks_of(session, [sat_id])[sat_id][-1].score


def who_stands_back(session: Session, sat_id: int) -> dict[int, Text]:
    """Return who may not judge a result, with why (B10): who sat the exam competes with its writer.

    Of the candidates only those are named who hold a role besides.
    """
    sat = queries.sat_subject(session, sat_id)
    with_roles = select(RoleGrant.user_id).where(RoleGrant.role != "applicant")
    candidates = (
        select(Person.user_id)
        .join(ExamEntry, ExamEntry.person_id == Person.id)
        .where(ExamEntry.exam_id == sat.exam_id, Person.user_id.in_(with_roles))
    )
    return {one: _SAT_TOO for one in session.scalars(candidates) if one is not None}


def paper(session: Session, sat_id: int) -> Sheet:
    """Return what who marks a script again may know of it: nothing of its writer or its score."""
    sat = queries.sat_subject(session, sat_id)
    rows = (
        (_SUBJECT, exam_title(sat.subject)),
        (_PAPER, _same(sat.paper_number)),
        (_FULL, _same(sat.full_mark)),
    )
    return Text("试卷", "Paper"), _COLUMNS, rows


def sheet(session: Session, sat_id: int, second: Mapping[str, Any] | None) -> Sheet:
    """Return what the exam office sees of a result, and what the second marker said of it."""
    sat = queries.sat_subject(session, sat_id)
    exam = Text.read(queries.get_exam(session, sat.exam_id).title)
    marks = queries.marks_of(session, [sat_id]).get(sat_id, [])
    public = [one for one in marks if one.published_at is not None]
    rows = [
        (_EXAM, exam),
        (_SUBJECT, exam_title(sat.subject)),
        (_TICKET, _same(sat.ticket_number)),
        (_PAPER, _same(sat.paper_number)),
        (_PASS, _same(sat.pass_mark)),
        *((_FIRST, _points(one)) for one in public[:1]),
    ]
    if second and second.get("score") is not None:
        rows.append((_SECOND, _same(second["score"])))
        rows.append((_REMARK, _same(second.get("remark") or "")))
    return Text("成绩", "Result"), _COLUMNS, tuple(rows)


def _subjects(session: Session, user_id: int, at: datetime) -> dict[int, MySubject]:
    person = person_of_user(session, user_id)
    return my_subjects(session, person.id, at) if person else {}


def _key(value: object) -> int:
    text = str(value)
    return int(text) if text.isdecimal() and len(text) <= _LONGEST_ID else 0


def _points(mark: Mark) -> Text:
    return ABSENT if mark.absent else _same(mark.score)


def _same(value: object) -> Text:
    return Text(str(value), str(value))


def _plain(ticket: str) -> str:
    return "".join(unicodedata.normalize("NFKC", ticket).split()).upper()
