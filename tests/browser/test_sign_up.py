"""From the notes to the first application, with a provider of text messages and a mail server."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pyotp
import pytest

from browser.conftest import Meet
from browser.pages import Person, Site
from browser.test_accessibility import violations
from certflow.core import clock, settings
from certflow.core.db import transaction
from factories.cast import publish_shipped
from factories.messengers import Mailbox, Provider, mail_server, provider
from factories.people import resident_number

PHONE, SECOND_PHONE = "13911110001", "13911110002"
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


def ask_for_a_code(person: Person, site: Site) -> None:
    person.follow("[data-countdown]:visible")
    site.work()


def go_on(person: Person) -> Person:
    return person.follow("main form button.cf-button--main:visible")


def fill(person: Person, **values: str) -> None:
    for name, value in values.items():
        person.page.fill(f"#{name}", value)


def test_a_newcomer_signs_up_and_starts_an_application(
    meet: Meet, site: Site, messages: tuple[Provider, Mailbox]
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
    person.follow("text=去登录")
    person.login = PHONE
    person.sign_in(PASSWORD)
    assert person.page.url.endswith("/home")
    person.open("/services").follow('form[action="/services/registration/start"] button')
    assert re.search(r"/tasks/\d+", person.page.url)
    site.work()
    assert "您的账号已开通" in str(mails.to(EMAIL)[0]["Subject"])
    person.open("/account")
    assert "已实名" in person.text
    change_email(person, site, mails)
    assert violations(person) == []


def sign_up(person: Person) -> None:
    """Fill the particulars: first wrong, then right; what is derived is shown at once."""
    number = resident_number(888)
    fill(person, name="林新来", document_number=number[:-1] + ("0" if number[-1] != "0" else "1"))
    person.page.press("#document_number", "Tab")
    person.page.locator("#document_number-live.cf-error").wait_for()
    fill(person, document_number=number, email="lin.zhixia@example.org", login_name="newcomer")
    person.page.press("#login_name", "Tab")
    person.page.locator("text=女，1990-03-07 出生").wait_for()
    fill(person, password=PASSWORD, again=PASSWORD)
    with person.refused(422):
        go_on(person)
    assert "另一个账号" in person.page.inner_text("#email-error")
    assert person.page.input_value("#name") == "林新来"
    assert violations(person) == []
    fill(person, email=EMAIL, password=PASSWORD, again=PASSWORD)
    go_on(person)
    assert person.page.url.endswith("/sign-up/done")


def change_email(person: Person, site: Site, mails: Mailbox) -> None:
    person.follow('a[href="/account/email"]')
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
    before = person.page.input_value('[name="puzzle"]')
    person.page.click("[data-another]")
    person.page.wait_for_function(f"document.querySelector('[name=puzzle]').value !== '{before}'")
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
