"""The operations desk of one case: where it rests, move, suspend, resume, end (catalogue H8)."""

from collections.abc import Callable, Mapping

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from flask_babel.speaklater import LazyString
from werkzeug.wrappers import Response

from certflow.cases import operating, queries, versions
from certflow.core.access import allow, current_actor
from certflow.core.actor import Actor
from certflow.core.db import Session, db
from certflow.core.errors import Invalid, NotFound
from certflow.core.incidents import incidents_of
from certflow.core.text import Text
from certflow.web.edge import locale
from certflow.web.studio.area import LOOK, OPERATE, blueprint

Deed = Callable[[Session, Actor, int, str], object]
DEEDS: dict[str, tuple[Deed, LazyString]] = {
    "suspend": (operating.suspend, lazy_gettext("已暂停办理，申请人会收到通知")),
    "resume": (operating.resume, lazy_gettext("已恢复办理，申请人会收到通知")),
    "cancel": (operating.cancel, lazy_gettext("已终止办理，申请人会收到通知")),
}


@blueprint.get("/cases/<int:case_id>")
@allow(LOOK)
def desk(case_id: int) -> str:
    """Show where a case rests and what can be done with it; with `token` and `to`, what that ends."""
    return _page(case_id)


@blueprint.post("/cases/<int:case_id>/move")
@allow(OPERATE)
def move_case(case_id: int) -> Response | tuple[str, int]:
    """Move a case to another step."""
    session, actor = db.session(), current_actor()
    queries.get_case(session, actor, case_id)
    given = request.form
    try:
        operating.move(
            session,
            actor,
            case_id,
            given.get("token", ""),
            given.get("to", ""),
            given.get("reason", ""),
        )
    except Invalid as error:
        return _page(case_id, error.at("reason"), "move"), error.status
    flash(gettext("已移动，业务从新的环节继续"), "passed")
    return redirect(url_for("studio.desk", case_id=case_id), 303)


@blueprint.post("/cases/<int:case_id>/<deed>")
@allow(OPERATE)
def do_with_case(case_id: int, deed: str) -> Response | tuple[str, int]:
    """Suspend, resume or end a case."""
    if deed not in DEEDS:
        raise NotFound
    session, actor = db.session(), current_actor()
    queries.get_case(session, actor, case_id)
    do, done = DEEDS[deed]
    try:
        do(session, actor, case_id, request.form.get("reason", ""))
    except Invalid as error:
        return _page(case_id, error.at("reason"), deed), error.status
    flash(str(done), "passed")
    return redirect(url_for("studio.desk", case_id=case_id), 303)


def _page(case_id: int, errors: Mapping[str, Text] | None = None, wrong: str = "") -> str:
    session, actor = db.session(), current_actor()
    case = queries.get_case(session, actor, case_id)
    loaded = versions.loaded(session, case.version_id)
    rests = operating.standing(session, case) if case.state != "closed" else []
    known = {one.token for one in rests}
    token = request.values.get("token", "")
    token = token if token in known else (rests[0].token if rests else "")
    goals = operating.goals(session, case, token) if token else []
    to = request.values.get("to", "")
    to = to if to in {one.element for one in goals} else ""
    return render_template(
        "studio/desk.html",
        case=case,
        number=loaded.number,
        rests=rests,
        token=token,
        goals=goals,
        to=to,
        consequence=operating.consequence(session, case, token, to) if token and to else None,
        incidents=incidents_of(session, case.chain_key),
        may=OPERATE in actor.words,
        errors=errors or {},
        wrong=wrong,
        typed=request.form,
        state={
            "done": case.visited,
            "present": [one.element for one in rests],
            "mending": False,
            "labels": {},
            "names": loaded.drawn_names(locale()),
        },
        moves={
            "present": {one.element: one.token for one in rests},
            "goals": [one.element for one in goals],
        },
    )
