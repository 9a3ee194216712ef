"""The calendar that staff keep: single days, and next year's notice (C7)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, select

from certflow.calendar import errors, queries
from certflow.calendar.models import CalendarDay
from certflow.calendar.operations.deadlines import follow_calendar
from certflow.core import audit, clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Invalid
from certflow.core.text import Text


@dataclass(frozen=True)
class YearRow:
    """One line of a year's calendar: a public holiday (rest) or a make-up day (working)."""

    date: date
    kind: str
    name: Text


def set_day(session: Session, day: date, kind: str, name: Text, actor: Actor) -> CalendarDay:
    """Say that one day works or rests, whatever was known of it; running deadlines follow.

    Raises:
        Invalid: `kind` is neither "working" nor "rest".

    """
    _check_kind(kind)
    known = queries.working_days(session).day(day)
    row = session.get(CalendarDay, day) or CalendarDay(day=day)
    row.kind, row.name, row.source = kind, name.as_json(), _source_after_edit(row)
    row.edited_by, row.edited_at = actor.user_id, clock.now()
    session.add(row)
    audit.record(
        session,
        "calendar.day_set",
        actor,
        subject=f"calendar/{day.year}",
        element=day.isoformat(),
        before={"kind": "working" if known.working else "rest", "name": known.name.zh},
        after={"kind": kind, "name": name.zh},
    )
    _calendar_changed(session, actor)
    return row


def import_year(session: Session, year: int, rows: Iterable[YearRow], actor: Actor) -> int:
    """Enter a year from the State Council's notice in place of what staff had entered for it.

    Returns the number of days written. Running deadlines follow.

    Raises:
        Invalid: a row lies in another year, repeats a day or has a wrong kind; nothing is written.

    """
    days = _checked_year(year, rows)
    first, last = date(year, 1, 1), date(year, 12, 31)
    query = select(CalendarDay.day).where(CalendarDay.day.between(first, last))
    replaced = len(session.scalars(query).all())
    session.execute(delete(CalendarDay).where(CalendarDay.day.between(first, last)))
    now = clock.now()
    session.add_all(
        CalendarDay(
            day=row.date,
            kind=row.kind,
            name=row.name.as_json(),
            source="official",
            edited_by=actor.user_id,
            edited_at=now,
        )
        for row in days
    )
    audit.record(
        session,
        "calendar.year_imported",
        actor,
        subject=f"calendar/{year}",
        before={"days": replaced},
        after={"days": len(days)},
    )
    _calendar_changed(session, actor)
    return len(days)


def _checked_year(year: int, rows: Iterable[YearRow]) -> list[YearRow]:
    days: dict[date, YearRow] = {}
    for number, row in enumerate(rows, start=1):
        _check_kind(row.kind)
        values = {"row": number, "date": row.date.isoformat(), "year": year}
        if row.date.year != year:
            raise Invalid(errors.WRONG_YEAR.filled(**values))
        if row.date in days:
            raise Invalid(errors.TWICE.filled(**values))
        days[row.date] = row
    if not days:
        raise Invalid(errors.EMPTY_YEAR)
    return list(days.values())


def _check_kind(kind: str) -> None:
    if kind not in {"working", "rest"}:
        raise Invalid(errors.WRONG_KIND, {"kind": errors.WRONG_KIND})


def _source_after_edit(row: CalendarDay) -> str:
    """Keep an imported year known as official when staff correct one of its days."""
    return row.source or "staff"


def _calendar_changed(session: Session, actor: Actor) -> None:
    session.flush()
    queries.forget(session)
    follow_calendar(session, actor)
