"""How long results and records count, read from the registration's decision tables (C9, C10)."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, cast

from certflow.cases import versions
from certflow.core.db import Session
from certflow.core.expression_times import Months, read_duration
from certflow.engine.decisions import Decision
from certflow.personnel.counting import Limit
from certflow.personnel.experience import KINDS, Limits
from certflow.personnel.fields import GENERAL_EXAM, MANAGEMENT_SYSTEMS_EXAM, field_exam

Tables = Mapping[str, Decision]


def limits(tables: Tables, field: str, on: date) -> Limits:
    """Return what the tables say for an application in a field on a day."""
    subjects = (GENERAL_EXAM, field_exam(field), MANAGEMENT_SYSTEMS_EXAM)
    return Limits(
        exams={subject: _validity(tables, subject, on) for subject in subjects},
        records={kind: _limit(tables, kind) for kind in KINDS},
    )


def tables_of(session: Session, own: Tables) -> Tables:
    """Return a case's tables; those in force where its version is older than a table."""
    return (
        own
        if "exam_validity" in own
        else versions.active(session, "registration").definition.tables
    )


def exam_validity(session: Session) -> Callable[[str, date], Months | None]:
    """Return a function that tells how long a pass counts, by the registration in force."""
    tables = versions.active(session, "registration").definition.tables
    return lambda subject, on: _validity(tables, subject, on)


def certificate_years(tables: Tables, data: Mapping[str, Any]) -> int:
    """Return for how many years a certificate is issued for the mode and field in `data`."""
    row = cast("dict[str, Any]", tables["certificate_period"].decide(data))
    return int(row["years"])


def _validity(tables: Tables, subject: str, on: date) -> Months | None:
    row = tables["exam_validity"].decide({"subject": subject, "applied_on": on})
    return _months(cast("dict[str, Any] | None", row))


def _limit(tables: Tables, kind: str) -> Limit:
    row = cast("dict[str, Any] | None", tables["record_validity"].decide({"kind": kind}))
    return Limit(_months(row), bool(row and row["in_field"]))


def _months(row: Mapping[str, Any] | None) -> Months | None:
    if row is None or row["validity"] is None:
        return None
    read = read_duration(row["validity"])
    return read if isinstance(read, Months) else None
