"""What a role lets somebody do beyond looking, person by person (catalogue H3-H8)."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from certflow.accounts.models import RoleGrant, User
from certflow.accounts.roles import PERMISSIONS
from certflow.core import audit
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Conflict, Invalid, NotFound
from certflow.core.text import Text


@dataclass(frozen=True)
class Holding:
    """Somebody who holds a role, and what they may do in it."""

    user_id: int
    name: str
    login_name: str
    permissions: frozenset[str]
    disabled: bool


class LastHolder(Conflict):
    """Nobody would be left who has `permissions`."""

    def __init__(self, role: str, permissions: Iterable[str]) -> None:
        self.permissions = sorted(permissions)
        titles = [PERMISSIONS[role][one] for one in self.permissions]
        super().__init__(
            Text(
                f"这样改之后，没有人再有权限：{'、'.join(one.zh for one in titles)}。",
                f"After this nobody would be left who may: {', '.join(one.en for one in titles)}.",
            )
        )


def holdings(session: Session, role: str) -> list[Holding]:
    """Return everybody who holds a role, by name; those whose account is disabled last."""
    query = (
        select(User, RoleGrant.permissions)
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .where(RoleGrant.role == role)
        .order_by(User.disabled_at.is_not(None), User.name, User.id)
    )
    return [
        Holding(user.id, user.name, user.login_name, frozenset(held), user.disabled_at is not None)
        for user, held in session.execute(query)
    ]


def permissions_in(session: Session, user_id: int, role: str) -> frozenset[str]:
    """Return what a user may do in a role beyond looking."""
    grant = session.get(RoleGrant, (user_id, role))
    return frozenset(grant.permissions) if grant else frozenset()


def allowed(session: Session, role: str, permission: str) -> list[int]:
    """Return the ids of the users whose role gives them a permission."""
    return [
        one.user_id
        for one in holdings(session, role)
        if permission in one.permissions and not one.disabled
    ]


def set_permissions(
    session: Session,
    actor: Actor,
    user_id: int,
    role: str,
    permissions: Iterable[str],
    *,
    even_last: bool = True,
) -> None:
    """Say what a holder of a role may do beyond looking; takes effect at the next request.

    `even_last`: also when nobody is left who has a permission.

    Raises:
        NotFound: the user does not hold the role.
        Invalid: an unknown permission.
        LastHolder: nobody would be left who has one of those taken away.

    """
    grant = session.get(RoleGrant, (user_id, role), with_for_update=True)
    if grant is None:
        raise NotFound
    wanted = sorted(set(permissions))
    if not set(wanted) <= PERMISSIONS.get(role, {}).keys():
        raise Invalid(Text("没有这项权限。", "There is no such permission."))
    if wanted == sorted(grant.permissions):
        return
    left = set(grant.permissions) - set(wanted)
    orphaned = {one for one in left if set(allowed(session, role, one)) <= {user_id}}
    if orphaned and not even_last:
        raise LastHolder(role, orphaned)
    before, grant.permissions = {"permissions": grant.permissions}, wanted
    session.flush()
    audit.record(
        session,
        "permissions.set",
        actor,
        subject=f"user/{user_id}",
        before={"role": role, **before},
        after={"role": role, "permissions": wanted},
    )
