"""Subjects passed under the earlier system (catalogue E9, A12)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from certflow.accounts.finding import people_by_number, the_one
from certflow.core.actor import Actor
from certflow.core.bulk import Judged, Kind, register
from certflow.core.cells import folded, read_day, read_number
from certflow.core.clock import today
from certflow.core.db import Session
from certflow.core.table_reading import Column, Row
from certflow.core.text import Text
from certflow.exams.errors import SUBJECT_UNKNOWN
from certflow.exams.marks_import import names_of
from certflow.personnel.fields import (
    FIELDS,
    GENERAL_EXAM,
    MANAGEMENT_SYSTEMS_EXAM,
    field_exam,
)
from certflow.personnel.models import ExamResult
from certflow.personnel.results import Passed, note_results

_WRONG_DAY = Text(
    "考试日期要写成 2024-03-01 这样，不能晚于今天。", "Write a day such as 2024-03-01."
)
_WRONG_SCORE = Text("成绩应为 0 至 100 的整数。", "The score is a whole number from 0 to 100.")
_OTHER_SCORE = Text(
    "平台上同一次考试的成绩不同，请核对。",
    "The platform has another score for this exam. Check it.",
)
_FULL = 100


def judge(session: Session, rows: Sequence[Row]) -> Iterator[Judged]:
    """Say of each row which pass is new."""
    people = people_by_number(session, (row.values["document"] for row in rows))
    ids = [one.id for one in people.values()]
    stored = session.scalars(select(ExamResult).where(ExamResult.person_id.in_(ids)))
    known = {(one.person_id, one.subject, one.passed_on.isoformat()): one.score for one in stored}
    for row in rows:
        person = the_one(people, row.values["document"], row.values["name"])
        found = person if isinstance(person, Text) else _read(row.values, person.id)
        if isinstance(found, Text):
            yield Judged(row, problem=found)
            continue
        place = (found["person_id"], found["subject"], found["passed_on"].isoformat())
        if place in known:
            same = known[place] == found["score"]
            yield Judged(row, problem=None if same else _OTHER_SCORE)
        else:
            yield Judged(row, found, key="/".join(map(str, place)))


def carry(
    session: Session, rows: Sequence[Mapping[str, Any]], _at: datetime, _actor: Actor
) -> Sequence[Text | None]:
    """Note the subjects as passed."""
    note_results(session, [Passed(**row) for row in rows])
    return [None] * len(rows)


def _read(values: Mapping[str, str], person_id: int) -> Text | dict[str, Any]:
    subject = _SUBJECTS.get(folded(values["subject"]))
    day = read_day(values["passed"])
    score = read_number(values["score"], 0, _FULL)
    if subject is None:
        return SUBJECT_UNKNOWN.filled(subject=values["subject"][:40])
    if day is None or day > today():
        return _WRONG_DAY
    if score is None or score != int(score):
        return _WRONG_SCORE
    return {"person_id": person_id, "subject": subject, "passed_on": day, "score": int(score)}


_ALL = (GENERAL_EXAM, MANAGEMENT_SYSTEMS_EXAM, *map(field_exam, FIELDS))
_SUBJECTS = {name: subject for subject in _ALL for name in names_of(subject)}

KIND = register(
    Kind(
        key="results",
        title=Text("考试成绩", "Exam results"),
        hint=Text(
            "只导入合格的科目。人员要先导入；同一人同一科目同一天只记一次。",
            "Subjects passed only. Import the people first; a subject counts once a person and day.",
        ),
        columns=(
            Column("name", Text("姓名", "Name")),
            Column("document", Text("证件号码", "Document number"), ("身份证号", "身份证号码")),
            Column("subject", Text("科目", "Subject"), ("考试科目",)),
            Column("passed", Text("考试日期", "Date"), ("日期", "合格日期")),
            Column("score", Text("成绩", "Score"), ("分数", "得分")),
        ),
        sample="林示例|E12345678|认证通用基础|2024-05-18|76",
        judge=judge,
        carry=carry,
    )
)
