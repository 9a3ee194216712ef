"""One's own account: contacts, channels, logins, the second factor (A4, A6, A8, B8)."""

import json
from dataclasses import replace

import pyotp
import pytest
from sqlalchemy import select

from certflow.accounts import codes, confirming, queries, second_factor
from certflow.accounts.models import LoginSession
from certflow.accounts.proof_models import VerificationCode
from certflow.core import clock, outbox, settings
from certflow.notifications import topics
from certflow.notifications.models import Notice
from factories import people
from factories.actors import make_user
from factories.people import PASSWORD

NEW = "13900000009"


@pytest.fixture
def lin(session):
    user = people.user(session, "lin", "applicant")
    people.person(session, 1, user.id)
    return user


@pytest.fixture
def mine(lin, browse):
    return browse("lin")


def digits(session):
    query = select(VerificationCode).order_by(VerificationCode.id.desc())
    return codes.digits_of(session.scalars(query).first())


def test_it_shows_everything_masked(mine):
    page = mine.get("/account").text
    assert "138****0001" in page
    assert "l***@example.org" in page
    assert "13800000001" not in page
    assert "lin@example.org" not in page


@pytest.mark.parametrize(
    ("address", "field", "target"),
    [("/account/phone", "phone", NEW), ("/account/email", "email", "new@example.org")],
)
def test_a_new_contact_wants_the_password_and_a_code(session, mine, lin, address, field, target):
    refused = mine.post(address, _do="send", **{field: target}, present="wrong")
    assert refused.status_code == 422
    assert 'id="present-error"' in refused.text
    sent = mine.post(address, _do="send", **{field: target}, present=PASSWORD)
    assert sent.status_code == 200
    assert 'id="present"' not in sent.text
    wrong = mine.post(address, **{field: target}, code="x")
    assert wrong.status_code == 422
    assert mine.post(address, **{field: target}, code=digits(session)).location == "/account"
    assert queries.find_user(session, target) is lin


def test_who_loses_an_address_that_was_only_claimed_is_told(session, mine):
    other = people.user(session, "newcomer", "applicant")
    other.email, other.email_confirmed_at = "new@example.org", None
    session.commit()
    mine.post("/account/email", _do="send", email="new@example.org", present=PASSWORD)
    mine.post("/account/email", email="new@example.org", code=digits(session))
    told = session.scalars(select(Notice).where(Notice.user_id == other.id)).one()
    assert (told.kind, other.email) == ("account.email_lost", None)


def test_an_address_told_at_sign_up_is_shown_as_unconfirmed_until_the_link_is_followed(
    session, mine, lin, visitor
):
    lin.email_confirmed_at = None
    assert "未确认" in mine.get("/account").text
    assert 'value="lin@example.org"' in mine.get("/account/email").text
    seal = confirming.seal_of(lin, clock.now())
    link = f"/account/email/confirm?seal={seal}"
    assert visitor.get(link).location.startswith("/login?next=/account/email/confirm")
    assert "l***@example.org" in mine.get(link).text
    assert lin.email_confirmed_at is None
    assert mine.post("/account/email/confirm", seal="1.x").location == "/account/email"
    assert "这个链接已失效" in mine.get("/account/email").text
    assert mine.post("/account/email/confirm", seal=seal).location == "/account"
    assert "未确认" not in mine.get("/account").text


def test_the_phone_of_another_account_is_refused_at_the_field(session, mine):
    zhou = people.user(session, "zhou", "applicant", name="周")
    people.person(session, 2, zhou.id, phone=NEW)
    mine.post("/account/phone", _do="send", phone=NEW, present=PASSWORD)
    page = mine.post("/account/phone", phone=NEW, code=digits(session))
    assert page.status_code == 422
    assert 'id="phone-error"' in page.text


def test_the_postal_address_is_kept_encrypted(session, mine, lin):
    assert (
        mine.send(
            "POST",
            "/account/address",
            data={"csrf_token": mine.token(), "address": "北京市海淀区 1 号"},
        ).location
        == "/account"
    )
    assert "北京市海淀区 1 号" in mine.get("/account").text
    raw = session.connection().exec_driver_sql("SELECT address FROM person").scalar_one()
    assert "海淀".encode() not in bytes(raw)
    page = mine.send(
        "POST", "/account/address", data={"csrf_token": mine.token(), "address": "长" * 201}
    )
    assert page.status_code == 422
    assert 'id="address-error"' in page.text
    assert "长" * 201 in page.text


def test_channels_are_chosen_topic_by_topic(session, mine, lin):
    mine.post("/account/notices", channel=["todo.mail", "todo.sms", "payment.sms"])
    chosen = topics.choices(session, lin.id)
    assert chosen["todo"] == (True, True)
    assert chosen["payment"] == (False, True)
    assert chosen["case"] == (False, False)
    assert 'value="todo.sms" checked' in mine.get("/account").text


def test_a_name_is_verified_and_the_page_says_how_it_stands(session, mine):
    assert "未认证" in mine.get("/account").text
    mine.post("/account/real-name")
    assert "认证中" in mine.get("/account").text
    assert mine.post("/account/real-name").status_code == 409
    session.commit()
    clock.reset()
    outbox.relay()
    session.expire_all()
    person = queries.find_user(session, "lin")
    assert queries.person_of_user(session, person.id).identity_state == "passed"


def test_logins_are_listed_and_ended_by_their_owner(session, mine, browse):
    other = browse("lin")
    page = mine.get("/account/logins").text
    assert page.count("127.0.*.*") == 2
    assert page.count("当前设备") == 1
    newest = session.scalars(select(LoginSession.id).order_by(LoginSession.id.desc())).first()
    assert mine.post(f"/account/logins/{newest}/end").location == "/account/logins"
    assert other.get("/home").location.startswith("/login")
    third = browse("lin")
    mine.post("/account/logins/end-others")
    assert third.get("/home").location.startswith("/login")
    assert mine.get("/home").status_code == 200


def test_a_login_in_a_new_browser_is_told_and_marked(session, mine, lin, browse):
    def told():
        query = select(Notice.text).where(Notice.kind == "account.new_device")
        return [one["zh"] for one in session.scalars(query)]

    mine.post("/logout")
    mine.sign_in("lin")
    assert told() == []
    browse("lin").post("/logout")
    (words,) = told()
    assert "新的浏览器" in words
    assert "127.0.*.*" in words
    page = mine.get("/account/logins").text
    assert page.count("首次在这个浏览器登录") == 1
    assert "已结束的登录" in page


def test_nobody_ends_the_login_of_somebody_else(session, mine, browse):
    make_user(session, "zhou", "applicant")
    browse("zhou")
    theirs = session.scalars(select(LoginSession.id).order_by(LoginSession.id.desc())).first()
    assert mine.post(f"/account/logins/{theirs}/end").status_code == 404


def test_a_second_factor_is_set_up_renewed_and_switched_off(session, mine, lin):
    page = mine.post("/account/second-factor/start", present="wrong")
    assert page.status_code == 422
    mine.post("/account/second-factor/start", present=PASSWORD)
    assert "<svg" in mine.get("/account/second-factor").text
    secret = second_factor.factor_of(session, lin.id).secret
    code = pyotp.TOTP(secret).at(clock.now())
    assert mine.post("/account/second-factor/confirm", code=code).text.count("<code>") == 10
    assert secret not in mine.get("/account/second-factor").text
    assert mine.post("/account/second-factor/codes").text.count("<code>") == 10
    assert mine.post("/account/second-factor/off").location == "/account/second-factor"
    assert not second_factor.enrolled(session, lin.id)


def test_somebody_without_a_person_has_no_phone_to_change(session, browse):
    make_user(session, "gu.nanqiao", "reviewer")
    browser = browse("gu.nanqiao")
    assert browser.get("/account").status_code == 200
    assert browser.get("/account/phone").status_code == 404
    assert browser.post("/account/address").status_code == 404


def test_developers_read_what_would_have_been_sent(app, visitor):
    folder = settings.current().data_dir / "sms"
    folder.mkdir(parents=True, exist_ok=True)
    told = {"to": NEW, "text": "您的验证码是 123456", "at": "2026-11-20T01:00:00+00:00"}
    (folder / "x.json").write_text(json.dumps(told))
    assert "123456" in visitor.get("/developer/messages").text
    away = {"REMOTE_ADDR": "203.0.113.7"}
    assert visitor.get("/developer/messages", environ_base=away).status_code == 404
    proxied = {"X-Forwarded-For": "203.0.113.7"}
    assert visitor.get("/developer/messages", headers=proxied).status_code == 404
    (folder / "x.json").unlink()


def test_in_production_there_is_no_such_page(app, visitor, monkeypatch):
    real = replace(settings.current(), mode="production")
    monkeypatch.setattr(settings._Current, "settings", real)
    assert visitor.get("/developer/messages").status_code == 404
