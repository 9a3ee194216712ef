"""Who is signed in, who is who (catalogue A4, A10)."""

import hashlib
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, bindparam, or_, select

from certflow.accounts.models import (
    ApiToken,
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

IDLE = timedelta(minutes=60)
TOUCH_AFTER = timedelta(minutes=5)


class SignedIn(NamedTuple):
    """A live login. `touch_due`: call `operations.touch`, so that it does not count as idle."""

    actor: Actor
    login_session_id: int
    touch_due: bool


class TokenHolder(NamedTuple):
    """A live API token: for whom it acts and what it may be used for."""

    actor: Actor
    scopes: frozenset[str]
    token_id: int


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
            RoleGrant.role,
            RoleGrant.organisation_id,
            *_ACTOR_COLUMNS,
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
    return SignedIn(_actor(row, frozenset(grants)), row.id, row.seen_at <= at - TOUCH_AFTER)


def actor_of_session(session: Session, raw_token: str, at: datetime) -> Actor | None:
    """Return who acts in the browser with this token; one statement (see `signed_in`)."""
    found = signed_in(session, raw_token, at)
    return found.actor if found else None


def token_holder(session: Session, raw_token: str, at: datetime) -> TokenHolder | None:
    """Find an API token in one statement.

    None when it is unknown, revoked or expired, the account is disabled or no longer has the
    role for which the token was issued.
    """
    row = session.execute(_HOLDER, {"token": digest(raw_token), "at": at}).one_or_none()
    if row is None:
        return None
    return TokenHolder(_actor(row, frozenset({row.role})), frozenset(row.scopes), row.id)


def actor_of_token(session: Session, raw_token: str, at: datetime) -> Actor | None:
    """Return for whom a program with this API token acts; one statement."""
    found = token_holder(session, raw_token, at)
    return found.actor if found else None


_ACTOR_COLUMNS = (
    User.id.label("user_id"),
    User.name,
    User.locale,
    User.must_change_password,
    Person.id.label("person_id"),
)


_HOLDER = (
    select(ApiToken.id, ApiToken.scopes, ApiToken.role, RoleGrant.organisation_id, *_ACTOR_COLUMNS)
    .join(User, User.id == ApiToken.user_id)
    .join(RoleGrant, (RoleGrant.user_id == User.id) & (RoleGrant.role == ApiToken.role))
    .outerjoin(Person, Person.user_id == User.id)
    .where(
        ApiToken.token_hash == bindparam("token"),
        ApiToken.revoked_at.is_(None),
        ApiToken.expires_at > bindparam("at"),
        User.disabled_at.is_(None),
    )
)
"""Built once: every request of a program runs it."""


def _actor(row: Row[*tuple[Any, ...]], roles: frozenset[str]) -> Actor:
    return Actor(
        user_id=row.user_id,
        name=row.name,
        role=row.role,
        organisation_id=row.organisation_id,
        person_id=row.person_id,
        locale=row.locale,
        roles=roles,
        must_change_password=row.must_change_password,
    )


def find_user(session: Session, name_or_phone: str) -> User | None:
    """Find the account by login name or by the person's phone number."""
    wanted = name_or_phone.strip()
    return session.scalars(
        select(User)
        .outerjoin(Person, Person.user_id == User.id)
        .where(
            or_(
                User.login_name == wanted.lower(),
                Person.phone_index == blind_index("phone", wanted),
            )
        )
    ).first()


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
    conditions: list[ColumnElement[bool]] = [RoleGrant.role == role, User.disabled_at.is_(None)]
    if organisation_id is not None:
        conditions.append(RoleGrant.organisation_id == organisation_id)
    rows = session.execute(
        select(User.id, User.name, RoleGrant.organisation_id, Person.id, Person.organisation_id)
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .outerjoin(Person, Person.user_id == User.id)
        .where(*conditions)
        .order_by(User.name, User.id)
    ).all()
    return [Member(*row) for row in rows]


def holders_of(role: str, organisation_id: int | None = None) -> Select[int]:
    """Return the query for the ids of who holds the role (for the organisation, when given)."""
    query = select(RoleGrant.user_id).where(RoleGrant.role == role)
    if organisation_id is not None:
        query = query.where(RoleGrant.organisation_id == organisation_id)
    return query


def get_person(session: Session, person_id: int) -> Person | None:
    """Return the person."""
    return session.get(Person, person_id)


def person_of_user(session: Session, user_id: int) -> Person | None:
    """Return the person behind an account; None for an account of an organisation only."""
    return session.scalars(select(Person).where(Person.user_id == user_id)).one_or_none()


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
    """Return the organisations (of one kind), by name."""
    query = select(Organisation).order_by(Organisation.name)
    return list(session.scalars(query if kind is None else query.where(Organisation.kind == kind)))


def api_tokens(session: Session, limit: int = 200) -> list[tuple[ApiToken, User]]:
    """Return the tokens of programs with the user they act for, the newest first."""
    query = (
        select(ApiToken, User)
        .join(User, User.id == ApiToken.user_id)
        .order_by(ApiToken.id.desc())
        .limit(limit)
    )
    return [(token, user) for token, user in session.execute(query)]


def get_api_token(session: Session, token_id: int) -> ApiToken | None:
    """Return the token's row."""
    return session.get(ApiToken, token_id)
