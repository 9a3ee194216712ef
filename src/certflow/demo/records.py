"""Records of a profile library, enough for every kind of application; invented, always the same."""

from collections.abc import Callable
from datetime import timedelta
from functools import cache
from io import BytesIO
from typing import Any

from certflow.core import clock, files
from certflow.core.db import Session
from certflow.documents import kit
from certflow.personnel.fields import FIELDS, field_exam
from certflow.personnel.operations import add_exam_result, add_record
from certflow.personnel.queries import records_of

KINDS = ("education", "employment", "professional_employment", "audit", "cpd", "witness")
NONCONFORMITY = {
    "education": "J-01",
    "employment": "J-09",
    "professional_employment": "J-09",
    "audit": "J-06",
    "cpd": "J-13",
    "witness": "J-07",
}
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
REMARKS = {
    "education": ("证书扫描件看不清编号，请重新上传清晰的扫描件。", "请补充学历证书的完整页面。"),
    "audit": (
        "分工只写了部门，没有写明 8.5 对应的审核内容，请补充。",
        "请按见证报告逐条写明分工审核的条款。",
    ),
}
DUTIES = "生产部 8.1、8.5；质量部 8.6、8.7、9.1；行政部 7.1、7.2"
CLAUSES = ["7.1", "7.2", "8.1", "8.5", "8.6", "8.7", "9.1"]
CPD = (("协会专业课程：审核技术提升", "professional", 24), ("管理体系新版标准解读", "general", 24))


def specialities(field: str) -> list[str]:
    """Return the first two specialities of a field."""
    return list(FIELDS[field].specialities)[:2]


def fill_library(
    session: Session, person_id: int, user_id: int, field: str, *, body: str, audits: int = 4
) -> None:
    """Enter education, employment, audits, courses and a witness report for a person."""
    at = clock.now()
    stored = {kind: evidence_file(session, user_id, kind) for kind in KINDS}

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


def _add_practice(add: Callable[..., str], field: str, audits: int) -> None:
    """Add audits, courses and, for the first audit, a witness report."""
    audit_ids = [add("audit", **_audit(field, number)) for number in range(audits)]
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


def has_library(session: Session, person_id: int, field: str) -> bool:
    """Tell whether the library has audits of the field already."""
    audits = records_of(session, person_id, "audit")
    return any(one.data["field"] == field for one in audits)


def pass_exams(session: Session, person_id: int, field: str) -> None:
    """Let a person have passed every exam that the field asks for, half a year ago."""
    day = clock.today() - timedelta(days=180)
    for subject, score in (("general_basis", 86), (field_exam(field), 78), ("ms_basis", 74)):
        add_exam_result(session, person_id, subject, day, score)


def application(session: Session, person_id: int, field: str) -> dict[str, Any]:
    """Return an application that picks every record of the library that suits the field."""
    answers: dict[str, Any] = {kind: [] for kind in KINDS}
    for record in records_of(session, person_id):
        if record.data.get("field", field) != field:
            continue
        row = {**record.data, "id": f"r{record.id}", "source": str(record.id)}
        if record.kind == "witness":
            row["audit"] = f"r{record.data['audit']}"
        answers[record.kind].append(row)
    return answers | {"remark": "", "truthful": True, "conduct": True, "consent": True}


def evidence_file(session: Session, user_id: int, kind: str) -> str:
    """Store a PDF that says what it stands for; return its id."""
    name = EVIDENCE[kind]
    return files.store(session, BytesIO(_pdf(name)), name, user_id).id


def proof() -> bytes:
    """Return the PDF of a bank transfer."""
    return _pdf("转账凭证.pdf")


@cache
def _pdf(name: str) -> bytes:
    title = name.removesuffix(".pdf")
    story = [kit.heading(title), kit.paragraph("演示材料，内容均为虚构。")]
    return kit.build(story, kit.Frontmatter(title, title, "CertFlow", "演示材料"))


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
