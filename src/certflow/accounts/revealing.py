"""Full numbers of a person's document and phone, for who needs them: with a reason, on record (G8).

Pages show them masked. An office of the association that deals with people may see them in full;
why, who and when stand in the audit trail, the numbers do not.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select

from certflow.accounts.models import Person
from certflow.core import audit
from certflow.core.actor import Actor
from certflow.core.audit import AuditEvent
from certflow.core.db import Session
from certflow.core.errors import Forbidden, NotFound, TooMany
from certflow.core.given import refuse, wrong_in
from certflow.core.text import Text

REVEALS = ("reviewer", "approver", "complaints_office", "exam_office", "system_admin")
"""Roles that may; the regulator, who only looks on, may not."""
PER_DAY = 100
LEAST, MOST = 5, 200
REVEALED = "person.revealed"

NO_REASON = Text(
    "请写明为什么要看完整号码，至少 5 个字；会记入审计记录。",
    "Say in at least 5 characters why you need the full numbers; it is written down.",
)
USED_UP = Text(
    f"您今天已查看 {PER_DAY} 次完整号码。如确有需要，请联系系统管理员。",
    f"You have seen full numbers {PER_DAY} times today. If you need more, ask an administrator.",
)


class Numbers(NamedTuple):
    """What pages otherwise mask."""

    document: str
    phone: str


def person_of(session: Session, actor: Actor, person_id: int) -> Person:
    """Return a person's file.

    Raises:
        Forbidden: the role does not deal with people.
        NotFound: there is no such person.

    """
    if actor.role not in REVEALS:
        raise Forbidden
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound
    return person


def reveal(session: Session, actor: Actor, person_id: int, reason: str, at: datetime) -> Numbers:
    """Return the full numbers, and write down who saw them and why.

    Raises:
        Invalid: at "reason", without one.
        TooMany: the actor has seen too many within a day.

    """
    person, why = person_of(session, actor, person_id), " ".join(reason.split())
    refuse({"reason": NO_REASON if len(why) < LEAST else wrong_in(why, MOST)})
    seen = select(func.count()).where(
        AuditEvent.actor_id == actor.user_id,
        AuditEvent.action == REVEALED,
        AuditEvent.at > at - timedelta(days=1),
    )
    if (session.scalar(seen) or 0) >= PER_DAY:
        raise TooMany(USED_UP)
    shown = {"shown": ["document_number", "phone"]}
    audit.record(session, REVEALED, actor, subject=f"person/{person.id}", after=shown, reason=why)
    return Numbers(person.document_number, person.phone or "")
