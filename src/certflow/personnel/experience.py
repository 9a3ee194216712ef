"""Figures from a person's records: education, employment, audits, courses, witness reports (C9, C10)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from certflow.core.expression_times import Months
from certflow.core.text import Text
from certflow.personnel.clauses import clauses_in, not_covered
from certflow.personnel.counting import (
    Counted,
    Fact,
    Gap,
    Kind,
    Limit,
    Record,
    RecordCount,
    Records,
    is_true,
)

KINDS = {
    kind.key: kind
    for kind in (
        Kind("education", "school", "ended_on"),
        Kind("employment", "employer", "ended_on"),
        Kind("professional_employment", "employer", "ended_on"),
        Kind("audit", "organisation", "ended_on"),
        Kind("cpd", "course", "ended_on"),
        Kind("witness", "witness_name", "witnessed_on"),
    )
}

COUNTED_AT = {
    "education_with_diploma": "education",
    "professional_records": "professional_employment",
    "complete_audits": "audit",
    "onsite_days": "audit",
    "cpd_hours": "cpd",
    "professional_cpd_hours": "cpd",
    "witness_reports": "witness",
    "clauses_not_witnessed": "witness",
}
"""The kind of records that each figure is counted from."""

_NO_DIPLOMA = Text("没有学历证书", "without a diploma")
_INCOMPLETE = Text("不是完整体系审核", "not a complete system audit")
_GENERAL = Text("不是协会组织的专业课程", "not a professional course of the association")
_FAILED = Text("见证未通过或没有上传报告", "not passed, or without its report")
_OTHER_SPECIALITY = Text("不属于所申请的专业", "of another speciality")
_ALL_WITNESSED = Text("分工的条款都已见证", "every clause of the duties was witnessed")
_NOT_WITNESSED = Text("没有见证的条款：{clauses}", "clauses not witnessed: {clauses}")
_NOT_COUNTED = Text(
    "“{record}”见证的审核没有计入，无法核对条款",
    "The audit that “{record}” witnessed is not counted, so its clauses cannot be compared",
)
_NO_WITNESS = Gap(
    Text(
        "还没有可以核对条款的见证评价报告",
        "There is no witness report whose clauses could be compared",
    ),
    "profile/witness",
)


@dataclass(frozen=True)
class Limits:
    """What the decision tables say on a day: how long results and records count.

    `exams` is by subject; None or no entry: no rule says so. `records` is by kind.
    """

    exams: Mapping[str, Months | None]
    records: Mapping[str, Limit]


def record_facts(
    records: Records, field: str, on: date, limits: Limits, specialities: Collection[str] = ()
) -> dict[str, Fact]:
    """Count the records that are recent enough and of the field (C9, C10)."""

    def counting(kind: str) -> RecordCount:
        limit = limits.records.get(kind, Limit())
        return RecordCount(records.get(kind, ()), KINDS[kind], limit, field, on)

    audits, training, witnesses = counting("audit"), counting("cpd"), counting("witness")
    return {
        "education_with_diploma": counting("education").number(_has_diploma, _NO_DIPLOMA),
        "employment_months": counting("employment").months("started_on", "ended_on"),
        "professional_records": counting("professional_employment").number(
            lambda record: _shares(record, specialities), _OTHER_SPECIALITY
        ),
        "complete_audits": audits.number(_is_complete, _INCOMPLETE),
        "onsite_days": audits.total("onsite_days"),
        "cpd_hours": training.total("hours"),
        "professional_cpd_hours": training.total("hours", _is_professional, _GENERAL),
        "witness_reports": witnesses.number(_has_passed, _FAILED),
        "clauses_not_witnessed": _missing_clauses(audits, witnesses),
    }


def _missing_clauses(audits: RecordCount, witnesses: RecordCount) -> Fact:
    """Find what people audited in witnessed audits without its being witnessed (C9).

    An audit whose duties name no clauses, or a report that names no audit, cannot be compared.
    """
    passed = [witness for witness in witnesses.records if _has_passed(witness) is True]
    if not passed or any(is_true(witness.get("all_clauses")) for witness in passed):
        return Fact(0, said=_ALL_WITNESSED) if passed else Fact(None, gaps=(_NO_WITNESS,))
    witnessed = {str(witness["audit"]) for witness in passed if witness.get("audit")}
    audited = [a for a in audits.records if _names(a) & witnessed]
    known = {name for audit in audited for name in _names(audit)}
    gaps = [
        witnesses.unclear(one, _NOT_COUNTED) if one.get("audit") else witnesses.gap(one, "audit")
        for one in passed
        if str(one.get("audit")) not in known
    ]
    gaps += [audits.gap(one, "duties") for one in audited if not clauses_in(one.get("duties"))]
    missing = not_covered(
        (clause for audit in audited for clause in clauses_in(audit.get("duties"))),
        {clause for witness in passed for clause in clauses_in(witness.get("clauses"))},
    )
    lines = [Counted(Text(f"条款 {clause}", f"Clause {clause}")) for clause in sorted(missing)]
    named = _NOT_WITNESSED.filled(clauses=sorted(missing))
    said = named if missing else _ALL_WITNESSED
    return Fact(len(missing), tuple(lines), gaps=tuple(gaps), said=said)


def _names(audit: Record) -> set[str]:
    return {str(audit[name]) for name in ("id", "source") if audit.get(name)}


def _has_diploma(record: Record) -> bool:
    return bool(record.get("diploma"))


def _is_complete(record: Record) -> bool | str:
    given = record.get("complete")
    return "complete" if given is None else is_true(given)


def _is_professional(record: Record) -> bool | str:
    given = record.get("category")
    return given == "professional" if given else "category"


def _has_passed(record: Record) -> bool | str:
    if not record.get("conclusion"):
        return "conclusion"
    return record["conclusion"] == "pass" and bool(record.get("files"))


def _shares(record: Record, specialities: Collection[str]) -> bool | str:
    given = record.get("specialities")
    if specialities and not given:
        return "specialities"
    return not specialities or not set(specialities).isdisjoint(given or ())
