"""Pages for workers: inbox, cases, statistics, payments of a body, finance."""

from certflow.web.office import (
    auditors,
    cases,
    credit,
    exam_imports,
    exams,
    filing,
    inbox,
    orders,
    organisation,
    people,
    statistics,
    vouchers,
)
from certflow.web.office.area import blueprint

__all__ = [
    "auditors",
    "blueprint",
    "cases",
    "credit",
    "exam_imports",
    "exams",
    "filing",
    "inbox",
    "orders",
    "organisation",
    "people",
    "statistics",
    "vouchers",
]
