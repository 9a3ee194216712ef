"""All processes, and one of them at a glance: what an administrator looks at in the morning (H3)."""

from flask import current_app, render_template

from certflow.core.access import allow, current_actor
from certflow.core.actor import Actor
from certflow.core.db import db
from certflow.studio import history
from certflow.studio.history import ReleaseEntry
from certflow.studio.overview import Overview, overviews
from certflow.studio.reading import names_of
from certflow.web.edge import locale
from certflow.web.studio.area import APPROVE, LOOK, PUBLISH, blueprint, frame

_IMPORT = "studio.importing"
_RECENT = 3


@blueprint.get("")
@allow(LOOK)
def home() -> str:
    """List every process with its version in force, its draft, what runs on it, what waits for me."""
    session, actor = db.session(), current_actor()
    processes = overviews(session)
    waiting = history.waiting_releases(session)
    return render_template(
        "studio/home.html",
        processes=processes,
        titles={one.key: one.title for one in processes},
        mine=[one for one in waiting if _waits_for(actor, one)],
        waiting=[one for one in waiting if not _waits_for(actor, one)],
        incidents=sum(one.incidents for one in processes),
        can_import=_IMPORT in current_app.view_functions,
    )


@blueprint.get("/<key>")
@allow(LOOK)
def process(key: str) -> str:
    """Show one process at a glance."""
    session, context = db.session(), frame(key, "studio.process")
    found: Overview = context["process"]
    shown = str(found.number) if found.number else "draft"
    entries = history.history(session, key)
    return render_template(
        "studio/process.html",
        shown=shown,
        names=names_of(history.content_of(session, key, shown), locale()),
        active=next((one for one in entries if one.active), None),
        recent=entries[:_RECENT],
        present=next((one for one in history.waiting_releases(session) if one.key == key), None),
        **context,
    )


def _waits_for(actor: Actor, one: ReleaseEntry) -> bool:
    """Tell whether a request waits for this administrator's decision."""
    if one.state == "asked":
        return APPROVE in actor.words and one.author_id != actor.user_id
    return PUBLISH in actor.words and one.in_force_from is None
