"""Seals of the audit trail: the ends of its chains, kept where the database's owner cannot reach.

A tail that was cut off together with its end, or a whole chain that was deleted, is missed by no
chain; it is missed here. Each line of data_dir/audit-seals.jsonl names the chains that grew since
the line before with their last number and digest, and is keyed over itself and the line before.
Copy the file to another machine: what was sealed there is proved for good (decision 0009).
"""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import func, select

from certflow.core import clock, settings
from certflow.core.audit import AuditEvent
from certflow.core.crypto import mac
from certflow.core.db import Session

AT_ONCE = 5_000
OVERLAP = 1_000
"""Events are numbered before they are committed: so many of the last ones are looked at again."""
_START = "0" * 64


class End(NamedTuple):
    """The last event of a chain when it was sealed."""

    seq: int
    digest: str


class SealBroken(Exception):
    """A line of the seals was changed, taken out or added by somebody without the key."""


def seal(session: Session) -> int:
    """Seal the chains that grew since the last seal; return how many. Nothing new writes nothing."""
    last, before, sealed = _standing()
    count = 0
    while True:
        until = _until(session, last)
        grown = {
            chain: end
            for chain, end in _ends(session, last, until).items()
            if sealed.get(chain) != end
        }
        if grown:
            before = _append(grown, until, before)
            sealed |= grown
            count += len(grown)
        if until - last < AT_ONCE:
            return count
        last = until


def sealed_ends() -> dict[str, End]:
    """Return the newest sealed end of every chain.

    Raises:
        SealBroken: when a line does not fit.

    """
    return _standing()[2]


def path() -> Path:
    """Return where the seals lie."""
    return settings.current().data_dir / "audit-seals.jsonl"


def _standing() -> tuple[int, str, dict[str, End]]:
    """Return up to which event was sealed, the last line's digest, and the ends."""
    last, before = 0, _START
    ends: dict[str, End] = {}
    for line in _lines():
        told = {name: line[name] for name in ("at", "until", "chains")}
        if line["seal"] != _sealed(told, before):
            raise SealBroken(str(line["at"]))
        last, before = line["until"], line["seal"]
        ends |= {chain: End(*end) for chain, end in line["chains"].items()}
    return last, before, ends


def _lines() -> Iterator[dict[str, Any]]:
    if path().exists():
        with path().open() as lines:
            yield from (json.loads(line) for line in lines)


def _until(session: Session, last: int) -> int:
    newest = session.scalar(select(func.max(AuditEvent.id))) or 0
    return min(newest, last + AT_ONCE)


def _ends(session: Session, last: int, until: int) -> dict[str, End]:
    """Return the newest event of each chain that has events in a stretch of the trail."""
    stretch = AuditEvent.id.between(last - OVERLAP, until)
    chains = select(AuditEvent.chain).where(stretch).distinct()
    newest = select(AuditEvent.chain, func.max(AuditEvent.seq)).where(AuditEvent.chain.in_(chains))
    query = select(AuditEvent.chain, AuditEvent.seq, AuditEvent.digest)
    ends = newest.group_by(AuditEvent.chain).subquery()
    joined = query.join(ends, (ends.c[0] == AuditEvent.chain) & (ends.c[1] == AuditEvent.seq))
    return {row[0]: End(row[1], row[2]) for row in session.execute(joined)}


def _append(grown: Mapping[str, End], until: int, before: str) -> str:
    told: dict[str, Any] = {"at": clock.now().isoformat(), "until": until}
    told["chains"] = {chain: list(end) for chain, end in sorted(grown.items())}
    told["seal"] = _sealed(told, before)
    path().parent.mkdir(parents=True, exist_ok=True)
    with path().open("a") as lines:
        lines.write(json.dumps(told, ensure_ascii=False) + "\n")
        lines.flush()
        os.fsync(lines.fileno())
    return str(told["seal"])


def _sealed(told: Mapping[str, Any], before: str) -> str:
    canonical = json.dumps([before, told], ensure_ascii=False, sort_keys=True)
    return mac("audit.seal", canonical.encode())
