"""Topics of notices, and over which channels a user wants each (catalogue B8).

On the site everything is told; e-mail and text messages are chosen topic by topic. Who has chosen
nothing gets e-mail as `mail_notices` of the account says, and no text messages.
"""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import select

from certflow.accounts.models import User
from certflow.core import audit
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.text import Text
from certflow.notifications.models import NoticeChoice

TOPICS: dict[str, Text] = {
    "todo": Text("需要我办理的事项", "What waits for me"),
    "case": Text("办理进展和结果", "Progress and results"),
    "payment": Text("缴费、退费和发票", "Payments, refunds and invoices"),
    "account": Text("账号安全", "Safety of the account"),
}
_TODO = frozenset({"task.opened", "due", "mend", "deadline.late", "webhook.stopped"})


class Channels(NamedTuple):
    """Whether notices of a topic go out by e-mail and by text message."""

    mail: bool
    sms: bool


def topic_of(kind: str) -> str:
    """Return the topic of a kind of notice."""
    if kind in _TODO:
        return "todo"
    first = kind.partition(".")[0]
    return first if first in {"payment", "account"} else "case"


def choices(session: Session, user_id: int) -> dict[str, Channels]:
    """Return what a user has chosen, for every topic."""
    user = session.get_one(User, user_id)
    rows = session.scalars(select(NoticeChoice).where(NoticeChoice.user_id == user_id))
    chosen = {row.topic: Channels(row.mail, row.sms) for row in rows}
    return {topic: chosen.get(topic, Channels(user.mail_notices, sms=False)) for topic in TOPICS}


def choose(session: Session, user_id: int, wanted: Mapping[str, Channels], actor: Actor) -> None:
    """Note over which channels a user wants the notices of each topic."""
    before = choices(session, user_id)
    for topic in TOPICS:
        row = session.get(NoticeChoice, (user_id, topic))
        row = row or NoticeChoice(user_id=user_id, topic=topic)
        row.mail, row.sms = wanted[topic]
        session.add(row)
    session.flush()
    audit.record(
        session,
        "notice_channels.set",
        actor,
        subject=f"user/{user_id}",
        before={topic: list(one) for topic, one in before.items()},
        after={topic: list(wanted[topic]) for topic in TOPICS},
    )
