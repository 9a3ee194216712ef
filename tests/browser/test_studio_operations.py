"""An administrator looks where cases wait, helps one along, and moves all to a new version (H6, H8)."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from browser.conftest import Meet
from browser.pages import Person, Site
from certflow.accounts.models import User
from certflow.accounts.permissions import set_permissions
from certflow.accounts.queries import person_of_user
from certflow.cases import operations, versions
from certflow.cases.models import HumanTask
from certflow.core.actor import SYSTEM, Actor
from certflow.core.db import Session, transaction
from certflow.studio import drafts
from factories.cast import ROOT, publish_shipped

ADMIN, PERSON, OFFICE = "pei.mingde", "user270", "gu.nanqiao"
MATTER = {"kind": "fault", "place": "人员注册申请", "matter": "上传学历证书后页面一直转圈。"}


@pytest.fixture
def numbers(site: Site) -> Iterator[list[str]]:
    """Two pieces of feedback under way, and one answered; the service is left as it was found."""
    with site.app.app_context(), transaction() as session:
        publish_shipped(session, "feedback")
        filed = [_file(session) for _ in range(3)]
        task = session.query(HumanTask).filter_by(case_id=filed[2].id, state="open").one()
        office = _actor(session, OFFICE, "reviewer")
        operations.complete_task(session, office, task.id, {"opinion": "已修复。"}, "reply")
        found = [str(one.number) for one in filed[:2]]
    yield found
    with site.app.app_context(), transaction() as session:
        publish_shipped(session, "feedback")


def _actor(session: Session, login: str, role: str) -> Actor:
    user = session.query(User).filter_by(login_name=login).one()
    person = person_of_user(session, user.id)
    return Actor(user.id, user.name, role, person_id=person.id if person else None)


def _file(session: Session) -> Any:
    person = _actor(session, PERSON, "applicant")
    case = operations.start_case(session, person, "feedback")
    task = session.query(HumanTask).filter_by(case_id=case.id).one()
    return operations.complete_task(session, person, task.id, MATTER, "submit")


def publish_renamed(site: Site) -> None:
    """Publish feedback with another id for the step at which cases wait."""
    with site.app.app_context(), transaction() as session:
        content = versions.read_folder(ROOT, "feedback")
        form = 'value="answer"'
        text = content["bpmn"].replace(form, "FORM").replace(">answer<", ">reply<")
        content["bpmn"] = text.replace('"answer"', '"reply"').replace("FORM", form)
        settings = json.dumps(content["service"]).replace('"answer"', '"reply"')
        content["service"] = json.loads(settings)
        versions.publish(session, "feedback", content, "答复改名")


def begin_draft(site: Site) -> None:
    """Begin a draft in which the outcome that was chosen is gone."""
    with site.app.app_context(), transaction() as session:
        content = versions.read_folder(ROOT, "feedback")
        form = content["forms"]["answer"]
        form["outcomes"] = [one for one in form["outcomes"] if one["key"] != "reply"]
        admin = _actor(session, ADMIN, "process_admin")
        drafts.begin(session, admin, "feedback", content, None)


def drag(admin: Person, to: str) -> None:
    """Drag the mark of where the case rests to another step."""
    admin.page.locator(".cf-token").wait_for()
    start = admin.page.locator(".cf-token").bounding_box()
    goal = admin.page.locator(f'[data-element-id="{to}"]').first.bounding_box()
    assert start
    assert goal
    mouse = admin.page.mouse
    mouse.move(start["x"] + 8, start["y"] + 8)
    mouse.down()
    mouse.move(goal["x"] + goal["width"] / 2, goal["y"] + goal["height"] / 2, steps=6)
    with admin.page.expect_navigation():
        mouse.up()


def test_a_case_is_moved_suspended_and_resumed(site: Site, meet: Meet, numbers: list[str]) -> None:
    admin, office = meet(ADMIN).open("/studio/feedback/running"), meet(OFFICE)
    waiting = re.search(r"等待 (\d+) 件", admin.page.locator("[data-diagram]").inner_text())
    assert waiting
    assert int(waiting.group(1)) >= len(numbers)  # another test may have filed one, too
    admin.shoot("studio-running", phone=True)
    admin.follow(admin.page.locator(".cf-studio-line a", has_text=numbers[0]))
    drag(admin, "amend")
    assert "取消任务“" in admin.text
    admin.shoot("studio-desk", phone=True)
    admin.page.fill("#move-reason", "请反馈人补充截图。")
    admin.follow('button:has-text("移动")')
    assert "已移动" in admin.text
    assert numbers[0] not in office.open("/office/inbox?view=group").text

    admin.open("/studio/feedback/running")
    admin.follow(admin.page.locator(".cf-studio-line a", has_text=numbers[1]))
    admin.page.fill("#suspend-reason", "等待核实。")
    admin.follow('button:has-text("暂停")')
    office.claim(numbers[1]).write("opinion", "已修复，请再试。")
    with office.refused(409):
        office.finish("reply")
    assert "已暂停办理" in office.text
    admin.page.fill("#resume-reason", "核实完毕。")
    admin.follow('button:has-text("恢复")')
    assert "已恢复办理" in admin.text


def test_all_cases_move_to_a_new_version_and_back(
    site: Site, meet: Meet, numbers: list[str]
) -> None:
    publish_renamed(site)
    admin = meet(ADMIN).open("/studio/feedback/migrations")
    assert "新版本里没有这一步" in admin.text
    admin.select("map.answer", "reply")
    admin.follow('button:has-text("重新预览")')
    assert "新版本里没有这一步" not in admin.text
    admin.shoot("studio-migration", phone=True)
    admin.page.fill("#reason", "答复步骤改名。")
    admin.follow('button:has-text("件业务")')
    site.work()
    admin.page.locator('h2:has-text("0 件没有迁移")').wait_for()
    admin.shoot("studio-migration-report")
    admin.page.fill("#reason", "先不改。")
    admin.follow('button:has-text("撤回")')
    site.work()
    admin.page.locator('h2:has-text("0 件留在新版本")').wait_for()
    meet(OFFICE).claim(numbers[0])


def test_finished_cases_are_replayed_against_the_draft(
    site: Site, meet: Meet, numbers: list[str]
) -> None:
    begin_draft(site)
    admin = meet(ADMIN).open("/studio/feedback/replays")
    admin.follow('button:has-text("开始回放")')
    site.work()
    admin.page.locator('h2:has-text("走得不同")').wait_for()
    admin.page.locator('td:has-text("表单没有当时选的结果")').first.wait_for()
    admin.shoot("studio-replay", phone=True)


def test_without_the_permission_one_only_looks(site: Site, meet: Meet, numbers: list[str]) -> None:
    with site.app.app_context(), transaction() as session:
        user = session.query(User).filter_by(login_name="tang.yusheng").one()
        before = user.id
        set_permissions(session, SYSTEM, user.id, "process_admin", [])
    looker = meet("tang.yusheng").open("/studio/feedback/running")
    looker.follow(looker.page.locator(".cf-studio-line a", has_text=numbers[0]))
    assert "没有运行操作的权限" in looker.text
    assert looker.page.locator('button:has-text("暂停")').count() == 0
    with site.app.app_context(), transaction() as session:
        allowed = ["approve", "edit", "migrate", "operate", "publish"]
        set_permissions(session, SYSTEM, before, "process_admin", allowed)
