"""The figures that the eligibility rules need, each with what was counted (catalogue C9-C12).

The rules themselves (how many, how long) stand in decision tables and come in as `Limits`; here is
only how things are counted. A period before the day `on` begins on the same day so many months
earlier, that day included (S4). Yes and no are 1 and 0, what nobody can know is None.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from certflow.accounts.queries import get_organisation, get_person
from certflow.core.db import Session
from certflow.core.expression_times import shifted
from certflow.core.text import Text
from certflow.personnel import queries
from certflow.personnel.confirming import confirmations_in_period
from certflow.personnel.counting import Counted, Fact, Gap, Records, too_old
from certflow.personnel.experience import KINDS, Limits, record_facts
from certflow.personnel.fields import (
    GENERAL_EXAM,
    MANAGEMENT_SYSTEMS_EXAM,
    exam_title,
    field_exam,
)
from certflow.personnel.models import Certificate, ExamResult
from certflow.personnel.periods import full_months, within

_NO_RULE = Gap(
    Text("这个日期没有适用的成绩有效期", "No rule says how long a result counted on this day"), ""
)
NO_CERTIFICATE = Gap(
    Text("您没有本领域的注册证书", "You hold no certificate of this field"), "certificates"
)
_DATED = Text("{day} {what}", "{day} {what}")
_NO_INTERN = Gap(
    Text(
        "您没有本领域的实习注册，无法计算实习时间",
        "Without an intern registration of this field nobody can say how long it has lasted",
    ),
    "certificates",
)


def facts(
    session: Session,
    person_id: int,
    field: str,
    on: date,
    limits: Limits,
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
    certificates = queries.certificate_rows(session, person_id)
    return {
        **exam_facts(queries.exam_results_of(session, person_id), field, on, limits),
        **certificate_facts(certificates, field, on),
        **record_facts(chosen, field, on, limits, specialities),
        "annual_confirmations": _confirmations(session, queries.held_of(certificates, field)),
        "practising_body": _practising_body(session, person_id, organisation_id),
        "applied_day": Fact(on.isoformat()),
        "applied_on": Fact(int(on.strftime("%Y%m%d"))),  # as the first versions' tables read it
    }


def values(found: Mapping[str, Fact]) -> dict[str, int | float | str | None]:
    """Return the bare figures, as decision tables read them."""
    return {name: fact.value for name, fact in found.items()}


def evidence(found: Mapping[str, Fact]) -> dict[str, Any]:
    """Return, as JSON, what each figure was counted from and what was left out, and why."""
    return {
        name: {
            "counted": [_as_json(line) for line in fact.counted],
            "skipped": [_as_json(line) for line in fact.skipped],
            "gaps": [{"text": gap.text.as_json(), "place": gap.place} for gap in fact.gaps],
            "most": fact.most,
            **({"said": fact.said.as_json()} if fact.said else {}),
        }
        for name, fact in found.items()
        if fact.counted or fact.skipped or fact.gaps or fact.said
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


def exam_facts(
    results: Iterable[ExamResult], field: str, on: date, limits: Limits
) -> dict[str, Fact]:
    """Tell which exams are valid on a day (C9)."""
    passed = [result for result in results if result.passed_on <= on]
    return {
        "general_exam_valid": _exam(passed, GENERAL_EXAM, limits, on),
        "field_exam_valid": _exam(passed, field_exam(field), limits, on),
        "ms_basic_exam_valid": _exam(passed, MANAGEMENT_SYSTEMS_EXAM, limits, on),
    }


def _exam(passed: list[ExamResult], subject: str, limits: Limits, on: date) -> Fact:
    validity = limits.exams.get(subject)
    if validity is None:
        return Fact(None, gaps=(_NO_RULE,))
    counted, skipped = [], []
    title = exam_title(subject)
    for result in (result for result in passed if result.subject == subject):
        text = _DATED.filled(day=result.passed_on, what=title)
        if within(result.passed_on, validity, on):
            counted.append(Counted(text, counts_until=shifted(result.passed_on, validity)))
        else:
            skipped.append(Counted(text, reason=too_old(validity)))
    return Fact(int(bool(counted)), tuple(counted), tuple(skipped))


def certificate_facts(certificates: Iterable[Certificate], field: str, on: date) -> dict[str, Fact]:
    """Tell what the person holds in the field and elsewhere.

    `grade` speaks of the present certificate of the field, even a run-out or suspended one ("" for
    none); `intern_months` count from the first intern certificate, None for who never had one.
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
    since = min((c.valid_from for c in interned), default=None)
    return {
        "grade": Fact(held.grade if held else "", _lines(present)),
        "holds_registration": _holding(here),
        "holds_intern": _holding([c for c in here if c.grade == "intern"]),
        "holds_formal": _holding([c for c in here if c.grade == "formal"]),
        "holds_elsewhere": _holding(elsewhere),
        "holds_formal_elsewhere": _holding([c for c in elsewhere if c.grade == "formal"]),
        "intern_months": Fact(full_months(since, on), _lines(interned))
        if since
        else Fact(None, gaps=(_NO_INTERN,)),
    }


def _holding(certificates: list[Certificate]) -> Fact:
    return Fact(int(bool(certificates)), _lines(certificates))


def _lines(certificates: list[Certificate]) -> tuple[Counted, ...]:
    return tuple(
        Counted(Text(f"证书 {c.number}", f"Certificate {c.number}"), counts_until=c.valid_until)
        for c in certificates
    )


def _confirmations(session: Session, held: Certificate | None) -> Fact:
    if held is None:
        return Fact(None, gaps=(NO_CERTIFICATE,))
    lines = [
        Counted(
            Text("{day} 第 {year} 次", "{day}, year {year}").filled(
                day=one.confirmed_on, year=one.year
            )
        )
        for one in confirmations_in_period(session, held)
    ]
    return Fact(len(lines), tuple(lines))


def _practising_body(session: Session, person_id: int, organisation_id: int | None) -> Fact:
    person = get_person(session, person_id)
    body_id = person.organisation_id if person else None
    body = get_organisation(session, body_id) if body_id else None
    if body is None or body.kind != "certification_body":
        return Fact(0)
    line = Counted(Text(body.name, body.name_en or body.name))
    return Fact(int(organisation_id in (None, body.id)), (line,))
