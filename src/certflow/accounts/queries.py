"""Who is signed in, who is who (catalogue A4, A10)."""

import hashlib
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Integer, and_, bindparam, or_, select

from certflow.accounts.models import (
    LoginSession,
    Organisation,
    Person,
    RoleGrant,
    User,
)
from certflow.accounts.roles import in_order
from certflow.core.actor import Actor
from certflow.core.crypto import blind_index
from certflow.core.db import Session
from certflow.core.errors import NotFound

IDLE = timedelta(minutes=60)
TOUCH_AFTER = timedelta(minutes=5)


class SignedIn(NamedTuple):
    """A live login. `touch_due`: call `sign_in.touch`, so that it does not count as idle.

    `limited`: it opens nothing before a second factor is set up.
    """

    actor: Actor
    login_session_id: int
    touch_due: bool
    limited: bool = False


class Member(NamedTuple):
    """Somebody who holds a role; `body_id` is the practising body of the person, if any."""

    user_id: int
    name: str
    organisation_id: int | None
    person_id: int | None
    body_id: int | None


def digest(raw_token: str) -> str:
    """Return what is stored of a session or API token."""
    return hashlib.sha256(raw_token.encode()).hexdigest()


def signed_in(session: Session, raw_token: str, at: datetime) -> SignedIn | None:
    """Find the login of a browser in one statement.

    None when the token is unknown, ended, idle for 60 minutes, 12 hours old, or the account is
    disabled or left without a role. When the role in use was taken away, the first of the
    remaining ones is in use at once.
    """
    rows = session.execute(
        select(
            LoginSession.id,
            LoginSession.role.label("in_use"),
            LoginSession.seen_at,
            LoginSession.limited,
            *ACTOR_COLUMNS,
        )
        .join(User, User.id == LoginSession.user_id)
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .outerjoin(Person, Person.user_id == User.id)
        .where(
            LoginSession.token_hash == digest(raw_token),
            LoginSession.ended_at.is_(None),
            LoginSession.expires_at > at,
            LoginSession.seen_at > at - IDLE,
            User.disabled_at.is_(None),
        )
    ).all()
    if not rows:
        return None
    grants = {row.role: row for row in rows}
    row = grants.get(rows[0].in_use) or grants[in_order(grants)[0]]
    due = row.seen_at <= at - TOUCH_AFTER
    return SignedIn(actor_of_row(row, frozenset(grants)), row.id, due, row.limited)


def actor_of_session(session: Session, raw_token: str, at: datetime) -> Actor | None:
    """Return who acts in the browser with this token; one statement (see `signed_in`)."""
    found = signed_in(session, raw_token, at)
    return found.actor if found else None


ACTOR_COLUMNS = (
    RoleGrant.role,
    RoleGrant.organisation_id,
    RoleGrant.permissions,
    User.id.label("user_id"),
    User.name,
    User.locale,
    User.must_change_password,
    Person.id.label("person_id"),
)


def actor_of_row(row: Any, roles: frozenset[str]) -> Actor:
    """Return who acts, from a row with `ACTOR_COLUMNS`."""
    return Actor(
        user_id=row.user_id,
        name=row.name,
        role=row.role,
        organisation_id=row.organisation_id,
        person_id=row.person_id,
        locale=row.locale,
        roles=roles,
        permissions=frozenset(row.permissions),
        must_change_password=row.must_change_password,
    )


def find_user(session: Session, name_or_phone: str) -> User | None:
    """Find the account by login name, phone number or e-mail address.

    With an "@" it is an address and nothing else: no login name can stand before it.
    """
    wanted = name_or_phone.strip()
    if "@" in wanted:
        return session.scalar(select(User).where(User.has_email(wanted)))
    by_name = User.login_name == wanted.lower()
    by_phone = Person.phone_index == blind_index("phone", wanted)
    query = select(User).outerjoin(Person, Person.user_id == User.id).where(or_(by_name, by_phone))
    return session.scalars(query.order_by(by_name.desc())).first()


def get_user(session: Session, user_id: int) -> User | None:
    """Return the account."""
    return session.get(User, user_id)


def grants_of(session: Session, user_id: int) -> dict[str, int | None]:
    """Return the user's roles in their order, each with the organisation it is held for."""
    rows = session.execute(
        select(RoleGrant.role, RoleGrant.organisation_id).where(RoleGrant.user_id == user_id)
    ).all()
    held = {row.role: row.organisation_id for row in rows}
    return {role: held[role] for role in in_order(held)}


def members(session: Session, role: str, organisation_id: int | None = None) -> list[Member]:
    """Return who holds the role (for the organisation, when given), by name."""
    rows = session.execute(_MEMBERS, {"holds": role, "of": organisation_id})
    return [Member(*row) for row in rows]


class Holders(NamedTuple):
    """Whoever holds a role, for the organisation when one is given."""

    role: str
    organisation_id: int | None


def holders_of(role: str, organisation_id: int | None = None) -> Holders:
    """Name those who hold the role (for the organisation, when given), without looking them up."""
    return Holders(role, organisation_id)


def holder_ids(session: Session, holders: Holders) -> list[int]:
    """Return the ids of those who hold a role."""
    found = session.scalars(_HOLDER_IDS, {"holds": holders.role, "of": holders.organisation_id})
    return list(found)


_OF = bindparam("of", type_=Integer)
_HELD = and_(
    RoleGrant.role == bindparam("holds"), or_(_OF.is_(None), RoleGrant.organisation_id == _OF)
)
_HOLDER_IDS = select(RoleGrant.user_id).where(_HELD)
_MEMBERS = (
    select(User.id, User.name, RoleGrant.organisation_id, Person.id, Person.organisation_id)
    .join(RoleGrant, RoleGrant.user_id == User.id)
    .outerjoin(Person, Person.user_id == User.id)
    .where(_HELD, User.disabled_at.is_(None))
    .order_by(User.name, User.id)
)
HOLDS = User.id.in_(_HOLDER_IDS)
"""Whether a user is one of `Holders`; binds `holds` and `of`."""


def get_person(session: Session, person_id: int) -> Person | None:
    """Return the person."""
    return session.get(Person, person_id)


def person_of_user(session: Session, user_id: int) -> Person | None:
    """Return the person behind an account; None for an account of an organisation only."""
    return session.scalars(_PERSON_OF, {"user": user_id}).one_or_none()


_PERSON_OF = select(Person).where(Person.user_id == bindparam("user"))


def the_person(session: Session, user_id: int) -> Person:
    """Return the person behind an account; NotFound for an account of an organisation only."""
    person = person_of_user(session, user_id)
    if person is None:
        raise NotFound
    return person


def lock_person(session: Session, user_id: int) -> Person:
    """Return the person behind an account, read afresh: until this transaction ends it is ours.

    Two applications filed at once then see each other. Rows that refer to the person can still be
    written meanwhile.
    """
    alone = {"key_share": True}
    key = the_person(session, user_id).id
    return session.get_one(Person, key, with_for_update=alone, populate_existing=True)


def document_index(document_type: str, number: str) -> str:
    """Return the keyed index under which a document number is found."""
    return blind_index("document", f"{document_type}:{number}")


def person_by_document(session: Session, document_type: str, number: str) -> Person | None:
    """Find a person by the identity document, as A1 and A11 need it."""
    index = document_index(document_type, number)
    return session.scalars(select(Person).where(Person.document_index == index)).one_or_none()


def get_organisation(session: Session, organisation_id: int) -> Organisation | None:
    """Return the organisation."""
    return session.get(Organisation, organisation_id)


def organisations(session: Session, kind: str | None = None) -> list[Organisation]:
    """Return the organisations (of one kind), by name; none that still waits for its approval."""
    query = _ORGANISATIONS if kind is None else _ORGANISATIONS_OF_KIND
    return list(session.scalars(query, {"kind": kind}))


_ORGANISATIONS = (
    select(Organisation).where(Organisation.kind != "pending").order_by(Organisation.name)
)
_ORGANISATIONS_OF_KIND = _ORGANISATIONS.where(Organisation.kind == bindparam("kind"))
