"""Whether an e-mail address is its account's (catalogue A1, A8).

An address told at sign-up is a claim, so a link goes to it and nothing else does. Who opens the
link has signed in, too: nobody can have somebody else's mailbox confirm their account. A code that
was typed in (`contact.set_email`) confirms as well. The link names nobody: it is a day and a keyed
digest over account, address and day.
"""

import hmac
from datetime import datetime, timedelta

from sqlalchemy import and_, not_, select

from certflow.accounts.models import User
from certflow.core import audit, outbox
from certflow.core.actor import SYSTEM, Actor
from certflow.core.crypto import mac
from certflow.core.db import Session
from certflow.core.errors import Invalid
from certflow.core.text import Text

GOOD_FOR = timedelta(days=7)
USELESS = Text(
    "这个链接已失效，或者不是发给这个账号的。请用注册的账号登录；也可以在这里用邮件验证码确认。",
    "This link is too old, or was sent to another account. Sign in with the account that you "
    "opened, or confirm the address here by a code.",
)


def ask(session: Session, user: User) -> None:
    """Have a link sent to the address that was told at sign-up, if one was."""
    if user.email:
        key = f"mail/confirmation/{user.id}"
        outbox.enqueue(session, "mail.confirmation", key, {"user_id": user.id})


def seal_of(user: User, at: datetime) -> str:
    """Return what the link carries when it is sent at `at`."""
    last = int((at + GOOD_FOR).timestamp())
    return f"{last}.{_digest(user, last)}"


def confirm(session: Session, user: User, seal: str, at: datetime, actor: Actor) -> None:
    """Note that the address of the link is the account's; again changes nothing.

    Raises:
        Invalid: the link is too old, of another account, or of an address given up since.

    """
    last, _, digest = seal.partition(".")
    number = int(last) if last.isascii() and last.isdigit() else 0
    if not hmac.compare_digest(digest.encode(), _digest(user, number).encode()) or (
        at.timestamp() >= number
    ):
        raise Invalid(USELESS)
    note(session, user, at, actor)


def note(session: Session, user: User, at: datetime, actor: Actor) -> None:
    """Write down that an account's present address was confirmed."""
    if user.email_confirmed_at is None:
        user.email_confirmed_at = at
        audit.record(session, "email.confirmed", actor, subject=f"user/{user.id}")


def holder(session: Session, address: str, at: datetime) -> User | None:
    """Return the account that has an address; a claim never confirmed lapses with its link."""
    lapsed = and_(User.email_confirmed_at.is_(None), User.created_at <= at - GOOD_FOR)
    return session.scalar(select(User).where(User.has_email(address), not_(lapsed)))


def take_claim(session: Session, address: str) -> None:
    """Take an address from the account that only claims it, if there is one."""
    user = session.scalar(select(User).where(User.has_email(address)))
    if user is not None:
        user.email = None
        session.flush()
        audit.record(session, "email.lost", SYSTEM, subject=f"user/{user.id}")


def _digest(user: User, last: int) -> str:
    return mac("email confirmation", f"{user.id}|{user.email_index}|{last}".encode())
