"""Witness reports against the audits that they witnessed (catalogue C9)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from certflow.core.text import Text
from certflow.personnel.clauses import clauses_in, not_covered

Record = Mapping[str, Any]

NO_AUDIT = Text(
    "请选择这份见证对应的审核经历。", "Choose the audit that this witness report belongs to."
)
NOT_COVERED = Text(
    "请勾选 {clauses}：它出现在审核分工里，但没有见证。",
    "Tick {clauses}: named in the audit's duties, but not witnessed.",
)


def unmatched(audits: Sequence[Record], witnesses: Sequence[Record]) -> dict[str, Text]:
    """Compare the reports on each audit with its duties, clause by clause; sentences by path.

    Several reports on one audit count together. A report may name the audit by the id of the
    library record from which it was picked.
    """
    by_id = {str(audit.get(name)): audit for name in ("source", "id") for audit in audits}
    reports: dict[str, list[Record]] = defaultdict(list)
    errors = {}
    for witness in witnesses:
        audit = by_id.get(str(witness.get("audit") or ""))
        if audit is None:
            errors[f"witness/{witness.get('id')}/audit"] = NO_AUDIT
        else:
            reports[str(audit.get("id"))].append(witness)
    for audit_id, found in reports.items():
        missing = _missing(by_id[audit_id], found)
        if missing:
            sentence = NOT_COVERED.filled(clauses=list(missing))
            errors[f"witness/{found[-1].get('id')}/clauses"] = sentence
    return errors


def _missing(audit: Record, reports: Sequence[Record]) -> list[str]:
    if any(report.get("all_clauses") for report in reports):
        return []
    ticked = {clause for report in reports for clause in clauses_in(report.get("clauses"))}
    return sorted(not_covered(clauses_in(audit.get("duties")), ticked), key=_by_number)


def _by_number(clause: str) -> list[int]:
    return [int(part) for part in clause.split(".")]
