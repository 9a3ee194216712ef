"""Finished cases run against the draft: begin, progress, report (catalogue H5)."""

from collections.abc import Mapping

from flask import Response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as Answer

from certflow.cases.queries import names_of
from certflow.core.access import allow, current_actor
from certflow.core.db import db
from certflow.core.errors import Invalid
from certflow.core.given import NOT_OFFERED
from certflow.core.text import Text
from certflow.studio import drafts, replaying
from certflow.web.edge import locale
from certflow.web.office.export import as_file
from certflow.web.studio.area import EDIT, LOOK, blueprint, frame

CHOICES = (50, 200, 1_000, 5_000)
"""How many of the last finished cases one can replay."""
SHOWN = 20
"""Cases a group lists; the file has all of them."""


@blueprint.get("/<key>/replays")
@allow(LOOK)
def replays(key: str) -> str:
    """Offer a replay of the draft, and list the earlier ones."""
    return _page(key, {})


def _page(key: str, errors: Mapping[str, Text]) -> str:
    session = db.session()
    found = replaying.replays(session, key)
    return render_template(
        "studio/replays.html",
        **frame(key, "studio.replays"),
        draft=drafts.open_draft(session, key),
        replays=found,
        choices=CHOICES,
        errors=errors,
        authors=names_of(session, [one.created_by for one in found]),
        may=EDIT in current_actor().words,
    )


@blueprint.post("/<key>/replays")
@allow(EDIT)
def begin_replay(key: str) -> Answer | tuple[str, int]:
    """Run the last finished cases against the draft."""
    wanted = request.form.get("wanted", "")
    if wanted not in map(str, CHOICES):
        return _page(key, {"wanted": NOT_OFFERED}), Invalid.status
    found = replaying.begin(db.session(), current_actor(), key, int(wanted))
    return redirect(url_for("studio.replay", key=key, replay_id=found.id), 303)


@blueprint.get("/<key>/replays/<int:replay_id>")
@allow(LOOK)
def replay(key: str, replay_id: int) -> str:
    """Show how far a replay has come, and where cases would have gone otherwise."""
    session = db.session()
    found = replaying.the_replay(session, key, replay_id)
    content = replaying.content_of(found)
    lit = replaying.lit(found)
    return render_template(
        "studio/replay.html",
        **frame(key, "studio.replays"),
        replay=found,
        author=names_of(session, [found.created_by]).get(found.created_by, ""),
        groups=replaying.grouped(found),
        name_of=content.name_of,
        shown=SHOWN,
        state={
            "done": [],
            "present": list(lit),
            "mending": True,
            "labels": {
                element: gettext("%(n)s 件不同", n=number) for element, number in lit.items()
            },
            "names": content.drawn_names(locale()),
        },
    )


@blueprint.get("/<key>/replays/<int:replay_id>/diagram.bpmn")
@allow(LOOK)
def replay_diagram(key: str, replay_id: int) -> Response:
    """Return the diagram as it was replayed."""
    found = replaying.the_replay(db.session(), key, replay_id)
    bpmn = replaying.content_of(found).bundle.bpmn
    return Response(bpmn, content_type="application/xml; charset=utf-8")


@blueprint.get("/<key>/replays/<int:replay_id>/report.<kind>")
@allow(LOOK)
def replay_report(key: str, replay_id: int, kind: str) -> Response:
    """Return every case that would have gone otherwise as a file."""
    found = replaying.the_replay(db.session(), key, replay_id)
    content = replaying.content_of(found)
    head = [gettext("业务号"), gettext("步骤"), gettext("原因")]
    rows = [
        (
            one.number,
            content.name_of(one.element).of(locale()) if one.element else "",
            one.why.of(locale()),
        )
        for one in replaying.results(found)
    ]
    return as_file(kind, f"{key}-replay-{found.id}", head, rows)
