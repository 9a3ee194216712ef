"""Deadlines that pause and run on, on real tables (C6, C7)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime

import pytest
from sqlalchemy import event

from certflow.calendar.models import CALENDAR_DAYS, WORKING_DAYS, Deadline
from certflow.calendar.operations import (
    end_deadline,
    lapse_deadline,
    pause_deadline,
    resume_deadline,
    start_deadline,
)
from certflow.calendar.queries import DeadlineClock, clock_of, clocks_of
from certflow.core import audit
from certflow.core.clock import SHANGHAI
from certflow.core.db import Session
from certflow.core.errors import Conflict, NotFound
from certflow.core.text import Text

WHY = Text("等待整改", "Waiting for corrections")


def at(month: int, day: int, hour: int = 9, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI)


def clock(session: Session, deadline: Deadline, moment: datetime) -> DeadlineClock:
    session.flush()
    session.expire(deadline)
    return clock_of(session, deadline, moment)


@contextmanager
def counted(session: Session) -> Iterator[list[str]]:
    statements: list[str] = []

    def count(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", count)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", count)


def test_thirty_working_days_leave_the_corrections_out(session: Session, case_id: int) -> None:
    start = start_deadline(session, case_id, "evaluation", 30, WORKING_DAYS, at(9, 28))
    # 29, 30 September, 8, 9, 10 (a Saturday), 12 and 13 October: seven days
    pause_deadline(session, case_id, "evaluation", at(10, 13, 15), WHY)
    standing = clock(session, start, at(11, 30))
    assert (standing.state, standing.used, standing.left) == ("paused", 7, 23)
    assert (standing.reason, standing.due_at) == (WHY, None)
    resume_deadline(session, case_id, "evaluation", at(12, 1))
    going = clock(session, start, at(12, 2))
    assert (going.used, going.left) == (8, 22)
    assert going.last_day == date(2027, 1, 1)
    assert not going.official


def test_sixty_days_are_one_budget_over_both_rounds(session: Session, case_id: int) -> None:
    first = resume_deadline(
        session, case_id, "correction", at(11, 1), length=60, unit=CALENDAR_DAYS
    )
    pause_deadline(session, case_id, "correction", at(11, 21), WHY)
    second = resume_deadline(
        session, case_id, "correction", at(12, 1), length=60, unit=CALENDAR_DAYS
    )
    assert second.id == first.id
    going = clock(session, second, at(12, 1))
    assert (going.used, going.left, going.last_day) == (20, 40, date(2027, 1, 10))
    assert not clock(session, second, at(1, 10, 23, 59, year=2027)).overdue
    assert clock(session, second, at(1, 11, 0, 0, year=2027)).overdue


def test_pausing_and_running_on_within_a_day_costs_nothing_twice(
    session: Session, case_id: int
) -> None:
    deadline = start_deadline(session, case_id, "k", 60, CALENDAR_DAYS, at(11, 1))
    for _ in range(5):
        pause_deadline(session, case_id, "k", at(11, 11, 10), WHY)
        resume_deadline(session, case_id, "k", at(11, 11, 11))
    assert clock(session, deadline, at(11, 11, 12)).used == 10
    assert clock(session, deadline, at(11, 12)).used == 11


def test_a_budget_used_to_the_last_day_gives_the_rest_of_the_day_it_runs_on(
    session: Session, case_id: int
) -> None:
    deadline = start_deadline(session, case_id, "k", 10, CALENDAR_DAYS, at(11, 1))
    pause_deadline(session, case_id, "k", at(11, 11, 23, 59), WHY)
    resume_deadline(session, case_id, "k", at(11, 20))
    assert not clock(session, deadline, at(11, 20, 23, 59)).overdue
    assert clock(session, deadline, at(11, 21, 0, 0)).overdue


@pytest.mark.parametrize("unit", [WORKING_DAYS, CALENDAR_DAYS])
def test_a_late_clock_stays_late_when_it_is_paused(
    session: Session, case_id: int, unit: str
) -> None:
    deadline = start_deadline(session, case_id, "k", 5, unit, at(11, 16))
    after_the_end = at(11, 28, 10)  # a Saturday
    pause_deadline(session, case_id, "k", after_the_end, WHY)
    assert clock(session, deadline, at(12, 10)).overdue
    resume_deadline(session, case_id, "k", at(12, 10))
    assert clock(session, deadline, at(12, 10, 9, 1)).overdue


def test_entering_a_step_again_does_not_restart_its_clock(session: Session, case_id: int) -> None:
    first = start_deadline(session, case_id, "k", 30, WORKING_DAYS, at(11, 2))
    due = first.due_at
    again = start_deadline(session, case_id, "k", 30, WORKING_DAYS, at(12, 2))
    assert (again.id, again.due_at) == (first.id, due)


def test_a_second_pause_or_start_changes_nothing(session: Session, case_id: int) -> None:
    start_deadline(session, case_id, "k", 30, WORKING_DAYS, at(11, 2))
    pause_deadline(session, case_id, "k", at(11, 9), WHY)
    paused = pause_deadline(session, case_id, "k", at(11, 30), Text("另", "Other"))
    assert (paused.used, paused.paused_at, paused.paused_reason) == (5, at(11, 9), WHY.as_json())
    resume_deadline(session, case_id, "k", at(12, 1))
    assert resume_deadline(session, case_id, "k", at(12, 8)).resumed_on == date(2026, 12, 1)


def test_a_clock_that_is_over_does_not_run_on(session: Session, case_id: int) -> None:
    deadline = start_deadline(session, case_id, "k", 30, WORKING_DAYS, at(11, 2))
    end_deadline(session, case_id, "k", at(11, 9))
    end_deadline(session, case_id, "k", at(12, 9))
    assert clock(session, deadline, at(12, 30)).used == 5
    for change in (
        lambda: pause_deadline(session, case_id, "k", at(12, 9), WHY),
        lambda: resume_deadline(session, case_id, "k", at(12, 9)),
    ):
        with pytest.raises(Conflict):
            change()


def test_a_clock_that_never_ran_is_not_found(session: Session, case_id: int) -> None:
    for change in (
        lambda: pause_deadline(session, case_id, "k", at(12, 9), WHY),
        lambda: resume_deadline(session, case_id, "k", at(12, 9)),
        lambda: end_deadline(session, case_id, "k", at(12, 9)),
        lambda: lapse_deadline(session, case_id, "k", at(12, 9)),
    ):
        with pytest.raises(NotFound):
            change()


def test_only_a_running_clock_past_its_end_lapses(session: Session, case_id: int) -> None:
    deadline = start_deadline(session, case_id, "k", 10, CALENDAR_DAYS, at(11, 1))
    with pytest.raises(Conflict):
        lapse_deadline(session, case_id, "k", at(11, 11, 23, 59))
    pause_deadline(session, case_id, "k", at(11, 11), WHY)
    with pytest.raises(Conflict):
        lapse_deadline(session, case_id, "k", at(12, 30))
    resume_deadline(session, case_id, "k", at(11, 11))
    lapse_deadline(session, case_id, "k", at(11, 12, 0, 0))
    assert (deadline.state, clock(session, deadline, at(12, 1)).overdue_by) == ("lapsed", 1)


def test_every_change_of_a_clock_is_in_the_audit_trail(session: Session, case_id: int) -> None:
    deadline = start_deadline(session, case_id, "k", 30, WORKING_DAYS, at(11, 2))
    pause_deadline(session, case_id, "k", at(11, 9), WHY)
    resume_deadline(session, case_id, "k", at(11, 16))
    end_deadline(session, case_id, "k", at(11, 17))
    told = audit.events(session, f"deadline/{deadline.id}")
    assert [e.action for e in told] == [
        "deadline.started",
        "deadline.paused",
        "deadline.resumed",
        "deadline.ended",
    ]
    assert [e.after["used"] for e in told] == [0, 5, 5, 6]


def test_the_clocks_of_a_hundred_cases_take_two_queries(
    session: Session, new_case: Callable[[], int]
) -> None:
    cases = [new_case() for _ in range(100)]
    for case_id in cases:
        start_deadline(session, case_id, "evaluation", 30, WORKING_DAYS, at(11, 2))
        start_deadline(session, case_id, "correction", 60, CALENDAR_DAYS, at(11, 2))
    session.commit()
    session.expunge_all()
    with counted(session) as statements:
        found = clocks_of(session, cases, at(11, 20))
    assert len([s for s in statements if s.startswith("SELECT")]) == 2
    assert {(c.key, c.used) for clocks in found.values() for c in clocks.values()} == {
        ("evaluation", 14),
        ("correction", 18),
    }
    assert len(found) == 100
