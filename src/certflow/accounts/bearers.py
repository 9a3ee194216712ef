"""Who calls with a token: found in one statement, at every request of a program (catalogue I1)."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, bindparam, case, func, select, update

from certflow.accounts.models import ApiToken, Person, RoleGrant, User
from certflow.accounts.queries import ACTOR_COLUMNS, TOUCH_AFTER, actor_of_row, digest
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.prepared import Prepared


class TokenHolder(NamedTuple):
    """A live API token: for whom it acts and what it may be used for.

    `touch_due`: call `touch`, so that its owner sees when it was used last.
    """

    actor: Actor
    scopes: frozenset[str]
    token_id: int
    touch_due: bool


def touch(session: Session, token_id: int, at: datetime) -> None:
    """Note that a token is in use; to be called when `TokenHolder.touch_due` says so."""
    session.execute(update(ApiToken).where(ApiToken.id == token_id).values(used_at=at))


def token_holder(session: Session, raw_token: str, at: datetime) -> TokenHolder | None:
    """Find an API token in one statement.

    None when it is unknown, revoked or expired, or when the account is disabled or no longer
    has the role for which the token was issued; for an organisation's: no longer administers it.
    """
    found = _HOLDER.run(session, {"token": digest(raw_token), "at": at})
    if not found:
        return None
    row = _Holder(*found[0])
    due = row.used_at is None or row.used_at <= at - TOUCH_AFTER
    actor = actor_of_row(row, frozenset({row.role}))
    return TokenHolder(actor, frozenset(row.scopes), row.id, due)


def actor_of_token(session: Session, raw_token: str, at: datetime) -> Actor | None:
    """Return for whom a program with this API token acts; one statement."""
    found = token_holder(session, raw_token, at)
    return found.actor if found else None


class _Holder(NamedTuple):
    """What `_HOLDER` finds."""

    id: int
    scopes: list[str]
    used_at: datetime | None
    role: str
    organisation_id: int | None
    permissions: list[str]
    user_id: int
    name: str
    locale: str
    must_change_password: bool
    person_id: int | None


_ANSWERS_FOR_IT = and_(
    RoleGrant.user_id == User.id,
    RoleGrant.role
    == case((ApiToken.organisation_id.is_not(None), "body_admin"), else_=ApiToken.role),
    func.coalesce(ApiToken.organisation_id, RoleGrant.organisation_id, 0)
    == func.coalesce(RoleGrant.organisation_id, 0),
)
_HOLDER = Prepared(
    select(ApiToken.id, ApiToken.scopes, ApiToken.used_at, ApiToken.role, *ACTOR_COLUMNS[1:])
    .join(User, User.id == ApiToken.user_id)
    .join(RoleGrant, _ANSWERS_FOR_IT)
    .outerjoin(Person, Person.user_id == User.id)
    .where(
        ApiToken.token_hash == bindparam("token"),
        ApiToken.revoked_at.is_(None),
        ApiToken.expires_at > bindparam("at"),
        User.disabled_at.is_(None),
    )
)
"""Every request of a program runs it."""
