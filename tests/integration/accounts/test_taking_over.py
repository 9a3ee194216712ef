"""Nobody gets into somebody else's account: not by a reset, an old token or a login name (A4, A7)."""

from datetime import timedelta

import pytest

from certflow.accounts import (
    bearers,
    codes,
    organisations,
    queries,
    recovery,
    sign_in,
    staff,
    tokens,
)
from certflow.accounts.models import User
from certflow.accounts.operations import create_user
from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Conflict, Invalid
from certflow.personnel import auditors
from factories import people
from factories.actors import actor, make_person, make_user
from factories.people import NINE, PASSWORD, resident_number

BETTER = "heron-8-by-river"


@pytest.fixture
def admin(session: Session) -> Actor:
    body = people.body(session)
    return actor(make_user(session, "bai", "body_admin", body), "body_admin", body)


@pytest.fixture
def stranger(session: Session) -> User:
    """Somebody who signed up alone."""
    user = make_user(session, "stranger", "applicant")
    make_person(session, user, 60, None)
    return user


def token_of(session: Session, user: User) -> str:
    ends = NINE + timedelta(days=30)
    made = tokens.issue_api_token(
        session, user.id, "applicant", ["cases:read"], NINE, expires_at=ends
    )
    return made[1]


def test_a_body_sets_no_password_of_an_account_that_its_owner_opened(
    session: Session, admin: Actor, stranger: User
) -> None:
    person = queries.the_person(session, stranger.id)
    person.organisation_id = admin.organisation_id
    with pytest.raises(Conflict) as refused:
        auditors.issue_passwords(session, admin, [person.id], clock.now())
    assert refused.value.message == staff.BEYOND
    stranger.email = None  # the phone alone makes it theirs too
    with pytest.raises(Conflict):
        auditors.issue_passwords(session, admin, [person.id], clock.now())


def test_nor_of_one_that_its_owner_has_proved_since(session: Session, admin: Actor) -> None:
    told = people_new(61)
    person, _password = auditors.add(session, admin, told, "xu.tl", clock.now())
    assert auditors.issue_passwords(session, admin, [person.id], clock.now())
    user = queries.get_user(session, person.user_id or 0)
    assert user is not None
    user.email = "xu@example.org"
    with pytest.raises(Conflict):
        auditors.issue_passwords(session, admin, [person.id], clock.now())


def test_nor_where_a_lost_phone_was_replaced_before_the_first_login(
    session: Session, admin: Actor
) -> None:
    person, _password = auditors.add(session, admin, people_new(62), "xu.tl", clock.now())
    ask = codes.Ask(recovery.LOST_PHONE, "sms", "13900000009", "b", "203.0.113.7")
    code = codes.issue(session, ask, NINE)
    proof = codes.prove(session, code.id, ask, codes.digits_of(code), NINE)
    named = (person.name, "resident_id", resident_number(62))
    recovery.replace_lost_phone(session, proof, named, NINE, "203.0.113.7")
    with pytest.raises(Conflict):
        auditors.issue_passwords(session, admin, [person.id], clock.now())


def people_new(number: int) -> auditors.NewPerson:
    return auditors.NewPerson(
        name="许听澜", document_type="resident_id", document_number=resident_number(number)
    )


def test_a_new_password_ends_the_tokens_of_programs(session: Session, stranger: User) -> None:
    raw = token_of(session, stranger)
    assert bearers.token_holder(session, raw, NINE)
    mine = Actor(stranger.id, "", "applicant")
    sign_in.set_password(session, stranger, BETTER, NINE, mine)
    assert bearers.token_holder(session, raw, NINE) is None


def test_so_does_a_replaced_phone(session: Session, stranger: User) -> None:
    raw = token_of(session, stranger)
    ask = codes.Ask(recovery.LOST_PHONE, "sms", "13900000009", "b", "203.0.113.7")
    code = codes.issue(session, ask, NINE)
    proof = codes.prove(session, code.id, ask, codes.digits_of(code), NINE)
    named = (stranger.name, "resident_id", resident_number(60))
    recovery.replace_lost_phone(session, proof, named, NINE, "203.0.113.7")
    assert bearers.token_holder(session, raw, NINE) is None


def test_no_login_name_can_be_an_address_or_a_phone(session: Session, stranger: User) -> None:
    for login_name in ("victim@example.org", "13900000001", "1a"):
        with pytest.raises(Invalid) as refused:
            create_user(session, login_name, PASSWORD, "冒名", NINE)
        assert set(refused.value.fields) == {"login_name"}
    with pytest.raises(Invalid):
        organisations.sign_up(
            session,
            organisations.SigningUp(
                name="某某机构",
                uscc="91110000600037341L",
                contact_name="冒名",
                login_name="stranger@example.org",
                password=PASSWORD,
            ),
            NINE,
        )


def test_an_address_finds_the_account_that_has_it_whatever_others_are_called(
    session: Session, stranger: User
) -> None:
    squatter = make_user(session, "squatter", "applicant")
    squatter.login_name = "stranger@example.org"  # as was possible once
    session.flush()
    assert queries.find_user(session, " Stranger@example.org ") is stranger
    assert queries.find_user(session, "STRANGER") is stranger
