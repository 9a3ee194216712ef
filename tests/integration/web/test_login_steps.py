"""Captcha, second factor and entry on the way in; recovery (A4, A5)."""

from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select

from certflow.accounts import codes, puzzles, queries, second_factor
from certflow.accounts.operations import grant_role
from certflow.accounts.proof_models import VerificationCode
from certflow.core import audit, clock, settings
from certflow.core.actor import SYSTEM
from certflow.notifications.models import Notice, TextMessage
from factories import people
from factories.actors import make_user
from factories.cast import START
from factories.people import PASSWORD, resident_number

BETTER = "heron-8-by-river"


@pytest.fixture
def lin(session):
    user = people.user(session, "lin", "applicant")
    people.person(session, 1, user.id)
    return user


@pytest.fixture
def secret(session, lin):
    made = second_factor.start(session, lin.id, START)
    second_factor.confirm(session, made, pyotp.TOTP(made.secret).at(START), START, SYSTEM)
    clock.freeze(START + timedelta(minutes=5))
    return made.secret


def enter(visitor, **fields):
    return visitor.post("/login", **({"name": "lin", "password": PASSWORD} | fields))


def shown_puzzle(page):
    return page.text.partition('name="puzzle" value="')[2].partition('"')[0]


def using(monkeypatch, **changes):
    monkeypatch.setattr(settings._Current, "settings", replace(settings.current(), **changes))


def digits(session):
    query = select(VerificationCode).order_by(VerificationCode.id.desc())
    return codes.digits_of(session.scalars(query).first())


def test_after_a_wrong_password_a_captcha_is_asked_and_lets_in(visitor, lin):
    assert 'name="puzzle"' not in visitor.get("/login").text
    page = enter(visitor, password="wrong")
    assert page.status_code == 422
    name = shown_puzzle(page)
    assert visitor.get(f"/captcha/{name}.png").mimetype == "image/png"
    page = enter(visitor, puzzle=name, captcha="1")
    assert 'id="captcha-error"' in page.text
    name = shown_puzzle(page)
    assert enter(visitor, puzzle=name, captcha=puzzles._digits(name)).location == "/home"


def test_an_unknown_name_gets_the_same_page(visitor, lin):
    pages = []
    for name in ("lin", "nobody"):
        page = enter(visitor, name=name, password="wrong")
        text = page.text
        for part in (visitor.token(), shown_puzzle(page), name):  # a token may hold the name
            text = text.replace(part, "")
        start, end = text.index("<main"), text.index("</main")
        pages.append((page.status_code, len(text[start:end])))
    assert abs(pages[0][1] - pages[1][1]) < 10  # the sums differ by a word
    assert pages[0][0] == pages[1][0]


def test_where_it_is_always_asked_the_password_alone_is_not_looked_at(visitor, lin, monkeypatch):
    using(monkeypatch, captcha="always")
    name = shown_puzzle(visitor.get("/login"))
    assert enter(visitor).status_code == 422
    sum_ = puzzles._sum(name)[2]
    assert enter(visitor, puzzle=name, captcha_sum=str(sum_)).location == "/home"


def test_another_picture_comes_without_loading_the_page(visitor):
    made = visitor.get("/captcha").json
    assert visitor.get(made["src"]).status_code == 200
    assert "等于几" in made["question"]
    assert visitor.get("/captcha/1.2.3.png").status_code == 404


def test_too_many_wrong_passwords_are_told_on_the_login_page(visitor, lin):
    page = enter(visitor, password="wrong")
    for _ in range(6):
        name = shown_puzzle(page)
        page = enter(visitor, password="wrong", puzzle=name, captcha=puzzles._digits(name))
    assert page.status_code == 429
    assert "15 分钟后再试" in page.text
    assert 'href="/recover"' in page.text


def test_with_a_second_factor_the_password_is_half_the_way(visitor, secret):
    assert enter(visitor, next="/services").location == "/login/second"
    assert visitor.get("/home").location.startswith("/login")
    page = visitor.post("/login/second", code="000000")
    assert page.status_code == 422
    assert 'id="code-error"' in page.text
    code = pyotp.TOTP(secret).at(clock.now())
    assert visitor.post("/login/second", code=code).location == "/services"


def test_the_second_step_needs_the_first_and_is_open_for_five_minutes(visitor, secret):
    assert visitor.get("/login/second").location == "/login"
    enter(visitor)
    clock.move(timedelta(minutes=6))
    code = pyotp.TOTP(secret).at(clock.now())
    assert visitor.post("/login/second", code=code).location == "/login"
    assert visitor.get("/home").location.startswith("/login")


def test_a_program_gets_no_token_for_such_a_password(app, session, secret):
    session.commit()
    sent = {"login_name": "lin", "password": PASSWORD}
    answer = app.test_client().post("/api/v1/tokens", json=sent)
    assert answer.status_code == 403
    assert "动态验证码" in answer.text or "second factor" in answer.text


def test_who_must_have_one_sets_it_up_first(session, visitor, monkeypatch):
    using(monkeypatch, second_factor="required")
    make_user(session, "gu.nanqiao", "reviewer")
    assert enter(visitor, name="gu.nanqiao").status_code == 302
    assert visitor.get("/office/inbox").location == "/account/second-factor"
    assert visitor.post("/account/notices").location == "/account/second-factor"
    visitor.post("/account/second-factor/start", present=PASSWORD)
    factor = second_factor.factor_of(session, queries.find_user(session, "gu.nanqiao").id)
    wrong = visitor.post("/account/second-factor/confirm", code="000000")
    assert wrong.status_code == 422
    code = pyotp.TOTP(factor.secret).at(clock.now())
    page = visitor.post("/account/second-factor/confirm", code=code)
    assert page.text.count("<code>") == 10
    assert visitor.get("/office/inbox").status_code == 200
    assert visitor.post("/account/second-factor/off", present=PASSWORD).status_code == 403


def test_the_entry_chooses_the_role(session, visitor):
    user = people.user(session, "both", "applicant")
    grant_role(session, user.id, "body_staff", START, organisation_id=people.body(session).id)
    assert enter(visitor, name="both", entry="organisation").location == "/office/inbox"
    visitor.post("/logout")
    assert enter(visitor, name="both", entry="person").location == "/home"


def test_who_has_no_part_in_an_organisation_is_told(visitor, lin):
    assert enter(visitor, entry="organisation").location == "/home"
    assert "没有机构身份" in visitor.get("/home").text


def test_a_password_is_reset_by_a_code_to_the_phone(session, visitor, lin):
    phone = "13800000001"
    visitor.post("/recover/password", _do="send", phone=phone)
    answer = visitor.post("/recover/password", phone=phone, code=digits(session))
    assert answer.location == "/recover/password/new"
    assert "lin" in visitor.get("/recover/password/new").text
    bad = visitor.post("/recover/password/new", password="short", again="short")
    assert bad.status_code == 422
    visitor.post("/recover/password/new", password=BETTER, again=BETTER)
    assert enter(visitor, password=BETTER).location == "/home"
    assert session.scalars(select(Notice.kind)).all() == ["account.password_reset"]


def test_a_phone_without_an_account_is_told_after_the_code(session, visitor, lin):
    phone = "13900000001"
    visitor.post("/recover/password", _do="send", phone=phone)
    page = visitor.post("/recover/password", phone=phone, code=digits(session))
    assert page.status_code == 422
    assert "还没有账号" in page.text


def test_a_lost_phone_is_replaced_and_the_old_one_told(session, visitor, lin):
    told = {
        "name": "林知远",
        "document_type": "resident_id",
        "document_number": resident_number(1),
        "phone": "13900000002",
    }
    visitor.post("/recover/phone", _do="send", **told)
    wrong = visitor.post("/recover/phone", **(told | {"name": "别人"}), code=digits(session))
    assert wrong.status_code == 422
    assert 'value="别人"' in wrong.text
    assert visitor.post("/recover/phone", **told).location == "/login"
    session.expire_all()
    assert queries.person_of_user(session, lin.id).phone == "13900000002"
    (message,) = session.scalars(select(TextMessage)).all()
    assert (message.phone, message.template) == ("13800000001", "security")


def test_an_administrator_resets_a_second_factor(session, visitor, lin, secret, browse):
    make_user(session, "admin", "system_admin")
    admin = browse("admin")
    page = admin.post("/admin/second-factors", user="nobody", reason="x")
    assert 'id="user-error"' in page.text
    page = admin.post("/admin/second-factors", user="lin", reason="")
    assert 'id="reason-error"' in page.text
    assert admin.post("/admin/second-factors", user="lin", reason="视频核实").status_code == 303
    assert enter(visitor).location == "/home"
    actions = [one.action for one in audit.events(session, f"user/{lin.id}")]
    assert "second_factor.off" in actions
