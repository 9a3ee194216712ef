"""My cases: find, go on, delete a draft (catalogue B4)."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext

from certflow.accounts.roles import FILING_ROLES
from certflow.cases import mine, operations, queries, scope, versions
from certflow.core import clock
from certflow.core.access import allow, current_actor
from certflow.core.db import Session, db
from certflow.core.errors import NotFound
from certflow.core.text import Text
from certflow.web.portal.blueprint import blueprint
from certflow.web.portal.rows import CaseRow, rows_of

STATES = ("", "draft", "open", "closed")


@blueprint.get("/my/cases")
@allow(*FILING_ROLES)
def cases() -> Any:
    """List my cases: all, drafts, in progress, finished."""
    session, actor = db.session(), current_actor()
    state = request.args.get("state", "")
    state = state if state in STATES else ""
    wanted = request.args.get("q", "").strip()
    page = max(1, request.args.get("page", 1, type=int))
    called = _called(session, wanted)
    found, total = mine.my_cases(session, actor, state, wanted, page, called)
    counts = mine.my_counts(session, actor)
    return render_template(
        "portal/cases.html",
        rows=rows_of(session, actor, found, clock.now()),
        counts={"": sum(counts.values()), **counts},
        state=state,
        q=wanted,
        page=page,
        first=(page - 1) * queries.PAGE + 1,
        total=total,
    )


@blueprint.get("/my/cases/<int:case_id>/delete")
@allow(*FILING_ROLES)
def confirm_deletion(case_id: int) -> Any:
    """Say what is lost with a draft."""
    return render_template("portal/delete_draft.html", row=_row(case_id))


@blueprint.post("/my/cases/<int:case_id>/delete")
@allow(*FILING_ROLES)
def delete_draft(case_id: int) -> Any:
    """Delete a case that was never submitted."""
    operations.delete_draft_case(db.session(), current_actor(), case_id)
    flash(gettext("草稿已删除。基本信息库里的记录不受影响。"))
    return redirect(url_for("portal.cases"), 303)


def _called(session: Session, wanted: str) -> mine.Called:
    """Return the services and stages of which the words are part of the name (B4)."""
    if not wanted:
        return mine.Called()
    words, services, stages = wanted.casefold(), set(), set()
    for one in versions.services(session):
        if words in "\n".join(Text.read(one.settings["title"])).casefold():
            services.add(one.bundle.key)
        names = one.settings.get("stages", {})
        stages |= {key for key in names if words in "\n".join(one.name_of(key)).casefold()}
    return mine.Called(frozenset(services), frozenset(stages))


def _row(case_id: int) -> CaseRow:
    session, actor = db.session(), current_actor()
    case = queries.get_case(session, actor, case_id)
    if not scope.is_applicant(actor, case):
        raise NotFound
    return rows_of(session, actor, [case], clock.now())[0]
