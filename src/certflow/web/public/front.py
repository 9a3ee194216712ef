"""The front door: one's own first page, or the login."""

from typing import Any

from flask import redirect, url_for

from certflow.accounts.roles import ROLES
from certflow.core.access import PUBLIC, allow, current_actor_or_none
from certflow.web.public.blueprint import blueprint


@blueprint.get("/")
@allow(PUBLIC)
def front() -> Any:
    """Lead to the first page of one's role; a visitor to the login."""
    actor = current_actor_or_none()
    return redirect(url_for(ROLES[actor.role].landing if actor else "auth.login"))
