"""People who design processes: administrators with and without permissions."""

from certflow.accounts.models import User
from certflow.accounts.permissions import set_permissions
from certflow.accounts.roles import PERMISSIONS
from certflow.core.actor import SYSTEM, Actor
from certflow.core.db import Session
from factories.actors import actor, make_user

ROLE = "process_admin"


def make_designer(session: Session, login: str, *permissions: str) -> User:
    """A process administrator who may do these things; all of them unless said."""
    user = make_user(session, login, ROLE)
    set_permissions(session, SYSTEM, user.id, ROLE, permissions or PERMISSIONS[ROLE])
    return user


def acting(user: User) -> Actor:
    """The actor that operations want, for somebody who designs."""
    return actor(user, ROLE)
