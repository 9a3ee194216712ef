"""What a finished registration leaves behind, and how two of them differ."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from benchmarks.killing import deliveries
from certflow.calendar.models import Deadline
from certflow.cases.models import Answer, Case, CaseCommand, DueTimer, HumanTask
from certflow.core import audit
from certflow.core.audit import AuditChain, AuditEvent
from certflow.core.db import Model, Session, db
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


SENTENCES: dict[type[Model], Callable[[Any], str]] = {
    Case: lambda one: f"case {one.number} {one.state} {one.outcome} version {one.version}",
    AuditEvent: lambda one: f"audit {one.chain.partition('/')[0]} {one.action} {one.element}",
    HumanTask: lambda one: f"task {one.element} {one.state} {one.outcome}",
    Answer: lambda one: f"answer {one.task_form} {one.outcome} round {one.round}",
    Notice: lambda one: f"notice to {one.user_id}: {one.text['zh']}",
    OutboxItem: lambda one: f"send {one.kind}",
    Deadline: lambda one: f"deadline {one.key} {one.state} {one.used}",
    Certificate: lambda one: f"certificate {one.number} {one.pdf_file_id is not None}",
    Order: lambda one: f"order {one.number} {one.state}",
    LedgerEntry: lambda one: f"ledger {one.key.partition('/')[0]} {one.amount_fen}",
    CaseCommand: lambda _one: "command",
}
"""What is told of each row; ids are left out, for a killed attempt may use one up."""


def _count_rows(session: Session, facts: Counter[str]) -> None:
    for table, sentence in SENTENCES.items():
        facts.update(sentence(row) for row in session.scalars(select(table)))
    query = select(PaymentNotice).where(PaymentNotice.result == "accepted")
    facts["payment notice accepted"] = len(session.scalars(query).all())


def _look_for_waiting(session: Session, waiting: list[str]) -> None:
    """Find what waits though the story is over: nobody will ever come for it."""
    cases = session.scalars(select(Case).where(Case.state != "closed"))
    waiting += [f"case waits at {case.stages}" for case in cases]
    items = session.scalars(select(OutboxItem).where(OutboxItem.state != "done"))
    waiting += [f"{item.kind} is {item.state}" for item in items]
    waiting += [f"timer {timer.element}" for timer in session.scalars(select(DueTimer))]
    tasks = session.scalars(select(HumanTask).where(HumanTask.state == "open"))
    waiting += [f"task {task.element}" for task in tasks]
    incidents = session.scalars(select(Incident).where(Incident.resolved_at.is_(None)))
    waiting += [f"incident {incident.kind}: {incident.reason}" for incident in incidents]


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
