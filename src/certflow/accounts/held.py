"""What accounts hold about a person, and what of it goes when it is erased (issue 5 §1)."""

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from certflow.accounts import second_factor, sign_in
from certflow.accounts.models import ApiToken, LoginSession, Person, RoleGrant, User
from certflow.core import audit
from certflow.core.actor import Actor
from certflow.core.audit import AuditEvent
from certflow.core.crypto import blind_index
from certflow.core.db import Session
from certflow.core.files import StoredFile
from certflow.core.holdings import Subject, columns, holding

NOBODY = "已注销用户"
_MOST = 10_000


@holding("account")
def account(session: Session, subject: Subject) -> Any:
    """The account, its roles, its logins and tokens; no secrets."""
    user = session.get_one(User, subject.user_id)
    secret = [name for name in user.__table__.columns.keys() if "secret" in name or "hash" in name]  # noqa: SIM118 - not a dict
    roles = session.scalars(select(RoleGrant).where(RoleGrant.user_id == user.id))
    logins = select(LoginSession).where(LoginSession.user_id == user.id)
    tokens = select(ApiToken).where(ApiToken.user_id == user.id)
    return {
        **columns(user, *secret, "email_index", "email_in_clear"),
        "roles": [columns(one, "user_id") for one in roles],
        "logins": [columns(one, "token_hash", "user_id") for one in session.scalars(logins)],
        "tokens": [columns(one, "token_hash", "user_id") for one in session.scalars(tokens)],
    }


@holding("person")
def person(session: Session, subject: Subject) -> Any:
    """The file of the person."""
    found = session.get(Person, subject.person_id) if subject.person_id else None
    return columns(found, "document_index", "phone_index") if found else None


@holding("files")
def files(session: Session, subject: Subject) -> Any:
    """What the person uploaded; the files themselves lie beside."""
    return [columns(one) for one in files_of(session, subject.user_id)]


@holding("what_i_did")
def deeds(session: Session, subject: Subject) -> Any:
    """What the audit trail says that the person did."""
    query = select(AuditEvent).where(AuditEvent.actor_id == subject.user_id)
    events = session.scalars(query.order_by(AuditEvent.id.desc()).limit(_MOST))
    names = ("at", "action", "chain", "element", "actor_role")
    return [{name: getattr(one, name) for name in names} for one in events]


def files_of(session: Session, user_id: int) -> list[StoredFile]:
    """Return the files that somebody uploaded, oldest first."""
    query = select(StoredFile).where(StoredFile.owner_id == user_id)
    return list(session.scalars(query.order_by(StoredFile.created_at, StoredFile.id)))


def erase_account(
    session: Session, user_id: int, at: datetime, actor: Actor, *, keep_identity: bool, cause: str
) -> None:
    """Close an account for good and erase how its person is reached.

    With `keep_identity` name and document stay, locked: a register names who held a certificate.
    Without, the person is nobody any more, and may sign up again as somebody new.
    """
    user = session.get_one(User, user_id)
    found = session.scalars(select(Person).where(Person.user_id == user_id)).one_or_none()
    sign_in.revoke(session, user_id, at)
    second_factor.forget_account(session, user_id)
    session.execute(delete(RoleGrant).where(RoleGrant.user_id == user_id))
    ended = update(ApiToken).where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
    session.execute(ended.values(revoked_at=at))
    user.login_name, user.email = f"erased-{user.id}", None
    user.password_hash, user.mail_notices = f"!{secrets.token_hex(16)}", False
    user.disabled_at = user.disabled_at or at
    if not keep_identity:
        user.name = NOBODY
    if found is not None:
        _erase_person(found, at, keep_identity=keep_identity)
    session.flush()
    audit.record(
        session,
        "account.erased",
        actor,
        subject=f"user/{user_id}",
        after={"identity_kept": keep_identity},
        reason=cause,
    )


def _erase_person(found: Person, at: datetime, *, keep_identity: bool) -> None:
    found.phone = found.phone_index = found.household = found.address = None
    found.employer, found.highest_degree, found.organisation_id = "", "", None
    found.erased_at = at
    if not keep_identity:
        found.name, found.pinyin, found.document_number = NOBODY, "", ""
        found.document_index = blind_index("erased", f"{found.id}/{secrets.token_hex(16)}")
        found.birth_date = found.birth_date.replace(month=1, day=1)
