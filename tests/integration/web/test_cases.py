"""The case page in the eyes of everybody who may see it (catalogue B5, B9, B13, C6)."""

import json
import re
from datetime import timedelta
from html import unescape

import pytest
from pypdf import PdfReader

from certflow.accounts.models import User
from certflow.cases import operations
from certflow.core import clock
from certflow.core.db import Session
from certflow.demo.records import KINDS
from certflow.demo.story import Story
from factories.actors import make_user

EXPERTS = {"expert0": "沈拾光", "expert1": "陆听澜", "expert2": "程砚秋"}
TABS = ("progress", "application", "opinions", "files", "payments", "messages")


@pytest.fixture
def story(session: Session, story: Story) -> Story:
    for login, name in EXPERTS.items():
        session.query(User).filter_by(login_name=login).one().name = name
    return story


def audit_path(story: Story) -> str:
    return f"audit/{story.application['audit'][0]['id']}"


def to_experts(story: Story) -> Story:
    return story.begin().choose().apply().pre_review().pay().accept().assign()


def to_correction(story: Story) -> Story:
    to_experts(story).evaluate(fails=[audit_path(story)])
    return story.conclude("correct")


def page_of(browser, story: Story, tab: str = "progress") -> str:
    answer = browser.get(f"/cases/{story.case_id}", query_string={"tab": tab})
    assert answer.status_code == 200, answer.text
    return answer.text


def everything(browser, story: Story) -> str:
    return "".join(page_of(browser, story, tab) for tab in TABS)


@pytest.mark.parametrize("who", ["lin", "liu", "gu.nanqiao", "song", "expert0"])
def test_everybody_concerned_opens_every_tab(story, browse, who) -> None:
    to_correction(story)
    page = everything(browse(who), story)
    assert "首次申请实习" in page
    assert "专家评价" in page


def test_the_regulator_reads_every_tab(session, story, browse) -> None:
    make_user(session, "watch", "regulator")
    to_correction(story)
    assert "沈拾光" in everything(browse("watch"), story)


def test_another_persons_case_is_not_found(session, story, browse) -> None:
    make_user(session, "chen", "applicant")
    to_experts(story)
    stranger = browse("chen")
    for address in ("", "/diagram.bpmn", "/print", "/application.pdf", "/check", "/withdraw"):
        assert stranger.get(f"/cases/{story.case_id}{address}").status_code == 404
    for address in ("/comments", "/withdraw"):
        answer = stranger.post(f"/cases/{story.case_id}{address}", body="看看", reason="看看")
        assert answer.status_code == 404


def test_an_expert_of_another_case_does_not_find_it(story, browse) -> None:
    to_experts(story)
    assert browse("expert2").get(f"/cases/{story.case_id}").status_code == 404


def test_a_draft_is_for_its_owner_alone(story, browse) -> None:
    story.begin().choose()
    assert "填报申请" in page_of(browse("lin"), story)
    assert browse("gu.nanqiao").get(f"/cases/{story.case_id}").status_code == 404


@pytest.mark.parametrize("who", ["lin", "liu"])
def test_experts_have_no_names_for_those_they_judge(story, browse, who) -> None:
    to_correction(story)
    browser = browse(who)
    page = everything(browser, story) + browser.get(f"/cases/{story.case_id}/print").text
    assert "评价专家 1" in page
    for name in EXPERTS.values():
        assert name not in page


def test_the_association_sees_the_experts_names(story, browse) -> None:
    to_correction(story)
    assert "沈拾光" in page_of(browse("gu.nanqiao"), story)


def test_opinions_of_experts_stay_closed_until_there_is_a_conclusion(story, browse) -> None:
    to_experts(story).evaluate(fails=[audit_path(story)])
    browser = browse("lin")
    before = everything(browser, story)
    assert "J-06" not in before
    assert "逐条评价完毕" not in before
    assert "一位专家已完成" in before
    assert "J-06" in page_of(browse("gu.nanqiao"), story)
    story.conclude("correct")
    assert "J-06" in page_of(browser, story)
    assert "J-06" in page_of(browser, story, "opinions")


def test_an_expert_does_not_read_the_other_ones_opinion_first(story, browse) -> None:
    to_experts(story)
    second = next(
        t for t in story.tasks("evaluate") if t.assignee_id == story.cast.experts[1].user_id
    )
    paths = [f"{kind}/{row['id']}" for kind in KINDS for row in story.application.get(kind, [])]
    verdicts: dict[str, dict[str, str]] = {path: {"verdict": "pass"} for path in paths}
    verdicts[audit_path(story)] = {"verdict": "fail", "code": "J-06", "remark": "请看分工。"}
    answers = {"verdicts": verdicts, "result": "fail", "opinion": "请看第一条。"}
    story.complete(second, story.cast.experts[1], answers, "submit")
    assert "请看第一条。" not in everything(browse("expert0"), story)
    assert "请看第一条。" in everything(browse("expert1"), story)


def test_why_an_expert_stood_back_is_not_told_to_the_applicant(story, browse) -> None:
    to_experts(story)
    story.evaluate(declines=[story.cast.experts[0].user_id or 0])
    page = everything(browse("lin"), story)
    assert "一位专家回避" in page
    assert "曾是同事" not in page


def test_the_timeline_says_who_when_and_what(story, browse) -> None:
    to_correction(story)
    page = page_of(browse("lin"), story)
    for words in (
        "提交申请",
        "机构初核：同意上报",
        "缴费成功",
        "评价时限 30 个工作日开始计算",
        "受理审查：受理",
        "评价结论：要求整改",
        "等待您办理：申请人整改",
        "2026-11-20 09:00",
    ):
        assert words in page


def test_the_timeline_shows_before_and_after(story, browse) -> None:
    to_correction(story)
    rows = [dict(row) for row in story.application["audit"]]
    before, rows[0]["duties"] = rows[0]["duties"], "生产部 8.1"
    story.correct({"audit": rows})
    page = page_of(browse("gu.nanqiao"), story)
    assert f"<del>{before}</del>" in page
    assert "<ins>生产部 8.1</ins>" in page


def test_the_applicant_sees_the_one_thing_to_do(story, browse) -> None:
    to_correction(story)
    page = page_of(browse("lin"), story)
    assert "现在请您：申请人整改" in page
    assert f'href="/tasks/{story.tasks("correct")[0].id}"' in page
    assert "现在请您" not in page_of(browse("gu.nanqiao"), story)


def test_an_unpaid_fee_is_the_thing_to_do(story, browse) -> None:
    story.begin().choose().apply().pre_review()
    assert "去缴费" in page_of(browse("lin"), story)
    assert "200.00 元" in page_of(browse("lin"), story, "payments")
    assert "去缴费" not in page_of(browse("liu"), story)


def test_both_clocks_are_read_at_a_glance(story, browse) -> None:
    to_correction(story)
    clock.move(timedelta(minutes=59))
    page = page_of(browse("lin"), story)
    assert "整改时限" in page
    assert "还有 60 天" in page
    assert "评价时限" in page
    assert "暂停中" in page
    assert "等待申请人整改" in page


def test_the_diagram_knows_what_is_done_and_present(story, browse) -> None:
    to_correction(story)
    page = page_of(browse("lin"), story)
    found = re.search(r'data-state="([^"]+)"', page)
    assert found is not None
    state = json.loads(unescape(found[1]))
    assert state["present"] == ["correct"]
    assert {"apply", "pre_review", "evaluate"} <= set(state["done"])
    assert state["mending"] is True
    assert state["labels"]["correct"] == "第 1/2 次"


def test_the_diagrams_xml_is_the_one_the_case_runs_on(story, browse) -> None:
    to_experts(story)
    answer = browse("lin").get(f"/cases/{story.case_id}/diagram.bpmn")
    assert answer.mimetype == "application/xml"
    assert b"bpmn:definitions" in answer.data


def test_english_readers_get_english_names_in_the_diagram(story, browse) -> None:
    to_experts(story)
    browser = browse("lin")
    browser.post("/language", locale="en")
    page = page_of(browser, story)
    assert "Institution pre-review: Agree" in page
    state = re.search(r'data-state="([^"]+)"', page)
    assert state is not None
    assert json.loads(unescape(state[1]))["names"]["pre_review"] == "Institution pre-review"


def test_the_application_has_its_versions(story, browse) -> None:
    to_correction(story)
    rows = [dict(row) for row in story.application["audit"]]
    rows[0]["duties"] = "生产部 8.1"
    story.correct({"audit": rows})
    browser = browse("lin")
    assert "这一次改了什么" in page_of(browser, story, "application")
    first = browser.get(f"/cases/{story.case_id}?tab=application&version=1").text
    assert "这一次改了什么" not in first


def test_phone_numbers_are_masked(story, browse) -> None:
    to_experts(story)
    page = page_of(browse("gu.nanqiao"), story, "application")
    assert "13800009999" not in page
    assert "138****9999" in page


def test_people_talk_on_the_case(story, browse) -> None:
    story.begin().choose().apply()
    browser = browse("lin")
    answer = browser.post(f"/cases/{story.case_id}/comments", body="请问还缺什么？")
    assert answer.status_code == 303
    assert "请问还缺什么？" in page_of(browse("liu"), story, "messages")


def test_an_empty_comment_is_refused_with_the_reason(story, browse) -> None:
    story.begin().choose().apply()
    answer = browse("lin").post(f"/cases/{story.case_id}/comments", body="字" * 2001)
    assert answer.status_code == 422
    assert "请写 1 到 2000 个字" in answer.text
    assert "字" * 2001 in answer.text


def test_internal_notes_are_for_the_association(story, browse) -> None:
    to_experts(story)
    office = browse("gu.nanqiao")
    office.post(f"/cases/{story.case_id}/comments", body="材料存疑", internal="1")
    assert "材料存疑" in everything(office, story)
    for who in ("lin", "liu", "expert0"):
        assert "材料存疑" not in everything(browse(who), story)


def test_an_applicant_cannot_write_internal_notes(story, browse) -> None:
    story.begin().choose().apply()
    browser = browse("lin")
    browser.post(f"/cases/{story.case_id}/comments", body="我自己看", internal="1")
    assert "我自己看" in page_of(browse("liu"), story, "messages")


def test_withdrawing_says_first_what_is_lost(story, browse) -> None:
    story.begin().choose().apply()
    browser = browse("lin")
    page = browser.get(f"/cases/{story.case_id}/withdraw").text
    assert "不能恢复" in page
    answer = browser.post(f"/cases/{story.case_id}/withdraw", reason=" ", key="k1")
    assert answer.status_code == 422
    answer = browser.post(f"/cases/{story.case_id}/withdraw", reason="材料还不齐", key="k2")
    assert answer.status_code == 303
    page = page_of(browser, story)
    assert "已撤回" in page
    assert "材料还不齐" in page


def test_withdrawing_too_late_is_refused(story, browse) -> None:
    to_experts(story)
    browser = browse("lin")
    assert "不能撤回" in browser.get(f"/cases/{story.case_id}/withdraw").text
    answer = browser.post(f"/cases/{story.case_id}/withdraw", reason="晚了", key="k3")
    assert answer.status_code == 422
    assert story.case.state == "open"


def test_the_print_view_has_the_attachments_list(story, browse) -> None:
    to_correction(story)
    page = browse("lin").get(f"/cases/{story.case_id}/print").text
    assert "附件清单" in page
    assert "办理过程" in page


def test_the_pdf_reads_back_and_hides_numbers_and_names(story, browse) -> None:
    to_correction(story)
    answer = browse("lin").get(f"/cases/{story.case_id}/application.pdf")
    assert answer.mimetype == "application/pdf"
    from io import BytesIO

    text = "".join(one.extract_text() for one in PdfReader(BytesIO(answer.data)).pages)
    assert "20261120090001" in text
    assert "13800009999" not in text
    for name in EXPERTS.values():
        assert name not in text


def test_a_registered_case_shows_its_certificate(story, browse) -> None:
    to_experts(story).evaluate().conclude().approve()
    page = page_of(browse("lin"), story)
    assert "证书已颁发" in page
    assert "2026-N0QMS-" in page


def test_a_comment_by_somebody_outside_changes_nothing(session, story) -> None:
    from certflow.core.errors import NotFound

    to_experts(story)
    outsider = story.cast.experts[2]
    with pytest.raises(NotFound):
        operations.comment(session, outsider, story.case_id, "在吗")
