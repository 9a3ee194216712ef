"""What a finished registration leaves behind, and how two of them differ."""

from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import select

from benchmarks.killing import deliveries
from certflow.calendar.models import Deadline
from certflow.cases.models import Answer, Case, CaseCommand, DueTimer, HumanTask
from certflow.core import audit
from certflow.core.audit import AuditChain, AuditEvent
from certflow.core.db import Session, db
from certflow.core.incidents import Incident
from certflow.core.outbox import OutboxItem
from certflow.core.settings import current
from certflow.notifications.models import Notice
from certflow.payments.models import LedgerEntry, Order, PaymentNotice
from certflow.personnel.models import Certificate


@dataclass
class Left:
    """Everything that counts, as countable sentences; and what waits or is broken.

    `repeats` are sends made more than once under the same key: the receiver drops them.
    """

    facts: Counter[str] = field(default_factory=Counter)
    waiting: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    repeats: int = 0


def left() -> Left:
    """Read what the story left in the database and in the mail folder."""
    db.session.remove()
    session = db.session()
    found = Left()
    _count_rows(session, found.facts)
    _look_for_waiting(session, found.waiting)
    _check_chains(session, found.broken)
    mails = list((current().data_dir / "mail").glob("*.eml"))
    found.facts["mail laid down"] = len(mails)
    log = deliveries[-1]
    keys = log.read_text().split() if log.exists() else []
    found.repeats = len(keys) - len(set(keys))
    session.rollback()
    return found


def _count_rows(session: Session, facts: Counter[str]) -> None:
    for case in session.scalars(select(Case)):
        facts[f"case {case.number} {case.state} {case.outcome} version {case.version}"] += 1
    for event in session.scalars(select(AuditEvent)):
        facts[f"audit {event.chain.partition('/')[0]} {event.action} {event.element}"] += 1
    for task in session.scalars(select(HumanTask)):
        facts[f"task {task.element} {task.state} {task.outcome}"] += 1
    for answer in session.scalars(select(Answer)):
        facts[f"answer {answer.task_form} {answer.outcome} round {answer.round}"] += 1
    for notice in session.scalars(select(Notice)):
        facts[f"notice to {notice.user_id}: {notice.text['zh']}"] += 1
    for item in session.scalars(select(OutboxItem)):
        facts[f"send {item.kind}"] += 1
    for deadline in session.scalars(select(Deadline)):
        facts[f"deadline {deadline.key} {deadline.state} {deadline.used}"] += 1
    for certificate in session.scalars(select(Certificate)):
        facts[f"certificate {certificate.number} {certificate.pdf_file_id is not None}"] += 1
    for order in session.scalars(select(Order)):
        facts[f"order {order.number} {order.state}"] += 1
    for entry in session.scalars(select(LedgerEntry)):
        facts[f"ledger {entry.key.partition('/')[0]} {entry.amount_fen}"] += 1
    query = select(PaymentNotice).where(PaymentNotice.result == "accepted")
    facts["payment notice accepted"] = len(session.scalars(query).all())
    facts["command"] = len(session.scalars(select(CaseCommand.key)).all())


def _look_for_waiting(session: Session, waiting: list[str]) -> None:
    """Find what waits though the story is over: nobody will ever come for it."""
    for case in session.scalars(select(Case).where(Case.state != "closed")):
        waiting.append(f"case waits at {case.stages}")
    for item in session.scalars(select(OutboxItem).where(OutboxItem.state != "done")):
        waiting.append(f"{item.kind} is {item.state}")
    for timer in session.scalars(select(DueTimer)):
        waiting.append(f"timer {timer.element}")
    for task in session.scalars(select(HumanTask).where(HumanTask.state == "open")):
        waiting.append(f"task {task.element}")
    for incident in session.scalars(select(Incident).where(Incident.resolved_at.is_(None))):
        waiting.append(f"incident {incident.kind}: {incident.reason}")


def _check_chains(session: Session, broken: list[str]) -> None:
    """Check that every audit chain is whole, gapless and ends where its row says.

    Those of users tell of roles granted before the story.
    """
    told = select(AuditChain).where(~AuditChain.chain_key.startswith("user/"))
    ends = [*session.scalars(select(Case)), *session.scalars(told)]
    for end in ends:
        if audit.verify(session, end.chain_key, end.audit_head):
            broken.append(f"chain {end.chain_key}")
        if len(audit.events(session, end.chain_key)) != end.audit_seq:
            broken.append(f"end of chain {end.chain_key}")


def faults(reference: Left, after: Left | str) -> dict[str, list[str]]:
    """Return what is lost, doubled or stuck against a run that nobody killed.

    `after` is a sentence when the story could not be carried on.
    """
    if isinstance(after, str):
        return {"stuck": [after]}
    found = {
        "lost": [*(reference.facts - after.facts), *after.broken],
        "doubled": list(after.facts - reference.facts),
        "stuck": after.waiting,
    }
    return {kind: what for kind, what in found.items() if what}
