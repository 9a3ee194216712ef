"""The task page: real posts, field by field, as a browser sends them (catalogue B2-B7, B10)."""

import re
from io import BytesIO

import pytest
from sqlalchemy import select

from certflow.cases import operations, queries
from certflow.cases.errors import StepFailed
from certflow.cases.models import Answer, HumanTask
from certflow.core.db import Session
from certflow.core.text import Text
from certflow.demo import records
from certflow.demo.story import Story
from certflow.personnel.queries import records_of
from certflow.web.tasks import submitting
from factories.actors import make_user
from factories.browser import Browser
from factories.formpage import FormPage, follow, open_form

CHOICE = {"field": "QMS", "mode": "first_intern"}


def task_of(story: Story, element: str) -> int:
    return story.tasks(element)[0].id


def audit_path(story: Story, number: int = 0) -> str:
    return f"audit/{story.application['audit'][number]['id']}"


def to_experts(story: Story) -> Story:
    return story.begin().choose().apply().pre_review().pay().accept().assign()


def to_correction(story: Story) -> Story:
    to_experts(story).evaluate(fails=[audit_path(story)])
    return story.conclude("correct")


def choose(browser: Browser, story: Story, **more: object) -> object:
    """Walk the two pages of the first form."""
    page = open_form(browser, f"/tasks/{task_of(story, 'choose')}")
    page = follow(browser, page.set({**CHOICE, **more}).press("_go", "next"))
    details = {
        "specialities": records.specialities("QMS"),
        "organisation": str(story.cast.staff.organisation_id),
        "payer": "person",
    }
    return page.set(details).press("_outcome", "submit")


def pick_everything(browser: Browser, page: FormPage) -> FormPage:
    """Pick every record of the profile library, page by page; stop at the last page."""
    while 'name="_go" value="next"' in page.text and "cf-library" in page.text:
        found = re.search(r'name="_picked\.(\w+)"', page.text)
        if found is not None:
            name = found[1]
            boxes = page.root.xpath(f'//input[@name="_picked.{name}" and not(@disabled)]/@value')
            page.set({f"_picked.{name}": [str(one) for one in boxes]})
            page = follow(browser, page.press("_pick", name))
        page = follow(browser, page.press("_go", "next"))
    return page


def test_an_application_is_filled_confirmed_and_submitted(session, story, browse) -> None:
    browser = browse("lin")
    story.begin()
    answer = choose(browser, story)
    assert answer.location == f"/cases/{story.case_id}/check"
    assert "条件全部满足" in browser.get(answer.location).text
    page = open_form(browser, f"/tasks/{task_of(story, 'apply')}")
    page = pick_everything(browser, page)
    page.put(truthful="true", conduct="true", consent="true")
    answer = page.press("_outcome", "submit")
    assert answer.location.endswith("/confirm"), answer.text
    confirm = browser.get(answer.location).text
    assert "请核对后提交" in confirm
    [school] = records_of(session, story.cast.applicant.person_id or 0, "education")
    assert school.data["school"] in confirm
    assert "领域与方式" in confirm
    answer = FormPage(browser, confirm, "/tasks/").press("_outcome", "submit")
    assert answer.location.endswith("/done")
    done = browser.get(answer.location).text
    assert "业务已成功提交" in done
    assert "20261120090001" in done
    assert story.case.state == "open"


def test_whoever_assigns_sees_how_much_each_expert_has_in_hand(session, story, browse) -> None:
    to_experts(Story(session, story.cast))
    story.begin().choose().apply().pre_review().pay().accept()
    page = take(browse("gu.nanqiao"), story, "assign_experts")
    assert "在办 1 件，星河样例认证有限公司" in page
    assert "没有在办，星河样例认证有限公司" in page


def take(browser: Browser, story: Story, element: str) -> str:
    address = f"/tasks/{task_of(story, element)}"
    browser.post(f"{address}/claim")
    return browser.get(address).text


def test_a_witness_report_that_is_picked_finds_its_audit(session, story, browse) -> None:
    browser = browse("lin")
    story.begin().choose()
    page = pick_everything(browser, open_form(browser, f"/tasks/{task_of(story, 'apply')}"))
    assert page is not None
    draft = queries.draft_of(session, task_of(story, "apply"))
    assert draft is not None
    [witness] = draft.data["witness"]
    assert witness["audit"] in {row["id"] for row in draft.data["audit"]}


def test_an_unready_person_sees_the_rule_and_their_own_figures(story, browse) -> None:
    browser = browse("lin")
    story.begin()
    answer = choose(browser, story, mode="upgrade_to_formal")
    page = browser.get(answer.location).text
    assert "暂时不能申请" in page
    assert "未满足" in page
    assert "重新自检" in page


def test_going_on_with_a_wrong_page_keeps_what_was_typed(session, story, browse) -> None:
    browser = browse("lin")
    story.begin()
    task_id = task_of(story, "choose")
    page = open_form(browser, f"/tasks/{task_id}").put(field="QMS")
    answer = page.press("_go", "next")
    assert answer.status_code == 422
    assert "data-error-summary" in answer.text
    assert '<option value="QMS" selected>' in answer.text
    draft = queries.draft_of(session, task_id)
    assert draft is not None
    assert draft.data["field"] == "QMS"


def test_a_draft_is_there_after_the_browser_was_closed(story, browse) -> None:
    story.begin()
    address = f"/tasks/{task_of(story, 'choose')}"
    browser = browse("lin")
    page = open_form(browser, address).put(**CHOICE)
    assert page.press("_save", "draft").status_code == 303
    assert '<option value="QMS" selected>' in browse("lin").get(address).text


def test_autosave_answers_with_the_time(story, browse) -> None:
    browser = browse("lin")
    story.begin()
    page = open_form(browser, f"/tasks/{task_of(story, 'choose')}").put(field="EMS")
    page.action += "/draft"
    answer = page.press("_none", "")
    assert answer.json == {"saved_at": "09:00"}
    assert '<option value="EMS" selected>' in browser.get(f"/tasks/{task_of(story, 'choose')}").text


def test_a_record_is_added_and_removed_without_scripts(session, story, browse) -> None:
    browser = browse("lin")
    story.begin().choose()
    page = open_form(browser, f"/tasks/{task_of(story, 'apply')}")
    page = follow(browser, page.press("_add", "education"))
    [school] = page.names(".school")
    page.set({school: "南屿示例大学"})
    page = follow(browser, page.press("_add", "education"))
    assert len(page.names(".school")) == 2
    assert "南屿示例大学" in page.text
    identity = school.split(".")[1]
    page = follow(browser, page.press("_remove", f"education/{identity}"))
    assert "南屿示例大学" not in page.text


def test_a_file_is_uploaded_with_the_page(session, story, browse) -> None:
    browser = browse("lin")
    story.begin().choose()
    page = open_form(browser, f"/tasks/{task_of(story, 'apply')}")
    page = follow(browser, page.press("_add", "education"))
    identity = page.names(".school")[0].split(".")[1]
    pdf = BytesIO(records._pdf("education"))
    page.set({f"education.{identity}.diploma": [(pdf, "学历.pdf")]})
    page = follow(browser, page.press("_save", "draft"))
    assert "学历.pdf" in page.text


def test_a_file_survives_the_repeat_after_a_failing_step(
    session, story, browse, monkeypatch
) -> None:
    browser, save, failed = browse("lin"), submitting._saved, []

    def failing_once(sheet, posted):
        if not failed:
            failed.append(posted)
            raise StepFailed("remind", Text("失败", "failed"))
        return save(sheet, posted)

    story.begin().choose()
    page = open_form(browser, f"/tasks/{task_of(story, 'apply')}")
    page = follow(browser, page.press("_add", "education"))
    identity = page.names(".school")[0].split(".")[1]
    pdf = BytesIO(records._pdf("education"))
    page.set({f"education.{identity}.diploma": [(pdf, "学历.pdf")]})
    monkeypatch.setattr(submitting, "_saved", failing_once)
    assert "学历.pdf" in follow(browser, page.press("_save", "draft")).text
    assert failed


def test_a_refused_file_is_named_at_its_field(story, browse) -> None:
    browser = browse("lin")
    story.begin().choose()
    page = open_form(browser, f"/tasks/{task_of(story, 'apply')}")
    page = follow(browser, page.press("_add", "education"))
    school = page.names(".school")[0]
    identity = school.split(".")[1]
    page.set({school: "南屿示例大学"})
    page.set({f"education.{identity}.diploma": [(BytesIO(b"MZ\x90 not a document"), "坏.pdf")]})
    answer = page.press("_save", "draft")
    assert answer.status_code == 422
    assert f"f-education-{identity}-diploma-error" in answer.text
    assert "南屿示例大学" in answer.text


def test_submitting_too_early_leads_to_the_fields(story, browse) -> None:
    browser = browse("lin")
    story.begin().choose()
    page = open_form(browser, f"/tasks/{task_of(story, 'apply')}?page=declaration")
    answer = page.press("_outcome", "submit")
    assert answer.status_code == 422
    assert "处需要修改" in answer.text
    assert story.case.state == "draft"


def test_the_body_returns_with_a_remark_and_only_then_the_applicant_mends(story, browse) -> None:
    staff, applicant = browse("liu"), browse("lin")
    story.begin().choose().apply()
    task_id, path = task_of(story, "pre_review"), audit_path(story)
    staff.post(f"/tasks/{task_id}/claim")
    page = open_form(staff, f"/tasks/{task_id}")
    page.set({f"verdicts.{path}.verdict": "fail", f"verdicts.{path}.remark": "请写明部门"})
    page.put(opinion="请补正。")
    answer = page.press("_outcome", "return")
    assert answer.location == f"/tasks/{task_id}/done"
    mending = applicant.get(f"/tasks/{task_of(story, 'amend')}").text
    assert "请写明部门" in mending
    assert "cf-record--returned" in mending


def test_a_return_without_an_opinion_keeps_the_verdicts(story, browse) -> None:
    staff = browse("liu")
    story.begin().choose().apply()
    task_id, path = task_of(story, "pre_review"), audit_path(story)
    staff.post(f"/tasks/{task_id}/claim")
    page = open_form(staff, f"/tasks/{task_id}")
    page.set({f"verdicts.{path}.verdict": "pass"})
    answer = page.press("_outcome", "return")
    assert answer.status_code == 422
    again = FormPage(staff, answer.text)
    assert again.fields[f"verdicts.{path}.verdict"] == "pass"


def test_a_task_of_the_group_is_read_first_and_then_claimed(session, story, browse) -> None:
    staff = browse("liu")
    story.begin().choose().apply()
    address = f"/tasks/{task_of(story, 'pre_review')}"
    page = staff.get(address).text
    assert "等待领取" in page
    assert "_outcome" not in page
    staff.post(f"{address}/claim")
    assert 'value="agree"' in staff.get(address).text
    staff.post(f"{address}/release")
    assert "等待领取" in staff.get(address).text


def test_a_colleagues_task_can_be_read_but_not_done(session, story, browse) -> None:
    make_user(session, "zhou", "reviewer")
    story.begin().choose().apply().pre_review().pay()
    address = f"/tasks/{task_of(story, 'accept')}"
    first, second = browse("gu.nanqiao"), browse("zhou")
    first.post(f"{address}/claim")
    page = open_form(first, address).put(complete="true", in_scope="true", opinion="齐全")
    assert "由同事办理" in second.get(address).text
    page.browser = second
    page.put(csrf_token=second.token())
    answer = page.press("_outcome", "accept")
    assert answer.status_code == 403
    assert story.case.stages == ["accept"]


def test_a_task_is_handed_to_a_colleague_with_a_reason(session, story, browse) -> None:
    other = make_user(session, "zhou", "reviewer")
    story.begin().choose().apply().pre_review().pay()
    address = f"/tasks/{task_of(story, 'accept')}"
    browser = browse("gu.nanqiao")
    answer = browser.post(f"{address}/reassign", user_id=str(other.id), reason="")
    assert answer.status_code == 422
    assert "请写明转交的原因" in answer.text
    answer = browser.post(f"{address}/reassign", user_id=str(other.id), reason="休假")
    assert answer.status_code == 303
    assert story.tasks("accept")[0].assignee_id == other.id


def test_nobody_claims_their_own_application(session, story, browse) -> None:
    from certflow.accounts.operations import grant_role
    from certflow.core import clock

    story.begin().choose().apply().pre_review().pay()
    grant_role(session, story.cast.applicant.user_id or 0, "reviewer", clock.now())
    browser = browse("lin")
    browser.post("/role", role="reviewer")
    address = f"/tasks/{task_of(story, 'accept')}"
    assert "您本人的申请" in browser.get(address).text
    assert browser.post(f"{address}/claim").status_code == 403


@pytest.mark.parametrize("who", ["expert0", "song", "lin"])
def test_another_persons_task_is_not_found(story, browse, who: str) -> None:
    story.begin().choose().apply()
    assert browse(who).get(f"/tasks/{task_of(story, 'pre_review')}").status_code == 404


def test_a_double_click_has_one_effect(session: Session, story, browse) -> None:
    browser = browse("gu.nanqiao")
    story.begin().choose().apply().pre_review().pay()
    task_id = task_of(story, "accept")
    browser.post(f"/tasks/{task_id}/claim")
    page = open_form(browser, f"/tasks/{task_id}")
    page.put(complete="true", in_scope="true", opinion="齐全")
    answers = [page.press("_outcome", "accept") for _ in range(2)]
    assert [one.location for one in answers] == [f"/tasks/{task_id}/done"] * 2
    kept = session.scalars(select(Answer).where(Answer.task_id == task_id)).all()
    assert len(kept) == 1


def test_the_same_task_sent_from_another_window_is_told(story, browse) -> None:
    browser = browse("gu.nanqiao")
    story.begin().choose().apply().pre_review().pay()
    address = f"/tasks/{task_of(story, 'accept')}"
    browser.post(f"{address}/claim")
    windows = [open_form(browser, address) for _ in range(2)]
    for window in windows:
        window.put(complete="true", in_scope="true", opinion="齐全")
    assert windows[0].press("_outcome", "accept").status_code == 303
    answer = windows[1].press("_outcome", "accept")
    assert answer.status_code == 409
    assert "没有重复办理" in answer.text


def test_a_stale_page_is_told_and_the_draft_kept(session, story, browse) -> None:
    browser = browse("gu.nanqiao")
    story.begin().choose().apply().pre_review().pay()
    task_id = task_of(story, "accept")
    browser.post(f"/tasks/{task_id}/claim")
    page = open_form(browser, f"/tasks/{task_id}")
    page.put(complete="true", in_scope="true", opinion="材料齐全，写了很久", seen="1")
    answer = page.press("_outcome", "accept")
    assert answer.status_code == 409
    assert "已存为草稿" in answer.text
    assert "材料齐全，写了很久" in browser.get(f"/tasks/{task_id}").text
    assert story.case.stages == ["accept"]


def test_experts_side_by_side_do_not_make_each_other_stale(session, story, browse) -> None:
    to_experts(story)
    tasks = {task.assignee_id: task.id for task in story.tasks("evaluate")}
    pages = []
    for number in (0, 1):
        browser = browse(f"expert{number}")
        address = f"/tasks/{tasks[story.cast.experts[number].user_id]}"
        page = open_form(browser, address)
        radios = page.root.xpath('//input[@type="radio" and contains(@name, ".verdict")]/@name')
        page.set({str(name): "pass" for name in radios})
        pages.append(page.put(result="pass", opinion="符合"))
    assert [page.press("_outcome", "submit").status_code for page in pages] == [303, 303]
    assert story.case.stages == ["conclude"]


def test_an_expert_reads_phone_numbers_masked(story, browse) -> None:
    to_experts(story)
    me = story.cast.experts[0].user_id
    task_id = next(task.id for task in story.tasks("evaluate") if task.assignee_id == me)
    page = browse("expert0").get(f"/tasks/{task_id}").text
    assert "13800009999" not in page
    assert "138****9999" in page


def test_an_expert_stands_back_with_a_reason(story, browse) -> None:
    to_experts(story)
    browser = browse("expert0")
    me = story.cast.experts[0].user_id
    task_id = next(task.id for task in story.tasks("evaluate") if task.assignee_id == me)
    page = open_form(browser, f"/tasks/{task_id}")
    assert page.press("_outcome", "decline").status_code == 422
    answer = page.put(decline_reason="colleague").press("_outcome", "decline")
    assert (answer.status_code, answer.location) == (303, "/office/inbox")
    assert browser.get(f"/cases/{story.case_id}").status_code == 404


def test_only_flagged_records_are_open_in_a_corrective_round(session, story, browse) -> None:
    browser = browse("lin")
    to_correction(story)
    page = open_form(browser, f"/tasks/{task_of(story, 'correct')}")
    assert "cf-record--returned" in page.text
    assert "整改时限" in page.text
    flagged = story.application["audit"][0]["id"]
    assert page.names(".duties") == [f"audit.{flagged}.duties"]
    assert page.names(".organisation") == []


def test_an_expert_sees_in_the_next_round_what_changed(session, story, browse) -> None:
    to_correction(story)
    rows = [dict(row) for row in story.application["audit"]]
    rows[0]["duties"] = "生产部 8.1、8.5、8.6"
    story.correct({"audit": rows})
    me = story.cast.experts[0].user_id
    task_id = next(task.id for task in story.tasks("evaluate") if task.assignee_id == me)
    page = open_form(browse("expert0"), f"/tasks/{task_id}")
    assert "申请人改了 1 处" in page.text
    assert "有修改" in page.text
    path = audit_path(story)
    assert f"verdicts.{path}.verdict" not in page.fields
    assert page.fields[f"verdicts.{audit_path(story, 1)}.verdict"] == "pass"


def test_the_conclusion_stands_beside_the_experts_opinions(story, browse) -> None:
    to_experts(story).evaluate(fails=[audit_path(story)])
    browser = browse("gu.nanqiao")
    task_id = task_of(story, "conclude")
    browser.post(f"/tasks/{task_id}/claim")
    page = browser.get(f"/tasks/{task_id}").text
    assert "expert0，评价专家" in page
    assert "不符合 1" in page
    assert "J-06" in page


def test_a_done_task_shows_what_was_answered(session, story, browse) -> None:
    story.begin().choose().apply().pre_review().pay().accept()
    done = next(t for t in queries.all_tasks(session, story.case_id) if t.element == "accept")
    page = browse("gu.nanqiao").get(f"/tasks/{done.id}").text
    assert "这项任务已经办完：受理" in page
    assert "材料齐全，予以受理。" in page


def test_a_withdrawn_cases_task_is_no_longer_needed(session, story, browse) -> None:
    story.begin().choose().apply()
    task_id = task_of(story, "pre_review")
    operations.withdraw(session, story.cast.applicant, story.case_id, "材料还不齐", None)
    assert "任务已取消" in browse("liu").get(f"/tasks/{task_id}").text


def test_a_post_without_its_token_is_refused(story, browse) -> None:
    browser = browse("lin")
    story.begin()
    page = open_form(browser, f"/tasks/{task_of(story, 'choose')}").put(csrf_token=None)
    assert page.press("_save", "draft").status_code == 400


def test_a_file_of_somebody_else_cannot_be_named(session, story, browse) -> None:
    browser = browse("lin")
    story.begin().choose()
    foreign = records.evidence_file(session, story.cast.staff.user_id or 0, "education")
    page = pick_everything(browser, open_form(browser, f"/tasks/{task_of(story, 'apply')}"))
    page = open_form(browser, f"/tasks/{task_of(story, 'apply')}?page=education")
    [name] = page.names(".diploma")
    follow(browser, page.set({name: [foreign]}).press("_save", "draft"))
    page = open_form(browser, f"/tasks/{task_of(story, 'apply')}?page=declaration")
    page.put(truthful="true", conduct="true", consent="true")
    answer = page.press("_outcome", "submit")
    confirm = FormPage(browser, browser.get(answer.location).text, "/tasks/")
    answer = confirm.press("_outcome", "submit")
    assert answer.status_code == 422
    assert "请重新上传这个文件" in answer.text
    assert story.case.state == "draft"


def test_staff_of_another_body_do_not_reach_the_task(session, story, browse) -> None:
    from certflow.accounts.models import Organisation

    other = session.scalars(
        select(Organisation).where(Organisation.id != story.cast.staff.organisation_id)
    ).first()
    make_user(session, "stranger", "body_staff", other)
    story.begin().choose().apply()
    task: HumanTask = story.tasks("pre_review")[0]
    browser = browse("stranger")
    for answer in (
        browser.get(f"/tasks/{task.id}"),
        browser.post(f"/tasks/{task.id}/claim"),
        browser.post(f"/tasks/{task.id}", _outcome="agree"),
        browser.post(f"/tasks/{task.id}/draft", opinion="x"),
    ):
        assert answer.status_code == 404


def test_english_readers_get_the_form_in_english(story, browse) -> None:
    browser = browse("lin")
    story.begin()
    browser.post("/language", locale="en")
    assert "Kind of application" in browser.get(f"/tasks/{task_of(story, 'choose')}").text


def test_a_second_applicant_cannot_open_the_first_ones_draft(session, story, browse) -> None:
    make_user(session, "chen", "applicant")
    story.begin()
    answer = browse("chen").get(f"/tasks/{task_of(story, 'choose')}")
    assert answer.status_code == 404
