"""Where published processes used to be listed: the studio shows them now, old addresses lead there."""

from flask import redirect, url_for
from werkzeug.wrappers import Response

from certflow.cases import statistics
from certflow.core.access import allow
from certflow.core.db import db
from certflow.core.errors import NotFound
from certflow.web.admin.area import blueprint


@blueprint.get("/processes")
@allow("process_admin")
def processes() -> Response:
    """Lead to the list of processes."""
    return redirect(url_for("studio.home"), 301)


@blueprint.get("/processes/<int:version_id>")
@allow("process_admin")
def process(version_id: int) -> Response:
    """Lead to the page of a version."""
    found = _version(version_id)
    return redirect(url_for("studio.version", key=found.key, number=found.number), 301)


@blueprint.get("/processes/<int:version_id>/diagram.bpmn")
@allow("process_admin")
def diagram(version_id: int) -> Response:
    """Lead to the diagram of a version."""
    found = _version(version_id)
    return redirect(url_for("studio.diagram", key=found.key, of=found.number), 301)


def _version(version_id: int) -> statistics.VersionFigure:
    published = statistics.published_versions(db.session())
    found = next((one for one in published if one.id == version_id), None)
    if found is None:
        raise NotFound
    return found
