"""Records that the platform verified stay as they are in any application that uses them (A9)."""

from collections.abc import Iterator, Mapping
from typing import Any

from certflow.accounts.queries import person_of_user
from certflow.cases.registry import Step, check
from certflow.core.text import Text
from certflow.personnel.queries import records_of

CHANGED = Text(
    "这条记录由平台核实，内容不能改动。请移除后重新从基本信息库选用；如有错误，请联系协会工作人员。",
    "The platform has verified this record, so it cannot be changed here. Remove it and pick it "
    "from the library again; if it is wrong, ask the association.",
)
_FREE = frozenset({"id", "source"})


@check("library.verified_kept")
def verified_kept(step: Step, data: Mapping[str, Any], _outcome: str) -> dict[str, Text]:
    """A row picked from a verified record says what that says; evidence may be added to it."""
    person = person_of_user(step.session, step.case.applicant_id)
    records = records_of(step.session, person.id) if person else []
    known = {str(one.id): one.data for one in records if one.verified}
    found = (
        (f"{name}/{row['id']}", row, known[str(row["source"])])
        for name, row in _rows(data)
        if str(row.get("source")) in known
    )
    return {path: CHANGED for path, row, record in found if differs(row, record)}


def differs(row: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    """Whether a row says something else than the record it was picked from, files left aside.

    What names another row (the audit of a witness report) is the row's own, and is left aside too.
    """
    said = row.keys() & record.keys() - _FREE
    plain = [name for name in said if not isinstance(record[name], list) and name != "audit"]
    return any(_same(row[name]) != _same(record[name]) for name in plain)


def _same(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _rows(data: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, value in data.items():
        if isinstance(value, list):
            yield from ((name, row) for row in value if isinstance(row, Mapping))
