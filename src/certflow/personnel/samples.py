"""Records of a profile library, enough for every kind of application; invented, always the same.

The demo's people and those of a process being tried out (catalogue H5) have them.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from certflow.core import clock
from certflow.core.db import Session
from certflow.personnel.fields import FIELDS, field_exam
from certflow.personnel.library import add_record
from certflow.personnel.operations import add_exam_result
from certflow.personnel.queries import records_of

KINDS = ("education", "employment", "professional_employment", "audit", "cpd", "witness")
EVIDENCE = {
    "education": "学历证书.pdf",
    "employment": "工作证明.pdf",
    "professional_employment": "专业工作证明.pdf",
    "audit": "审核计划与签到.pdf",
    "cpd": "结业证明.pdf",
    "witness": "见证评价报告.pdf",
}
AUDITED = (
    "北川样例化工有限公司",
    "云台示例电子有限公司",
    "青屿示例纺织有限公司",
    "松江样例食品有限公司",
)
SCHOOLS = tuple(
    {
        "school": school,
        "major": major,
        "degree": degree,
        "started_on": f"{began}-09-01",
        "ended_on": f"{began + years}-06-30",
    }
    for school, major, degree, began, years in (
        ("示例理工大学", "质量管理工程", "bachelor", 2008, 4),
        ("样例科技大学", "环境工程", "master", 2010, 3),
        ("示例工业大学", "机械工程", "bachelor", 2006, 4),
        ("样例师范大学", "食品科学", "bachelor", 2009, 4),
        ("示例交通大学", "信息管理", "master", 2011, 3),
    )
)
DUTIES = "生产部 8.1、8.5；质量部 8.6、8.7、9.1；行政部 7.1、7.2"
CLAUSES = ["7.1", "7.2", "8.1", "8.5", "8.6", "8.7", "9.1"]
CPD = (("协会专业课程：审核技术提升", "professional", 24), ("管理体系新版标准解读", "general", 24))


def specialities(field: str) -> list[str]:
    """Return the first two specialities of a field."""
    return list(FIELDS[field].specialities)[:2]


def fill_library(
    session: Session,
    person_id: int,
    field: str,
    stored: Mapping[str, str],
    *,
    body: str,
    audits: int = 4,
    courses: bool = True,
) -> None:
    """Enter education, employment, audits, courses and a witness report for a person.

    `stored` has, for each kind of record, the id of the file that proves it.
    """
    at = clock.now()

    def add(kind: str, **data: Any) -> str:
        data["diploma" if kind == "education" else "files"] = [stored[kind]]
        record = add_record(session, person_id, kind, data, at, source="own")
        return str(record.id)

    work = {
        "employer": body,
        "started_on": "2016-03-01",
        "department": "审核部",
        "position": "审核员",
        "referee_name": "苏映雪",
        "referee_phone": "13800009999",
    }
    if not records_of(session, person_id, "education"):
        add("education", **SCHOOLS[person_id % len(SCHOOLS)])
        add("employment", **work)
    add(
        "professional_employment",
        **work,
        post="质量工程师",
        field=field,
        specialities=specialities(field),
    )
    _add_practice(add, field, audits)
    if courses:
        _add_courses(add)


def _add_courses(add: Callable[..., str]) -> None:
    """Add courses, which count for every field."""
    for course, category, hours in CPD:
        day = _ago(120)
        add(
            "cpd",
            course=course,
            category=category,
            provider="示例培训中心",
            hours=hours,
            started_on=day,
            ended_on=day,
        )


def _add_practice(add: Callable[..., str], field: str, audits: int) -> None:
    """Add audits and, for the first of them, a witness report."""
    audit_ids = [add("audit", **_audit(field, number)) for number in range(audits)]
    if audit_ids:
        add(
            "witness",
            organisation=AUDITED[0],
            audit=audit_ids[0],
            field=field,
            witnessed_on=_ago(200),
            witness_name="顾南乔",
            conclusion="pass",
            all_clauses=False,
            clauses=CLAUSES,
        )


def pass_exams(session: Session, person_id: int, field: str) -> None:
    """Let a person have passed every exam that the field asks for, about half a year ago."""
    saturday = exam_saturday(clock.today() - timedelta(days=150))
    sunday = saturday + timedelta(days=1)
    add_exam_result(session, person_id, "general_basis", saturday, 86)
    add_exam_result(session, person_id, "ms_basis", saturday, 74)
    add_exam_result(session, person_id, field_exam(field), sunday, 78)


def exam_saturday(day: date) -> date:
    """Return the first day of the last exam before a day: third weekend of May and October."""
    years = (day.year - 1, day.year)
    thirds = (date(year, month, 21) for year in years for month in (5, 10))
    saturdays = [one - timedelta(days=(one.weekday() + 2) % 7) for one in thirds]
    return max(one for one in saturdays if one + timedelta(days=1) < day)


def _audit(field: str, number: int) -> dict[str, Any]:
    start = clock.today() - timedelta(days=200 + 90 * number)
    return {
        "organisation": AUDITED[number % len(AUDITED)],
        "field": field,
        "audit_type": ("surveillance", "stage_2", "recertification", "initial")[number % 4],
        "started_on": start.isoformat(),
        "ended_on": (start + timedelta(days=3)).isoformat(),
        "onsite_days": 4,
        "role": "intern",
        "complete": True,
        "witnessed": number == 0,
        "duties": DUTIES,
    }


def _ago(days: int) -> str:
    return (clock.today() - timedelta(days=days)).isoformat()
