"""People who act: an account with a role, and the actor that operations want."""

from certflow.accounts.models import Organisation, Person, User
from certflow.accounts.operations import grant_role
from certflow.accounts.roles import ORGANISATION_ROLES
from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from factories import people


def make_user(
    session: Session, login: str, role: str, organisation: Organisation | None = None
) -> User:
    user = people.user(session, login, name=login)
    scope = organisation.id if organisation and role in ORGANISATION_ROLES else None
    grant_role(session, user.id, role, clock.now(), organisation_id=scope)
    return user


def make_person(session: Session, user: User, number: int, body: Organisation | None) -> Person:
    organisation_id = body.id if body else None
    return people.person(session, number, user.id, name=user.name, organisation_id=organisation_id)


def actor(
    user: User, role: str, organisation: Organisation | None = None, person: Person | None = None
) -> Actor:
    return Actor(
        user_id=user.id,
        name=user.name,
        role=role,
        organisation_id=organisation.id if organisation else None,
        person_id=person.id if person else None,
        roles=frozenset({role}),
    )
