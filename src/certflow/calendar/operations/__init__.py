"""What changes the calendar and the clocks that run by it."""

from certflow.calendar.operations.days import YearRow, import_year, set_day
from certflow.calendar.operations.deadlines import (
    end_deadline,
    lapse_deadline,
    lock_case_with,
    on_due_moved,
    pause_deadline,
    resume_deadline,
    start_deadline,
)

__all__ = [
    "YearRow",
    "end_deadline",
    "import_year",
    "lapse_deadline",
    "lock_case_with",
    "on_due_moved",
    "pause_deadline",
    "resume_deadline",
    "set_day",
    "start_deadline",
]
