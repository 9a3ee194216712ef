"""The registration's own decision tables, and a person's figures put to them."""

from datetime import date
from pathlib import Path
from typing import Any

from certflow.engine.dmn import load_tables
from certflow.personnel.counting import Fact
from certflow.personnel.experience import Limits, record_facts
from certflow.personnel.facts import certificate_facts, exam_facts
from certflow.personnel.models import Certificate, ExamResult
from certflow.processes.judging import rows_for, window_facts
from certflow.processes.limits import limits

FOLDER = Path(__file__).parents[2] / "bpmn" / "registration"
ON = date(2026, 11, 20)
TABLES, FINDINGS = load_tables({file.name: file.read_bytes() for file in FOLDER.glob("*.dmn")})


def limits_on(field: str = "QMS", on: date = ON) -> Limits:
    return limits(TABLES, field, on)


def exam(subject: str, passed_on: date) -> ExamResult:
    return ExamResult(person_id=1, subject=subject, passed_on=passed_on, score=80)


def certificate(valid_from: date, valid_until: date, **changes: Any) -> Certificate:
    told = {"id": 1, "number": "2026-N0QMS-0000001", "field": "QMS", "grade": "intern"}
    return Certificate(
        **{
            **told,
            "state": "valid",
            "valid_from": valid_from,
            "valid_until": valid_until,
            **changes,
        }
    )


def judge(
    mode: str,
    *,
    field: str = "QMS",
    on: date = ON,
    exams: tuple[ExamResult, ...] = (),
    certificates: tuple[Certificate, ...] = (),
    records: dict[str, list[dict[str, Any]]] | None = None,
    specialities: tuple[str, ...] = (),
    **figures: Any,
) -> dict[str, dict[str, Any]]:
    """Return the rules that apply to an application, judged, by rule; `figures` replace facts."""
    known = limits_on(field, on)
    held = next((one for one in reversed(certificates) if one.field == field), None)
    found = {
        "annual_confirmations": Fact(None),
        **window_facts(TABLES, held, on),
        "practising_body": Fact(1),
        "applied_day": Fact(on.isoformat()),
        **exam_facts(exams, field, on, known),
        **certificate_facts(certificates, field, on),
        **record_facts(records or {}, field, on, known, specialities),
        **{name: Fact(value) for name, value in figures.items()},
    }
    rows = rows_for(TABLES, {"mode": mode, "field": field}, found)
    return {row["rule"]: row for row in rows}


def verdict(rule: str, mode: str, **given: Any) -> str:
    """Return how one rule is judged: met, not_met or undecidable; "" when it does not apply."""
    row = judge(mode, **given).get(rule)
    return str(row["state"]) if row else ""
