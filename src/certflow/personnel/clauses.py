"""Clauses of a standard in what people write: "生产部：8.5.1、8.5.2" (catalogue C9)."""

import re
from collections.abc import Iterable

_CLAUSE = re.compile(r"(?<![\d.])(?:[4-9]|10)(?:\.\d{1,2}){0,3}(?![\d.%]|\s*[人天名个次年月日])")


def clauses_in(given: str | Iterable[str] | None) -> set[str]:
    """Find the clause numbers in a text or in a list of ticked clauses; 4 to 10, any depth."""
    text = given if isinstance(given, str) else " ".join(map(str, given or ()))
    return set(_CLAUSE.findall(text))


def not_covered(wanted: Iterable[str], covered: Iterable[str]) -> set[str]:
    """Return the wanted clauses that are not covered; a clause covers its sub-clauses."""
    whole = tuple(covered)
    return {
        clause
        for clause in wanted
        if not any(clause == c or clause.startswith(f"{c}.") for c in whole)
    }
