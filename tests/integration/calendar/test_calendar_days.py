"""The calendar that staff keep, and the deadlines that follow it (C7)."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from certflow.calendar import queries
from certflow.calendar.models import CALENDAR_DAYS, WORKING_DAYS, CalendarDay, Deadline
from certflow.calendar.operations import (
    YearRow,
    deadlines,
    import_year,
    on_due_moved,
    pause_deadline,
    set_day,
    start_deadline,
)
from certflow.core import audit
from certflow.core.actor import Actor
from certflow.core.clock import SHANGHAI
from certflow.core.db import Session
from certflow.core.errors import Invalid
from certflow.core.text import Text

NEW_YEAR = Text("元旦", "New Year's Day")
YEAR_2027 = [
    YearRow(date(2027, 1, 1), "rest", NEW_YEAR),
    YearRow(date(2027, 1, 2), "rest", NEW_YEAR),
    YearRow(date(2027, 1, 3), "rest", NEW_YEAR),
    YearRow(date(2027, 1, 9), "working", NEW_YEAR),
]


@pytest.fixture
def moved() -> Iterator[list[int]]:
    heard: list[int] = []
    listener = on_due_moved(lambda _session, deadline: heard.append(deadline.id))
    yield heard
    deadlines._listeners.remove(listener)


def start(session: Session, case_id: int, unit: str = WORKING_DAYS, key: str = "k") -> Deadline:
    return start_deadline(
        session, case_id, key, 30, unit, datetime(2026, 12, 1, 9, tzinfo=SHANGHAI)
    )


def last_day(deadline: Deadline) -> date:
    assert deadline.due_at is not None
    return queries.day_of(deadline.due_at) - timedelta(days=1)


def test_next_years_calendar_moves_the_deadlines_that_reach_into_it(
    session: Session, case_id: int, keeper: Actor, moved: list[int]
) -> None:
    deadline = start(session, case_id)
    in_days = start(session, case_id, CALENDAR_DAYS, "days")
    assert last_day(deadline) == date(2027, 1, 12)
    assert import_year(session, 2027, YEAR_2027, keeper) == 4
    assert last_day(deadline) == date(2027, 1, 12)  # New Year's Day lost, the make-up day won
    set_day(session, date(2027, 1, 9), "rest", Text("", ""), keeper)
    assert last_day(deadline) == date(2027, 1, 13)
    assert moved == [deadline.id]
    assert last_day(in_days) == date(2026, 12, 31)
    assert queries.is_official(session, 2027)


def test_a_standing_deadline_keeps_standing(
    session: Session, case_id: int, keeper: Actor, moved: list[int]
) -> None:
    deadline = start(session, case_id)
    pause_deadline(session, case_id, "k", datetime(2026, 12, 2, tzinfo=SHANGHAI), NEW_YEAR)
    set_day(session, date(2026, 12, 4), "rest", Text("", ""), keeper)
    assert (deadline.due_at, moved) == (None, [])


def test_staff_turn_one_day_round_and_the_trail_says_who_and_what(
    session: Session, keeper: Actor
) -> None:
    day = date(2026, 10, 10)
    assert queries.is_working_day(session, day)
    set_day(session, day, "rest", Text("调整", "Changed"), keeper)
    assert not queries.is_working_day(session, day)
    told = audit.events(session, "calendar/2026")
    assert [(e.action, e.actor_id, e.element) for e in told] == [
        ("calendar.day_set", keeper.user_id, "2026-10-10")
    ]
    assert told[0].before == {"kind": "working", "name": "国庆节"}
    assert told[0].after == {"kind": "rest", "name": "调整"}


def test_an_imported_year_replaces_what_was_entered_before(session: Session, keeper: Actor) -> None:
    set_day(session, date(2027, 3, 1), "rest", Text("", ""), keeper)
    import_year(session, 2027, YEAR_2027, keeper)
    import_year(session, 2027, YEAR_2027, keeper)
    assert queries.is_working_day(session, date(2027, 3, 1))
    assert session.scalar(select(func.count()).select_from(CalendarDay)) == 4
    assert [e.after for e in audit.events(session, "calendar/2027")][-1] == {"days": 4}


def test_correcting_a_day_leaves_an_imported_year_official(session: Session, keeper: Actor) -> None:
    import_year(session, 2027, YEAR_2027[:1], keeper)
    set_day(session, date(2027, 1, 1), "rest", NEW_YEAR, keeper)
    assert queries.is_official(session, 2027)


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [*YEAR_2027, YearRow(date(2028, 1, 1), "rest", NEW_YEAR)],
        [*YEAR_2027, YEAR_2027[0]],
        [*YEAR_2027, YearRow(date(2027, 5, 1), "holiday", NEW_YEAR)],
    ],
    ids=["empty", "another year", "twice", "no such kind"],
)
def test_a_faulty_year_is_refused_as_a_whole(
    session: Session, keeper: Actor, rows: list[YearRow]
) -> None:
    with pytest.raises(Invalid):
        import_year(session, 2027, rows, keeper)
    assert session.scalar(select(func.count()).select_from(CalendarDay)) == 0


def test_the_year_page_shows_every_day_with_its_source(session: Session, keeper: Actor) -> None:
    set_day(session, date(2026, 3, 2), "rest", Text("测试", "Test"), keeper)
    days = {day.date: day for day in queries.days_of_year(session, 2026)}
    assert len(days) == 365
    assert days[date(2026, 3, 2)].source == "staff"
    assert days[date(2026, 10, 1)].source == "official"
    assert days[date(2026, 3, 3)].source == "week"


def test_another_transaction_sees_the_edited_day(session: Session, keeper: Actor) -> None:
    assert queries.is_working_day(session, date(2026, 10, 12))
    set_day(session, date(2026, 10, 12), "rest", Text("", ""), keeper)
    session.commit()
    assert not queries.is_working_day(session, date(2026, 10, 12))


def test_an_edit_that_is_rolled_back_is_forgotten(session: Session, keeper: Actor) -> None:
    session.commit()
    set_day(session, date(2026, 10, 12), "rest", Text("", ""), keeper)
    session.rollback()
    assert queries.is_working_day(session, date(2026, 10, 12))
