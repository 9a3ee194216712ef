"""Where a process's cases wait, on the diagram and in lists (catalogue H8)."""

from flask import Response, render_template
from flask_babel import gettext

from certflow.accounts.roles import ROLES
from certflow.cases import versions
from certflow.core import clock
from certflow.core.access import allow
from certflow.core.db import db
from certflow.core.text import Text
from certflow.studio import heat
from certflow.web.admin.home import age
from certflow.web.edge import locale
from certflow.web.studio.area import LOOK, blueprint, frame

PARTY = Text("另一方", "The other party")
STEPS = 4
"""Shades of the heat map: from a few waiting cases to most of them."""


@blueprint.get("/<key>/running")
@allow(LOOK)
def running(key: str) -> str:
    """Show where cases wait, how long steps take, what is due and what failed."""
    session, at = db.session(), clock.now()
    context = frame(key, "studio.running")
    if context["process"].version_id is None:
        return render_template("studio/running.html", **context, rows=None)
    rows = heat.heat(session, key, at)
    loaded = versions.active(session, key)
    return render_template(
        "studio/running.html",
        **context,
        rows=rows,
        queues=heat.queues(session, key),
        longest=heat.longest(session, key),
        timers=heat.timers(session, key),
        incidents=heat.incidents(session, key),
        now=at,
        age=lambda since: age(since, at),
        role_title=_role_title,
        state=_state(rows, loaded),
    )


@blueprint.get("/<key>/diagram.bpmn")
@allow(LOOK)
def diagram_in_force(key: str) -> Response:
    """Return the diagram of the version in force."""
    bundle = versions.active(db.session(), key).bundle
    return Response(bundle.bpmn, content_type="application/xml; charset=utf-8")


def _state(rows: list[heat.Heat], loaded: versions.Loaded) -> dict[str, object]:
    """Return what the diagram shows: at each step how many wait, shaded by their share."""
    most = max((row.waiting for row in rows), default=0) or 1
    return {
        "done": [],
        "present": [],
        "heat": {row.element: -(-row.waiting * STEPS // most) for row in rows if row.waiting},
        "labels": {
            row.element: gettext("等待 %(n)s 件", n=row.waiting) for row in rows if row.waiting
        },
        "names": loaded.drawn_names(locale()),
    }


def _role_title(role: str) -> Text:
    return ROLES[role].title if role in ROLES else PARTY
