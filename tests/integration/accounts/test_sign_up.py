"""A person signs up: what is checked, what is said, what is linked (A1, A11)."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from certflow.accounts import codes, queries, real_name, sign_up
from certflow.accounts.entries import SignUp
from certflow.accounts.models import Person
from certflow.accounts.sign_up import TAKEN
from certflow.core import audit, outbox, settings
from certflow.core.actor import Actor
from certflow.core.db import transaction
from certflow.core.errors import Conflict, Invalid, TooMany
from factories import people
from factories.people import NINE, resident_number

PHONE = "13900000001"
NEW = SignUp(
    name="林新人",
    document_number=resident_number(2),
    email="New@Example.org",
    login_name="Lin.New",
    password="heron-8-by-river",
    again="heron-8-by-river",
)


def proved(session, phone=PHONE):
    ask = codes.Ask("sign_up", "sms", phone, "b", "203.0.113.7")
    code = codes.issue(session, ask, NINE)
    return codes.prove(session, code.id, ask, codes.digits_of(code), NINE)


def register(session, **changes):
    return sign_up.register(session, proved(session), replace(NEW, **changes), NINE)


def faults(session, **changes):
    with pytest.raises(Invalid) as refused:
        register(session, **changes)
    return refused.value.fields


def test_an_account_with_the_role_of_an_applicant_is_opened(session):
    user = register(session)
    person = queries.person_of_user(session, user.id)
    assert (user.login_name, user.email, user.name) == ("lin.new", "new@example.org", "林新人")
    assert (person.phone, person.sex, person.birth_date.isoformat()) == (
        PHONE,
        "female",
        "1990-03-07",
    )
    assert list(queries.grants_of(session, user.id)) == ["applicant"]
    assert queries.find_user(session, PHONE) is user
    assert queries.find_user(session, "NEW@example.org") is user
    actions = [one.action for one in audit.events(session, f"user/{user.id}")]
    assert actions == ["account.created", "role.granted", "account.signed_up"]


def test_a_proof_opens_one_account(session):
    proof = proved(session)
    sign_up.register(session, proof, NEW, NINE)
    assert codes.proof(session, proof.id, "sign_up", "b", NINE) is None


def test_every_empty_field_has_its_sentence(session):
    empty = dict.fromkeys(("name", "document_number", "email", "login_name", "password"), "")
    assert set(faults(session, **empty)) == set(empty)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "长" * 61}, "name"),
        ({"document_type": "driving_licence"}, "document_type"),
        ({"document_number": resident_number(2)[:-1] + "?"}, "document_number"),
        ({"email": "nowhere"}, "email"),
        ({"login_name": "林"}, "login_name"),
        ({"login_name": "lin@example.org"}, "login_name"),
        ({"login_name": "13900000002"}, "login_name"),
        ({"password": "short"}, "password"),
        ({"password": "Password1!"}, "password"),
        ({"password": "lin.new-973", "again": "lin.new-973"}, "password"),
        ({"again": "another"}, "again"),
    ],
)
def test_a_wrong_entry_is_told_at_its_field(session, changes, field):
    found = faults(session, **changes)
    assert set(found) == {field}
    assert found[field].zh
    assert found[field].en


def test_a_passport_asks_for_sex_and_birth_date(session):
    passport = {"document_type": "passport", "document_number": "E12345678"}
    assert set(faults(session, **passport)) == {"sex", "birth_date"}


def test_with_them_a_passport_will_do(session):
    told = {"document_type": "passport", "document_number": "e 12345678"}
    user = register(session, **told, sex="male", birth_date="1991-02-03")
    person = queries.person_of_user(session, user.id)
    assert (person.document_number, person.sex) == ("E12345678", "male")


def test_what_is_taken_is_told_after_the_phone_is_proved(session, lin):
    people.person(session, 2, lin.id)
    found = faults(session, login_name="lin0", email=lin.email)
    assert set(found) == {"email", "document_number"}
    assert found["document_number"] == TAKEN["document_number"]


def test_the_file_of_the_earlier_system_is_linked_by_name_and_document(session):
    file = people.person(session, 2, name="林 新人", phone="13911112222")
    user = register(session)
    assert queries.person_of_user(session, user.id) is file
    assert file.phone == PHONE
    assert "person.linked" in [one.action for one in audit.events(session, f"person/{file.id}")]


def test_with_another_name_it_is_not_and_the_words_tell_nothing(session):
    file = people.person(session, 2, name="别人", phone=None)
    assert faults(session) == {"document_number": TAKEN["document_number"]}
    (event,) = audit.events(session, f"person/{file.id}")
    assert event.action == "sign_up.refused"


def test_a_file_loses_the_phone_that_somebody_else_proves(session):
    file = people.person(session, 3, phone=PHONE)
    register(session)
    session.refresh(file)
    assert file.phone is None
    assert session.scalar(select(Person.phone_index).where(Person.id == file.id)) is None


def test_a_phone_with_an_account_opens_no_other(session, lin):
    people.person(session, 3, lin.id, phone=PHONE)
    assert sign_up.phone_taken(session, PHONE)
    assert set(faults(session)) == {"phone"}


def test_a_proof_asks_ten_times_and_no_more(session, lin):
    proof = proved(session)
    for _ in range(codes.MOST_PROBES):
        with pytest.raises(Invalid):
            sign_up.check_one(session, proof, replace(NEW, email=lin.email), "email", NINE)
    with pytest.raises(TooMany):
        sign_up.check_one(session, proof, NEW, "email", NINE)
    with pytest.raises(TooMany):
        sign_up.register(session, proof, NEW, NINE)


def test_without_a_name_a_document_is_looked_at_but_not_looked_up(session, lin):
    people.person(session, 2, lin.id)
    proof = proved(session)
    sign_up.check_one(session, proof, replace(NEW, name=""), "document_number", NINE)
    assert proof.probes == 0
    with pytest.raises(Invalid):
        sign_up.check_one(session, proof, NEW, "document_number", NINE)


@pytest.mark.parametrize(("name", "state"), [("林新人", "passed"), ("林否", "refused")])
def test_the_sandbox_verifies_names_by_rule_and_the_answer_stays(app, name, state):
    with app.app_context():
        with transaction() as session:
            user = register(session, name=name)
            person = queries.person_of_user(session, user.id)
            real_name.ask(session, person, Actor(user.id, name, "applicant"), NINE)
            with pytest.raises(Conflict):
                real_name.ask(session, person, Actor(user.id, name, "applicant"), NINE)
        assert outbox.relay() >= 1
        with transaction() as session:
            assert session.get_one(Person, person.id).identity_state == state
            last = audit.events(session, f"person/{person.id}")[-1]
            assert (last.action, last.after) == ("identity.answered", {"state": state})


def test_where_nobody_can_be_asked_nobody_is(session, lin, monkeypatch):
    off = replace(settings.current(), real_name="off")
    monkeypatch.setattr(settings._Current, "settings", off)
    with pytest.raises(Conflict):
        real_name.ask(session, people.person(session, 2, lin.id), Actor(1, "", ""), NINE)
