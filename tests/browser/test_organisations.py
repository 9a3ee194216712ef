"""An organisation joins, opens accounts and takes a file over; staff announce and search (A7, A12)."""

import re
from pathlib import Path

import pytest

from browser.conftest import Meet
from browser.pages import Person, Site, tick
from browser.test_accessibility import violations
from certflow.core.db import transaction
from certflow.core.outbox import MOST_ATTEMPTS
from certflow.core.tables import table_file
from factories.cast import publish_shipped
from factories.people import resident_number
from factories.receiver import Receiver, receiver

CODE, NAME = "91110000600037341L", "新港样例认证有限公司"
LOGIN, PASSWORD = "chen.xingang", "heron-8-by-river"
NUMBERS = "一二三四五六七八九十"
REVIEWER, ADMIN = "gu.nanqiao", "admin"


@pytest.fixture(autouse=True)
def services(site: Site) -> None:
    with site.app.app_context(), transaction() as session:
        publish_shipped(session, "organisation_sign_up", "feedback")


def fill(person: Person, **values: str) -> None:
    for name, value in values.items():
        person.page.fill(f"#{name}", value)


def go_on(person: Person) -> None:
    person.follow("main form button.cf-button--main:visible")


def initial_password(person: Person) -> str:
    found = re.search(r"[a-z]{4}-\d{4}-[a-z]{4}-\d{4}", person.text)
    assert found
    return found[0]


def sign_up(visitor: Person) -> None:
    """Open the account on the public page, with a mistake first."""
    visitor.open("/organisations/sign-up")
    told = {"name": NAME, "contact_name": "陈新港", "login_name": LOGIN}
    fill(visitor, uscc=CODE[:-1] + "X", password=PASSWORD, again=PASSWORD, **told)
    for code in (None, CODE):
        if code is not None:
            assert "统一社会信用代码不正确" in visitor.text
            assert violations(visitor) == []
            fill(visitor, uscc=code, password=PASSWORD, again=PASSWORD)
        if not visitor.page.locator("#captcha_sum").is_visible():
            visitor.page.locator(".cf-captcha__other summary").click()
        question = visitor.page.inner_text("[data-question]")
        fill(visitor, captcha_sum=str(sum(NUMBERS.find(one) + 1 for one in question)))
        with visitor.refused(422):
            go_on(visitor)


def file(visitor: Person, paper: Path) -> str:
    """Fill the organisation in and submit it; return the case's number."""
    assert visitor.page.input_value('[name="uscc"]') == CODE
    visitor.choose("kind", "certification_body")
    visitor.attach(visitor.page.locator("#main"), paper)
    visitor.write("address", "示例市示例路 1 号")
    visitor.go_on()
    visitor.write("contact_phone", "010-00000000")
    visitor.write("contact_email", "office@example.org")
    tick(visitor.page.locator('input[name="truthful"]').last)
    visitor.finish("submit")
    visitor.finish("submit")
    found = re.search(r"\b\d{14}\b", visitor.text)
    assert found
    return found[0]


def test_an_organisation_joins_opens_accounts_and_is_told_of_its_cases(
    meet: Meet, site: Site, paper: Path
) -> None:
    visitor = meet()
    sign_up(visitor)
    number = file(visitor, paper)
    reviewer = meet(REVIEWER).claim(number)
    assert "没有相同代码或相近名称的机构" in reviewer.text
    assert violations(reviewer) == []
    reviewer.shoot("organisation-review")
    reviewer.finish("approve")

    visitor.open("/office/organisation")
    assert NAME in visitor.text
    assert violations(visitor) == []
    visitor.shoot("organisation", phone=True)
    visitor.open("/office/staff")
    fill(visitor, name="白露", login_name="bai.lu.xingang")
    go_on(visitor)
    colleague_password = initial_password(visitor)
    assert violations(visitor) == []
    visitor.open("/office/people/new")
    fill(visitor, name="许听澜", document_number=resident_number(777), login_name="xu.xingang")
    visitor.follow("main form button.cf-button--main")
    assert initial_password(visitor)
    visitor.shoot("auditors", phone=True)
    with receiver() as program:
        subscribe(visitor, program)
        lose_and_catch_up(visitor, program)

    colleague = meet("bai.lu.xingang")
    colleague.page.goto(f"{colleague.site.base_url}/login")
    colleague.sign_in(colleague_password)
    assert "/password" in colleague.page.url


def subscribe(admin: Person, program: Receiver) -> None:
    """Add a webhook, with a mistake first, and see a test message arrive."""
    admin.site.work()  # what happened before is for nobody
    admin.open("/webhooks")
    fill(admin, name="业务系统", url="ftp://example.org")
    with admin.refused(422):
        go_on(admin)
    assert "请至少选一种事件" in admin.text
    assert violations(admin) == []
    fill(admin, url=program.url)
    admin.choose("event", "case.submitted", "case.closed")
    go_on(admin)
    program.secret = admin.page.inner_text(".cf-raw code")
    admin.follow('form[action$="/test"] button')
    assert program.secret not in admin.text
    admin.site.work()
    admin.page.reload()
    assert program.events == ["ping"]
    assert "已送达" in admin.text


def lose_and_catch_up(admin: Person, program: Receiver) -> None:
    """The receiver is away until the webhook stops; what happened meanwhile comes later."""
    webhook, program.answers = admin.page.url, [503] * MOST_ATTEMPTS
    admin.open("/services").follow('form[action="/services/feedback/start"] button')
    admin.choose("kind", "suggestion")
    admin.write("place", "推送订阅")
    admin.write("matter", "希望推送里也有办结期限。")
    for _ in ("submit", "confirm"):
        admin.finish("submit")
    for _ in range(MOST_ATTEMPTS):
        admin.site.later(hours=1)
    admin.login = LOGIN
    admin.page.goto(f"{admin.site.base_url}/notices")  # the hours have ended the login
    admin.sign_in(PASSWORD)
    admin.notice("业务系统")
    assert admin.page.url == webhook
    assert "HTTP 503" in admin.page.inner_text("main table")
    assert violations(admin) == []
    admin.shoot("webhook-stopped", phone=True)
    admin.follow('form[action$="/resume"] button')
    admin.site.work()
    admin.page.reload()
    assert program.events == ["ping", "case.submitted"]
    assert admin.page.locator("main table .cf-badge--passed").count() == 2


def test_a_file_is_taken_over_announced_and_searched(
    meet: Meet, site: Site, tmp_path: Path
) -> None:
    sheet = tmp_path / "人员.xlsx"
    rows = [[f"迁入人员{n}", resident_number(n)] for n in range(800, 803)]
    sheet.write_bytes(table_file("xlsx", ["姓名", "证件号码"], [*rows, ["错", "1"]]))
    admin = meet(ADMIN).open("/admin/imports")
    assert violations(admin) == []
    admin.open("/admin/imports/people")
    admin.page.set_input_files("#file", sheet)
    go_on(admin)
    assert admin.page.locator("progress").count() == 1
    site.work()
    admin.page.reload()
    assert "还没有改动任何数据" in admin.text
    with admin.page.expect_download() as rejected:
        admin.page.click("text=下载有问题的行")
    assert rejected.value.suggested_filename.endswith(".xlsx")
    assert violations(admin) == []
    admin.shoot("import", phone=True)
    admin.press("outcome", "accept")
    site.work()
    admin.page.reload()
    assert "已导入" in admin.text

    reviewer = meet(REVIEWER, width=390).open("/announcements/new")
    fill(reviewer, title_zh="数据迁移完成", body_zh="原系统的人员已经迁入。")
    reviewer.press("save", "1")
    assert "数据迁移完成" in reviewer.text
    assert violations(reviewer) == []
    english = meet(locale="en").open("/announcements")
    assert "数据迁移完成" in english.text
    reviewer.open("/search")
    reviewer.page.fill("main input[name=q]", resident_number(801))
    reviewer.follow("main form.cf-search button")
    assert "迁入人员801" in reviewer.text
    assert resident_number(801) not in reviewer.page.url
    assert violations(reviewer) == []
    reviewer.shoot("search", phone=True)
