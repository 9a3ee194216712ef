"""What stands in the way of publishing a draft, for the editors (catalogue H3)."""

from typing import Any

from flask import current_app, url_for

from certflow.cases.versions import calls_in_force
from certflow.core.access import allow
from certflow.core.db import db
from certflow.studio import checking, drafts
from certflow.studio.checking import Remark
from certflow.studio.places import Places
from certflow.web.edge import locale
from certflow.web.studio.area import LOOK, blueprint

_EDITORS = {
    "bpmn": "studio.draft",
    "form": "studio.forms",
    "record": "studio.forms",
    "table": "studio.tables",
    "service": "studio.settings",
    "scenario": "studio.scenarios",
}
"""The page that edits a kind of part; it lights the place named in the address."""


@blueprint.get("/<key>/draft/findings")
@allow(LOOK)
def findings(key: str) -> dict[str, Any]:
    """Check the open draft as it stands now."""
    session = db.session()
    content = drafts.content_of(session, drafts.the_draft(session, key))
    places, calls = Places(content), calls_in_force(session)
    return {"findings": [finding(key, places, one) for one in checking.check(key, content, calls)]}


def finding(key: str, places: Places, one: Remark) -> dict[str, str]:
    """Return a remark as pages show it: in the reader's language, with where it stands."""
    language = locale()
    return {
        "part": one.part,
        "place": one.place,
        "where": places.name_of(one.part, one.place).of(language),
        "message": one.message.of(language),
        "severity": one.severity,
        "url": place_url(key, one.part, one.place),
    }


def place_url(key: str, part: str, place: str) -> str:
    """Return the address of the editor in which a place of a draft is lit."""
    endpoint = _EDITORS.get(part.partition(":")[0], "")
    if endpoint not in current_app.view_functions:
        endpoint = "studio.process"
    return url_for(endpoint, key=key, part=part, place=place or None)
