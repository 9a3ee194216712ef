"""What is published of each service, and what runs on it (catalogue H5)."""

from flask import Response, render_template

from certflow.cases import statistics, versions
from certflow.cases.queries import names_of
from certflow.core.access import allow
from certflow.core.db import db
from certflow.core.errors import NotFound
from certflow.web.admin.area import blueprint


@blueprint.get("/processes")
@allow("process_admin")
def processes() -> str:
    """List every service with its versions, the newest first."""
    session = db.session()
    published = statistics.published_versions(session)
    services: dict[str, list[statistics.VersionFigure]] = {}
    for version in published:
        services.setdefault(version.key, []).append(version)
    authors = names_of(session, [one.author_id for one in published if one.author_id])
    return render_template("admin/processes.html", services=services, authors=authors)


@blueprint.get("/processes/<int:version_id>")
@allow("process_admin")
def process(version_id: int) -> str:
    """Show the diagram of a version and what the linter thinks of it."""
    session = db.session()
    version = _version(version_id)
    loaded = versions.loaded(session, version_id)
    elements = loaded.definition.elements
    return render_template(
        "admin/process.html",
        version=version,
        warnings=loaded.definition.warnings,
        name_of=loaded.name_of,
        forms={key: form.title for key, form in loaded.forms.items()},
        counts={
            kind: sum(one.kind == kind for one in elements.values())
            for kind in sorted({one.kind for one in elements.values()})
        },
        names={key: loaded.name_of(key).en for key in elements},
    )


@blueprint.get("/processes/<int:version_id>/diagram.bpmn")
@allow("process_admin")
def diagram(version_id: int) -> Response:
    """Return the diagram of a version as BPMN 2.0 XML."""
    _version(version_id)
    bundle = versions.loaded(db.session(), version_id).bundle
    return Response(bundle.bpmn, content_type="application/xml; charset=utf-8")


def _version(version_id: int) -> statistics.VersionFigure:
    published = statistics.published_versions(db.session())
    found = next((one for one in published if one.id == version_id), None)
    if found is None:
        raise NotFound
    return found
