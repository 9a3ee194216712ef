"""The office: where workers find what waits for them, and what the rooms there share."""

from typing import Any

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from certflow.web.auth import local_path

blueprint = Blueprint("office", __name__, url_prefix="/office")

WORKERS = (
    "expert",
    "body_staff",
    "body_admin",
    "reviewer",
    "approver",
    "exam_office",
    "training_office",
    "complaints_office",
    "system_admin",
)
"""Roles with an inbox: only these can be lanes of a process."""
READERS = (*WORKERS, "finance", "regulator", "process_admin")


def back_to(endpoint: str) -> Response:
    """Go back to where the form stood, else to the page of `endpoint`."""
    target = local_path(request.form.get("next", ""))
    return redirect(target or url_for(endpoint), 303)


def chosen_ids(name: str) -> list[int]:
    """Return the ids of the rows chosen in a list, each once, in order."""
    return list(dict.fromkeys(int(one) for one in request.form.getlist(name) if one.isdecimal()))


def here(**changes: str) -> str:
    """Return this page's address with other filters; an empty one is left out."""
    kept = {**request.args.to_dict(), **changes}
    wanted: dict[str, Any] = {name: value for name, value in kept.items() if value}
    wanted |= request.view_args or {}
    return url_for(request.endpoint or "office.inbox", **wanted)
