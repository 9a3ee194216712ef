"""Whether the whole audit trail is what was written (catalogue I2; J7)."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sqlalchemy import select

from certflow.cases.models import Case
from certflow.core.audit import AuditChain, AuditEvent, verify
from certflow.core.audit_seals import End, SealBroken, sealed_ends
from certflow.core.db import Session


class Broken(NamedTuple):
    """A chain that is not what was written: at which numbers, and what was seen."""

    chain: str
    at: tuple[int, ...]
    what: str


def broken_chains(session: Session) -> Iterator[Broken]:
    """Reckon every chain afresh and compare it with its end and with what was sealed.

    Seen are changed, deleted, added and exchanged events, a cut tail, a chain without its end or
    that is gone, and a file of seals that does not fit.
    """
    try:
        sealed = sealed_ends()
    except SealBroken as error:
        yield Broken("seals", (), f"seal of {error}")
        sealed = {}
    heads = _heads(session)
    chains = set(session.scalars(select(AuditEvent.chain).distinct()))
    for chain in sorted({*chains, *sealed, *heads}):
        found = verify(session, chain, heads.get(chain, _deleted(session, chain)))
        if found:
            yield Broken(chain, tuple(found), "digest")
        elif chain in sealed and not _holds(session, chain, sealed):
            yield Broken(chain, (sealed[chain].seq,), "seal")
        session.expunge_all()


def _heads(session: Session) -> Mapping[str, str]:
    """Return the ends of all chains that have begun."""
    of_cases = session.execute(select(Case.id, Case.audit_head).where(Case.audit_seq > 0))
    others = session.execute(select(AuditChain.chain_key, AuditChain.audit_head))
    return {f"case/{key}": head for key, head in of_cases} | {one[0]: one[1] for one in others}


def _deleted(session: Session, chain: str) -> str:
    """Return the end of a chain whose case was deleted as a draft; that is its last event."""
    query = select(AuditEvent).where(AuditEvent.chain == chain).order_by(AuditEvent.seq.desc())
    last = session.scalar(query.limit(1))
    return last.digest if last is not None and last.action == "case.deleted" else ""


def _holds(session: Session, chain: str, sealed: Mapping[str, End]) -> bool:
    mine = (AuditEvent.chain == chain, AuditEvent.seq == sealed[chain].seq)
    return session.scalar(select(AuditEvent.digest).where(*mine)) == sealed[chain].digest
