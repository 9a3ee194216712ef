import pytest
from sqlalchemy import text

from certflow.accounts import queries
from certflow.accounts.operations import NewPerson, create_organisation, create_person, create_user
from certflow.core.errors import Invalid
from factories.people import NINE, PASSWORD, resident_number


def new(**changes):
    told = {
        "name": "林知远",
        "document_type": "resident_id",
        "document_number": resident_number(1),
        "phone": "13800000001",
    }
    return NewPerson(**{**told, **changes})


def test_a_person_gets_an_archive_number_and_what_the_document_says(session, lin):
    person = create_person(session, new(), NINE, lin.id)
    assert (person.archive_number, person.sex, str(person.birth_date)) == (
        "A0000001",
        "male",
        "1990-03-07",
    )
    assert queries.person_of_user(session, lin.id) is person
    assert queries.person_by_document(session, "resident_id", resident_number(1)) is person
    assert queries.person_by_document(session, "passport", resident_number(1)) is None


def test_number_and_phone_are_not_readable_in_the_database(session):
    create_person(session, new(), NINE)
    row = session.execute(text("SELECT * FROM person")).one()
    stored = " ".join(
        bytes(v).decode(errors="replace") if isinstance(v, (bytes, memoryview)) else str(v)
        for v in row
    )
    assert "19900307" not in stored
    assert "13800000001" not in stored
    assert "林知远" in stored


def test_the_same_document_or_phone_is_not_registered_twice(session):
    create_person(session, new(), NINE)
    with pytest.raises(Invalid) as same_document:
        create_person(session, new(phone=None), NINE)
    with pytest.raises(Invalid) as same_phone:
        create_person(session, new(document_number=resident_number(2)), NINE)
    assert "document_number" in same_document.value.fields
    assert "phone" in same_phone.value.fields


def test_a_passport_needs_sex_and_birth_date_from_the_person(session):
    with pytest.raises(Invalid) as caught:
        create_person(session, new(document_type="passport", document_number="E12345678"), NINE)
    assert set(caught.value.fields) == {"sex", "birth_date"}


def test_a_login_name_is_taken_once_whatever_its_case(session, lin):
    with pytest.raises(Invalid) as caught:
        create_user(session, "LIN", PASSWORD, "另一位", NINE)
    assert "login_name" in caught.value.fields


def test_a_phone_number_cannot_be_a_login_name(session):
    with pytest.raises(Invalid):
        create_user(session, "13800000001", PASSWORD, "冒名", NINE)


def test_an_email_address_is_checked_and_taken_once(session, lin):
    for email in ("LIN@example.org", "no address"):
        with pytest.raises(Invalid) as caught:
            create_user(session, "other", PASSWORD, "另一位", NINE, email=email)
        assert "email" in caught.value.fields


def test_an_organisation_code_is_taken_once(session):
    create_organisation(session, "certification_body", "甲", "91999999MA0EXAMP1J", NINE)
    with pytest.raises(Invalid) as caught:
        create_organisation(session, "certification_body", "乙", "91999999MA0EXAMP1J", NINE)
    assert "uscc" in caught.value.fields


def test_members_are_those_of_the_organisation_and_not_disabled(session, lin, body_id):
    from certflow.accounts.operations import disable, enable, grant_role
    from certflow.core.actor import SYSTEM

    other_id = create_organisation(session, "certification_body", "别家", None, NINE).id
    staff = create_user(session, "staff", PASSWORD, "周明", NINE)
    grant_role(session, staff.id, "body_staff", NINE, organisation_id=body_id)
    assert [m.user_id for m in queries.members(session, "body_staff", body_id)] == [staff.id]
    assert queries.members(session, "body_staff", other_id) == []
    disable(session, staff, NINE, SYSTEM, "离职")
    assert queries.members(session, "body_staff") == []
    enable(session, staff, SYSTEM, "回来")
    assert len(queries.members(session, "body_staff")) == 1


def test_an_organisation_role_needs_its_organisation_and_others_take_none(session, lin, body_id):
    from certflow.accounts.operations import grant_role

    for role, organisation_id in (("body_staff", None), ("expert", body_id), ("wizard", None)):
        with pytest.raises(Invalid):
            grant_role(session, lin.id, role, NINE, organisation_id=organisation_id)
