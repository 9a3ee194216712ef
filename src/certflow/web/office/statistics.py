"""Figures for those who see every case: reviewer, approver, regulator (catalogue B11)."""

from typing import Any

from flask import Response, render_template
from flask_babel import gettext

from certflow.cases import statistics as figures
from certflow.core import clock
from certflow.core.access import allow, current_actor
from certflow.core.db import db
from certflow.web.edge import locale
from certflow.web.office.area import blueprint
from certflow.web.office.export import Cell, as_file

_READERS = ("reviewer", "approver", "regulator")


@blueprint.get("/statistics")
@allow(*_READERS)
def statistics() -> str:
    """Show where cases are, how many came and went, and how long it took."""
    return render_template("office/statistics.html", **_read())


@blueprint.get("/statistics/export.<any(xlsx, csv):kind>")
@allow(*_READERS)
def export_statistics(kind: str) -> Response:
    """Return the table of certification bodies as a file."""
    language = locale()
    head = [
        gettext("机构"),
        gettext("在办"),
        gettext("超期"),
        gettext("已办结"),
        gettext("准予注册"),
    ]
    rows: list[list[Cell]] = [
        [row.name.of(language), row.open, row.overdue, row.closed, row.good]
        for row in figures.by_body(db.session(), current_actor(), clock.now(), limit=1000)
    ]
    return as_file(kind, f"statistics-{clock.today():%Y%m%d}", head, rows)


def _read() -> dict[str, Any]:
    actor, session, at = current_actor(), db.session(), clock.now()
    months = figures.by_month(session, actor, clock.today())
    return {
        "totals": figures.totals(session, actor, at),
        "stages": figures.by_stage(session, actor, at),
        "months": [_labelled(month) for month in months],
        "bodies": figures.by_body(session, actor, at),
        "cycles": figures.cycle_times(session, actor),
        "stage_times": figures.stage_times(session, actor),
        "evaluation": figures.evaluation_days(session, actor),
        "sample": figures.SAMPLE,
        "now": at,
    }


def _labelled(month: figures.MonthFigure) -> dict[str, Any]:
    return {**month._asdict(), "label": f"{month.month:%y-%m}"}
