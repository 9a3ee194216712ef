"""Operations: what failed, what waits, what is late (catalogue H8, I5)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from certflow.cases import recovery, statistics, trails
from certflow.core import clock, incidents, outbox
from certflow.core.access import allow, current_actor
from certflow.core.db import Session, db
from certflow.core.errors import Invalid
from certflow.core.text import Text
from certflow.payments.queries import notices_left
from certflow.web.admin.area import ADMINISTRATORS, blueprint
from certflow.web.admin.words import incident_words, reason_words
from certflow.web.edge import locale

NONE_CHOSEN = Text("请先选中要重试的故障。", "Select what is to be retried first.")
_PATIENCE = timedelta(minutes=10)
_SECONDS = {"day": 86400, "hour": 3600, "minute": 60}


@blueprint.get("")
@allow(*ADMINISTRATORS)
def home() -> str:
    """Show open incidents, and how work in the background stands."""
    return _page()


@blueprint.post("/incidents/retry")
@allow(*ADMINISTRATORS)
def retry() -> Response | tuple[str, int]:
    """Carry out again what failed: one row, or the rows selected."""
    session, only = db.session(), request.form.get("only", "")
    chosen = [only] if only else request.form.getlist("incident")
    ids = dict.fromkeys(int(one) for one in chosen if one.isdecimal())
    if not ids:
        return _page({"incidents": NONE_CHOSEN}), Invalid.status
    results = recovery.retry_incidents(session, current_actor(), ids)
    if good := sum(one.why is None for one in results):
        flash(gettext("已重试 %(n)s 项，已继续办理", n=good), "passed")
    for why, numbers in _refusals(session, results).items():
        flash(gettext("%(cases)s：%(why)s", cases=gettext("、").join(numbers), why=why), "warn")
    return redirect(url_for("admin.home"), 303)


def _refusals(session: Session, results: list[recovery.Retried]) -> dict[str, list[str]]:
    """Return which cases did not go on, by the reason."""
    known = trails.numbers_of(session, [one.case_id for one in results if one.case_id])
    found: dict[str, list[str]] = {}
    for one in results:
        if one.why is not None:
            number = known.get(one.case_id or 0) or gettext("草稿")
            found.setdefault(one.why.of(locale()), []).append(number)
    return found


@blueprint.post("/incidents/<int:incident_id>/resolve")
@allow(*ADMINISTRATORS)
def resolve(incident_id: int) -> Response | tuple[str, int]:
    """Mark an incident as dealt with, saying how."""
    reason = request.form.get("reason", "")
    try:
        recovery.resolve_incident(db.session(), current_actor(), incident_id, reason)
    except Invalid as error:
        return _page(error.at("reason"), incident_id), error.status
    flash(gettext("已标记为解决，说明已写入审计记录"), "passed")
    return redirect(url_for("admin.home"), 303)


def age(since: datetime | None, at: datetime) -> str:
    """Say how long ago something was, in the largest unit that fits."""
    if since is None:
        return ""
    seconds = int((at - since).total_seconds())
    if seconds >= _SECONDS["day"]:
        return str(gettext("%(num)s 天", num=seconds // _SECONDS["day"]))
    if seconds >= _SECONDS["hour"]:
        return str(gettext("%(num)s 小时", num=seconds // _SECONDS["hour"]))
    return str(gettext("%(num)s 分钟", num=max(0, seconds) // _SECONDS["minute"]))


def _page(errors: Mapping[str, Text] | None = None, wrong: int = 0) -> str:
    session, at = db.session(), clock.now()
    found = incidents.open_incidents(session)
    items, standing = outbox.failed_items(session), outbox.standing(session)
    return render_template(
        "admin/home.html",
        rows=[_row(one, at) for one in found],
        numbers=trails.numbers_of(session, [one.case_id for one in found if one.case_id]),
        outbox=standing,
        stuck=standing["oldest"] is not None and at - standing["oldest"] > _PATIENCE,
        timers=statistics.timers_standing(session, at),
        failed=items,
        notices=len(notices_left(session, at)),
        age=lambda since: age(since, at),
        now=at,
        errors=errors or {},
        typed=request.form,
        wrong=wrong,
    )


def _row(incident: Any, at: datetime) -> dict[str, Any]:
    what, advice = incident_words(incident.kind)
    return {
        "incident": incident,
        "what": what,
        "advice": advice,
        "reason": reason_words(incident.reason),
        "age": age(incident.raised_at, at),
        "can_retry": recovery.can_retry(incident),
    }
