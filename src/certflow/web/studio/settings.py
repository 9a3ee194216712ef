"""The settings of a draft's service, as a form over service.json (catalogue H4)."""

from typing import Any

from flask import render_template

from certflow.core.access import allow
from certflow.core.db import db
from certflow.studio import drafts
from certflow.studio.settings_checking import LETTER_PLACES, NOTICE_PLACES
from certflow.studio.settings_offers import offers, values
from certflow.web.assets_map import icon_names
from certflow.web.edge import locale
from certflow.web.studio import settings_fields
from certflow.web.studio.area import LOOK, blueprint, frame


@blueprint.get("/<key>/draft/settings", endpoint="settings")
@allow(LOOK)
def settings_page(key: str) -> str:
    """Show the settings; the page's script reads and saves them as a part of the draft."""
    session = db.session()
    draft = drafts.open_draft(session, key)
    return render_template(
        "studio/settings.html",
        shape=_shape(drafts.content_of(session, draft)) if draft else None,
        **frame(key, "studio.settings"),
    )


def _shape(content: dict[str, Any]) -> dict[str, Any]:
    """Return what the page needs beside the settings themselves."""
    language = locale()
    return {
        "sections": settings_fields.sections(),
        "known": settings_fields.known(),
        "offers": {
            kind: [[name, title.of(language)] for name, title in found]
            for kind, found in offers(content).items()
        },
        "values": {
            variable: [[value, title.of(language)] for value, title in found]
            for variable, found in values(content).items()
        },
        "icons": icon_names(),
        "places": {"notice": list(NOTICE_PLACES), "letter": list(LETTER_PLACES)},
    }
