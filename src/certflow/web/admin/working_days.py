"""The calendar of working days that staff keep; deadlines follow every change (catalogue C7)."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import format_date, gettext
from werkzeug.wrappers import Response

from certflow.calendar.operations import YearRow, import_year, set_day
from certflow.calendar.queries import Day, days_of_year, is_official, is_working_day
from certflow.core import audit, clock
from certflow.core.access import allow, current_actor
from certflow.core.db import db
from certflow.core.errors import Invalid, NotFound
from certflow.core.given import refuse, wrong_in
from certflow.core.text import Text
from certflow.web.admin.area import blueprint

_YEARS = range(2004, 2100)
_KINDS = {"rest": "rest", "休": "rest", "休息": "rest", "working": "working", "班": "working"}
_PARTS = 3

BAD_LINE = Text(
    "第 {row} 行“{line}”看不懂。请写成 2027-01-01,rest,元旦；补班写 working。没有写入任何一行。",
    "Line {row} “{line}” cannot be read. Write 2027-01-01,rest,New Year; make-up days: working. "
    "Nothing was written.",
)
NO_YEAR = Text(
    f"请填写 {_YEARS[0]} 至 {_YEARS[-1]} 之间的年份，如 2027。",
    f"Enter a year from {_YEARS[0]} to {_YEARS[-1]}, such as 2027.",
)
NEEDS_NAME = Text("请写明名称，例如“春节”或“补班”。", "Give it a name, such as “Spring Festival”.")


@blueprint.get("/working-days")
@allow("process_admin")
def working_days() -> str:
    """Show a year: twelve months with days of rest and make-up days."""
    return _page(_year(request.args.get("year", "")), request.args.get("day", ""))


@blueprint.post("/working-days/<day>")
@allow("process_admin")
def edit_day(day: str) -> Response | tuple[str, int]:
    """Say that a day works or rests; running deadlines move with it."""
    chosen = _read_day(day)
    if chosen is None or chosen.year not in _YEARS:
        raise NotFound
    try:
        words = _name(_typed("name"), _typed("name_en"))
        set_day(db.session(), chosen, _typed("kind"), words, current_actor())
    except Invalid as error:
        return _page(chosen.year, day, error.at("name")), error.status
    flash(gettext("已保存，正在计时的期限已按新日历重算"), "passed")
    return redirect(url_for("admin.working_days", year=chosen.year), 303)


@blueprint.post("/working-days")
@allow("process_admin")
def enter_year() -> Response | tuple[str, int]:
    """Enter a year from the State Council's notice: one line a day that differs from the week."""
    year = _year(_typed("year"))
    try:
        refuse({"year": None if _typed("year") == str(year) else NO_YEAR})
        rows = list(_rows(request.form.get("lines", "")))
        count = import_year(db.session(), year, rows, current_actor())
    except Invalid as error:
        return _page(year, "", error.at("lines")), error.status
    flash(gettext("%(year)s 年已导入 %(n)s 天，正在计时的期限已重算", year=year, n=count), "passed")
    return redirect(url_for("admin.working_days", year=year), 303)


def _name(name: str, name_en: str) -> Text:
    refuse({"name": wrong_in(name, 40, NEEDS_NAME), "name_en": wrong_in(name_en, 60)})
    return Text(name, name_en or name)


def _rows(typed: str) -> Iterator[YearRow]:
    lines = [line.strip() for line in typed.splitlines()]
    for number, line in enumerate(lines, start=1):
        if not line:
            continue
        parts = [part.strip() for part in line.replace("，", ",").split(",")]
        day = _read_day(parts[0])
        kind = _KINDS.get(parts[1].lower()) if len(parts) >= _PARTS else None
        if day is None or kind is None or not parts[2]:
            message = BAD_LINE.filled(row=number, line=line[:60])
            raise Invalid(message, {"lines": message})
        yield YearRow(day, kind, Text(parts[2], parts[3] if len(parts) > _PARTS else parts[2]))


def _page(year: int, day: str = "", errors: Mapping[str, Text] | None = None) -> str:
    session, chosen = db.session(), _read_day(day)
    days = days_of_year(session, year)
    trail = audit.events(session, f"calendar/{year}")
    return render_template(
        "admin/working_days.html",
        year=year,
        months=[_month(days, month) for month in range(1, 13)],
        official=is_official(session, year),
        next_official=is_official(session, year + 1),
        chosen=next((one for one in days if one.date == chosen), None),
        is_weekend=_is_weekend,
        special=[one for one in days if one.name.zh],
        working=sum(one.working for one in days),
        today=clock.today(),
        today_works=is_working_day(session, clock.today()),
        edits=trail[:-11:-1],
        errors=errors or {},
        form=request.form,
    )


def _month(days: list[Day], month: int) -> tuple[str, list[list[Any]]]:
    """Return a month's name and its rows of seven days, Monday first; gaps are None."""
    found = [one for one in days if one.date.month == month]
    cells: list[Any] = [None] * found[0].date.weekday() + found
    cells += [None] * (-len(cells) % 7)
    weeks = [cells[at : at + 7] for at in range(0, len(cells), 7)]
    return format_date(found[0].date, "LLL"), weeks


def _is_weekend(day: date) -> bool:
    return day.isoweekday() > 5  # noqa: PLR2004 - Saturday and Sunday


def _read_day(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _year(value: str) -> int:
    year = int(value) if value.isdecimal() else clock.today().year
    return year if year in _YEARS else clock.today().year


def _typed(name: str) -> str:
    return request.form.get(name, "").strip()
