"""My road and the self-check: what is there, what is missing, until when, what to do (C12, B2)."""

import re
from datetime import date, timedelta

import pytest

from certflow.core.db import Session
from certflow.demo.story import Story
from certflow.personnel.operations import (
    NewCertificate,
    confirm_year,
    issue_certificate,
)
from certflow.personnel.queries import exam_results_of, records_of
from factories.cast import START

TODAY = date(2026, 11, 20)


def certificate(session: Session, story: Story, mode: str = "first_intern", days_ago: int = 0):
    new = NewCertificate(
        person_id=story.cast.applicant.person_id or 0,
        field="QMS",
        mode=mode,
        specialities=(),
        organisation_id=story.cast.staff.organisation_id,
    )
    return issue_certificate(session, new, START - timedelta(days=days_ago))


def passed_on(session: Session, story: Story, subject: str) -> list[date]:
    results = exam_results_of(session, story.cast.applicant.person_id or 0)
    return [one.passed_on for one in results if one.subject == subject]


def words(page: str) -> str:
    return re.sub(r"\s+", "", re.sub(r"<[^>]+>", "", page))


def test_a_beginner_sees_both_steps_and_what_the_first_one_lacks(story, browse) -> None:
    page = words(browse("lin").get("/road?field=EMS&grade=formal").text)
    assert "还没有EMS的注册" in page
    assert page.index("首次申请实习") < page.index("实习升级正式") < page.index("目标EMS审核员")
    assert "还差1项本领域体系基础考试，3年内通过还没有" in page
    assert "上一步办好以后才有" in page


def test_who_is_ready_is_told_until_when_and_starts_with_one_click(session, story, browse) -> None:
    browser = browse("lin")
    page = browser.get("/road?field=QMS&grade=intern").text
    assert "条件都满足了，可以申请" in words(page)
    newest = max(passed_on(session, story, "field_basis:QMS"))
    until = newest.replace(year=newest.year + 3)
    assert f"最早到期的是“本领域体系基础考试，3年内通过”，请在{until}以前提交申请" in words(page)
    given = dict(re.findall(r'name="(given-\w+)" value="(\w+)"', page))
    assert given == {"given-field": "QMS", "given-mode": "first_intern"}
    answer = browser.post("/services/registration/start", **given)
    form = browser.get(answer.location).text
    assert re.search(r'value="QMS"[^>]*(selected|checked)', form)
    assert re.search(r'value="first_intern"[^>]*(selected|checked)', form)


def test_who_holds_the_intern_registration_needs_one_exam_and_the_records(
    session, story, browse
) -> None:
    certificate(session, story, days_ago=100)
    page = words(browse("lin").get("/road").text)
    assert "升级正式只需考“管理体系认证基础”1门" in page
    assert "认证通用基础考试" not in page
    assert "完整体系审核需要4次，有4次" in page


def test_every_piece_says_until_when_it_counts(session, story, browse) -> None:
    certificate(session, story, days_ago=100)
    page = words(browse("lin").get("/road").text)
    oldest = min(one.data["ended_on"] for one in records_of(session, story.cast.applicant.person_id or 0, "audit"))  # fmt: skip
    until = date.fromisoformat(str(oldest)).replace(year=int(str(oldest)[:4]) + 3)
    assert f"完整体系审核需要4次，有4次有效至{until}" in page
    assert f"完整体系审核至{until}" in page


def test_who_has_the_grade_sees_the_confirmations_and_waits_for_the_renewal(
    session, story, browse
) -> None:
    held = certificate(session, story, "formal_from_other_field", days_ago=365)
    confirm_year(session, held.id, 1, TODAY)
    page = words(browse("lin").get("/road").text)
    assert "2026-11-20第1次年度确认已完成" in page
    assert "2027-08-22至2028-02-18第2次年度确认还没有到时间" in page
    assert "等申请时间，期间1项会过期" in page
    assert "以后就不够了，早于申请时间，请继续积累" in page
    assert "申请时间为2028-08-21至2028-11-19" in page


def test_a_missing_datum_is_named_with_the_way_to_add_it(session, story, browse) -> None:
    certificate(session, story, days_ago=100)
    one = next(r for r in records_of(session, story.cast.applicant.person_id or 0, "audit"))
    one.data = {**one.data, "onsite_days": None}
    session.flush()
    story.mode = "upgrade_to_formal"
    story.begin().choose()
    assert story.case.stages == ["choose"]
    page = browse("lin").get(f"/cases/{story.case_id}/check").text
    assert "1项缺少数据，还不能判定" in words(page)
    assert "没有填写现场审核天数" in page
    assert f'href="/my/profile/records/{one.id}"' in page
    assert "没有填写现场审核天数" in browse("lin").get("/road").text


def test_who_has_too_few_audits_is_offered_the_downgrade(session, story, browse) -> None:
    held = certificate(session, story, "formal_from_other_field", days_ago=1080)
    for year in (1, 2):
        confirm_year(session, held.id, year, TODAY)
    for one in records_of(session, story.cast.applicant.person_id or 0, "audit"):
        session.delete(one)
    session.flush()
    story.mode = "re_registration"
    story.begin().choose()
    browser = browse("lin")
    assert "改选“降级注册”" in browser.get(f"/cases/{story.case_id}/check").text
    assert "改为申请“降级注册”" in words(browser.get("/road").text)


def test_experts_see_the_rules_judged_by_the_submitted_records(story, browse) -> None:
    story.begin().choose().apply().pre_review().pay().accept().assign()
    me = story.cast.experts[0].user_id
    task = next(one for one in story.tasks("evaluate") if one.assignee_id == me)
    page = words(browse("expert0").get(f"/tasks/{task.id}").text)
    assert "注册条件（按提交的记录）" in page
    assert "有学历证书的教育经历满足需要1条，有1条" in page
    assert "时间算到申请日2026-11-20。" in page


@pytest.mark.parametrize("query", ["", "?field=nonsense&grade=king", "?field=QMS&grade=intern"])
def test_odd_questions_get_a_road_too(story, browse, query) -> None:
    assert browse("lin").get(f"/road{query}").status_code == 200


def test_only_applicants_have_a_road(story, browse) -> None:
    assert browse("gu.nanqiao").get("/road").status_code == 403


def test_the_tables_in_force_decide_and_nothing_else(session, story, browse) -> None:
    from certflow.cases import versions
    from factories.cast import ROOT

    content = versions.read_folder(ROOT, "registration")
    table = content["tables"]["exams"]
    content["tables"]["exams"] = table.replace('duration("P3Y")', 'duration("P3M")')
    versions.publish(session, "registration", content, "shorter")
    page = words(browse("lin").get("/road?field=QMS&grade=intern").text)
    assert "还差1项本领域体系基础考试" in page


def test_an_application_that_is_under_way_is_not_made_twice(story, browse) -> None:
    story.begin().choose().apply()
    browser = browse("lin")
    page = browser.get("/road?field=QMS&grade=intern").text
    assert "正在办理" in page
    assert f'href="/cases/{story.case_id}"' in page
    assert "去申请" not in page
    assert "正在办理" not in browser.get("/road?field=EMS&grade=intern").text
