"""The figures that the eligibility rules need, each with what was counted (catalogue C9-C12).

The rules themselves (how many, how long) stand in the decision table; here only the counting
rules: which record counts for which field and until when. A period of N years before the day `on`
begins on the same day N years earlier, that day included (S4). Yes and no are 1 and 0.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from certflow.accounts.queries import get_organisation, get_person
from certflow.core.db import Session
from certflow.core.text import Text
from certflow.personnel import queries
from certflow.personnel.clauses import clauses_in, not_covered
from certflow.personnel.counting import (
    Counted,
    Fact,
    Kind,
    Record,
    RecordCount,
    Records,
    is_true,
    too_old,
)
from certflow.personnel.fields import (
    GENERAL_EXAM,
    MANAGEMENT_SYSTEMS_EXAM,
    exam_title,
    field_exam,
)
from certflow.personnel.models import Certificate, ExamResult
from certflow.personnel.periods import full_months, within, years_after

GENERAL_EXAM_YEARS, EXAM_YEARS, RECORD_YEARS = 5, 3, 3
NOTHING_WITNESSED = 99

KINDS = {
    "education": Kind("school", "ended_on"),
    "employment": Kind("employer", "ended_on"),
    "professional_employment": Kind("employer", "ended_on", in_field=True),
    "audit": Kind("organisation", "ended_on", RECORD_YEARS, in_field=True),
    "cpd": Kind("course", "ended_on", RECORD_YEARS),
    "witness": Kind("witness_name", "witnessed_on", RECORD_YEARS, in_field=True),
}

_NO_DIPLOMA = Text("没有学历证书", "without a diploma")
_INCOMPLETE = Text("不是完整体系审核", "not a complete system audit")
_GENERAL = Text("不是协会组织的专业课程", "not a professional course of the association")
_FAILED = Text("见证未通过或没有上传报告", "not passed, or without its report")
_OTHER_SPECIALITY = Text("不属于所申请的专业", "of another speciality")


def facts(
    session: Session,
    person_id: int,
    field: str,
    on: date,
    records: Records | None = None,
    specialities: Collection[str] = (),
    organisation_id: int | None = None,
) -> dict[str, Fact]:
    """Work out a person's figures for an application on a day.

    `records` are those picked in the application; without them the profile library is counted.
    `specialities` are the ones applied for: professional employment counts only for these.
    `organisation_id` is the body that is to pre-review; it must be the practising body.
    """
    chosen = library(session, person_id) if records is None else records
    held = queries.held_certificate(session, person_id, field)
    confirmed = len(queries.confirmations_of(session, held.id)) if held else 0
    return {
        **exam_facts(queries.exam_results_of(session, person_id), field, on),
        **certificate_facts(queries.certificate_rows(session, person_id), field, on),
        **record_facts(chosen, field, on, specialities),
        "annual_confirmations": Fact(confirmed),
        "practising_body": _practising_body(session, person_id, organisation_id),
        "applied_on": Fact(int(on.strftime("%Y%m%d"))),
    }


def values(found: Mapping[str, Fact]) -> dict[str, int | float | str]:
    """Return the bare figures, as decision tables read them."""
    return {name: fact.value for name, fact in found.items()}


def evidence(found: Mapping[str, Fact]) -> dict[str, Any]:
    """Return, as JSON, what each figure was counted from and what was left out, and why."""
    return {
        name: {
            "counted": [_as_json(line) for line in fact.counted],
            "skipped": [_as_json(line) for line in fact.skipped],
        }
        for name, fact in found.items()
        if fact.counted or fact.skipped
    }


def _as_json(line: Counted) -> dict[str, Any]:
    return {
        "text": line.text.as_json(),
        "amount": line.amount,
        "until": line.counts_until.isoformat() if line.counts_until else None,
        "reason": line.reason.as_json() if line.reason else None,
    }


def library(session: Session, person_id: int) -> dict[str, list[dict[str, Any]]]:
    """Return a person's profile library in the shape of an application's records."""
    chosen: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS}
    for record in queries.records_of(session, person_id):
        chosen.setdefault(record.kind, []).append({**record.data, "id": str(record.id)})
    return chosen


def exam_facts(results: Iterable[ExamResult], field: str, on: date) -> dict[str, Fact]:
    """Tell which exams are valid: the general one for 5 years, the others for 3 (C9)."""
    passed = [result for result in results if result.passed_on <= on]
    return {
        "general_exam_valid": _exam(passed, GENERAL_EXAM, GENERAL_EXAM_YEARS, on),
        "field_exam_valid": _exam(passed, field_exam(field), EXAM_YEARS, on),
        "ms_basic_exam_valid": _exam(passed, MANAGEMENT_SYSTEMS_EXAM, EXAM_YEARS, on),
    }


def _exam(passed: list[ExamResult], subject: str, years: int, on: date) -> Fact:
    counted, skipped = [], []
    title = exam_title(subject)
    for result in (result for result in passed if result.subject == subject):
        text = Text(f"{result.passed_on} {title.zh}", f"{result.passed_on} {title.en}")
        if within(result.passed_on, years, on):
            counted.append(Counted(text, counts_until=years_after(result.passed_on, years)))
        else:
            skipped.append(Counted(text, reason=too_old(years)))
    return Fact(int(bool(counted)), tuple(counted), tuple(skipped))


def certificate_facts(certificates: Iterable[Certificate], field: str, on: date) -> dict[str, Fact]:
    """Tell what the person holds in the field and elsewhere.

    `grade` and `days_to_expiry` speak of the present certificate of the field, even a run-out or
    suspended one ("" and -1 without any); `intern_months` count from the first intern certificate.
    """
    everything = list(certificates)
    valid = [c for c in everything if queries.state_on(c, on) == "valid"]
    here = [c for c in valid if c.field == field]
    elsewhere = [c for c in valid if c.field != field]
    interned = [
        c for c in everything if (c.field, c.grade) == (field, "intern") and c.state != "cancelled"
    ]
    present = [c for c in everything if c.field == field and c.state in {"valid", "suspended"}]
    held = present[-1] if present else None
    since = min((c.valid_from for c in interned), default=on)
    return {
        "grade": Fact(held.grade if held else "", _lines(present)),
        "holds_registration": _holding(here),
        "holds_intern": _holding([c for c in here if c.grade == "intern"]),
        "holds_formal": _holding([c for c in here if c.grade == "formal"]),
        "holds_elsewhere": _holding(elsewhere),
        "holds_formal_elsewhere": _holding([c for c in elsewhere if c.grade == "formal"]),
        "intern_months": Fact(full_months(since, on), _lines(interned)),
        "days_to_expiry": Fact((held.valid_until - on).days if held else -1, _lines(present)),
    }


def _holding(certificates: list[Certificate]) -> Fact:
    return Fact(int(bool(certificates)), _lines(certificates))


def _lines(certificates: list[Certificate]) -> tuple[Counted, ...]:
    return tuple(
        Counted(Text(f"证书 {c.number}", f"Certificate {c.number}"), counts_until=c.valid_until)
        for c in certificates
    )


def record_facts(
    records: Records, field: str, on: date, specialities: Collection[str] = ()
) -> dict[str, Fact]:
    """Count records: audits, training and witness reports of the last 3 years (C9, C10)."""

    def counting(kind: str) -> RecordCount:
        return RecordCount(records.get(kind, ()), KINDS[kind], field, on)

    audits, training, witnesses = counting("audit"), counting("cpd"), counting("witness")
    return {
        "education_with_diploma": counting("education").number(_has_diploma, _NO_DIPLOMA),
        "employment_months": counting("employment").months("started_on", "ended_on"),
        "professional_records": counting("professional_employment").number(
            lambda record: not specialities or _shares(record, specialities), _OTHER_SPECIALITY
        ),
        "complete_audits": audits.number(_is_complete, _INCOMPLETE),
        "onsite_days": audits.total("onsite_days"),
        "cpd_hours": training.total("hours"),
        "professional_cpd_hours": training.total("hours", _is_professional, _GENERAL),
        "witness_reports": witnesses.number(_has_passed, _FAILED),
        "clauses_not_witnessed": _missing_clauses(audits.records, witnesses.records),
    }


def _missing_clauses(audits: list[Record], witnesses: list[Record]) -> Fact:
    """Find what people audited in witnessed audits without its being witnessed (C9)."""
    passed = [witness for witness in witnesses if _has_passed(witness)]
    if not passed or any(is_true(witness.get("all_clauses")) for witness in passed):
        return Fact(0 if passed else NOTHING_WITNESSED)
    witnessed = {str(witness["audit"]) for witness in passed if witness.get("audit")}
    audited = [a for a in audits if {str(a.get("id")), str(a.get("source"))} & witnessed]
    missing = not_covered(
        (clause for audit in audited for clause in clauses_in(audit.get("duties"))),
        {clause for witness in passed for clause in clauses_in(witness.get("clauses"))},
    )
    lines = [Counted(Text(f"条款 {clause}", f"Clause {clause}")) for clause in sorted(missing)]
    return Fact(len(missing), tuple(lines))


def _practising_body(session: Session, person_id: int, organisation_id: int | None) -> Fact:
    person = get_person(session, person_id)
    body_id = person.organisation_id if person else None
    body = get_organisation(session, body_id) if body_id else None
    if body is None or body.kind != "certification_body":
        return Fact(0)
    line = Counted(Text(body.name, body.name_en or body.name))
    return Fact(int(organisation_id in (None, body.id)), (line,))


def _has_diploma(record: Record) -> bool:
    return bool(record.get("diploma"))


def _is_complete(record: Record) -> bool:
    return is_true(record.get("complete"))


def _is_professional(record: Record) -> bool:
    return record.get("category") == "professional"


def _has_passed(record: Record) -> bool:
    return record.get("conclusion") == "pass" and bool(record.get("files"))


def _shares(record: Record, specialities: Collection[str]) -> bool:
    return not set(specialities).isdisjoint(record.get("specialities") or ())
