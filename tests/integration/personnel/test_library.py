from datetime import date, timedelta

import pytest
from sqlalchemy import text

from certflow.core.errors import Forbidden, NotFound
from certflow.core.text import Text
from certflow.personnel import queries
from certflow.personnel.facts import facts, library, values
from certflow.personnel.library import add_record, delete_record, update_record
from certflow.personnel.models import ExamResult
from certflow.personnel.operations import (
    NewCertificate,
    add_credit_entry,
    add_exam_result,
    confirm_year,
    issue_certificate,
)
from factories import people
from factories.people import NINE
from factories.rules import limits_on

TODAY = date(2026, 11, 20)
AUDIT = {
    "organisation": "清河机械厂",
    "field": "QMS",
    "ended_on": "2026-05-08",
    "onsite_days": 3,
    "complete": True,
}
FIGURES_OF_THE_TABLE = {
    "general_exam_valid",
    "field_exam_valid",
    "ms_basic_exam_valid",
    "education_with_diploma",
    "holds_elsewhere",
    "holds_formal_elsewhere",
    "holds_intern",
    "holds_formal",
    "holds_registration",
    "complete_audits",
    "onsite_days",
    "witness_reports",
    "clauses_not_witnessed",
    "cpd_hours",
    "professional_cpd_hours",
    "annual_confirmations",
    "professional_records",
    "practising_body",
    "grade",
    "intern_months",
    "applied_day",
}


@pytest.fixture
def person(session):
    return people.person(session)


def test_records_are_added_changed_and_deleted(session, person):
    record = add_record(session, person.id, "audit", AUDIT, NINE)
    update_record(session, person.id, record.id, {**AUDIT, "onsite_days": 4}, NINE + timedelta(1))
    session.expire_all()
    assert queries.records_of(session, person.id, "audit")[0].data["onsite_days"] == 4
    assert queries.records_of(session, person.id, "cpd") == []
    delete_record(session, person.id, record.id)
    assert queries.records_of(session, person.id) == []


def test_nobody_touches_the_records_of_another(session, person):
    record = add_record(session, person.id, "audit", AUDIT, NINE)
    other = people.person(session, 2)
    with pytest.raises(NotFound):
        update_record(session, other.id, record.id, {}, NINE)
    with pytest.raises(NotFound):
        delete_record(session, other.id, record.id)
    assert queries.records_of(session, other.id) == []


def test_a_verified_record_is_neither_changed_nor_deleted(session, person):
    record = add_record(session, person.id, "audit", AUDIT, NINE, source="platform", verified=True)
    with pytest.raises(Forbidden):
        update_record(session, person.id, record.id, {}, NINE)
    with pytest.raises(Forbidden):
        delete_record(session, person.id, record.id)


def test_the_content_of_a_record_is_not_readable_in_the_database(session, person):
    add_record(session, person.id, "employment", {"referee_phone": "13900000000"}, NINE)
    stored = bytes(session.execute(text("SELECT data FROM profile_record")).scalar_one())
    assert b"13900000000" not in stored


def test_an_exam_passed_on_a_day_is_noted_once(session, person):
    add_exam_result(session, person.id, "ms_basis", TODAY, 80)
    add_exam_result(session, person.id, "ms_basis", TODAY, 85)
    add_exam_result(session, person.id, "ms_basis", TODAY - timedelta(days=1), 70)
    assert [result.score for result in queries.exam_results_of(session, person.id)] == [85, 70]
    assert session.query(ExamResult).count() == 2


def test_a_credit_entry_counts_until_it_expires(session, person):
    add_credit_entry(
        session, person.id, "warning", Text("警告", "Warning"), TODAY, expires_on=date(2027, 11, 19)
    )
    add_credit_entry(session, person.id, "award", Text("表彰", "Award"), TODAY)
    on = lambda day: [e.kind for e in queries.live_credit_entries(session, person.id, day)]  # noqa: E731
    assert on(TODAY - timedelta(days=1)) == []
    assert sorted(on(date(2027, 11, 19))) == ["award", "warning"]
    assert on(date(2027, 11, 20)) == ["award"]


def test_the_facts_give_every_figure_of_the_decision_table(session, person):
    found = facts(session, person.id, "QMS", TODAY, limits_on())
    assert set(found) >= FIGURES_OF_THE_TABLE
    assert values(found)["applied_day"] == "2026-11-20"


def test_the_facts_count_the_library_unless_records_were_picked(session, person):
    add_record(session, person.id, "audit", AUDIT, NINE)
    add_record(session, person.id, "audit", {**AUDIT, "onsite_days": 2}, NINE)
    assert facts(session, person.id, "QMS", TODAY, limits_on())["onsite_days"].value == 5
    picked = {"audit": library(session, person.id)["audit"][:1]}
    assert facts(session, person.id, "QMS", TODAY, limits_on(), picked)["onsite_days"].value == 2
    assert facts(session, person.id, "QMS", TODAY, limits_on(), {})["onsite_days"].value == 0


def test_the_facts_know_the_person_s_certificate_exams_and_confirmations(session, person):
    certificate = issue_certificate(
        session,
        NewCertificate(
            person_id=person.id,
            field="QMS",
            mode="first_intern",
            specialities=(),
            organisation_id=None,
        ),
        NINE,
    )
    confirm_year(session, certificate.id, 1, TODAY)
    add_exam_result(session, person.id, "ms_basis", TODAY, 80)
    found = values(facts(session, person.id, "QMS", date(2027, 11, 20), limits_on()))
    assert (found["grade"], found["intern_months"], found["annual_confirmations"]) == (
        "intern",
        12,
        1,
    )
    assert found["ms_basic_exam_valid"] == 1
    elsewhere = facts(session, person.id, "EMS", TODAY, limits_on())["annual_confirmations"]
    assert (elsewhere.value, elsewhere.gaps[0].place) == (None, "certificates")


def test_the_practising_body_must_be_the_one_asked(session, person):
    body, other = people.body(session), people.body(session, "另一家认证")

    def asked(organisation_id):
        return facts(
            session, person.id, "QMS", TODAY, limits_on(), organisation_id=organisation_id
        )["practising_body"].value

    assert asked(body.id) == 0
    person.organisation_id = body.id
    assert (asked(None), asked(body.id), asked(other.id)) == (1, 1, 0)
    body.kind = "training_organisation"
    assert asked(body.id) == 0
