"""The tokens of a person's programs end together with the logins (catalogue A4, A5, I1).

Those of an organisation stay: its systems would stop because somebody there chose a new password.
Its administrators are told to look them over instead (`web.account.telling`).
"""

from datetime import datetime

from sqlalchemy import select

from certflow.accounts.models import ApiToken
from certflow.accounts.tokens import revoke_api_token
from certflow.core.actor import Actor
from certflow.core.db import Session


def revoke_tokens(session: Session, user_id: int, at: datetime, actor: Actor) -> None:
    """End every token that acts for the user alone."""
    own = ApiToken.user_id == user_id, ApiToken.organisation_id.is_(None)
    query = select(ApiToken).where(*own, ApiToken.revoked_at.is_(None))
    for token in session.scalars(query):
        revoke_api_token(session, token, at, actor)


def bodies_with_tokens(session: Session, user_id: int, at: datetime) -> list[int]:
    """Return the organisations for which a user has issued tokens that are still good."""
    query = select(ApiToken.organisation_id).where(
        ApiToken.user_id == user_id,
        ApiToken.organisation_id.is_not(None),
        ApiToken.revoked_at.is_(None),
        ApiToken.expires_at > at,
    )
    return sorted({one for one in session.scalars(query) if one is not None})
