"""From the notes to the first application, with a provider of text messages and a mail server."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import expect

from browser.conftest import Meet
from browser.pages import Person, Site
from browser.story import begin, submit
from browser.test_accessibility import violations
from certflow.core import bulk, clock, settings
from certflow.core.actor import SYSTEM
from certflow.core.db import transaction
from certflow.core.imports import Upload
from certflow.core.tables import table_file
from certflow.demo.people import BODIES
from factories.cast import START, publish_shipped
from factories.messengers import Mailbox, Provider, mail_server, provider
from factories.people import resident_number

PHONE = "13911110001"
NAME, ARCHIVE = "林新来", "OLD-000888"
EMAIL, LATER_EMAIL = "newcomer@example.org", "later@example.org"
PASSWORD, BETTER = "heron-8-by-river", "otter-9-in-stream"


@pytest.fixture
def messages(site: Site) -> Iterator[tuple[Provider, Mailbox]]:
    with provider() as texts, mail_server() as mails, site.app.app_context():
        with transaction() as session:
            publish_shipped(session, "profile_change")
        plain = site.app.extensions["certflow"]
        settings.install(replace(plain, sms_url=texts.url, smtp_url=mails.url))
        yield texts, mails


@pytest.fixture
def taken_over(site: Site) -> None:
    """What the earlier system knew of the newcomer: the body, and the exams that were passed."""
    clock.freeze(START - timedelta(days=1))
    number = resident_number(888)
    head, row = ["姓名", "证件号码", "执业机构", "原档案号"], [NAME, number, BODIES[0][0], ARCHIVE]
    take_over(site, "people", head, [row])
    exams = [("认证通用基础", "2024-05-18", 76), ("QMS基础", "2025-05-17", 81)]
    head = ["姓名", "证件号码", "科目", "考试日期", "成绩"]
    take_over(site, "results", head, [[NAME, number, *exam] for exam in exams])
    clock.freeze(START)


def take_over(site: Site, kind: str, head: list[str], rows: list[list[object]]) -> None:
    with site.app.app_context():
        with transaction() as session:
            content = BytesIO(table_file("csv", head, rows))  # type: ignore[arg-type]
            upload = Upload(content, f"{kind}.csv")
            made = bulk.begin(session, bulk.kinds[kind], upload, clock.now(), SYSTEM).id
        site.work()
        with transaction() as session:
            assert bulk.find(session, made).good == len(rows)
            bulk.accept(session, made, SYSTEM)
        site.work()


def ask_for_a_code(person: Person, site: Site) -> None:
    person.follow("[data-countdown]:visible")
    site.work()


def go_on(person: Person) -> Person:
    return person.follow("main form button.cf-button--main:visible")


def fill(person: Person, **values: str) -> None:
    for name, value in values.items():
        person.page.fill(f"#{name}", value)


def tell(person: Person, **values: str) -> None:
    """Fill entries that are checked as they are left, and wait for what is said of each."""
    for name, value in values.items():
        with person.page.expect_response("**/sign-up/check"):
            person.page.fill(f"#{name}", value)
            person.page.press(f"#{name}", "Tab")


def test_from_the_notes_to_the_first_application(
    meet: Meet,
    site: Site,
    messages: tuple[Provider, Mailbox],
    taken_over: None,
    paper: Path,
) -> None:
    texts, mails = messages
    person = meet().open("/login").follow("text=注册个人账号")
    with person.refused(422):
        go_on(person)
    assert violations(person) == []
    person.page.check("#agree")
    go_on(person)
    fill(person, phone=PHONE)
    ask_for_a_code(person, site)
    assert "秒后可重新获取" in person.page.inner_text("[data-countdown]")
    (code,) = texts.codes(PHONE)
    fill(person, code=code)
    with person.page.expect_navigation():
        person.page.keyboard.press("Enter")
    sign_up(person)
    assert "newcomer" in person.page.inner_text("main")
    site.work()
    person.login = PHONE
    confirm_email(person, mails)
    add_education(person, paper)
    number = apply(person, paper)
    assert number in meet("liu.guanlan").open("/office/inbox?view=group").text
    turn_a_stranger_out(person, meet(PHONE, width=390), mails)
    change_email(person, site, mails)
    assert violations(person) == []


def sign_up(person: Person) -> None:
    """Fill the particulars: first wrong, then right; what is derived is shown at once."""
    number = resident_number(888)
    fill(person, name=NAME)
    tell(person, document_number=number[:-1] + ("0" if number[-1] != "0" else "1"))
    person.page.locator("#document_number-live.cf-error").wait_for()
    tell(person, document_number=number, email="lin.zhixia@example.org", login_name="newcomer")
    person.page.locator("text=女，1990-03-07 出生").wait_for()
    tell(person, password=PASSWORD)
    fill(person, again=PASSWORD)
    with person.refused(422):
        go_on(person)
    assert "另一个账号" in person.page.inner_text("#email-error")
    assert person.page.input_value("#name") == NAME
    assert violations(person) == []
    tell(person, email=EMAIL, password=PASSWORD)
    fill(person, again=PASSWORD)
    go_on(person)
    assert person.page.url.endswith("/sign-up/done")


def confirm_email(person: Person, mails: Mailbox) -> None:
    """Follow the link in the only mail so far; it asks to sign in first."""
    (mail,) = mails.to(EMAIL)
    link = re.search(r"http\S+", mail.get_content())
    assert link
    person.page.goto(link[0])
    person.sign_in(PASSWORD)
    assert "n***@example.org" in person.text
    assert violations(person) == []
    go_on(person)
    assert "电子邮箱已确认" in person.text
    assert "已实名" in person.text


def add_education(person: Person, paper: Path) -> None:
    """Enter a diploma into the library, which has the file of the earlier system already."""
    assert ARCHIVE in person.notice("您的账号已开通").text
    person.open("/my/profile?kind=education")
    person.follow('a[href="/my/profile/new/education"]')
    told = {"school": "示例大学", "major": "质量管理工程"}
    for name, words in (told | {"started_on": "2008-09-01", "ended_on": "2012-06-30"}).items():
        person.write(name, words)
    person.select("degree", "bachelor")
    person.attach(person.page.locator("#main"), paper)
    person.finish("keep")
    assert "示例大学" in person.text


def apply(person: Person, paper: Path) -> str:
    """Fill the application in, page by page, and submit it; return the case's number."""
    begin(person)
    assert "条件全部满足" in person.text
    person.follow('a:has-text("继续填报")')
    person.pick("education")
    person.go_on()
    card = person.add("employment")
    name = card.locator('input[name$=".employer"]').get_attribute("name") or ""
    told = {"employer": "青屿示例仪表有限公司", "started_on": "2012-07-02", "department": "质量部"}
    told |= {"position": "工程师", "referee_name": "周明", "referee_phone": "010-00000000"}
    for field, words in told.items():
        person.write(f"{name.rpartition('.')[0]}.{field}", words)
    for _ in ("employment", "professional_employment", "audit", "cpd", "witness"):
        person.go_on()
    return submit(person)


def turn_a_stranger_out(person: Person, stranger: Person, mails: Mailbox) -> None:
    """Somebody signs in elsewhere: the owner reads of it, follows the notice and ends it."""
    stranger.page.goto(f"{stranger.site.base_url}/login")
    stranger.sign_in(PASSWORD)
    person.site.work()
    assert "新的浏览器" in str(mails.to(EMAIL)[-1]["Subject"])
    person.notice("新的浏览器")
    assert "首次在这个浏览器登录" in person.text
    assert violations(person) == []
    person.follow(".cf-logins form button")
    stranger.page.goto(f"{stranger.site.base_url}/account")
    assert "/login" in stranger.page.url


def change_email(person: Person, site: Site, mails: Mailbox) -> None:
    person.open("/account/email")
    fill(person, present=PASSWORD, email=LATER_EMAIL)
    ask_for_a_code(person, site)
    (code,) = mails.codes(LATER_EMAIL)
    fill(person, code=code)
    go_on(person)
    assert "l***@example.org" in person.text


def test_who_forgot_the_password_gets_back_in_on_a_phone_in_english(
    meet: Meet, site: Site, messages: tuple[Provider, Mailbox]
) -> None:
    texts, _mails = messages
    person = meet(width=390, locale="en")
    person.page.goto(f"{site.base_url}/login")
    with person.refused(422):
        fill(person, name="user012", password="wrong-1")
        person.follow("main form button.cf-button--main")
    assert person.page.locator(".cf-captcha img").is_visible()
    puzzle = person.page.locator('[name="puzzle"]')
    before = puzzle.input_value()
    person.page.click("[data-another]")
    expect(puzzle).not_to_have_value(before)
    assert violations(person) == []
    with person.refused(422):
        fill(person, password="wrong-2")
        answer_the_sum(person)
        person.follow("main form button.cf-button--main")
    assert "The name or the password is wrong" in person.text
    person.follow('a[href="/recover"]')
    assert violations(person) == []
    person.follow('a[href="/recover/password"]')
    fill(person, phone="13800000012")
    ask_for_a_code(person, site)
    fill(person, code=texts.codes("13800000012")[-1])
    go_on(person)
    assert "user012" in person.text
    fill(person, password=BETTER, again=BETTER)
    go_on(person)
    person.login = "user012"
    fill(person, name="user012", password=BETTER)
    person.follow("main form button.cf-button--main")
    assert person.page.url.endswith("/home")
    with_an_authenticator(person)


def answer_the_sum(person: Person) -> None:
    """Who cannot see the picture answers in words."""
    numbers = [
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
    ]
    person.page.locator(".cf-captcha__other summary").click()
    question = person.page.inner_text("[data-question]")
    asked = [numbers.index(word) for word in re.findall(r"[a-z]+", question) if word in numbers]
    fill(person, captcha_sum=str(sum(asked)))


def with_an_authenticator(person: Person) -> None:
    """Set a second factor up, sign out, and come back with a recovery code."""
    person.open("/account/second-factor")
    fill(person, present=BETTER)
    go_on(person)
    secret = person.page.inner_text(".cf-enrol__secret").replace(" ", "")
    assert violations(person) == []
    fill(person, code=pyotp.TOTP(secret).at(clock.now()))
    go_on(person)
    codes = person.page.locator(".cf-recovery code").all_inner_texts()
    assert len(codes) == 10
    assert violations(person) == []
    person.open("/home")
    person.page.locator("details[data-menu] summary.cf-who").click()
    person.follow('form[action="/logout"] button')
    person.sign_in(BETTER)
    assert person.page.url.endswith("/login/second")
    assert violations(person) == []
    fill(person, code=codes[0])
    go_on(person)
    assert person.page.url.endswith("/home")
