"""Pages for administrators: operations, processes, calendar, audit trail, tokens."""

from certflow.web.admin import (
    home,
    imports,
    organisations,
    permissions,
    processes,
    second_factors,
    tasks,
    tokens,
    trail,
    working_days,
)
from certflow.web.admin.area import blueprint

__all__ = [
    "blueprint",
    "home",
    "imports",
    "organisations",
    "permissions",
    "processes",
    "second_factors",
    "tasks",
    "tokens",
    "trail",
    "working_days",
]
