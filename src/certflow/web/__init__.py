"""The pages: portal for applicants, office for workers, admin, and what is public."""

from flask import Flask

from certflow.core.access import PUBLIC, allow
from certflow.web import auth, edge

BLUEPRINTS = (auth.blueprint,)


def install(app: Flask) -> None:
    """Put the pages into the application."""
    edge.install(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.view_functions["static"] = allow(PUBLIC)(app.view_functions["static"])
