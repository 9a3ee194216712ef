"""Codes: one use, one phone, one purpose, one browser; budgets; nothing to find in the database."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select

from certflow.accounts import codes
from certflow.accounts.codes import Ask
from certflow.accounts.proof_models import VerificationCode
from certflow.core import settings
from certflow.core.db import table_of
from certflow.core.errors import Invalid, TooMany
from certflow.core.outbox import OutboxItem
from factories.people import NINE

PHONE = "13900000001"
ASK = Ask("sign_up", "sms", PHONE, "browser-1", "203.0.113.7")
MINUTE = timedelta(minutes=1)


def issue(session, at=NINE, **changes):
    return codes.issue(session, ASK._replace(**changes), at)


def prove(session, code, at=NINE, typed=None, **changes):
    digits = codes.digits_of(code) if typed is None else typed
    return codes.prove(session, code.id, ASK._replace(**changes), digits, at)


def other(digits):
    return f"{(int(digits) + 1) % 10**6:06d}"


def test_the_right_digits_prove_the_phone_once(session):
    code = issue(session)
    assert len(codes.digits_of(code)) == 6
    assert prove(session, code).target == PHONE
    with pytest.raises(Invalid):
        prove(session, code)


@pytest.mark.parametrize(
    "changes",
    [
        {"target": "13900000002"},
        {"purpose": "reset"},
        {"browser": "browser-2"},
        {"channel": "mail"},
        {"at": NINE + 2 * MINUTE},
    ],
)
def test_it_proves_nothing_for_another_phone_purpose_browser_or_later(session, changes):
    with pytest.raises(Invalid) as refused:
        prove(session, issue(session), **changes)
    assert refused.value.fields["code"] == codes.WRONG


def test_five_wrong_tries_end_a_code(session):
    code = issue(session)
    wrong = other(codes.digits_of(code))
    for told in [codes.WRONG] * 4 + [codes.DEAD] * 2:
        with pytest.raises(Invalid) as refused:
            prove(session, code, typed=wrong)
        assert refused.value.message == told
    with pytest.raises(Invalid):
        prove(session, code)


def test_a_newer_code_ends_the_older_one(session):
    first = issue(session)
    second = issue(session, NINE + 2 * MINUTE)
    with pytest.raises(Invalid):
        prove(session, first)
    assert prove(session, second, NINE + 2 * MINUTE)


def test_neither_row_nor_queue_holds_the_digits(session):
    code = issue(session)
    digits = codes.digits_of(code)
    row = session.execute(select(table_of(VerificationCode))).one()
    raw = session.connection().exec_driver_sql("SELECT * FROM verification_code").all()
    queued = session.scalars(select(OutboxItem)).all()
    stored = [str(value) for one in raw for value in one] + [str(one.payload) for one in queued]
    assert row.target == PHONE
    assert [one.kind for one in queued] == ["code.sms"]
    assert not [one for one in stored if digits in one or PHONE in one]


def test_one_code_in_two_minutes_five_an_hour_ten_a_day(session):
    at, sent = NINE, []
    for _ in range(13 * 60):
        try:
            issue(session, at)
            sent.append(at)
        except TooMany:
            pass
        at += MINUTE
    gaps = [later - earlier for earlier, later in pairwise(sent)]
    assert min(gaps) == 2 * MINUTE
    assert len([one for one in sent if one < NINE + 60 * MINUTE]) == 5
    assert len(sent) == 10


def test_an_address_has_a_budget_whatever_the_phones(session):
    with pytest.raises(TooMany, match="hour"):
        for number in range(21):
            issue(session, NINE + number * timedelta(seconds=1), target=f"139{number:08d}")
    assert issue(session, NINE + MINUTE, target="13911111111", address="203.0.113.8")


def test_the_platform_has_a_budget_a_day(session, monkeypatch):
    small = replace(settings.current(), sms_per_day=2)
    monkeypatch.setattr(settings._Current, "settings", small)
    for number in range(2):
        issue(session, target=f"139{number:08d}", address=f"203.0.113.{number}")
    with pytest.raises(TooMany, match="today"):
        issue(session, target="13911111111", address="203.0.113.8")


def test_a_proof_lasts_an_hour_in_its_browser_and_is_spent_once(session):
    code = prove(session, issue(session))
    later = NINE + 59 * MINUTE

    def held(at=later, purpose="sign_up", browser="browser-1"):
        return codes.proof(session, code.id, purpose, browser, at)

    assert held() is code
    assert held(at=NINE + 60 * MINUTE) is None
    assert held(purpose="reset") is None
    assert held(browser="browser-2") is None
    codes.spend(session, code, later)
    assert held() is None
    assert code.target is None


def test_what_no_budget_needs_is_forgotten(session):
    issue(session)
    codes.forget(session, NINE + timedelta(days=1))
    assert session.scalars(select(VerificationCode)).all() == []


@pytest.mark.parametrize(
    ("typed", "spelled"),
    [
        ("139 0000 0001", PHONE),
        ("+86 139-0000-0001", PHONE),
        ("008613900000001", PHONE),
        ("+852 6123 4567", "+85261234567"),
    ],
)
def test_a_phone_number_has_one_spelling(typed, spelled):
    assert codes.spelled_phone(typed) == spelled


@pytest.mark.parametrize("typed", ["", "1390000000", "23900000001", "phone", "+0123456789"])
def test_what_is_no_phone_number_is_refused_at_the_field(typed):
    with pytest.raises(Invalid) as refused:
        codes.spelled_phone(typed)
    assert set(refused.value.fields) == {"phone"}


def test_a_code_in_full_width_counts_and_never_fails(session):
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    code = issue(session)
    with pytest.raises(Invalid) as refused:
        codes.prove(session, code.id + 1, ASK, codes.digits_of(code).translate(wide), NINE)
    assert refused.value.fields["code"] == codes.WRONG
    assert prove(session, code, typed=f" {codes.digits_of(code).translate(wide)}　") is code
