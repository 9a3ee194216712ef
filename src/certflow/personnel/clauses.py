"""Clauses of a standard in what people write: "生产部：8.5.1、8.5.2" (catalogue C9)."""

import re
from collections.abc import Iterable

_CLAUSE = re.compile(r"(?<![\d.])(?:[4-9]|10)(?:\.\d{1,2}){1,3}(?![\d.%]|\s*[人天名个次年月日])")


def clauses_in(given: str | Iterable[str] | None) -> set[str]:
    """Find the clause numbers in a text or in a list of ticked clauses: 4.1 to 10.3, any depth.

    A bare 8 is no clause: it may as well be a number of people, and reports tick 8.1 to 8.7.
    """
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
