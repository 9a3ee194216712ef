"""Forgotten passwords, lost phones, changed contacts (A4, A5, A8)."""

from datetime import timedelta

import pytest

from certflow.accounts import codes, contact, passwords, queries, recovery, sign_in
from certflow.accounts.operations import disable, grant_role
from certflow.core import audit
from certflow.core.actor import SYSTEM, Actor
from certflow.core.errors import Forbidden, Invalid, TooMany
from factories import people
from factories.people import NINE, resident_number

OLD, NEW = "13800000001", "13900000009"
HERE = "203.0.113.7"
NAMED = ("林知远", "resident_id", resident_number(1))
BETTER = "heron-8-by-river"


@pytest.fixture
def person(session):
    user = people.user(session, "lin", "applicant")
    return people.person(session, 1, user.id)


def proved(session, purpose, target, channel="sms", at=NINE):
    ask = codes.Ask(purpose, channel, target, "b", HERE)
    code = codes.issue(session, ask, at)
    return codes.prove(session, code.id, ask, codes.digits_of(code), at)


def replace_phone(session, named=NAMED, proof=None, at=NINE):
    proof = proof or proved(session, recovery.LOST_PHONE, NEW)
    return recovery.replace_lost_phone(session, proof, named, at, HERE)


def test_a_proved_phone_sets_a_new_password_and_ends_every_login(session, person):
    user = queries.get_user(session, person.user_id)
    token = sign_in.begin(session, user, NINE).token
    recovery.reset_password(session, proved(session, "reset", OLD), BETTER, NINE, HERE)
    assert passwords.verify(user.password_hash, BETTER)
    assert queries.signed_in(session, token, NINE) is None


def test_a_phone_without_an_account_or_with_a_closed_one_is_told_so(session, person):
    with pytest.raises(Invalid) as refused:
        recovery.account_of(session, proved(session, "reset", NEW), NINE)
    assert refused.value.message == recovery.NO_ACCOUNT
    disable(session, queries.get_user(session, person.user_id), NINE, SYSTEM, "left")
    with pytest.raises(Invalid):
        recovery.account_of(session, proved(session, "reset", OLD), NINE)


def test_name_and_document_and_a_new_phone_replace_a_lost_one(session, person):
    user = queries.get_user(session, person.user_id)
    token = sign_in.begin(session, user, NINE).token
    assert replace_phone(session) == (user, OLD)
    assert person.phone == NEW
    assert queries.signed_in(session, token, NINE) is None
    event = audit.events(session, f"person/{person.id}")[-1]
    assert (event.action, event.after) == ("phone.changed", {"phone": "139****0009"})


def test_for_a_day_the_new_phone_resets_no_password(session, person):
    replace_phone(session)
    proof = proved(session, "reset", NEW, at=NINE + timedelta(minutes=5))
    with pytest.raises(Invalid) as refused:
        recovery.account_of(session, proof, NINE + timedelta(hours=23))
    assert refused.value.message == recovery.TOO_NEW
    assert recovery.account_of(session, proof, NINE + timedelta(hours=24))


@pytest.mark.parametrize(
    "named",
    [
        ("别人", *NAMED[1:]),
        (NAMED[0], "residence_permit", NAMED[2]),
        (NAMED[0], "resident_id", resident_number(3)),
    ],
)
def test_whatever_does_not_fit_is_answered_in_the_same_words(session, person, named):
    with pytest.raises(Invalid) as refused:
        replace_phone(session, named)
    assert refused.value.fields == {"document_number": recovery.NO_MATCH}


def test_five_wrong_names_and_the_document_has_to_wait(session, person):
    proof = proved(session, recovery.LOST_PHONE, NEW)
    for number in range(5):
        with pytest.raises(Invalid):
            replace_phone(session, (f"别人{number}", *NAMED[1:]), proof)
    with pytest.raises(TooMany):
        replace_phone(session, NAMED, proof)


def test_who_works_here_asks_an_administrator(session, person):
    grant_role(session, person.user_id, "reviewer", NINE)
    with pytest.raises(Forbidden):
        replace_phone(session)
    assert person.phone == OLD


def test_the_phone_of_another_account_is_not_taken(session, person):
    other = people.user(session, "zhou", "applicant", name="周")
    people.person(session, 2, other.id, phone=NEW)
    with pytest.raises(Invalid) as refused:
        replace_phone(session)
    assert set(refused.value.fields) == {"phone"}


def test_phone_e_mail_and_address_are_changed_by_their_owner(session, person):
    user = queries.get_user(session, person.user_id)
    me = Actor(user.id, user.name, "applicant", person_id=person.id)
    contact.set_phone(session, person, proved(session, contact.PHONE, NEW), NINE, me)
    proof = proved(session, contact.EMAIL, "new@example.org", "mail")
    contact.set_email(session, user, proof, NINE, me)
    contact.set_address(session, person, " 北京市  海淀区 1 号 ", me)
    assert (person.phone, user.email, person.address) == (
        NEW,
        "new@example.org",
        "北京市 海淀区 1 号",
    )
    told = [
        *audit.events(session, f"person/{person.id}"),
        *audit.events(session, f"user/{user.id}"),
    ]
    assert {"phone.changed", "email.changed", "address.changed"} <= {one.action for one in told}
    assert not [one for one in told if NEW in str(one.after) or "海淀" in str(one.after)]


def test_a_taken_address_or_a_long_one_is_refused_at_its_field(session, person):
    user = queries.get_user(session, person.user_id)
    people.user(session, "zhou", "applicant", name="周")
    with pytest.raises(Invalid) as refused:
        proof = proved(session, contact.EMAIL, "zhou@example.org", "mail")
        contact.set_email(session, user, proof, NINE, SYSTEM)
    assert set(refused.value.fields) == {"email"}
    with pytest.raises(Invalid) as refused:
        contact.set_address(session, person, "长" * 201, SYSTEM)
    assert set(refused.value.fields) == {"address"}
