"""Witness reports against the audits that they witnessed (catalogue C9)."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from certflow.core.text import Text

Record = Mapping[str, Any]

_CLAUSE = re.compile(r"(?<![\d.])\d{1,2}(?:\.\d{1,2})+(?![\d.])")
NO_AUDIT = Text(
    "请选择这份见证对应的审核经历。", "Choose the audit that this witness report belongs to."
)
NOT_COVERED = Text(
    "请勾选 {clauses}：它出现在审核分工里，但没有见证。",
    "Tick {clauses}: named in the audit's duties, but not witnessed.",
)


def clauses_in(duties: str) -> list[str]:
    """Return the clause numbers that a description of duties names, in order, each once."""
    return list(dict.fromkeys(_CLAUSE.findall(duties)))


def unmatched(audits: Sequence[Record], witnesses: Sequence[Record]) -> dict[str, Text]:
    """Compare each witness record with its audit, clause by clause; sentences by path."""
    by_id = {str(audit.get("id")): audit for audit in audits}
    errors = {}
    for witness in witnesses:
        path = f"witness/{witness.get('id')}"
        audit = by_id.get(str(witness.get("audit")))
        if audit is None:
            errors[f"{path}/audit"] = NO_AUDIT
            continue
        missing = _missing(audit, witness)
        if missing:
            errors[f"{path}/clauses"] = NOT_COVERED.filled(clauses="、".join(missing))
    return errors


def _missing(audit: Record, witness: Record) -> list[str]:
    if witness.get("all_clauses"):
        return []
    ticked = {str(clause) for clause in witness.get("clauses") or []}
    return [one for one in clauses_in(str(audit.get("duties") or "")) if one not in ticked]
