"""Both sides of every boundary of the registration rules (catalogue C9-C11)."""

from datetime import date, timedelta

import pytest

from certflow.personnel.experience import Limits, record_facts
from certflow.personnel.facts import certificate_facts, evidence, exam_facts
from certflow.personnel.models import Certificate, ExamResult
from factories.rules import limits_on

ON = date(2026, 11, 20)
THREE_YEARS_AGO, FIVE_YEARS_AGO = date(2023, 11, 20), date(2021, 11, 20)
DAY = timedelta(days=1)
LIMITS = limits_on()


def passed(subject, on):
    return ExamResult(person_id=1, subject=subject, passed_on=on, score=80)


def audit(**changes):
    told = {
        "id": "a1",
        "organisation": "清河机械厂",
        "field": "QMS",
        "ended_on": "2026-05-08",
        "onsite_days": 2.5,
        "complete": True,
        "duties": "生产部 8.5.1、9.1",
    }
    return {**told, **changes}


def witness(**changes):
    told = {
        "id": "w1",
        "audit": "a1",
        "field": "QMS",
        "witnessed_on": "2026-05-08",
        "conclusion": "pass",
        "clauses": ["8.5", "9.1"],
        "files": ["f"],
    }
    return {**told, **changes}


def count(name, kind, *records, field="QMS", specialities=()):
    return record_facts({kind: list(records)}, field, ON, LIMITS, specialities)[name]


@pytest.mark.parametrize(
    ("subject", "figure", "oldest"),
    [
        ("general_basis", "general_exam_valid", FIVE_YEARS_AGO),
        ("field_basis:QMS", "field_exam_valid", THREE_YEARS_AGO),
        ("ms_basis", "ms_basic_exam_valid", THREE_YEARS_AGO),
    ],
)
def test_an_exam_is_valid_to_the_day(subject, figure, oldest):
    for day, valid in ((oldest, 1), (oldest - DAY, 0), (ON, 1), (ON + DAY, 0)):
        assert exam_facts([passed(subject, day)], "QMS", ON, LIMITS)[figure].value == valid


def test_an_exam_shows_until_when_it_counts_or_why_not():
    fresh, stale = passed("ms_basis", THREE_YEARS_AGO), passed("ms_basis", date(2020, 1, 1))
    fact = exam_facts([fresh, stale], "QMS", ON, LIMITS)["ms_basic_exam_valid"]
    assert [line.counts_until for line in fact.counted] == [ON]
    assert ["3 年" in line.reason.zh for line in fact.skipped] == [True]


def test_the_exam_of_another_field_does_not_count():
    assert (
        exam_facts([passed("field_basis:EMS", ON)], "QMS", ON, LIMITS)["field_exam_valid"].value
        == 0
    )


@pytest.mark.parametrize(
    ("ended_on", "counts"),
    [("2023-11-20", 1), ("2023-11-19", 0), ("2026-11-20", 1), ("2026-11-21", 0), ("", 0), (ON, 1)],
)
def test_audits_count_for_three_years_to_the_day(ended_on, counts):
    assert count("complete_audits", "audit", audit(ended_on=ended_on)).value == counts


def test_only_complete_audits_are_counted_but_all_days_are_added():
    both = audit(), audit(id="a2", complete=False, onsite_days="1.5")
    assert count("complete_audits", "audit", *both).value == 1
    days = count("onsite_days", "audit", *both)
    assert days.value == 4
    assert [(line.record_id, line.amount) for line in days.counted] == [("a1", 2.5), ("a2", 1.5)]


def test_half_days_are_kept():
    assert count("onsite_days", "audit", audit()).value == 2.5


def test_an_audit_of_another_field_is_left_out_with_the_reason():
    fact = count("complete_audits", "audit", audit(field="EMS"))
    assert (fact.value, fact.skipped[0].reason.zh) == (0, "不属于所申请的领域")


def test_what_a_draft_holds_does_not_break_the_counting():
    broken = audit(onsite_days="many", ended_on=None), {"field": "QMS"}
    assert count("onsite_days", "audit", *broken).value == 0
    assert count("onsite_days", "audit", audit(onsite_days="-3")).value == 0


def test_training_hours_are_added_and_professional_ones_apart():
    courses = [
        {
            "id": "1",
            "course": "标准换版",
            "category": "professional",
            "hours": 24,
            "ended_on": "2026-01-01",
        },
        {
            "id": "2",
            "course": "公共课",
            "category": "general",
            "hours": 24,
            "ended_on": "2023-11-20",
        },
        {
            "id": "3",
            "course": "旧课",
            "category": "professional",
            "hours": 99,
            "ended_on": "2023-11-19",
        },
    ]
    assert count("cpd_hours", "cpd", *courses).value == 48
    professional = count("professional_cpd_hours", "cpd", *courses)
    assert professional.value == 24
    assert {line.record_id for line in professional.skipped} == {"2", "3"}


def test_education_counts_only_with_a_diploma():
    with_it, without = {"id": "1", "diploma": ["f"]}, {"id": "2", "diploma": []}
    fact = count("education_with_diploma", "education", with_it, without)
    assert (fact.value, [line.record_id for line in fact.skipped]) == (1, ["2"])


def test_employment_goes_on_until_today_without_an_end():
    job = {"employer": "甲", "started_on": "2024-11-20"}
    assert count("employment_months", "employment", job).value == 24


def test_professional_employment_must_be_of_the_field_and_the_speciality():
    job = {"id": "1", "employer": "甲", "field": "QMS", "specialities": ["machinery"]}
    assert count("professional_records", "professional_employment", job).value == 1
    for specialities, counts in ((["machinery", "trade"], 1), (["trade"], 0)):
        fact = count(
            "professional_records", "professional_employment", job, specialities=specialities
        )
        assert fact.value == counts
    assert count("professional_records", "professional_employment", job, field="EMS").value == 0


@pytest.mark.parametrize(
    "changes",
    [{"conclusion": "fail"}, {"files": []}, {"field": "EMS"}, {"witnessed_on": "2023-11-19"}],
)
def test_a_witness_report_counts_when_passed_attached_recent_and_of_the_field(changes):
    assert count("witness_reports", "witness", witness()).value == 1
    assert count("witness_reports", "witness", witness(**changes)).value == 0


def missing(audits, witnesses):
    records = {"audit": audits, "witness": witnesses}
    return record_facts(records, "QMS", ON, LIMITS)["clauses_not_witnessed"]


def test_clauses_of_the_duties_must_be_witnessed():
    assert missing([audit()], [witness()]).value == 0
    lacking = missing([audit()], [witness(clauses=["8.5"])])
    assert (lacking.value, lacking.counted[0].text.zh) == (1, "条款 9.1")


def test_several_reports_together_cover_the_clauses():
    both = [witness(clauses=["8.5"]), witness(id="w2", clauses=["9.1"])]
    assert missing([audit()], both).value == 0


def test_all_clauses_ticked_leave_none_open():
    assert missing([audit()], [witness(clauses=[], all_clauses=True)]).value == 0


def gaps(fact):
    return [(gap.text.zh, gap.place) for gap in fact.gaps]


@pytest.mark.parametrize("witnesses", [[], [witness(conclusion="fail")]])
def test_without_a_report_nobody_can_say_what_was_witnessed(witnesses):
    fact = missing([audit()], witnesses)
    assert fact.value is None
    assert gaps(fact) == [("还没有可以核对条款的见证评价报告", "profile/witness")]


def test_duties_without_clauses_cannot_be_compared():
    fact = missing([audit(id="7", duties="生产部")], [witness(audit="7")])
    assert (fact.value, fact.most) == (0, None)
    assert gaps(fact) == [("“2026-05-08 清河机械厂”没有填写分工审核的条款", "record/7")]


@pytest.mark.parametrize("named", [None, ""])
def test_a_report_that_names_no_audit_cannot_be_compared(named):
    fact = missing([audit()], [witness(audit=named)])
    assert gaps(fact) == [("“2026-05-08”没有填写对应的审核经历", "profile/witness")]


def test_a_report_on_an_audit_that_is_not_counted_cannot_be_compared():
    fact = missing([audit(ended_on="2020-05-08")], [witness()])
    assert gaps(fact) == [("“2026-05-08”见证的审核没有计入，无法核对条款", "profile/witness")]


def test_a_record_without_its_date_or_field_is_neither_counted_nor_left_out():
    known, undated = audit(), audit(id="8", ended_on=None)
    fact = count("complete_audits", "audit", known, undated, audit(id="9", field=""))
    assert (fact.value, fact.most) == (1, 3)
    assert gaps(fact) == [
        ("“清河机械厂”没有填写结束日期", "record/8"),
        ("“2026-05-08 清河机械厂”没有填写领域", "record/9"),
    ]


def test_an_amount_that_is_missing_makes_the_figure_open():
    fact = count("onsite_days", "audit", audit(), audit(id="8", onsite_days=None))
    assert (fact.value, fact.most) == (2.5, None)
    assert gaps(fact) == [("“2026-05-08 清河机械厂”没有填写现场审核天数", "record/8")]


@pytest.mark.parametrize(
    ("kind", "figure", "record", "datum"),
    [
        ("cpd", "professional_cpd_hours", {"course": "甲", "hours": 8, "ended_on": ON}, "课程类别"),
        ("witness", "witness_reports", witness(conclusion=None), "见证结论"),
        ("audit", "complete_audits", audit(complete=None), "是否完整体系审核"),
        ("professional_employment", "professional_records", {"field": "QMS"}, "专业"),
    ],
)
def test_what_decides_whether_a_record_counts_is_named_when_it_is_missing(
    kind, figure, record, datum
):
    fact = count(figure, kind, record, specialities=["machinery"])
    assert (fact.value, len(fact.gaps)) == (0, 1)
    assert fact.gaps[0].text.zh.endswith(f"没有填写{datum}")


def test_a_picked_record_leads_to_the_library_entry_that_it_came_from():
    picked = audit(id="r12", source="12", onsite_days="")
    assert gaps(count("onsite_days", "audit", picked))[0][1] == "record/12"


def test_without_a_rule_for_the_day_nobody_can_say_whether_a_result_counts():
    fact = exam_facts([passed("ms_basis", ON)], "QMS", ON, Limits({}, {}))["ms_basic_exam_valid"]
    assert (fact.value, fact.gaps[0].text.zh) == (None, "这个日期没有适用的成绩有效期")


def test_audits_that_nobody_witnessed_need_no_clauses():
    assert missing([audit(), audit(id="a2", duties="4.1")], [witness()]).value == 0


def test_a_report_finds_its_audit_by_the_library_record_too():
    assert missing([audit(id="new", source="a1", duties="4.1")], [witness()]).value == 1


def certificate(**changes):
    told = {
        "id": 1,
        "number": "2026-N0QMS-0000001",
        "field": "QMS",
        "grade": "intern",
        "valid_from": date(2025, 11, 20),
        "valid_until": date(2028, 11, 19),
        "state": "valid",
    }
    return Certificate(**{**told, **changes})


def held(*certificates, field="QMS", on=ON):
    return {name: fact.value for name, fact in certificate_facts(certificates, field, on).items()}


def test_who_holds_nothing_has_no_grade_and_no_expiry():
    assert held() == {
        "grade": "",
        "holds_registration": 0,
        "holds_intern": 0,
        "holds_formal": 0,
        "holds_elsewhere": 0,
        "holds_formal_elsewhere": 0,
        "intern_months": None,
    }


def test_an_intern_certificate_counts_for_its_field():
    here = held(certificate())
    assert (here["grade"], here["holds_intern"], here["holds_formal"]) == ("intern", 1, 0)
    elsewhere = held(certificate(), field="EMS")
    assert (elsewhere["grade"], elsewhere["holds_intern"], elsewhere["holds_elsewhere"]) == (
        "",
        0,
        1,
    )
    assert elsewhere["holds_formal_elsewhere"] == 0
    assert held(certificate(grade="formal"), field="EMS")["holds_formal_elsewhere"] == 1


@pytest.mark.parametrize(("on", "holds"), [(date(2028, 11, 19), 1), (date(2028, 11, 20), 0)])
def test_the_last_day_of_a_certificate_still_holds(on, holds):
    figures = held(certificate(), on=on)
    assert (figures["holds_registration"], figures["grade"]) == (holds, "intern")


@pytest.mark.parametrize("state", ["suspended", "cancelled", "replaced"])
def test_a_certificate_that_is_not_valid_holds_nothing(state):
    figures = held(certificate(state=state))
    assert figures["holds_intern"] == figures["holds_registration"] == 0


@pytest.mark.parametrize(
    ("since", "months"),
    [(date(2025, 11, 20), 12), (date(2025, 11, 21), 11), (date(2024, 11, 20), 24)],
)
def test_intern_months_are_full_months(since, months):
    assert held(certificate(valid_from=since))["intern_months"] == months


def test_intern_months_count_from_the_first_certificate_that_was_not_cancelled():
    first = certificate(id=2, valid_from=date(2022, 11, 20), state="replaced")
    void = certificate(id=3, valid_from=date(2020, 11, 20), state="cancelled")
    assert held(void, first, certificate())["intern_months"] == 48


def test_the_evidence_is_plain_json_and_leaves_empty_figures_out():
    audits = [audit(), audit(id="a2", field="EMS")]
    found = evidence(record_facts({"audit": audits}, "QMS", ON, LIMITS))
    assert "cpd_hours" not in found
    days = found["onsite_days"]
    assert days["counted"][0]["amount"] == 2.5
    assert days["skipped"][0]["reason"] == {"zh": "不属于所申请的领域", "en": "of another field"}
