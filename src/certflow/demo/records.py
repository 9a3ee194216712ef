"""Records of a profile library, enough for every kind of application; invented, always the same."""

from functools import cache
from io import BytesIO
from typing import Any

from certflow.core import files
from certflow.core.db import Session
from certflow.documents import kit
from certflow.personnel import samples
from certflow.personnel.queries import records_of
from certflow.personnel.samples import EVIDENCE, KINDS, exam_saturday, pass_exams, specialities

__all__ = [
    "EVIDENCE",
    "KINDS",
    "NONCONFORMITY",
    "REMARKS",
    "application",
    "evidence_file",
    "exam_saturday",
    "fill_library",
    "has_library",
    "pass_exams",
    "proof",
    "specialities",
]

NONCONFORMITY = {
    "education": "J-01",
    "employment": "J-09",
    "professional_employment": "J-09",
    "audit": "J-06",
    "cpd": "J-13",
    "witness": "J-07",
}
REMARKS = {
    "education": ("证书扫描件看不清编号，请重新上传清晰的扫描件。", "请补充学历证书的完整页面。"),
    "audit": (
        "分工只写了部门，没有写明 8.5 对应的审核内容，请补充。",
        "请按见证报告逐条写明分工审核的条款。",
    ),
}


def fill_library(
    session: Session, person_id: int, user_id: int, field: str, *, body: str, audits: int = 4
) -> None:
    """Enter education, employment, audits, courses and a witness report for a person."""
    stored = {kind: evidence_file(session, user_id, kind) for kind in KINDS}
    samples.fill_library(session, person_id, field, stored, body=body, audits=audits)


def has_library(session: Session, person_id: int, field: str) -> bool:
    """Tell whether the library has audits of the field already."""
    audits = records_of(session, person_id, "audit")
    return any(one.data["field"] == field for one in audits)


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
