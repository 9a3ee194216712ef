"""A certification body's people: their certificates, and what is due within 90 days (B4, C8, D1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from flask import Response, render_template, request, url_for
from flask_babel import gettext, ngettext

from certflow.cases.worklists import open_cases_of
from certflow.core import clock
from certflow.core.access import allow, current_actor
from certflow.core.db import Session, db
from certflow.core.text import Text
from certflow.personnel import confirming, rosters, standing
from certflow.processes.windows import standings
from certflow.web.edge import locale
from certflow.web.office.area import blueprint, here
from certflow.web.office.export import as_file
from certflow.web.portal.certificates import STATES as BADGES

if TYPE_CHECKING:
    from certflow.core.tables import Cell

_BODY = ("body_staff", "body_admin")
_PAGE = 20
_SOON = 30
FILTERS = {
    "valid": Text("证书有效", "Valid certificate"),
    "expiring": Text("90 天内到期", "Expires within 90 days"),
    "suspended": Text("已暂停", "Suspended"),
    "expired": Text("已过期", "Expired"),
    "none": Text("没有有效证书", "No valid certificate"),
}
EXPIRES = Text("证书到期", "Certificate expires")


@dataclass(frozen=True)
class Coming:
    """Something that is due for a colleague's certificate: the last day, and from when on."""

    name: str
    number: str
    certificate: Text
    what: Text
    since: date | None
    last: date
    kind: str
    words: str


@blueprint.get("/people")
@allow(*_BODY)
def people() -> str:
    """Show the body's people by name, with certificates and open cases."""
    session, actor, today = db.session(), current_actor(), clock.today()
    wanted, number = _wanted(), page_number()
    first = (number - 1) * _PAGE
    found, total = rosters.roster(session, own_body(), wanted, today, _PAGE, first)
    return render_template(
        "office/people.html",
        people=found,
        total=total,
        first=first + 1 if found else 0,
        previous=here(page=str(number - 1)) if number > 1 else None,
        next=here(page=str(number + 1)) if first + _PAGE < total else None,
        wanted=wanted,
        filters=list(FILTERS.items()),
        open_cases=open_cases_of(session, actor, [one.user_id or 0 for one in found]),
        **frame(session, today, "people"),
    )


@blueprint.get("/people/due")
@allow(*_BODY)
def due_soon() -> str:
    """Show what has to be done within 90 days, what is due first at the top."""
    session, today = db.session(), clock.today()
    return render_template(
        "office/due_soon.html",
        coming=coming(session, own_body(), today),
        ahead=rosters.AHEAD,
        **frame(session, today, "due"),
    )


@blueprint.get("/people/due/export.<any(xlsx, csv):kind>")
@allow(*_BODY)
def export_due_soon(kind: str) -> Response:
    """Return the list of what is due as a file."""
    language, today = locale(), clock.today()
    head = [
        gettext("姓名"),
        gettext("证书编号"),
        gettext("证书"),
        gettext("要办的事"),
        gettext("开始办理"),
        gettext("最后一天"),
    ]
    rows: list[list[Cell]] = [
        [
            one.name,
            one.number,
            one.certificate.of(language),
            one.what.of(language),
            one.since.isoformat() if one.since else "",
            one.last.isoformat(),
        ]
        for one in coming(db.session(), own_body(), today)
    ]
    return as_file(kind, f"due-{today:%Y%m%d}", head, rows)


def coming(session: Session, organisation_id: int, today: date) -> list[Coming]:
    """Return the certificates that run out and the confirmations that are due, by last day."""
    running_out = [
        Coming(
            name,
            held.number,
            held.title,
            EXPIRES,
            None,
            held.valid_until,
            *_left(held.valid_until, today),
        )
        for name, held in rosters.running_out(session, organisation_id, today)
    ]
    found = [*running_out, *_confirmations(session, organisation_id, today)]
    return sorted(found, key=attrgetter("last", "name", "number"))


def _confirmations(session: Session, organisation_id: int, today: date) -> Sequence[Coming]:
    ours = confirming.of_organisation(organisation_id)
    horizon = today + timedelta(days=rosters.AHEAD)
    return [
        Coming(
            one.holder,
            one.number,
            one.title,
            window.title,
            window.opens_on,
            window.closes_on,
            *_open(window, today),
        )
        for one in standings(session, ours)
        for window in one.windows
        if one.state == "valid" and window.confirmed_on is None
        if window.opens_on <= horizon and window.closes_on >= today
    ]


def _left(last: date, today: date) -> tuple[str, str]:
    """Say how many days are left, as the kind of a badge and words."""
    days = (last - today).days
    if days == 0:
        return "due", gettext("今天是最后一天")
    return "due" if days <= _SOON else "going", ngettext("还有 %(num)s 天", "还有 %(num)s 天", days)


def _open(window: standing.Window, today: date) -> tuple[str, str]:
    ahead = (window.opens_on - today).days
    if ahead > 0:
        return "closed", ngettext("%(num)s 天后可以办理", "%(num)s 天后可以办理", ahead)
    return _left(window.closes_on, today)


def _wanted() -> rosters.RosterFilter:
    return rosters.RosterFilter(request.args.get("q", ""), request.args.get("state", ""))


def page_number() -> int:
    given = request.args.get("page", "")
    return max(1, int(given)) if given.isdecimal() and len(given) < 7 else 1  # noqa: PLR2004


def own_body() -> int:
    return current_actor().organisation_id or 0


def _accounts_tab(tab: str) -> list[dict[str, Any]]:
    """Return the tab of an administrator, who manages the accounts (A7)."""
    if current_actor().role != "body_admin":
        return []
    address = url_for("office.auditors")
    return [{"url": address, "label": gettext("账号管理"), "active": tab == "accounts"}]


def frame(session: Session, today: date, tab: str) -> dict[str, Any]:
    """Return what both pages show above: figures, tabs, badges."""
    found = rosters.figures(session, own_body(), today)
    return {
        "figures": found,
        "tabs": [
            {
                "url": url_for("office.people"),
                "label": gettext("全部人员"),
                "active": tab == "people",
                "count": found.people,
            },
            {
                "url": url_for("office.due_soon"),
                "label": gettext("90 天内要办"),
                "active": tab == "due",
            },
            {"url": url_for("office.cases", state="open"), "label": gettext("在办业务")},
            *_accounts_tab(tab),
        ],
        "badges": BADGES,
        "today": today,
        "here": here,
    }
