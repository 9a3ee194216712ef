"""The tokens of programs end together with the logins of a user (catalogue A5, I1)."""

from datetime import datetime

from sqlalchemy import select

from certflow.accounts.models import ApiToken
from certflow.accounts.tokens import revoke_api_token
from certflow.core.actor import Actor
from certflow.core.db import Session


def revoke_tokens(session: Session, user_id: int, at: datetime, actor: Actor) -> None:
    """End every token that a user answers for, those of an organisation too.

    Who had the password may have issued them.
    """
    query = select(ApiToken).where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
    for token in session.scalars(query):
        revoke_api_token(session, token, at, actor)
