"""Signing up in a browser: what is asked, what is said, and what is not (A1-A3, A11)."""

import base64
import re

import pytest
from sqlalchemy import select

from certflow.accounts import codes
from certflow.accounts.models import LoginSession, User
from certflow.accounts.proof_models import VerificationCode
from certflow.core import clock
from factories import people
from factories.browser import Browser
from factories.cast import START
from factories.people import resident_number

PHONE, TAKEN = "13900000077", "13800000001"
GOOD = {
    "name": "林新人",
    "document_type": "resident_id",
    "document_number": resident_number(2),
    "email": "new@example.org",
    "login_name": "lin.new",
    "password": "heron-8-by-river",
    "again": "heron-8-by-river",
}
CHANGING = re.compile(r'(csrf_token" value|data-csrf)="[^"]+"')


@pytest.fixture
def lin(session):
    user = people.user(session, "lin", "applicant")
    people.person(session, 1, user.id)
    return user


def newest(session):
    return session.scalars(select(VerificationCode).order_by(VerificationCode.id.desc())).first()


def agree(visitor):
    assert visitor.post("/sign-up", agree="yes").location == "/sign-up/phone"


def send(visitor, phone=PHONE):
    return visitor.post("/sign-up/phone", _do="send", phone=phone)


def prove(visitor, session, phone=PHONE):
    agree(visitor)
    assert send(visitor, phone).status_code == 200
    digits = codes.digits_of(newest(session))
    return visitor.post("/sign-up/phone", _do="next", phone=phone, code=digits)


def english(visitor):
    visitor.post("/language", locale="en")


def error_at(page, field):
    found = re.search(rf'id="{field}-error">.*?<span>(.*?)</span>', page.text, re.DOTALL)
    return found[1] if found else ""


def test_notes_phone_particulars_and_the_account_is_open(session, visitor):
    assert visitor.get("/sign-up/phone").location == "/sign-up"
    assert prove(visitor, session).location == "/sign-up/particulars"
    answer = visitor.post("/sign-up/particulars", **GOOD)
    assert answer.location == "/sign-up/done"
    page = visitor.get("/sign-up/done").text
    assert "lin.new" in page
    assert 'href="/login"' in page
    assert visitor.post("/login", name=PHONE, password=GOOD["password"]).location == "/home"
    assert visitor.get("/sign-up").location == "/home"


def test_the_notes_must_be_agreed_to(visitor):
    page = visitor.post("/sign-up")
    assert page.status_code == 422
    assert "勾选同意" in error_at(page, "agree")


def test_before_the_phone_is_proved_a_registered_one_looks_like_any_other(app, session, lin):
    pages = []
    for phone in (PHONE, TAKEN):
        visitor = Browser(app, session)
        agree(visitor)
        sent = send(visitor, phone)
        wrong = visitor.post("/sign-up/phone", _do="next", phone=phone, code="x")
        pages.append([CHANGING.sub("", one.text).replace(phone, "") for one in (sent, wrong)])
    assert pages[0] == pages[1]


def test_who_holds_a_registered_phone_is_told_and_shown_the_way(session, visitor, lin):
    page = prove(visitor, session, TAKEN)
    assert page.status_code == 422
    assert "已有账号" in error_at(page, "phone")
    assert 'href="/recover/password"' in page.text


def test_without_a_proof_nothing_is_checked_and_nothing_opened(session, visitor, lin):
    answer = visitor.post("/sign-up/check", _field="email", email=lin.email)
    assert answer.json == {"state": "unknown"}
    assert visitor.post("/sign-up/particulars", **GOOD).location == "/sign-up/phone"
    assert session.scalars(select(User).where(User.login_name == "lin.new")).all() == []


def test_a_proof_of_another_browser_is_worth_nothing(session, visitor, browse, lin):
    prove(visitor, session)
    other = browse("lin")
    assert other.get("/sign-up/particulars").location == "/sign-up/phone"


def test_entries_are_checked_while_the_form_is_filled_in(session, visitor, lin):
    prove(visitor, session)

    def check(field, **changes):
        return visitor.post("/sign-up/check", _field=field, **(GOOD | changes)).json

    assert check("document_number") == {"state": "good", "derived": "女，1990-03-07 出生"}
    assert check("document_number", document_number="1")["state"] == "wrong"
    assert check("login_name", login_name="lin0")["state"] == "good"
    taken = check("email", email=lin.email)
    assert taken["state"] == "wrong"
    assert "另一个账号" in taken["message"]
    assert check("password", password="Password1!")["state"] == "wrong"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_wrong_entry_has_its_sentence_at_its_field_and_stays(session, visitor, language):
    if language == "en":
        english(visitor)
    prove(visitor, session)
    wrong = {
        "name": "",
        "document_type": "passport",
        "document_number": "E1234567",
        "sex": "",
        "birth_date": "2999-01-01",
        "email": "nowhere",
        "login_name": "9",
        "password": "Own-word-1",
        "again": "other",
    }
    page = visitor.post("/sign-up/particulars", **wrong)
    assert page.status_code == 422
    for field in ("name", "sex", "birth_date", "email", "login_name", "again"):
        told = error_at(page, field)
        assert told, field
        assert bool(re.search("[一-鿿]", told)) == (language == "zh"), told
    for typed in ("E1234567", "nowhere", "2999-01-01"):
        assert f'value="{typed}"' in page.text
    assert "Own-word-1" not in page.text


@pytest.mark.parametrize(
    ("phone", "said"), [("", "11 位手机号码"), ("abc", "11 位手机号码"), ("1390000", "11 位")]
)
def test_a_wrong_phone_is_told_at_its_field(visitor, phone, said):
    agree(visitor)
    page = send(visitor, phone)
    assert page.status_code == 422
    assert said in error_at(page, "phone")


def test_a_second_code_within_two_minutes_is_refused_in_plain_words(visitor):
    agree(visitor)
    send(visitor)
    page = send(visitor)
    assert page.status_code == 429
    assert "2 分钟内只能" in error_at(page, "phone")
    assert f'value="{PHONE}"' in page.text


def test_a_third_code_asks_for_a_captcha(session, visitor):
    agree(visitor)
    for number in range(2):
        send(visitor, f"1390000000{number}")
    page = send(visitor, "13900000009")
    assert page.status_code == 422
    assert error_at(page, "captcha")
    assert 'src="/captcha/' in page.text


def test_neither_address_nor_cookie_carries_the_phone(session, visitor):
    answers = [prove(visitor, session), visitor.post("/sign-up/particulars", **GOOD)]
    cookie = visitor.client.get_cookie("session").value.split(".")
    packed = cookie[1] if cookie[0] == "" else cookie[0]
    unpacked = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
    for told in (PHONE, GOOD["document_number"], GOOD["email"]):
        assert not [one for one in answers if told in one.location]
        assert told.encode() not in unpacked


def test_a_login_takes_a_new_session_and_a_new_token(session, visitor, lin):
    visitor.get("/login")
    before = visitor.client.get_cookie("session").value
    visitor.client.set_cookie("certflow_session", "planted")
    answer = visitor.post("/login", name="lin", password=people.PASSWORD)
    token = visitor.client.get_cookie("certflow_session").value
    assert token != "planted"
    after = visitor.client.get_cookie("session")
    assert after is None or after.value != before
    cookies = [one for one in answer.headers.getlist("Set-Cookie") if "certflow_" in one]
    assert len(cookies) == 2
    assert all("HttpOnly" in one and "SameSite=Lax" in one for one in cookies)
    login = session.scalars(select(LoginSession)).one()
    assert (login.network, login.limited) == ("127.0.*.*", False)


def test_a_code_lives_two_minutes(session, visitor):
    agree(visitor)
    send(visitor)
    digits = codes.digits_of(newest(session))
    clock.freeze(START + codes.GOOD_FOR)
    page = visitor.post("/sign-up/phone", _do="next", phone=PHONE, code=digits)
    assert page.status_code == 422
    assert "已失效" in error_at(page, "code")
