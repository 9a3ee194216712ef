"""A whole installation with two bodies in it, and everybody signed in."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from certflow.accounts.roles import PERMISSIONS, ROLES
from certflow.app import create_app
from certflow.core import clock
from certflow.core.access import declared
from certflow.core.db import Model, db, transaction, writing
from certflow.core.settings import Settings
from certflow.web.edge import COOKIE
from factories import neighbours
from factories.cast import START
from factories.neighbours import Neighbours

VISITOR = "visitor"
PERMITTED = tuple(f"{role}:{one}" for role, all_ in PERMISSIONS.items() for one in all_)
WHO = (*ROLES, *PERMITTED)
"""Everybody who calls: one a role, and beside them one for each permission of a role."""
WRITES = ("POST", "PUT", "PATCH", "DELETE")
LEFT_OUT = frozenset({"login_session", "login_attempt", "api_token", "alembic_version"})
"""Tables that a mere visit may touch: when a login was used last."""


@dataclass
class House:
    """The application, its people, and the token with which each of them is signed in.

    Tokens are by (whose, role): "stranger" or "owner". The API looks at `bearers`, the pages
    at `tokens`.
    """

    app: Flask
    home: Neighbours
    tokens: dict[tuple[str, str], str]
    bearers: dict[tuple[str, str], str]

    def tokens_held(self) -> list[tuple[str, str]]:
        """Return (role, whose) of everybody who is signed in."""
        return [(role, whose) for whose, role in self.tokens]

    def client(self, role: str = VISITOR, whose: str = "stranger") -> FlaskClient:
        """Return a browser in which somebody of this role is signed in, or a visitor's."""
        client = self.app.test_client()
        if role != VISITOR:
            client.set_cookie(COOKIE, self.tokens[whose, role])
        return client

    def call(
        self, role: str, route: str, address: str, whose: str = "stranger", **details: Any
    ) -> TestResponse:
        """Call an address of a route ("GET /home") as somebody of a role; a body may be given."""
        client, headers = self.client(role, whose), {}
        if is_api(route) and role != VISITOR:
            client, headers = (
                self.client(),
                {"Authorization": f"Bearer {self.bearers[whose, role]}"},
            )
        method = route.split(" ", 1)[0]
        return client.open(address, method=method, headers=headers, buffered=True, **details)

    def digest(self) -> str:
        """Return a fingerprint of everything that is stored."""
        found = hashlib.sha256()
        with self.app.app_context():
            for table in Model.metadata.sorted_tables:
                if table.name not in LEFT_OUT:
                    rows = sorted(repr(tuple(row)) for row in db.session.execute(select(table)))
                    found.update(f"{table.name}{rows}".encode())
            db.session.remove()
        return found.hexdigest()


@contextmanager
def built(settings: Settings) -> Iterator[House]:
    """Build the house on an empty database, with the clock at the start of the story."""
    app = create_app(settings)
    app.config["RATELIMIT_ENABLED"] = False
    clock.freeze(START)
    with app.app_context(), writing():
        Model.metadata.create_all(db.engine)
        with transaction() as session:
            home = neighbours.settle(session)
        with transaction() as session:
            people = {("stranger", role): one for role, one in home.strangers.items()}
            people |= {("owner", role): one for role, one in home.owners.items()}
            tokens = {key: neighbours.token(session, one) for key, one in people.items()}
            bearers = {key: neighbours.bearer(session, one) for key, one in people.items()}
    yield House(app, home, tokens, bearers)
    clock.reset()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def is_api(route: str) -> bool:
    """Whether a route is one of the JSON API, which asks for a bearer token instead of a cookie."""
    return route.split(" ", 1)[1].startswith("/api/")


def routes(app: Flask) -> dict[str, frozenset[str]]:
    """Return every method and address of the application, with the roles that views declare."""
    return {
        f"{method} {rule.rule}": declared(app, rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    }
