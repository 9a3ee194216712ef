"""When annual confirmation and re-registration may be applied for (catalogue C11, D1).

The days stand in bpmn/registration/windows.dmn, so that every service follows one table.
"""

from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, cast

from sqlalchemy import ColumnElement

from certflow.cases import versions
from certflow.core import clock
from certflow.core.db import Session
from certflow.core.text import Text
from certflow.engine.decisions import Decision
from certflow.personnel import confirming
from certflow.personnel.standing import Standing

CONFIRMATION, RENEWAL = "annual_confirmation", "re_registration"


@dataclass(frozen=True)
class Window:
    """A span of days, both included, with the rule that sets it; `year` is 1 or 2, else 0."""

    key: str
    year: int
    opens_on: date
    closes_on: date
    title: Text
    text: Text
    source: Text

    def state(self, day: date) -> str:
        """Return "early", "open" or "late"."""
        if day < self.opens_on:
            return "early"
        return "open" if day <= self.closes_on else "late"


def standings(session: Session, whose: ColumnElement[bool]) -> list[Standing]:
    """Return how certificates stand today, with the windows of the registration in force."""
    calendar = partial(windows, _table(session), purpose=CONFIRMATION)
    return confirming.standings(session, whose, calendar, clock.today())


def certificate_windows(
    session: Session, valid_from: date, valid_until: date, purpose: str
) -> list[Window]:
    """Return the windows of a certificate for a purpose, by the registration in force."""
    return windows(_table(session), valid_from, valid_until, purpose)


def windows(table: Decision, valid_from: date, valid_until: date, purpose: str) -> list[Window]:
    """Return the windows that a table sets for a certificate's dates."""
    data = {"valid_from": valid_from, "valid_until": valid_until, "purpose": purpose}
    rows = cast("list[dict[str, Any]]", table.decide(data, now=clock.now()))
    return [_window(row) for row in rows]


def _table(session: Session) -> Decision:
    return versions.active(session, "registration").definition.tables["windows"]


def _window(row: dict[str, Any]) -> Window:
    return Window(
        key=row["window"],
        year=int(row["year"]),
        opens_on=date.fromisoformat(row["opens_on"]),
        closes_on=date.fromisoformat(row["closes_on"]),
        title=Text(row["title_zh"], row["title_en"]),
        text=Text(row["text_zh"], row["text_en"]),
        source=Text(row["source_zh"], row["source_en"]),
    )
