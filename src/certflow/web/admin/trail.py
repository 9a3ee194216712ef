"""The audit trail: search, check a chain, take it away as a file (catalogue I2)."""

import json
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from certflow.accounts.queries import find_user
from certflow.cases.people import CONFIDENTIAL
from certflow.cases.queries import names_of
from certflow.cases.trails import case_by_number, concealed_on, numbers_of, withheld
from certflow.core import audit, clock
from certflow.core.access import allow, current_actor
from certflow.core.db import Session, db
from certflow.web.admin.action_words import ACTIONS, action_words
from certflow.web.admin.area import blueprint
from certflow.web.edge import locale
from certflow.web.office.export import as_file

_PAGE = 50
_MOST_EXPORTED = 10_000
NOBODY = -1


@blueprint.get("/audit")
@allow("system_admin")
def audit_trail() -> str:
    """Show events, the newest first."""
    session = db.session()
    wanted = _wanted(session)
    before = request.args.get("before", "")
    found = audit.search(session, wanted, _PAGE + 1, int(before) if before.isdecimal() else None)
    more, shown = len(found) > _PAGE, found[:_PAGE]
    kept: dict[str, Any] = {
        name: value for name, value in request.args.items() if value and name != "before"
    }
    return render_template(
        "admin/audit_trail.html",
        events=shown,
        names=_names(session, shown),
        numbers=numbers_of(session, _case_ids(shown)),
        action_words=action_words,
        actions=ACTIONS,
        chain=wanted.chain,
        args=request.args,
        first=url_for("admin.audit_trail", **kept) if before else None,
        next=url_for("admin.audit_trail", **kept, before=shown[-1].id) if more else None,
        export=url_for("admin.export_audit_trail", **kept),
        most=_MOST_EXPORTED,
    )


@blueprint.get("/audit/export.csv")
@allow("system_admin")
def export_audit_trail() -> Response:
    """Return the events that the filters leave, at most ten thousand, as CSV."""
    session = db.session()
    found = audit.search(session, _wanted(session), _MOST_EXPORTED)
    names = _names(session, found)
    head = [
        gettext("时间"),
        gettext("链"),
        gettext("序号"),
        gettext("动作"),
        gettext("代码"),
        gettext("人员"),
        gettext("角色"),
        gettext("环节"),
        gettext("原因"),
        gettext("之前"),
        gettext("之后"),
        gettext("摘要"),
    ]
    rows = (_cells(one, names[one.id]) for one in found)
    return as_file("csv", f"audit-{clock.today():%Y%m%d}", head, rows)


@blueprint.post("/audit/verify")
@allow("system_admin")
def verify() -> Any:
    """Reckon a chain's digests afresh and say whether it is whole, or where it is broken."""
    session, chain = db.session(), request.form.get("chain", "").strip()
    case_id = chain.removeprefix("case/")
    case = case_by_number(session, case_id=int(case_id)) if case_id.isdecimal() else None
    head = case.audit_head if case else audit.head_of(session, chain)
    count = len(audit.events(session, chain)) if _readable(session, chain) else 0
    broken = audit.verify(session, chain, head)
    if not count:
        flash(gettext("没有找到这条记录链。请检查业务号或名称。"), "warn")
    elif broken:
        places = gettext("、").join(str(one) for one in broken[:10])
        words = gettext(
            "记录链 %(chain)s 不完整：第 %(places)s 条被改动或缺失。", chain=chain, places=places
        )
        flash(words, "error")
    else:
        words = gettext("记录链 %(chain)s 完整，共 %(n)s 条，没有改动。", chain=chain, n=count)
        flash(words, "passed")
    number = request.form.get("number", "")
    return redirect(url_for("admin.audit_trail", number=number or None, chain=chain), 303)


def _wanted(session: Session) -> audit.Wanted:
    args = request.args
    number, login = args.get("number", "").strip(), args.get("user", "").strip()
    chain = args.get("chain", "").strip()
    if number:
        case = case_by_number(session, number=number)
        chain = case.chain_key if case else "-"
    user = find_user(session, login) if login else None
    user_id = (user.id if user else NOBODY) if login else None
    until = _day(args.get("until", ""))
    return audit.Wanted(
        chain=chain,
        actor_id=user_id,
        action=args.get("action", "").strip(),
        since=_day(args.get("since", "")),
        until=until + timedelta(days=1) if until else None,
        without=withheld(current_actor(), user_id),
    )


def _readable(session: Session, chain: str) -> bool:
    """Whether there is anything in a chain for the reader."""
    wanted = audit.Wanted(chain=chain or "-", without=withheld(current_actor()))
    return bool(audit.search(session, wanted, 1))


def _names(session: Session, events: list[audit.AuditEvent]) -> dict[int, str]:
    """Return who did each event, by its id, as far as the reader may know."""
    names = names_of(session, [one.actor_id for one in events if one.actor_id])
    concealed = concealed_on(session, current_actor(), _case_ids(events))
    return {
        one.id: CONFIDENTIAL.of(locale())
        if (one.chain, one.actor_id) in concealed
        else names.get(one.actor_id or 0, "")
        for one in events
    }


def _day(value: str) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(value), time(), clock.SHANGHAI)
    except ValueError:
        return None


def _case_ids(events: list[audit.AuditEvent]) -> list[int]:
    found = (one.chain.removeprefix("case/") for one in events)
    return [int(one) for one in found if one.isdecimal()]


def _cells(event: audit.AuditEvent, name: str) -> list[str | int | float]:
    return [
        event.at.astimezone(clock.SHANGHAI).isoformat(sep=" ", timespec="seconds"),
        event.chain,
        event.seq,
        action_words(event.action).of(locale()),
        event.action,
        name,
        event.actor_role,
        event.element,
        event.reason,
        json.dumps(event.before, ensure_ascii=False) if event.before else "",
        json.dumps(event.after, ensure_ascii=False) if event.after else "",
        event.digest,
    ]
