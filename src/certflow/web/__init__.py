"""The pages: portal for applicants, office for workers, admin, and what is public."""

from flask import Flask

from certflow.core.access import PUBLIC, allow
from certflow.web import auth, cases, edge, files, limits, notices, orders, tasks
from certflow.web.admin import blueprint as admin
from certflow.web.office import blueprint as office
from certflow.web.portal import blueprint as portal
from certflow.web.public import blueprint as public

BLUEPRINTS = (
    admin,
    auth.blueprint,
    cases.blueprint,
    tasks.blueprint,
    files.blueprint,
    notices.blueprint,
    orders.blueprint,
    office,
    portal,
    public,
)


def install(app: Flask) -> None:
    """Put the pages into the application."""
    edge.install(app)
    limits.install(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.view_functions["static"] = allow(PUBLIC)(app.view_functions["static"])
