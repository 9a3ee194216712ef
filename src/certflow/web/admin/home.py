"""Operations: what failed, what waits, what is late (catalogue H8, I5)."""

from datetime import datetime, timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from certflow.cases import recovery, statistics, trails
from certflow.core import clock, incidents, outbox
from certflow.core.access import allow, current_actor
from certflow.core.db import db
from certflow.core.errors import Invalid
from certflow.payments.queries import notices_left
from certflow.web.admin.area import ADMINISTRATORS, blueprint
from certflow.web.admin.words import incident_words, reason_words

_PATIENCE = timedelta(minutes=10)
_SECONDS = {"day": 86400, "hour": 3600, "minute": 60}


@blueprint.get("")
@allow(*ADMINISTRATORS)
def home() -> str:
    """Show open incidents, and how work in the background stands."""
    return _page()


@blueprint.post("/incidents/retry")
@allow(*ADMINISTRATORS)
def retry() -> Response:
    """Carry out again what failed: one row, or the rows selected."""
    actor, session = current_actor(), db.session()
    only = request.form.get("only", "")
    chosen = [only] if only else request.form.getlist("incident")
    results = [
        recovery.retry_incident(session, actor, int(one)) for one in chosen if one.isdecimal()
    ]
    if good := sum(results):
        flash(gettext("已重试 %(n)s 项，已继续办理", n=good), "passed")
    if bad := len(results) - sum(results):
        flash(gettext("%(n)s 项重试后仍未成功，原因已更新。请先排除原因。", n=bad), "warn")
    return redirect(url_for("admin.home"), 303)


@blueprint.post("/incidents/<int:incident_id>/resolve")
@allow(*ADMINISTRATORS)
def resolve(incident_id: int) -> Response | tuple[str, int]:
    """Mark an incident as dealt with, saying how."""
    reason = request.form.get("reason", "")
    try:
        recovery.resolve_incident(db.session(), current_actor(), incident_id, reason)
    except Invalid as error:
        return _page(error, incident_id), error.status
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


def _page(error: Invalid | None = None, wrong: int = 0) -> str:
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
        error=error,
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
