"""How urgent a row is, in working days and words (catalogue B6, C7)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from flask_babel import gettext, ngettext

from certflow.calendar.queries import DeadlineClock, WorkingDays, day_of
from certflow.core.text import Text

SOON = 3
"""So many working days before the end a task counts as nearly due."""


class Waiting(Protocol):
    """What is asked of a task."""

    @property
    def due_at(self) -> datetime | None: ...

    @property
    def opened_at(self) -> datetime: ...

    @property
    def deadline_key(self) -> str: ...


@dataclass(frozen=True)
class Due:
    """`kind` is overdue, due, paused, going or closed (no end); `used` of `total` for the ruler."""

    kind: str
    words: str
    day: date | None = None
    note: Text | None = None
    used: int = 0
    total: int = 0


def due_of(
    calendar: WorkingDays, task: Waiting, clocks: dict[str, DeadlineClock], at: datetime
) -> Due:
    """Say when a task is due: by its own end; its case's clock stands beside it."""
    clock = clocks.get(task.deadline_key)
    if clock is not None and clock.state == "paused":
        words = gettext("暂停中")
        return Due("paused", words, None, clock.reason, clock.used, clock.total)
    if task.due_at is None:
        return Due("closed", gettext("不限时"))
    today, start = day_of(at), day_of(task.opened_at)
    last = last_day(task.due_at) or today
    used, total = calendar.between(start, today), max(1, calendar.between(start, last))
    if clock is not None and clock.due_at == task.due_at:
        used, total = clock.used, clock.total
    left = calendar.between(today, last)
    late = at >= task.due_at
    kind = "overdue" if late else "due" if left <= SOON else "going"
    words = _late(calendar, last, today) if late else _left(left, today, last)
    return Due(kind, words, last, None, used, total)


def last_day(due_at: datetime | None) -> date | None:
    """Return the last day on which the work is still in time."""
    return None if due_at is None else day_of(due_at - timedelta(microseconds=1))


def due_of_case(clocks: dict[str, DeadlineClock]) -> Due:
    """Say how the deadline of a case stands that now matters: a running one, else a paused one."""
    running = [clock for clock in clocks.values() if clock.state == "running"]
    paused = [clock for clock in clocks.values() if clock.state == "paused"]
    if running:
        return due_of_clock(min(running, key=lambda clock: clock.left - clock.overdue_by))
    if paused:
        clock = paused[0]
        return Due("paused", gettext("暂停中"), None, clock.reason, clock.used, clock.total)
    return Due("closed", "")


def due_of_clock(clock: DeadlineClock) -> Due:
    """Say how a running clock stands."""
    working = clock.unit == "working_days"
    if clock.overdue:
        late = clock.overdue_by
        words = (
            ngettext("超期 %(num)s 个工作日", "超期 %(num)s 个工作日", late)
            if working
            else ngettext("超期 %(num)s 天", "超期 %(num)s 天", late)
        )
        return Due("overdue", words, clock.last_day, None, clock.used, clock.total)
    left = clock.left
    words = (
        ngettext("还有 %(num)s 个工作日", "还有 %(num)s 个工作日", left)
        if working
        else ngettext("还有 %(num)s 天", "还有 %(num)s 天", left)
    )
    kind = "due" if left <= SOON else "going"
    return Due(kind, words, clock.last_day, None, clock.used, clock.total)


def _late(calendar: WorkingDays, last: date, today: date) -> str:
    late = max(1, calendar.between(last, today))
    return str(ngettext("超期 %(num)s 个工作日", "超期 %(num)s 个工作日", late))


def _left(left: int, today: date, last: date) -> str:
    if last == today:
        return str(gettext("今天到期"))
    if last == today + timedelta(days=1):
        return str(gettext("明天到期"))
    return str(ngettext("%(num)s 个工作日后", "%(num)s 个工作日后", left))
