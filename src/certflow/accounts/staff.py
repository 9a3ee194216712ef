"""The people who work for an organisation: its administrators and staff (catalogue A7).

An administrator opens accounts with an initial password that is shown once and must be changed.
Nobody's password is set whose account is their own, or who holds a role beyond the organisation's
reach: that account is more than the organisation's.
"""

import secrets
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select

from certflow.accounts import sign_in
from certflow.accounts.models import LoginSession, RoleGrant, User
from certflow.accounts.operations import create_user, disable, grant_role, remove_role
from certflow.accounts.queries import grants_of, person_of_user
from certflow.accounts.spelling import WRONG_LOGIN_NAME, is_login_name
from certflow.core import audit
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Conflict, Invalid, NotFound
from certflow.core.given import reason_of, refuse
from certflow.core.text import Text

ROLES = ("body_admin", "body_staff")
_REACH = frozenset({*ROLES, "applicant"})
_LETTERS, _DIGITS = "bcdfghjkmnpqrstvwxz", "23456789"
_GROUP = 4
NOT_YOURSELF = Text(
    "不能对自己的账号做这个操作，请由其他管理员办理。",
    "You cannot do this to your own account. Ask another administrator.",
)
LAST_ADMIN = Text(
    "机构至少要有一名管理员，请先设另一名管理员。",
    "An organisation needs an administrator. Make somebody else one first.",
)
BEYOND = Text(
    "这个账号属于本人或还担任其他角色，机构不能重置它的密码。请本人找回密码，或联系协会。",
    "This account is the person's own or holds other roles too, so the organisation cannot reset "
    "it. The person can recover the password, or ask the association.",
)
NO_NAME = Text("请填写姓名，2 至 100 个字。", "Enter the name, 2 to 100 characters.")
NO_ROLE = Text("请选择角色。", "Choose a role.")


class Colleague(NamedTuple):
    """Somebody who works for an organisation; `seen_at`: when last at work here."""

    user_id: int
    name: str
    login_name: str
    role: str
    initial: bool
    disabled: bool
    seen_at: datetime | None


def staff_of(session: Session, organisation_id: int) -> list[Colleague]:
    """Return who works for an organisation, administrators first; each once, in the higher role."""
    seen = (
        select(func.max(LoginSession.seen_at))
        .where(LoginSession.user_id == User.id)
        .scalar_subquery()
    )
    rows = session.execute(
        select(User, RoleGrant.role, seen)
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .where(RoleGrant.organisation_id == organisation_id, RoleGrant.role.in_(ROLES))
        .order_by(RoleGrant.role, User.name, User.id)
    )
    found = [
        Colleague(
            user.id,
            user.name,
            user.login_name,
            role,
            user.must_change_password,
            user.disabled_at is not None,
            last,
        )
        for user, role, last in rows
    ]
    highest = {one.user_id: one for one in reversed(found)}
    return [one for one in found if highest[one.user_id] is one]


def invite(
    session: Session, actor: Actor, name: str, login_name: str, role: str, at: datetime
) -> tuple[User, str]:
    """Open the account of a colleague; the initial password is returned and nowhere kept.

    Raises:
        Invalid: at "name", "login_name" or "role".

    """
    named = 2 <= len(name.strip()) <= 100  # noqa: PLR2004 - as the sentence says
    called = is_login_name(login_name.strip().lower())
    refuse(
        {
            "name": None if named else NO_NAME,
            "login_name": None if called else WRONG_LOGIN_NAME,
            "role": None if role in ROLES else NO_ROLE,
        }
    )
    password = initial_password()
    user = create_user(session, login_name, password, name, at, initial_password=True)
    scope = actor.organisation_id
    grant_role(session, user.id, role, at, organisation_id=scope, actor=actor)
    return user, password


def set_role(session: Session, actor: Actor, user_id: int, role: str, at: datetime) -> None:
    """Make a colleague an administrator, or staff.

    Raises:
        NotFound: when it is no colleague. Conflict: oneself, or the last administrator.

    """
    grants = _grants(session, actor, user_id)
    if role not in ROLES:
        raise Invalid(NO_ROLE, {"role": NO_ROLE})
    if role == "body_staff":
        _another_admin(session, actor, user_id)
    scope = actor.organisation_id
    grant_role(session, user_id, role, at, organisation_id=scope, actor=actor)
    for other in grants:
        if other.role != role:
            remove_role(session, user_id, other.role, actor)


def end(session: Session, actor: Actor, user_id: int, at: datetime, reason: str) -> None:
    """Let a colleague leave: the roles go, and an account left without any is closed.

    Raises:
        NotFound: when it is no colleague. Conflict: oneself, or the last administrator.
        Invalid: without a reason.

    """
    grants = _grants(session, actor, user_id)
    _another_admin(session, actor, user_id)
    reason = reason_of(reason)
    for grant in grants:
        remove_role(session, user_id, grant.role, actor)
    sign_in.revoke(session, user_id, at)
    left = session.scalar(select(func.count()).where(RoleGrant.user_id == user_id))
    if not left:
        disable(session, session.get_one(User, user_id), at, actor, reason)
    subject = f"organisation/{actor.organisation_id}"
    after = {"user": user_id}
    audit.record(session, "staff.ended", actor, subject=subject, after=after, reason=reason)


def colleague(session: Session, actor: Actor, user_id: int) -> User:
    """Return somebody who works for the actor's organisation; NotFound for anybody else."""
    _grants(session, actor, user_id)
    return session.get_one(User, user_id)


def reset_password(session: Session, actor: Actor, user: User, at: datetime) -> str:
    """Set a new initial password and return it; every login of the account ends.

    The caller has made sure that the account is one of the organisation's people.

    Raises:
        Conflict: one's own account, one that is its owner's, or has roles beyond the
            organisation's reach.

    """
    if user.id == actor.user_id:
        raise Conflict(NOT_YOURSELF)
    held = session.execute(
        select(RoleGrant.role, RoleGrant.organisation_id).where(RoleGrant.user_id == user.id)
    ).all()
    ours = (None, actor.organisation_id)
    if any(role not in _REACH or organisation not in ours for role, organisation in held):
        raise Conflict(BEYOND)
    if is_own(session, user):
        raise Conflict(BEYOND)
    password = initial_password()
    sign_in.set_password(session, user, password, at, actor, initial=True)
    return password


def is_own(session: Session, user: User) -> bool:
    """Whether an account is a person's own: opened alone, or with contacts proved since.

    Only its owner may say who sets its password. An e-mail address is there only when somebody
    signed in gave it; a phone may come from the earlier system, and then belongs to nobody until
    the account was used, or the phone proved. Who has no file as a person has only the
    organisation's account.
    """
    person = person_of_user(session, user.id)
    if person is None:
        return user.email is not None and "applicant" in grants_of(session, user.id)
    used = not user.must_change_password or person.phone_changed_at is not None
    return user.email is not None or (person.phone is not None and used)


def initial_password() -> str:
    """Make a password that is read out without mistakes: kmpx-7342-hwtz-9356."""
    sets = (_LETTERS, _DIGITS, _LETTERS, _DIGITS)
    return "-".join("".join(secrets.choice(one) for _ in range(_GROUP)) for one in sets)


def _grants(session: Session, actor: Actor, user_id: int) -> list[RoleGrant]:
    query = select(RoleGrant).where(
        RoleGrant.user_id == user_id,
        RoleGrant.organisation_id == (actor.organisation_id or 0),
        RoleGrant.role.in_(ROLES),
    )
    found = list(session.scalars(query))
    if not found:
        raise NotFound
    return found


def _another_admin(session: Session, actor: Actor, user_id: int) -> None:
    if user_id == actor.user_id:
        raise Conflict(NOT_YOURSELF)
    others = select(func.count()).where(
        RoleGrant.organisation_id == actor.organisation_id,
        RoleGrant.role == "body_admin",
        RoleGrant.user_id != user_id,
    )
    if not session.scalar(others):
        raise Conflict(LAST_ADMIN)
