"""Figures for those who see every case: reviewer, approver, regulator (catalogue B11)."""

from datetime import date
from typing import Any

from flask import Response, render_template, request
from flask_babel import gettext

from certflow.cases import service_figures
from certflow.cases import statistics as figures
from certflow.core import clock
from certflow.core.access import allow, current_actor
from certflow.core.db import Session, db
from certflow.core.tables import Cell
from certflow.core.text import Text
from certflow.web.edge import locale
from certflow.web.office.area import blueprint, here
from certflow.web.office.cases import services
from certflow.web.office.export import as_file

_READERS = ("reviewer", "approver", "complaints_office", "regulator")
_ALL_BODIES = 1000
PERIODS = {
    "3": Text("近 3 个月", "Last 3 months"),
    "12": Text("近 12 个月", "Last 12 months"),
    "24": Text("近 24 个月", "Last 24 months"),
}
"""By which month's applications one may narrow the figures."""


@blueprint.get("/statistics")
@allow(*_READERS)
def statistics() -> str:
    """Show each service side by side, or one service stage by stage."""
    return render_template("office/statistics.html", **_read())


@blueprint.get("/statistics/<any(services, bodies):table>.<any(xlsx, csv):kind>")
@allow(*_READERS)
def export_statistics(table: str, kind: str) -> Response:
    """Return one table of the page as a file, narrowed like the page."""
    head, rows = (_services if table == "services" else _bodies)(db.session(), wanted())
    return as_file(kind, f"statistics-{table}-{clock.today():%Y%m%d}", head, rows)


def wanted() -> figures.Among:
    """Read from the address which cases the figures are about."""
    months = request.args.get("months", "")
    since = _first_of(clock.today(), int(months)) if months in PERIODS else None
    return figures.Among(request.args.get("service", ""), since)


def _first_of(today: date, months: int) -> date:
    """Return the first day of a period of so many months that ends with the present one."""
    first = today.year * 12 + today.month - months
    return date(first // 12, first % 12 + 1, 1)


def _services(session: Session, among: figures.Among) -> tuple[list[str], list[list[Cell]]]:
    head = [
        gettext("事项"),
        gettext("在办"),
        gettext("其中超期"),
        gettext("已办结"),
        gettext("其中准予"),
        gettext("用时中位数（天）"),
        gettext("九成不超过（天）"),
        gettext("办理结果"),
    ]
    actor = current_actor()
    sheet = service_figures.read(session, actor, clock.now(), among)
    found = service_figures.by_service(session, actor, sheet, among)
    return head, [_service_cells(one, locale()) for one in found]


def _service_cells(one: service_figures.ServiceFigure, language: str) -> list[Cell]:
    days: list[Cell] = [round(one.median, 1), round(one.slow, 1)] if one.sample else ["", ""]
    ended = gettext("，").join(f"{way.name.of(language)} {way.number}" for way in one.outcomes)
    return [one.title.of(language), one.open, one.overdue, one.closed, one.good, *days, ended]


def _bodies(session: Session, among: figures.Among) -> tuple[list[str], list[list[Cell]]]:
    head = [
        gettext("机构"),
        gettext("在办"),
        gettext("其中超期"),
        gettext("已办结"),
        gettext("其中准予"),
    ]
    language = locale()
    sheet = service_figures.read(session, current_actor(), clock.now(), among)
    found = service_figures.by_body(session, sheet, _ALL_BODIES)
    return head, [
        [row.name.of(language), row.open, row.overdue, row.closed, row.good] for row in found
    ]


def _read() -> dict[str, Any]:
    actor, session, at, among = current_actor(), db.session(), clock.now(), wanted()
    sheet = service_figures.read(session, actor, at, among)
    by_service = service_figures.by_service(session, actor, sheet, among)
    months = figures.by_month(session, actor, clock.today(), _months(), among)
    one = len(by_service) == 1
    return {
        "totals": sheet.totals(),
        "by_service": by_service,
        "stages": figures.by_stage(session, actor, at, among) if one else [],
        "stage_times": figures.stage_times(session, actor, among) if one else [],
        "months": [_labelled(month) for month in months],
        "bodies": service_figures.by_body(session, sheet),
        "evaluation": figures.evaluation_days(session, actor, among),
        "sample": figures.SAMPLE,
        "now": at,
        "services": services(session),
        "periods": list(PERIODS.items()),
        "here": here,
    }


def _months() -> int:
    given = request.args.get("months", "")
    return int(given) if given in PERIODS else figures.MONTHS


def _labelled(month: figures.MonthFigure) -> dict[str, Any]:
    return {**month._asdict(), "label": f"{month.month:%y-%m}"}
