"""Every sentence of the association's FAQ that is a rule, on both sides of its boundary (S4).

The tables of bpmn/registration are evaluated as they are published; nothing here is a database.
"""

from datetime import date, timedelta

import pytest

from certflow.personnel.fields import MODES
from certflow.processes.windows import windows
from factories.rules import FINDINGS, ON, TABLES, certificate, exam, judge, verdict

DAY = timedelta(days=1)
MET, NOT_MET, UNDECIDABLE = "met", "not_met", "undecidable"
INTERN = certificate(date(2025, 11, 20), date(2028, 11, 19))
FORMAL = certificate(date(2023, 11, 21), date(2026, 11, 20), grade="formal")
EXTENSION = ["FSMS", "HACCP", "EnMS", "ISMS", "ITSMS"]


def audits(number, field="QMS", days=4.0, **changes):
    return {
        "audit": [
            {
                "id": f"a{n}", "organisation": "清河机械厂", "field": field, "ended_on": "2026-05-08",
                "onsite_days": days, "complete": True, "duties": "生产部 8.5.1、9.1", **changes,
            }
            for n in range(number)
        ]
    }  # fmt: skip


def witness(**changes):
    return {
        "id": "w", "audit": "a0", "field": "QMS", "witnessed_on": "2026-05-08", "conclusion": "pass",
        "clauses": ["8.5", "9.1"], "files": ["f"], **changes,
    }  # fmt: skip


def courses(hours, professional=0, ended_on="2026-05-08"):
    told = {"course": "课程", "ended_on": ended_on}
    rows = [{**told, "id": "1", "hours": hours - professional, "category": "general"}]
    return {"cpd": [*rows, {**told, "id": "2", "hours": professional, "category": "professional"}]}


def test_the_tables_have_no_finding():
    assert FINDINGS == []


# 用于注册申请的CCAA统一组织的“认证通用基础”考试应在申请前5年内通过，其他科目考试应在申请前3年内通过。


@pytest.mark.parametrize(
    ("passed_on", "expected"),
    [
        (date(2021, 11, 19), NOT_MET),
        (date(2021, 11, 20), MET),
        (date(2021, 11, 21), MET),
        (ON, MET),
        (ON + DAY, NOT_MET),
    ],
)
def test_general_basis_passed_within_five_years_before_the_application(passed_on, expected):
    given = (exam("general_basis", passed_on),)
    assert verdict("general_exam", "first_intern", exams=given) == expected


@pytest.mark.parametrize(
    ("passed_on", "expected"),
    [(date(2023, 11, 19), NOT_MET), (date(2023, 11, 20), MET), (date(2023, 11, 21), MET)],
)
@pytest.mark.parametrize(
    ("subject", "rule", "mode"),
    [
        ("field_basis:QMS", "field_exam", "first_intern"),
        ("ms_basis", "ms_basic_exam", "upgrade_to_formal"),
        ("ms_basis", "ms_basic_exam", "formal_from_other_field"),
    ],
)
def test_other_subjects_passed_within_three_years_before_the_application(
    subject, rule, mode, passed_on, expected
):
    assert verdict(rule, mode, exams=(exam(subject, passed_on),)) == expected


# 申请人已具有某领域实习审核员资格，且3年内已通过“管理体系认证基础”考试，当申请该领域正式审核员时不需要参加其他考试。


def test_an_intern_needs_only_the_management_systems_exam_for_the_formal_registration():
    needed = [rule for rule in judge("upgrade_to_formal") if rule.endswith("_exam")]
    assert needed == ["ms_basic_exam"]
    others = judge("formal_from_other_field")
    assert {"general_exam", "field_exam", "ms_basic_exam"} <= set(others)


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        (INTERN, MET),
        (certificate(date(2023, 11, 21), ON), MET),
        (certificate(date(2023, 11, 20), ON - DAY), NOT_MET),
        (certificate(date(2025, 1, 1), date(2027, 1, 1), field="EMS"), NOT_MET),
        (certificate(date(2025, 1, 1), date(2027, 1, 1), state="suspended"), NOT_MET),
    ],
)
def test_only_who_holds_the_intern_registration_of_that_field_can_upgrade(held, expected):
    assert verdict("holds_intern", "upgrade_to_formal", certificates=(held,)) == expected


# 实习审核员升级需要至少4次完整体系审核和15天的现场审核经历。


@pytest.mark.parametrize(("number", "expected"), [(3, NOT_MET), (4, MET), (5, MET)])
def test_an_upgrade_needs_four_complete_system_audits(number, expected):
    assert verdict("complete_audits", "upgrade_to_formal", records=audits(number)) == expected


@pytest.mark.parametrize(("days", "expected"), [(14.0, NOT_MET), (14.5, NOT_MET), (15.0, MET), (16.0, MET)])  # fmt: skip
def test_an_upgrade_needs_fifteen_days_on_site(days, expected):
    assert verdict("onsite_days", "upgrade_to_formal", records=audits(1, days=days)) == expected


def test_an_audit_that_is_not_complete_counts_its_days_only():
    rows = judge("upgrade_to_formal", records=audits(4, complete=False))
    assert (rows["complete_audits"]["state"], rows["onsite_days"]["state"]) == (NOT_MET, MET)


# 某些注册领域有注册资格扩展条款的，可以减少1次完整体系审核和5天的现场审核经历。


@pytest.mark.parametrize("field", EXTENSION)
def test_an_extension_clause_takes_off_one_audit_and_five_days(field):
    for number, expected in ((2, NOT_MET), (3, MET)):
        given = audits(number, field=field)
        assert (
            verdict("complete_audits", "upgrade_to_formal", field=field, records=given) == expected
        )
    for days, expected in ((9.5, NOT_MET), (10, MET)):
        given = audits(1, field=field, days=days)
        assert verdict("onsite_days", "upgrade_to_formal", field=field, records=given) == expected


@pytest.mark.parametrize("field", ["QMS", "EMS", "OHSMS"])
def test_without_an_extension_clause_nothing_is_taken_off(field):
    row = judge("upgrade_to_formal", field=field)["complete_audits"]
    assert row["required"] == 4
    assert "扩展条款" not in row["text_zh"]


# 申请正式审核员时的全条款见证要求：在审核经历的分工里描述清楚，并且在所提交的见证评价报告中与之对应，勾选出所见证的条款。


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({**audits(1), "witness": [witness()]}, MET),
        ({**audits(1), "witness": [witness(clauses=["8.5"])]}, NOT_MET),
        ({**audits(1), "witness": [witness(clauses=["8.5"], all_clauses=True)]}, MET),
        ({**audits(1), "witness": [witness(clauses=["8.5"]), witness(clauses=["9.1"])]}, MET),
        ({**audits(1, duties="生产部"), "witness": [witness()]}, UNDECIDABLE),
        (audits(1), UNDECIDABLE),
    ],
)
def test_all_clauses_of_the_duties_are_witnessed(given, expected):
    assert verdict("all_clauses_witnessed", "upgrade_to_formal", records=given) == expected


def test_a_witness_report_is_needed_and_any_type_of_audit_may_be_witnessed():
    for audit_type in ("surveillance", "stage_1", "special", "other"):
        given = {**audits(1, audit_type=audit_type), "witness": [witness()]}
        assert verdict("witness_reports", "upgrade_to_formal", records=given) == MET
    assert verdict("witness_reports", "upgrade_to_formal", records=audits(1)) == NOT_MET


# 新准则过渡期已于2022年9月30日24时结束，旧准则和过渡期注册方式已经不再适用。


@pytest.mark.parametrize(
    ("on", "expected"),
    [(date(2022, 9, 30), UNDECIDABLE), (date(2022, 10, 1), MET), (date(2022, 10, 2), MET)],
)
def test_the_new_rules_apply_once_the_transition_has_ended(on, expected):
    given = (exam("general_basis", date(2022, 5, 1)),)
    assert verdict("general_exam", "first_intern", on=on, exams=given) == expected


# 认证人员注册和再注册时所提供的认证经历、培训经历均应在申请日期前三年内取得。


@pytest.mark.parametrize(
    ("ended_on", "expected"),
    [("2023-11-19", NOT_MET), ("2023-11-20", MET), ("2023-11-21", MET), ("2026-11-21", NOT_MET)],
)
def test_audits_and_training_lie_within_the_three_years_before_the_application(ended_on, expected):
    given = {**audits(4, ended_on=ended_on), **courses(48, ended_on=ended_on)}
    rows = judge("re_registration", records=given, certificates=(FORMAL,))
    assert (rows["complete_audits"]["state"], rows["cpd"]["state"]) == (expected, expected)


# 申请人再注册时应勾选满足要求的三年内的不少于48学时的继续教育培训经历，其中至少24学时为CCAA组织的专业课程。


@pytest.mark.parametrize(("hours", "expected"), [(47, NOT_MET), (47.5, NOT_MET), (48, MET), (49, MET)])  # fmt: skip
def test_re_registration_needs_48_hours_of_continuing_education(hours, expected):
    given = courses(hours, professional=24)
    assert verdict("cpd", "re_registration", records=given, certificates=(FORMAL,)) == expected


@pytest.mark.parametrize(("hours", "expected"), [(23, NOT_MET), (24, MET), (25, MET)])
def test_of_which_24_are_professional_courses_of_the_association(hours, expected):
    given = courses(48, professional=hours)
    row = verdict("professional_cpd", "re_registration", records=given, certificates=(FORMAL,))
    assert row == expected


# 如现在提交实习审核员再注册，需完成32学时。2023年4月1日之后提交的实习审核员再注册，则需完成48学时继续教育。


@pytest.mark.parametrize(
    ("on", "needed"),
    [
        (date(2023, 3, 30), 32),
        (date(2023, 3, 31), 32),
        (date(2023, 4, 1), 48),
        (date(2023, 4, 2), 48),
    ],
)
def test_interns_re_register_with_32_hours_until_march_2023_and_48_from_april(on, needed):
    held = certificate(on - 1000 * DAY, on + 90 * DAY)
    for hours, expected in ((needed - 1, NOT_MET), (needed, MET)):
        given = courses(hours, ended_on=on.isoformat())
        assert (
            verdict("cpd", "re_registration", on=on, records=given, certificates=(held,))
            == expected
        )


def test_formal_auditors_always_needed_48():
    row = judge("re_registration", on=date(2023, 3, 31), certificates=(certificate(date(2020, 4, 1), date(2023, 3, 31), grade="formal"),))["cpd"]  # fmt: skip
    assert row["required"] == 48


# 实习审核员注册不满一年申请正式审核员，需要完成16学时继续教育。超过一年但不足两年，则需完成32学时继续教育。


@pytest.mark.parametrize(
    ("registered_on", "needed"),
    [
        (ON, 16),
        (date(2025, 11, 21), 16),
        (date(2025, 11, 20), 32),
        (date(2025, 11, 19), 32),
        (date(2024, 11, 21), 32),
        (date(2024, 11, 20), 48),
    ],
)
def test_an_intern_of_under_one_year_needs_16_hours_of_one_to_two_years_32(registered_on, needed):
    held = certificate(registered_on, registered_on + 1095 * DAY)
    for hours, expected in ((needed - 1, NOT_MET), (needed, MET)):
        given = courses(hours)
        assert verdict("cpd", "upgrade_to_formal", records=given, certificates=(held,)) == expected


def test_without_an_intern_registration_nobody_can_say_how_many_hours():
    row = judge("upgrade_to_formal", records=courses(99))["cpd"]
    assert (row["state"], row["required"]) == (UNDECIDABLE, None)
    assert [gap["place"] for gap in row["missing"]] == ["certificates"]


# 第1次年度确认申请时间为证书开始日期满一年后的前后90天，第2次为证书开始日期满两年后前后90天。


@pytest.mark.parametrize(
    ("year", "anniversary"), [(1, date(2026, 11, 20)), (2, date(2027, 11, 20))]
)
def test_an_annual_confirmation_is_applied_for_90_days_around_the_anniversary(year, anniversary):
    found = windows(TABLES["windows"], INTERN.valid_from, INTERN.valid_until, "annual_confirmation")
    for days, is_open in ((-91, False), (-90, True), (-89, True), (0, True), (89, True), (90, True), (91, False)):  # fmt: skip
        day = anniversary + days * DAY
        assert found[year - 1].state(day) == (
            "open" if is_open else "early" if days < 0 else "late"
        )
        window = next((one for one in found if one.state(day) == "open"), None)
        assert (window is not None and window.year == year) is is_open


# 再注册申请时间为证书到期日前90天。


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        (91, (NOT_MET, MET)),
        (90, (MET, MET)),
        (89, (MET, MET)),
        (0, (MET, MET)),
        (-1, (MET, NOT_MET)),
    ],
)
@pytest.mark.parametrize("mode", ["re_registration", "downgrade"])
def test_re_registration_is_applied_for_in_the_90_days_before_the_certificate_expires(
    mode, left, expected
):
    held = certificate(ON + left * DAY - 1095 * DAY, ON + left * DAY, grade="formal")
    rows = judge(mode, certificates=(held,))
    assert (rows["expiry_window"]["state"], rows["not_expired"]["state"]) == expected


def test_who_is_too_early_learns_from_when_on():
    row = judge("re_registration", certificates=(INTERN,))["expiry_window"]
    assert row["help_zh"] == "从 2028-08-21 起可以申请。"


# 未完成2次年度确认的申请人将无法申请再注册。


@pytest.mark.parametrize(("done", "expected"), [(0, NOT_MET), (1, NOT_MET), (2, MET)])
def test_re_registration_is_possible_only_with_both_annual_confirmations(done, expected):
    given = {"certificates": (FORMAL,), "annual_confirmations": done}
    assert verdict("annual_confirmations", "re_registration", **given) == expected


# 注册所要求的教育经历均需要提供学历证书，无学历证书的教育经历不要添加。


@pytest.mark.parametrize(("diploma", "expected"), [(["f"], MET), ([], NOT_MET), (None, NOT_MET)])
def test_education_counts_only_with_its_diploma(diploma, expected):
    given = {"education": [{"id": "1", "school": "大学", "diploma": diploma}]}
    assert verdict("education", "first_intern", records=given) == expected


# 扩展某个注册领域或某个注册专业时，专业工作经历应勾选对应的领域或专业的经历，不要勾选不相关经历。


@pytest.mark.parametrize("mode", ["extend_field", "extend_speciality"])
def test_only_employment_in_that_field_and_speciality_counts_for_an_extension(mode):
    job = {"id": "1", "employer": "甲", "field": "QMS", "specialities": ["machinery"]}
    for changes, expected in (
        ({}, MET),
        ({"field": "EMS"}, NOT_MET),
        ({"specialities": ["trade"]}, NOT_MET),
        ({"specialities": []}, UNDECIDABLE),
        ({"field": ""}, UNDECIDABLE),
    ):
        given = {"professional_employment": [{**job, **changes}]}
        found = verdict("professional_records", mode, records=given, specialities=("machinery",))
        assert found == expected


def test_an_audit_of_another_field_does_not_count():
    assert (
        verdict("complete_audits", "upgrade_to_formal", records=audits(4, field="EMS")) == NOT_MET
    )


# 申请人再注册时如果经历次数不足可以进行降级；如果专业经历不足可以进行缩小注册专业。


@pytest.mark.parametrize(
    ("rule", "instead"),
    [("complete_audits", "downgrade"), ("professional_records", "narrow_speciality")],
)
def test_with_too_few_records_one_can_be_downgraded_with_too_few_professional_ones_narrowed(
    rule, instead
):
    row = judge("re_registration", certificates=(FORMAL,))[rule]
    assert (row["state"], row["instead"]) == (NOT_MET, instead)
    assert instead in MODES


def test_the_downgrade_itself_asks_for_no_audits_and_the_narrowing_for_no_employment():
    assert "complete_audits" not in judge("downgrade", certificates=(FORMAL,))
    assert "professional_records" not in judge("narrow_speciality", certificates=(FORMAL,))


def test_only_formal_auditors_can_be_downgraded():
    assert verdict("holds_formal", "downgrade", certificates=(INTERN,)) == NOT_MET
    assert verdict("holds_formal", "downgrade", certificates=(FORMAL,)) == MET


# 建议先通过“认证通用基础”和“该领域体系基础”2门考试，注册为实习审核员后，再参加“管理体系认证基础”考试注册为正式级别。


@pytest.mark.parametrize(
    ("wanted", "held", "modes"),
    [
        ("formal", (), ["first_intern", "upgrade_to_formal"]),
        ("intern", (), ["first_intern"]),
        ("formal", (INTERN,), ["upgrade_to_formal"]),
        ("formal", (FORMAL,), ["re_registration"]),
        ("intern", (INTERN,), ["re_registration"]),
        ("formal", (certificate(date(2025, 1, 1), date(2027, 12, 31), field="EMS"),), ["intern_from_other_field", "upgrade_to_formal"]),
        ("formal", (certificate(date(2025, 1, 1), date(2027, 12, 31), field="EMS", grade="formal"),), ["formal_from_other_field"]),
        ("formal", (certificate(date(2022, 1, 1), date(2024, 12, 31)),), ["first_intern", "upgrade_to_formal"]),
    ],
)  # fmt: skip
def test_the_road_leads_through_the_intern_registration(wanted, held, modes):
    from certflow.personnel.facts import certificate_facts, values

    facts = values(certificate_facts(held, "QMS", ON))
    assert TABLES["road"].decide({"wanted": wanted, "facts": facts})["modes"] == modes


@pytest.mark.parametrize("mode", MODES)
def test_every_rule_carries_its_words_its_source_and_where_to_add_what_is_missing(mode):
    for row in judge(mode, certificates=(FORMAL,)).values():
        assert row["text_zh"]
        assert row["text_en"]
        assert row["source_zh"].startswith("认证人员注册常见问题")
        assert row["help_zh"]
        assert row["place"]
