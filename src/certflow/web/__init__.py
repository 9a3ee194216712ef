"""The pages: portal for applicants, office for workers, admin, and what is public."""

from flask import Flask

from certflow.core.access import PUBLIC, allow
from certflow.web import (
    account,
    announcements,
    auth,
    cases,
    edge,
    files,
    limits,
    narrowing,
    notices,
    orders,
    organisations,
    people,
    search,
    tasks,
    tokens,
    webhooks,
)
from certflow.web import (
    help as guide,
)
from certflow.web.admin import blueprint as admin
from certflow.web.office import blueprint as office
from certflow.web.portal import blueprint as portal
from certflow.web.public import blueprint as public
from certflow.web.studio import blueprint as studio

BLUEPRINTS = (
    account.blueprint,
    admin,
    auth.blueprint,
    cases.blueprint,
    tasks.blueprint,
    files.blueprint,
    guide.blueprint,
    announcements.blueprint,
    notices.blueprint,
    organisations.blueprint,
    narrowing.blueprint,
    search.blueprint,
    people.blueprint,
    orders.blueprint,
    tokens.blueprint,
    webhooks.blueprint,
    office,
    portal,
    public,
    studio,
)


def install(app: Flask) -> None:
    """Put the pages into the application."""
    edge.install(app)
    narrowing.install(app)
    limits.install(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    if not app.extensions["certflow"].production:
        app.register_blueprint(account.developer)
    app.view_functions["static"] = allow(PUBLIC)(app.view_functions["static"])
