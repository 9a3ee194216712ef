"""The tokens with which programs act (catalogue I1): issue, list, revoke.

A token of a person acts for that person in one role. A token of an organisation acts as its
staff; the administrator who issued it answers for what it does. The raw token is shown once.
"""

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select

from certflow.accounts.models import ApiToken, RoleGrant, User
from certflow.accounts.queries import (
    digest,
    grants_of,
)
from certflow.core import audit
from certflow.core.actor import SYSTEM, Actor
from certflow.core.db import Session
from certflow.core.errors import Forbidden, Invalid, NotFound
from certflow.core.given import NOT_OFFERED, refuse, wrong_in
from certflow.core.text import Text

SCOPES = ("cases:read", "cases:write", "certificates:read")
"""What a token may be issued for."""

LIFETIMES = (30, 90, 365)
"""For how many days a token may be issued on the pages."""

MOST_LIVE = 20
"""How many tokens a person or an organisation may have at a time."""

STAFF, ADMIN = "body_staff", "body_admin"

INVALID = Text("令牌没有签发，请按提示修改。", "No token was issued; see the marked fields.")
NO_NAME = Text("请写明用途，例如“注册数据同步”。", "Say what it is for, such as “nightly sync”.")
NO_SCOPE = Text("请至少选一项权限。", "Choose at least one scope.")
ENOUGH = Text(
    "最多同时有 20 个有效的令牌。请先吊销不用的。",
    "There can be 20 live tokens at a time. Revoke those that are not in use first.",
)


class Wanted(NamedTuple):
    """What somebody asks of a new token, as it was typed."""

    name: str
    scopes: tuple[str, ...]
    days: str


def issue_api_token(
    session: Session,
    user_id: int,
    role: str,
    scopes: Iterable[str],
    at: datetime,
    *,
    expires_at: datetime,
    name: str = "",
    actor: Actor = SYSTEM,
) -> tuple[ApiToken, str]:
    """Make a token that acts for a user; the raw token is shown only here.

    Raises:
        Forbidden: when the user does not hold the role.

    """
    if role not in grants_of(session, user_id):
        raise Forbidden
    token = ApiToken(user_id=user_id, role=role, name=name, scopes=sorted(set(scopes)))
    token.created_at, token.expires_at = at, expires_at
    return _issued(session, token, actor)


def issue_own(session: Session, actor: Actor, wanted: Wanted, at: datetime) -> str:
    """Make a token for a program of the actor's own; it acts in the actor's present role.

    Raises:
        Invalid: with a sentence at each wrong field.

    """
    name, scopes, lasts = checked(wanted)
    _not_too_many(session, own_tokens(session, actor), at)
    _token, raw = issue_api_token(
        session,
        actor.user_id or 0,
        actor.role,
        scopes,
        at,
        expires_at=at + lasts,
        name=name,
        actor=actor,
    )
    return raw


def issue_for_organisation(session: Session, actor: Actor, wanted: Wanted, at: datetime) -> str:
    """Make a token for a program of the organisation that the actor administers.

    Raises:
        Invalid: with a sentence at each wrong field.
        Forbidden: the actor administers none.

    """
    if actor.role != ADMIN or actor.organisation_id is None or actor.user_id is None:
        raise Forbidden
    name, scopes, lasts = checked(wanted)
    _not_too_many(session, tokens_of_organisation(session, actor), at)
    token = ApiToken(
        user_id=actor.user_id,
        role=STAFF,
        name=name,
        scopes=sorted(set(scopes)),
        organisation_id=actor.organisation_id,
        created_at=at,
        expires_at=at + lasts,
    )
    return _issued(session, token, actor)[1]


def checked(
    wanted: Wanted, others: Mapping[str, Text | None] | None = None
) -> tuple[str, list[str], timedelta]:
    """Return name, scopes and lifetime of a token as they will be stored.

    `others` is what is wrong at further fields of the same form.

    Raises:
        Invalid: with a sentence at each wrong field ("name", "days", "scope").

    """
    name, scopes = wanted.name.strip(), [one for one in SCOPES if one in wanted.scopes]
    faults = {
        "name": wrong_in(name, 100, NO_NAME),
        "days": None if wanted.days in map(str, LIFETIMES) else NOT_OFFERED,
        "scope": None if scopes else NO_SCOPE,
    }
    refuse({**(others or {}), **faults}, INVALID)
    return name, scopes, timedelta(days=int(wanted.days))


def _not_too_many(session: Session, tokens: list[tuple[ApiToken, User]], at: datetime) -> None:
    session.flush()
    if sum(one.revoked_at is None and one.expires_at > at for one, _ in tokens) >= MOST_LIVE:
        raise Invalid(ENOUGH, {"name": ENOUGH})


def _issued(session: Session, token: ApiToken, actor: Actor) -> tuple[ApiToken, str]:
    raw = f"cft_{secrets.token_urlsafe(32)}"
    token.token_hash = digest(raw)
    session.add(token)
    session.flush()
    after = {"token": token.id, "role": token.role, "scopes": token.scopes}
    audit.record(session, "api_token.issued", actor, subject=_chain(token), after=after)
    return token, raw


def revoke_api_token(
    session: Session, token: ApiToken, at: datetime, actor: Actor = SYSTEM
) -> None:
    """End an API token at once; one that has ended is left as it is."""
    if token.revoked_at is not None:
        return
    token.revoked_at = at
    session.flush()
    after = {"token": token.id}
    audit.record(session, "api_token.revoked", actor, subject=_chain(token), after=after)


def revoke_own(session: Session, actor: Actor, token_id: int, at: datetime) -> None:
    """End a token of the actor's own.

    Raises:
        NotFound: it is somebody else's, or an organisation's.

    """
    token = session.get(ApiToken, token_id)
    if token is None or token.user_id != actor.user_id or token.organisation_id is not None:
        raise NotFound
    revoke_api_token(session, token, at, actor)


def revoke_of_organisation(session: Session, actor: Actor, token_id: int, at: datetime) -> None:
    """End a token of the organisation that the actor administers, whoever issued it.

    Raises:
        NotFound: it is another's.

    """
    token = session.get(ApiToken, token_id)
    mine = actor.organisation_id is not None and actor.role == ADMIN
    if token is None or not mine or token.organisation_id != actor.organisation_id:
        raise NotFound
    revoke_api_token(session, token, at, actor)


_OF_ONE = ApiToken.organisation_id.is_not(None)


def api_tokens(session: Session, limit: int = 200) -> list[tuple[ApiToken, User]]:
    """Return the tokens of programs with the user they act for, the newest first."""
    return [(token, user) for token, user in session.execute(_TOKENS.limit(limit))]


def own_tokens(session: Session, actor: Actor) -> list[tuple[ApiToken, User]]:
    """Return the tokens of the actor's own programs, the newest first."""
    query = _TOKENS.where(ApiToken.user_id == actor.user_id, ApiToken.organisation_id.is_(None))
    return [(token, user) for token, user in session.execute(query.limit(200))]


def tokens_of_organisation(session: Session, actor: Actor) -> list[tuple[ApiToken, User]]:
    """Return the tokens of the actor's organisation with who answers for them, newest first."""
    query = _TOKENS.where(_OF_ONE, ApiToken.organisation_id == actor.organisation_id)
    return [(token, user) for token, user in session.execute(query.limit(200))]


def unanswered(session: Session, actor: Actor) -> set[int]:
    """Return the tokens of the actor's organisation whose issuer administers it no more."""
    issuer = (RoleGrant.user_id == ApiToken.user_id) & (RoleGrant.role == ADMIN)
    in_office = select(RoleGrant.user_id).where(
        issuer, RoleGrant.organisation_id == ApiToken.organisation_id
    )
    mine = _OF_ONE, ApiToken.organisation_id == actor.organisation_id
    return set(session.scalars(select(ApiToken.id).where(*mine, ~in_office.exists())))


_TOKENS = (
    select(ApiToken, User).join(User, User.id == ApiToken.user_id).order_by(ApiToken.id.desc())
)


def get_api_token(session: Session, token_id: int) -> ApiToken | None:
    """Return the token's row."""
    return session.get(ApiToken, token_id)


def _chain(token: ApiToken) -> str:
    if token.organisation_id is not None:
        return f"organisation/{token.organisation_id}"
    return f"user/{token.user_id}"
