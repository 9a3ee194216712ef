"""The audit trail changed by the owner of the database, in every way that there is (J7)."""

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import timedelta

from flask import Flask
from sqlalchemy import delete, func, insert, select, update

from certflow.cases.models import Case
from certflow.cases.proving import broken_chains
from certflow.core import audit_seals
from certflow.core.audit import AuditChain, AuditEvent
from certflow.core.db import Session, db, table_of
from factories.probing.guessing import aside
from factories.probing.tally import Tally

EVENT = table_of(AuditEvent)
Tampering = Callable[[Session, str], None]


def seal(app: Flask) -> int:
    """Seal the trail as it is; return how many chains were sealed."""
    with app.app_context():
        sealed = audit_seals.seal(db.session())
        db.session.remove()
    return sealed


def tamperings(app: Flask, most_chains: int = 4) -> Tally:
    """Tamper in every way with some chains of cases and of others; each must be seen."""
    found = Tally()
    with aside(app) as session:
        found.note("whole, but called broken", right=not list(broken_chains(session)))
        chains = long_chains(session, most_chains)
    for chain in chains:
        for name, tamper in {**fields(), **WAYS}.items():
            with aside(app) as session:
                tamper(session, chain)
                session.flush()
                session.expire_all()
                seen = next(iter(broken_chains(session)), None)
                found.note(f"{chain}: {name} is not seen", right=seen is not None)
    return found


def long_chains(session: Session, most: int) -> list[str]:
    """Return chains of at least four events, half of them of cases."""
    query = select(AuditEvent.chain).group_by(AuditEvent.chain).having(func.count() > 3)
    chains = list(session.scalars(query.order_by(AuditEvent.chain)))
    of_cases = [one for one in chains if one.startswith("case/")]
    others = [one for one in chains if not one.startswith("case/")]
    return [*of_cases[: most // 2], *others[: most - most // 2]]


def fields() -> dict[str, Tampering]:
    """Change one field of an event in the middle."""
    changes: dict[str, object] = {
        "action": "task.claimed",
        "actor_id": 999,
        "actor_role": "nobody",
        "element": "elsewhere",
        "reason": "another reason",
        "before": {"a": 1},
        "after": {"b": 2},
        "digest": "0" * 64,
        "chain": "case/999999",
    }

    def change(name: str, value: object) -> Tampering:
        return lambda session, chain: _at(session, chain, 2, **{name: value})

    return {f"a changed {name}": change(name, value) for name, value in changes.items()}


def _at(session: Session, chain: str, seq: int, /, **values: object) -> None:
    mine = (EVENT.c.chain == chain, EVENT.c.seq == seq)
    session.execute(update(EVENT).where(*mine).values(values))


def later(session: Session, chain: str) -> None:
    """Move an event by a second."""
    at = session.scalar(select(AuditEvent.at).where(AuditEvent.chain == chain, AuditEvent.seq == 2))
    assert at is not None
    _at(session, chain, 2, at=at + timedelta(seconds=1))


def _drop(session: Session, chain: str, *seqs: int) -> None:
    session.execute(delete(EVENT).where(EVENT.c.chain == chain, EVENT.c.seq.in_(seqs)))


def _last(session: Session, chain: str) -> int:
    return session.scalar(select(func.max(AuditEvent.seq)).where(AuditEvent.chain == chain)) or 0


def _head(session: Session, chain: str, digest: str, seq: int) -> None:
    """Let the end of a chain be another."""
    values = {"audit_head": digest, "audit_seq": seq}
    kept = update(AuditChain).where(AuditChain.chain_key == chain)
    if chain.startswith("case/"):
        kept = update(Case).where(Case.id == int(chain.removeprefix("case/")))
    session.execute(kept.values(values))


def cut(session: Session, chain: str) -> None:
    """Cut the last event off."""
    _drop(session, chain, _last(session, chain))


def cut_neatly(session: Session, chain: str) -> None:
    """Cut the last two events off and let the chain end before them."""
    last = _last(session, chain)
    _drop(session, chain, last, last - 1)
    kept = select(AuditEvent.digest).where(AuditEvent.chain == chain, AuditEvent.seq == last - 2)
    _head(session, chain, session.scalar(kept) or "", last - 2)


def gone(session: Session, chain: str) -> None:
    """Delete a chain and its end."""
    session.execute(delete(EVENT).where(EVENT.c.chain == chain))
    _head(session, chain, "", 0)


def everything(session: Session, _chain: str) -> None:
    """Delete the whole trail and all its ends."""
    session.execute(delete(EVENT))
    session.execute(delete(AuditChain))
    session.execute(update(Case).values(audit_head="", audit_seq=0))


def _rows(session: Session, chain: str) -> Iterator[dict[str, object]]:
    query = select(EVENT).where(EVENT.c.chain == chain).order_by(EVENT.c.seq)
    for row in session.execute(query).mappings().all():
        yield {name: value for name, value in row.items() if name != "id"}


def append(session: Session, chain: str) -> None:
    """Add an event, reckoned as one can without the key, and let the chain end there."""
    row = list(_rows(session, chain))[-1]
    row |= {"seq": _last(session, chain) + 1, "action": "task.completed"}
    row["digest"] = _plain(str(row["digest"]), row)
    session.execute(insert(EVENT).values(row))
    _head(session, chain, str(row["digest"]), _last(session, chain))


def insert_between(session: Session, chain: str) -> None:
    """Put an event between two others and number the rest anew."""
    rows = list(_rows(session, chain))
    session.execute(delete(EVENT).where(EVENT.c.chain == chain))
    rows.insert(2, {**rows[1], "action": "task.completed"})
    for number, row in enumerate(rows, 1):
        session.execute(insert(EVENT).values({**row, "seq": number}))


def exchange(session: Session, chain: str) -> None:
    """Exchange the places of two events."""
    _at(session, chain, 2, seq=-1)
    _at(session, chain, 3, seq=2)
    _at(session, chain, -1, seq=3)


def rewrite(session: Session, chain: str) -> None:
    """Change an event and reckon the whole chain anew, its end too, without the key."""
    rows, before = list(_rows(session, chain)), "0" * 64
    rows[1]["reason"] = "another reason"
    for row in rows:
        before = _plain(before, row)
        _at(session, chain, int(str(row["seq"])), reason=row["reason"], digest=before)
    _head(session, chain, before, len(rows))


def swap(session: Session, chain: str) -> None:
    """Exchange two chains."""
    query = select(AuditEvent.chain).where(AuditEvent.chain != chain).distinct().limit(1)
    other = session.scalar(query)
    for old, new in ((chain, "held"), (other, chain), ("held", other)):
        session.execute(update(EVENT).where(EVENT.c.chain == old).values(chain=new))


def head_only(session: Session, chain: str) -> None:
    """Change only the end that is kept with the case."""
    _head(session, chain, "f" * 64, _last(session, chain))


def _plain(before: str, row: dict[str, object]) -> str:
    told = [before, *(str(row[name]) for name in sorted(row) if name != "digest")]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


WAYS: dict[str, Tampering] = {
    "a moved time": later,
    "a deleted first": lambda session, chain: _drop(session, chain, 1),
    "a deleted middle": lambda session, chain: _drop(session, chain, 2),
    "a cut tail": cut,
    "a tail cut with its end": cut_neatly,
    "a deleted chain": gone,
    "a deleted trail": everything,
    "an added event": append,
    "an event put between": insert_between,
    "an exchange of two": exchange,
    "a rewritten chain": rewrite,
    "an exchange of chains": swap,
    "another end": head_only,
}
