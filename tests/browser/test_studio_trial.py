"""A draft is tried out as two roles past a deadline, kept as a test, run; one comes from a case (H5)."""

import pytest

from browser.conftest import Meet
from browser.pages import Person, Site
from browser.test_accessibility import TOO_WIDE, violations
from certflow.accounts.models import User
from certflow.cases import operations
from certflow.cases.queries import tasks_of
from certflow.core.actor import Actor
from certflow.core.db import transaction
from factories.cast import publish_shipped
from factories.trying import MATTER

ADMIN = "pei.mingde"


@pytest.fixture
def case_number(site: Site) -> str:
    """A piece of feedback that a real person filed and that was answered."""
    with site.app.app_context(), transaction() as session:
        publish_shipped(session, "feedback")
        users = {one.login_name: one for one in session.query(User)}
        person = Actor(users["user204"].id, users["user204"].name, "applicant")
        office = Actor(users["gu.nanqiao"].id, "顾南乔", "reviewer")
        case = operations.start_case(session, person, "feedback")
        for who, data, outcome in (
            (person, MATTER, "submit"),
            (office, {"opinion": "好"}, "refuse"),
        ):
            task = tasks_of(session, case.id)[0]
            operations.complete_task(session, who, task.id, data, outcome)
        return case.number or ""


def step(admin: Person, name: str) -> None:
    """Let whoever's turn it is do it with made-up answers."""
    admin.follow(admin.page.locator(".cf-trial-quick button", has_text=name))


def present(admin: Person) -> list[str]:
    """Return the elements on which the diagram shows the token."""
    admin.page.locator("[data-drawn]").wait_for()
    shown = admin.page.locator(".cf-present[data-element-id]").all()
    return [str(one.get_attribute("data-element-id")) for one in shown]


def sound(admin: Person) -> None:
    """The page has no fault that a machine can find, wide and narrow."""
    assert violations(admin) == []
    admin.page.set_viewport_size({"width": 390, "height": 844})
    assert admin.page.evaluate(TOO_WIDE) == []
    assert violations(admin) == []
    admin.page.set_viewport_size({"width": 1280, "height": 900})


def test_a_draft_is_tried_out_kept_and_tested(meet: Meet, case_number: str) -> None:
    admin = meet(ADMIN)
    admin.open("/studio/feedback/draft")
    admin.follow(admin.page.get_by_role("button", name="开始草稿"))
    admin.open("/studio/feedback/trials")
    admin.follow(admin.page.get_by_role("button", name="开始试运行"))
    assert present(admin) == ["file"]

    admin.follow(admin.page.get_by_role("link", name="以这个身份办理"))
    admin.follow(admin.page.get_by_role("button", name="只填必填项"))
    assert "申请人甲" in admin.page.locator("#form").inner_text()
    admin.write("place", "证书查询")
    sound(admin)
    admin.finish("submit")
    assert present(admin) == ["answer"]

    step(admin, "请对方补充")
    assert present(admin) == ["amend"]
    assert "请在 2026-12-04 前" in admin.text
    admin.follow(admin.page.get_by_role("button", name="到定时器"))
    assert "2026-12-05 00:00" in admin.page.locator(".cf-trialbar").inner_text()
    assert present(admin) == ["answer_again"]
    admin.shoot("studio-trial", phone=True)
    admin.follow(admin.page.get_by_role("button", name="退回一步"))
    assert present(admin) == ["amend"]
    admin.follow(admin.page.get_by_role("button", name="到定时器"))
    step(admin, "答复")
    assert "已办结：已答复" in admin.text

    admin.write("title", "逾期未补充也要答复")
    admin.follow(admin.page.get_by_role("button", name="存为测试"))
    assert "5 步都按预期走" in admin.text
    sound(admin)

    admin.open("/studio/feedback/scenarios")
    assert case_number in admin.text
    admin.follow(admin.page.get_by_role("button", name=f"用业务 {case_number} 生成测试"))
    assert "3 步都按预期走" in admin.text
    assert MATTER["matter"] not in admin.page.content()

    admin.open("/studio/feedback/scenarios/done")
    admin.follow(admin.page.get_by_role("button", name="删除这项测试"))
    with admin.page.expect_navigation(url="**run=1"):
        admin.page.get_by_role("link", name="全部运行").click()
    assert "已运行 8/8 项，8 项通过" in admin.text
    admin.page.locator("[data-drawn]").wait_for()
    missed = admin.page.locator(".cf-missed[data-element-id]").all()
    assert {"result_letter", "done"} <= {one.get_attribute("data-element-id") for one in missed}
    admin.page.locator(".cf-trial-missed summary").click()
    assert "出具处理结果函" in admin.page.locator(".cf-trial-missed").inner_text()
    admin.shoot("studio-tests", phone=True)
    sound(admin)
