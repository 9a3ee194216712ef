"""Check and publish: what stands in the way, what differs, who decides, from when (H3, H4)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from certflow.core import clock, settings
from certflow.core.access import allow, current_actor
from certflow.core.db import Session, db
from certflow.core.errors import Conflict, Invalid
from certflow.core.given import NOT_OFFERED, moment_of, refuse
from certflow.core.text import Text
from certflow.studio import history, release_gate, releasing
from certflow.studio.difference import difference
from certflow.studio.overview import Overview
from certflow.studio.places import Places
from certflow.studio.reading import names_of, readable
from certflow.studio.release_errors import MARKED, NOT_WHOLE
from certflow.web.edge import locale
from certflow.web.studio.area import APPROVE, EDIT, LOOK, PUBLISH, blueprint, frame
from certflow.web.studio.findings import finding

Answer = Response | tuple[str, int]


@blueprint.get("/<key>/release")
@allow(LOOK)
def release(key: str) -> str:
    """Show where the draft stands on its way into force."""
    return _page(key)


@blueprint.post("/<key>/release")
@allow(EDIT)
def ask_release(key: str) -> Answer:
    """Ask for the draft to be published."""
    session, actor, form = db.session(), current_actor(), request.form

    def act() -> Any:
        asked = releasing.ask(session, actor, key, form.get("note", ""), _moment())
        ready = asked.state == "approved" and asked.in_force_from is None
        if ready and PUBLISH in actor.words:
            releasing.publish(session, actor, asked.id)
            return gettext("新版本已发布，现在生效")
        if asked.state == "approved":
            return gettext("发布申请已登记")
        return gettext("发布申请已提交，有审批权限的管理员会收到通知")

    return _done(key, act)


@blueprint.post("/<key>/release/<int:release_id>/approve")
@allow(APPROVE)
def approve_release(key: str, release_id: int) -> Answer:
    """Approve what somebody else asked for; publish it at once where one may and chose so."""
    session, actor, form = db.session(), current_actor(), request.form
    history.release(session, key, release_id)

    def act() -> Any:
        approved = releasing.approve(session, actor, release_id, form.get("remark", ""))
        if form.get("publish") and PUBLISH in actor.words and approved.in_force_from is None:
            releasing.publish(session, actor, release_id)
            return gettext("已批准并发布，新版本现在生效")
        return gettext("已批准，提出人会收到通知")

    return _done(key, act)


@blueprint.post("/<key>/release/<int:release_id>/refuse")
@allow(APPROVE)
def refuse_release(key: str, release_id: int) -> Answer:
    """Send a request back with a remark."""
    session, actor = db.session(), current_actor()
    history.release(session, key, release_id)

    def act() -> Any:
        releasing.refuse(session, actor, release_id, request.form.get("remark", ""))
        return gettext("已退回，提出人会看到您的意见")

    return _done(key, act)


@blueprint.post("/<key>/release/<int:release_id>/withdraw")
@allow(EDIT, PUBLISH)
def withdraw_release(key: str, release_id: int) -> Answer:
    """Take a request back; the draft stays as it is."""
    session, actor = db.session(), current_actor()
    history.release(session, key, release_id)

    def act() -> Any:
        releasing.withdraw(session, actor, release_id)
        return gettext("发布申请已撤回，草稿还在")

    return _done(key, act)


@blueprint.post("/<key>/release/<int:release_id>/publish")
@allow(PUBLISH)
def publish_release(key: str, release_id: int) -> Answer:
    """Put an approved request in force, now or from a time on."""
    session, actor = db.session(), current_actor()
    history.release(session, key, release_id)

    def act() -> Any:
        published = releasing.publish(session, actor, release_id, _moment())
        if published.state == "published":
            return gettext("新版本已发布，现在生效")
        return gettext("已定好时间，到时自动生效")

    return _done(key, act)


def _done(key: str, act: Callable[[], Any]) -> Answer:
    """Carry a decision out; what stands against it is shown on the page."""
    try:
        said = act()
    except (Invalid, Conflict) as error:
        db.session.rollback()
        return _page(key, error), error.status
    flash(said, "passed")
    return redirect(url_for("studio.release", key=key), 303)


def _moment() -> datetime | None:
    """Return from when the form wants it in force; None: at once."""
    when, read = request.form.get("when", "now"), moment_of(request.form.get("in_force_from", ""))
    later = when == "later"
    refuse(
        {
            "when": None if when in {"now", "later"} else NOT_OFFERED,
            "in_force_from": NOT_WHOLE if later and read is None else None,
        },
        MARKED,
    )
    return read if later else None


def _page(key: str, error: Invalid | Conflict | None = None) -> str:
    session = db.session()
    context = frame(key, "studio.release")
    process: Overview = context["process"]
    entries = history.releases(session, key)
    present = next((one for one in entries if one.under_way), None)
    side = f"request-{present.id}" if present else ("draft" if process.draft_id else "")
    return render_template(
        "studio/release.html",
        **context,
        **(_examined(session, key, side, process) if side else {}),
        shown=side,
        begun_from=history.begun_from(session, key),
        present=present,
        past=[one for one in entries if one is not present],
        needs_approval=settings.current().publish_needs_approval,
        soonest=clock.now().astimezone(clock.SHANGHAI),
        error=error,
        wrong=_wrong(error),
        typed=request.form,
    )


def _examined(session: Session, key: str, side: str, process: Overview) -> dict[str, Any]:
    """Return what checking says of a side, and how it differs from the version in force.

    Where none is in force yet all of it is there to read.
    """
    content = history.content_of(session, key, side)
    places, gate = Places(content), release_gate.examine(session, key, content)
    found = [finding(key, places, one) for one in gate.remarks]
    groups: dict[str, list[dict[str, str]]] = {}
    for one in found:
        groups.setdefault(one["part"], []).append(one)
    before = history.content_of(session, key, str(process.number)) if process.number else None
    return {
        "gate": gate,
        "groups": [(places.part(part), rows) for part, rows in groups.items()],
        "errors": sum(one["severity"] == "error" for one in found),
        "difference": difference(before, content) if before is not None else None,
        "reading": readable(content) if before is None else None,
        "names": names_of(content, locale()),
        "places": places,
    }


def _wrong(error: Invalid | Conflict | None) -> dict[str, Text]:
    return error.fields if isinstance(error, Invalid) else {}
