"""The cases that a role may see, as a list and as a file (catalogue B4, B11)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import Response, render_template, request
from flask_babel import gettext, pgettext

from certflow.calendar.queries import clocks_of, day_of
from certflow.cases import queries, versions, worklists
from certflow.cases.queries import PAGE
from certflow.core import clock
from certflow.core.access import allow, current_actor
from certflow.core.actor import Actor
from certflow.core.db import Session, db
from certflow.core.text import Text
from certflow.web.edge import locale
from certflow.web.office.area import READERS, blueprint, here
from certflow.web.office.due import Due, due_of_case
from certflow.web.office.export import MOST_ROWS, as_file

_STATES = ("open", "closed")
_BATCH = 500
_BADGES = ("overdue", "due", "paused")


@dataclass(frozen=True)
class CaseRow:
    """One case of the list. `badge` is the kind of its stage badge."""

    id: int
    number: str
    applicant: str
    service: Text
    title: Text
    body: Text | None
    places: list[Text]
    badge: str
    due: Due
    submitted: date | None
    updated: date


@blueprint.get("/cases")
@allow(*READERS)
def cases() -> str:
    """Show a page of the cases, those that moved last first."""
    actor, session = current_actor(), db.session()
    wanted, at = wanted_cases(request.args), clock.now()
    number = max(1, int(request.args.get("page", "1")) if _is_number("page") else 1)
    found, total = worklists.cases_wanted(session, actor, wanted, at, PAGE, (number - 1) * PAGE)
    return render_template(
        "office/cases.html",
        rows=rows_of(session, actor, found),
        total=total,
        first=(number - 1) * PAGE + 1 if found else 0,
        previous=here(page=str(number - 1) if number > 2 else "") if number > 1 else None,  # noqa: PLR2004 - page 1 has no number
        next=here(page=str(number + 1)) if number * PAGE < total else None,
        counts=_counts(queries.case_counts(session, actor, worklists.MOST_COUNTED)),
        services=services(session),
        stages=stages(session, wanted.service),
        wanted=wanted,
        most=MOST_ROWS,
        uncounted=total >= worklists.MOST_COUNTED,
        here=here,
    )


@blueprint.get("/cases/export.<any(xlsx, csv):kind>")
@allow(*READERS)
def export_cases(kind: str) -> Response:
    """Return exactly the list that the page shows, all its pages, as a file."""
    actor, session = current_actor(), db.session()
    wanted, at = wanted_cases(request.args), clock.now()
    head = [
        gettext("业务号"),
        gettext("申请人"),
        pgettext("one", "事项"),
        gettext("申请内容"),
        gettext("机构"),
        gettext("环节"),
        gettext("期限"),
        gettext("截止"),
        gettext("提交"),
        gettext("更新"),
    ]
    rows = (_cells(row) for row in _all_rows(session, actor, wanted, at))
    return as_file(kind, f"cases-{clock.today():%Y%m%d}", head, rows)


def _all_rows(
    session: Session, actor: Actor, wanted: worklists.CaseFilter, at: datetime
) -> Iterator[CaseRow]:
    """Return the rows of the whole list, read a batch at a time."""
    for first in range(0, MOST_ROWS, _BATCH):
        found, _total = worklists.cases_wanted(session, actor, wanted, at, _BATCH, first)
        yield from rows_of(session, actor, found)
        if len(found) < _BATCH:
            return


def wanted_cases(args: Any) -> worklists.CaseFilter:
    """Read the filter from an address."""
    state = args.get("state", "")
    return worklists.CaseFilter(
        service=args.get("service", ""),
        state=state if state in _STATES else "",
        text=args.get("q", ""),
        stage=args.get("stage", ""),
        overdue=args.get("due", "") == "overdue",
    )


def rows_of(session: Session, actor: Actor, cases: Sequence[Any]) -> list[CaseRow]:
    """Return what the list shows of cases, in two statements whatever their number."""
    ids = [case.id for case in cases]
    names = worklists.names_of_cases(session, actor, ids)
    clocks = clocks_of(session, ids, clock.now())
    return [_row(session, case, names[case.id], clocks.get(case.id, {})) for case in cases]


def services(session: Session) -> list[tuple[str, Text]]:
    """Return the services in force, for the filter."""
    return [
        (loaded.bundle.key, Text.read(loaded.settings["title"]))
        for loaded in versions.services(session)
    ]


def stages(session: Session, service: str = "") -> list[tuple[str, Text]]:
    """Return the stages of a service for the filter; none while several could be meant."""
    known = versions.services(session)
    for loaded in known:
        if loaded.bundle.key == service or len(known) == 1:
            return [(key, loaded.name_of(key)) for key in loaded.settings.get("stages", {})]
    return []


def _row(session: Session, case: Any, who: worklists.TaskNames, clocks: Any) -> CaseRow:
    loaded = versions.loaded(session, case.version_id)
    due = due_of_case(clocks) if case.state == "open" else Due("closed", "")
    ended = case.state == "closed"
    places = [loaded.name_of(case.outcome)] if ended and case.outcome else []
    good = loaded.settings.get("outcomes", {}).get(case.outcome, {}).get("kind") == "good"
    return CaseRow(
        id=case.id,
        number=case.number or "",
        applicant=who.applicant,
        service=Text.read(loaded.settings["title"]),
        title=Text.read(case.title),
        body=who.body,
        places=places or [loaded.name_of(element) for element in case.stages],
        badge=("passed" if good else "closed")
        if ended
        else due.kind
        if due.kind in _BADGES
        else "going",
        due=due,
        submitted=day_of(case.submitted_at) if case.submitted_at else None,
        updated=day_of(case.updated_at),
    )


def _cells(row: CaseRow) -> list[str | int | float]:
    language = locale()
    return [
        row.number,
        row.applicant,
        row.service.of(language),
        row.title.of(language),
        row.body.of(language) if row.body else "",
        gettext("、").join(place.of(language) for place in row.places),
        row.due.words,
        row.due.day.isoformat() if row.due.day else "",
        row.submitted.isoformat() if row.submitted else "",
        row.updated.isoformat(),
    ]


def _counts(by_state: dict[str, int]) -> dict[str, str]:
    """Write how many cases there are under each tab; what was not counted further has a plus."""
    most = worklists.MOST_COUNTED
    by_tab = {"": by_state["open"] + by_state["closed"], **by_state}
    return {
        tab: f"{most}+" if number >= most else str(number or "") for tab, number in by_tab.items()
    }


def _is_number(name: str) -> bool:
    return request.args.get(name, "").isdecimal()
