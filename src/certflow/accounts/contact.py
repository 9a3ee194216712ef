"""What people change about their own account: phone, e-mail, postal address (catalogue A8)."""

from datetime import datetime

from sqlalchemy import select

from certflow.accounts import codes, confirming
from certflow.accounts.models import Person, User
from certflow.accounts.proof_models import VerificationCode
from certflow.accounts.sign_up import PHONE_TAKEN, TAKEN, phone_taken
from certflow.core import audit
from certflow.core.actor import Actor
from certflow.core.crypto import blind_index, mask_phone
from certflow.core.db import Session
from certflow.core.errors import Invalid
from certflow.core.text import Text

PHONE, EMAIL = "phone", "email"
LONGEST_ADDRESS = 200


def set_phone(
    session: Session,
    person: Person,
    proof: VerificationCode,
    at: datetime,
    actor: Actor,
    reason: str = "",
) -> None:
    """Give a person the phone of a proof; a file without an account loses it.

    Raises:
        Invalid: at "phone": another account has it.

    """
    phone, before = proof.target or "", person.phone
    index = blind_index("phone", phone)
    holder = session.scalar(select(Person).where(Person.phone_index == index))
    if holder is not None and holder.id != person.id:
        if phone_taken(session, phone):
            raise Invalid(PHONE_TAKEN, {"phone": PHONE_TAKEN})
        holder.phone = holder.phone_index = None
        session.flush()
    person.phone, person.phone_index, person.phone_changed_at = phone, index, None
    codes.spend(session, proof, at)
    audit.record(
        session,
        "phone.changed",
        actor,
        subject=f"person/{person.id}",
        before={"phone": mask_phone(before) if before else ""},
        after={"phone": mask_phone(phone)},
        reason=reason,
    )


def set_email(
    session: Session, user: User, proof: VerificationCode, at: datetime, actor: Actor
) -> User | None:
    """Give an account the e-mail address of a proof; return who had only claimed it and loses it.

    Raises:
        Invalid: at "email": another account has it.

    """
    email, before = (proof.target or "").lower(), user.email or ""
    other = session.scalar(select(User).where(User.has_email(email), User.id != user.id))
    if other is not None:
        if other.email_confirmed_at is not None:
            raise Invalid(TAKEN["email"], {"email": TAKEN["email"]})
        confirming.take_claim(session, email)
    codes.spend(session, proof, at)
    if email == before:
        confirming.note(session, user, at, actor)
        return None
    user.email, user.email_confirmed_at = email, at
    audit.record(
        session,
        "email.changed",
        actor,
        subject=f"user/{user.id}",
        before={"email": mask_email(before)},
        after={"email": mask_email(email)},
    )
    return other


def set_address(session: Session, person: Person, address: str, actor: Actor) -> None:
    """Note where a person receives post.

    Raises:
        Invalid: at "address": too long.

    """
    wanted = " ".join(address.split())
    if len(wanted) > LONGEST_ADDRESS:
        message = Text("通信地址最长 200 个字。", "An address has at most 200 characters.")
        raise Invalid(message, {"address": message})
    before = person.address or ""
    if wanted == before:
        return
    person.address = wanted or None
    session.flush()
    audit.record(
        session,
        "address.changed",
        actor,
        subject=f"person/{person.id}",
        before={"given": bool(before)},
        after={"given": bool(wanted)},
    )


def mask_email(email: str) -> str:
    """Show how an address begins and where it lies: l***@example.org."""
    local, at, host = email.partition("@")
    return f"{local[:1]}***@{host}" if at else ""
