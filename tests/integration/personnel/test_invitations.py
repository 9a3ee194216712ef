"""A body asks; who has an account joins by their own will and no other way (catalogue A7)."""

from datetime import timedelta

import pytest

from certflow.accounts.models import Person
from certflow.core import audit
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Conflict, Invalid, NotFound
from certflow.notifications.queries import notices_of
from certflow.personnel import auditors, invitations
from certflow.personnel.models import BodyInvitation
from factories import people
from factories.actors import actor, make_person, make_user
from factories.people import NINE, resident_number


@pytest.fixture
def admin(session: Session) -> Actor:
    body = people.body(session)
    return actor(make_user(session, "bai", "body_admin", body), "body_admin", body)


@pytest.fixture
def free(session: Session) -> Person:
    """Somebody with an account of their own and without a body."""
    return make_person(session, make_user(session, "free", "applicant"), 50, None)


def ask(session: Session, admin: Actor, person: Person) -> BodyInvitation:
    new = auditors.NewPerson(
        name=person.name, document_type="resident_id", document_number=resident_number(50)
    )
    assert auditors.add(session, admin, new, "", NINE) == (person, None)
    return invitations.invitations_to(session, person.id, NINE)[0][0]


def owner(person: Person) -> Actor:
    return Actor(person.user_id, person.name, "applicant", person_id=person.id)


def test_to_be_asked_changes_nothing(session: Session, admin: Actor, free: Person) -> None:
    ask(session, admin, free)
    assert free.organisation_id is None
    assert [one.kind for one in notices_of(session, free.user_id or 0)] == ["practising_body"]
    with pytest.raises(NotFound):
        auditors.issue_passwords(session, admin, [free.id], NINE)
    with pytest.raises(Invalid) as refused:
        ask(session, admin, free)
    assert refused.value.message == invitations.ASKED


def test_who_accepts_joins_and_the_body_is_told(
    session: Session, admin: Actor, free: Person
) -> None:
    made = ask(session, admin, free)
    invitations.answer(session, owner(free), made.id, NINE, accept=True)
    assert free.organisation_id == admin.organisation_id
    assert "已同意" in notices_of(session, admin.user_id or 0)[0].text["zh"]
    assert "auditor.accepted" in [one.action for one in audit.events(session, f"person/{free.id}")]
    assert invitations.invited_by(session, admin.organisation_id or 0, NINE) == []


def test_who_declines_stays_free(session: Session, admin: Actor, free: Person) -> None:
    made = ask(session, admin, free)
    invitations.answer(session, owner(free), made.id, NINE, accept=False)
    assert (free.organisation_id, made.outcome) == (None, "declined")
    with pytest.raises(NotFound):
        invitations.answer(session, owner(free), made.id, NINE, accept=True)


def test_nobody_answers_for_another_nor_what_is_old_or_withdrawn(
    session: Session, admin: Actor, free: Person
) -> None:
    made = ask(session, admin, free)
    other = make_person(session, make_user(session, "other", "applicant"), 51, None)
    elsewhere = Actor(9, "", "body_admin", organisation_id=people.body(session, "别家").id)
    with pytest.raises(NotFound):
        invitations.answer(session, owner(other), made.id, NINE, accept=True)
    with pytest.raises(NotFound):
        invitations.withdraw(session, elsewhere, made.id, NINE)
    with pytest.raises(NotFound):
        late = NINE + invitations.GOOD_FOR + timedelta(seconds=1)
        invitations.answer(session, owner(free), made.id, late, accept=True)
    invitations.withdraw(session, admin, made.id, NINE)
    with pytest.raises(NotFound):
        invitations.answer(session, owner(free), made.id, NINE, accept=True)


def test_who_has_a_body_meanwhile_cannot_accept_another(
    session: Session, admin: Actor, free: Person
) -> None:
    made = ask(session, admin, free)
    free.organisation_id = people.body(session, "别家").id
    session.flush()
    with pytest.raises(Conflict):
        invitations.answer(session, owner(free), made.id, NINE, accept=True)
    assert made.closed_at is None
