"""Annual confirmation in real browsers: a person files, a body files for many, credit files (D1, D6)."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from browser.conftest import Meet
from browser.pages import Person, Site, tick
from certflow.accounts.models import Person as Holder
from certflow.accounts.models import User
from certflow.cases import versions
from certflow.core import clock
from certflow.core.db import Session, transaction
from certflow.demo.confirming import SERVICE
from certflow.personnel.operations import NewCertificate, issue_certificate
from factories.cast import ROOT

ALONE, FORGETFUL = "user024", "user036"
MANY = ("user048", "user060", "user072")
DECLARED = {"complaints": "false", "development": "false", "qualities": "true", "conduct": "true"}


@pytest.fixture(autouse=True)
def certified(site: Site) -> None:
    """People of the first body whose certificates are due, and one whose is not yet."""
    with site.app.app_context(), transaction() as session:
        versions.publish(session, SERVICE, versions.read_folder(ROOT, SERVICE), "")
        for login in (ALONE, *MANY):
            certify(session, login, 350)
        certify(session, FORGETFUL, 100)


def certify(session: Session, login: str, days: int) -> None:
    user = session.query(User).filter_by(login_name=login).one()
    holder = session.query(Holder).filter_by(user_id=user.id).one()
    new = NewCertificate(
        person_id=holder.id,
        field="ISMS",
        mode="first_intern",
        specialities=(),
        organisation_id=holder.organisation_id,
    )
    issue_certificate(session, new, clock.now() - timedelta(days=days))


def declare(person: Person) -> None:
    for name, value in DECLARED.items():
        person.choose(name, value)


def number_on(person: Person) -> str:
    found = re.search(r"\b\d{14}\b", person.text)
    assert found, person.text
    return found.group(0)


def test_a_person_confirms_a_certificate(site: Site, meet: Meet) -> None:
    holder, staff, reviewer = meet(ALONE), meet("liu.guanlan"), meet("gu.nanqiao")
    holder.open("/my/certificates").shoot("certificates-due", phone=True)
    assert "现在可以办理" in holder.text
    holder.follow('button:has-text("年度确认申请")')
    holder.finish("submit")
    assert "条件全部满足" in holder.text
    holder.shoot("confirmation-check")
    holder.follow('a:has-text("继续填报")')
    with holder.refused(422):
        holder.finish("submit")
    assert "请选择是否有投诉记录" in holder.text
    holder.choose("development", "true")
    holder.page.locator('[name="development_content"]').wait_for()
    declare(holder)
    assert not holder.page.locator('[name="development_content"]').is_visible()
    holder.shoot("confirmation-form", phone=True)
    holder.finish("submit")
    holder.finish("submit")
    number = number_on(holder)
    site.later(hours=1)
    staff.claim(number)
    staff.write("opinion", "请在备注里写明今年的审核次数。")
    staff.shoot("confirmation-body")
    staff.finish("return")
    site.later(hours=1)
    holder.notice("申请被退回")
    assert "请在备注里写明今年的审核次数。" in holder.text
    holder.write("remark", "今年参加了 6 次审核。")
    holder.go_on()
    holder.finish("submit")
    holder.finish("submit")
    staff.claim(number)
    assert "6 次审核" in staff.text
    staff.finish("agree")
    site.later(hours=1)
    reviewer.claim(number)
    reviewer.finish("confirm")
    holder.notice("已确认，登记在证书上")
    holder.open("/my/certificates")
    assert "2026-11-20 已确认" in holder.text
    assert holder.page.locator('button:has-text("年度确认申请")').count() == 0


def test_nothing_is_due_yet(meet: Meet) -> None:
    person = meet(FORGETFUL).open("/services?q=年度确认")
    assert "现在没有需要年度确认的证书。" in person.text
    assert "2027-05-14 至 2027-11-10" in person.text
    assert person.page.locator(f'form[action="/services/{SERVICE}/start"]').count() == 0


def test_a_body_files_for_many(site: Site, meet: Meet) -> None:
    staff = meet("liu.guanlan")
    staff.open("/office/filing").follow('a:has-text("选择人员")')
    staff.shoot("filing-people", phone=True)
    for login in MANY:
        row = staff.page.locator("tr", has_text=site.name(login)).first
        tick(row.locator("input.cf-pick"))
    staff.follow('[data-bulk] button:has-text("为选中的人办理")')
    declare(staff)
    staff.page.locator("details.cf-own summary").first.click()
    staff.page.locator('details.cf-own select[name$=".complaints"]').first.select_option("true")
    with staff.refused(422):
        staff.finish("submit")
    assert "请在备注里说明情况" in staff.text
    staff.page.locator('details.cf-own input[name$=".remark"]').first.fill("一件投诉，查实不成立。")
    staff.shoot("filing-form")
    staff.finish("submit")
    assert "正在提交，已完成 0 / 3" in staff.text
    staff.shoot("filing-progress")
    site.work()
    staff.page.locator('h2:has-text("3 件全部提交")').wait_for()
    staff.shoot("filing-results", phone=True)
    with staff.page.expect_download() as download:
        staff.page.click('a:has-text("CSV")')
    assert Path(download.value.path()).read_text("utf-8-sig").count("已提交") == len(MANY)
    number = number_on(staff)
    staff.open("/office/filing")
    assert "已完成" in staff.text
    meet("gu.nanqiao").claim(number).finish("confirm")
    told = [login for login in MANY if "已为您提交" in meet(login).open("/notices").text]
    assert told == list(MANY)


def test_the_association_keeps_the_credit_file(meet: Meet, site: Site, paper: Path) -> None:
    officer, holder = meet("gu.nanqiao"), meet(ALONE)
    officer.open("/office/credit")
    officer.page.fill('main input[name="q"]', site.name(ALONE))
    officer.page.press('main input[name="q"]', "Enter")
    officer.follow("ul.cf-rows a")
    officer.select("kind", "warning")
    officer.write("text", "现场审核迟到，予以警示。")
    with officer.refused(422):
        officer.follow('button:has-text("记入信用档案")')
        officer.page.locator("[data-error-summary]").wait_for()
    officer.page.set_input_files('input[name="evidence"]', paper)
    officer.write("basis", "信用档案管理办法")
    officer.shoot("credit-entry")
    officer.follow('button:has-text("记入信用档案")')
    assert "信用档案管理办法" in officer.text
    holder.notice("信用档案新增了一条记录")
    assert "现场审核迟到，予以警示。" in holder.text
    assert "信用档案管理办法" not in holder.text
    holder.shoot("credit", phone=True)
