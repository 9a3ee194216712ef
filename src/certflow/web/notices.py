"""The notices centre: read, mark read, clear, go where a notice leads (catalogue B8)."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext

from certflow.accounts import sign_in
from certflow.accounts.roles import ROLES
from certflow.calendar.queries import clocks_of
from certflow.core import clock
from certflow.core.access import SIGNED_IN, allow, current_actor
from certflow.core.db import Session, db
from certflow.notifications import operations, queries
from certflow.web.auth import local_path
from certflow.web.office.due import Due, due_of_clock

blueprint = Blueprint("notices", __name__, url_prefix="/notices")

PAGE = 20


@blueprint.get("")
@allow(SIGNED_IN)
def index() -> Any:
    """List the notices, newest first: all of them, or the unread ones."""
    session, actor = db.session(), current_actor()
    unread = request.args.get("show") == "unread"
    before = request.args.get("before", type=int)
    found = queries.notices_of(session, actor.user_id or 0, PAGE + 1, before, unread=unread)
    shown = found[:PAGE]
    older = shown[-1].id if len(found) > PAGE else None
    return render_template(
        "notices/index.html",
        notices=shown,
        ends=ends_named(session, shown),
        older=older,
        before=before,
        only_unread=unread,
    )


def ends_named(session: Session, notices: Sequence[Any]) -> dict[int, Due]:
    """Return the deadline that a notice's words name, by notice, as it stands today.

    The words keep the date only: days left would be wrong on the next day.
    """
    case_ids = [one.case_id for one in notices if one.case_id is not None]
    clocks = clocks_of(session, case_ids, clock.now())
    return {
        one.id: due_of_clock(deadline)
        for one in notices
        for deadline in clocks.get(one.case_id or 0, {}).values()
        if deadline.state == "running" and str(deadline.last_day) in one.text["zh"]
    }


@blueprint.post("/<int:notice_id>/open")
@allow(SIGNED_IN)
def open_notice(notice_id: int) -> Any:
    """Mark a notice read and go where it leads, in the role it is meant for."""
    session, actor = db.session(), current_actor()
    notice = operations.mark_read(session, actor.user_id or 0, notice_id, clock.now())
    if notice.role != actor.role and notice.role in actor.roles:
        sign_in.switch_role(session, g.login_session_id, notice.role)
        title = ROLES[notice.role].title.of(actor.locale)
        flash(gettext("已切换到“%(role)s”身份。", role=title))
    return redirect(local_path(notice.link) or url_for("notices.index"), 303)


@blueprint.post("/read")
@allow(SIGNED_IN)
def mark_all_read() -> Any:
    """Mark everything read (全部已读)."""
    operations.mark_all_read(db.session(), current_actor().user_id or 0, clock.now())
    return redirect(url_for("notices.index"), 303)


@blueprint.get("/clear")
@allow(SIGNED_IN)
def confirm_clear() -> Any:
    """Say what clearing means before it is done."""
    return render_template("notices/clear.html")


@blueprint.post("/clear")
@allow(SIGNED_IN)
def clear_all() -> Any:
    """Take all notices off the list (全部清空)."""
    operations.clear_all(db.session(), current_actor().user_id or 0, clock.now())
    flash(gettext("通知已清空。"))
    return redirect(url_for("notices.index"), 303)
