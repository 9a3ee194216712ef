"""The services that can be started (catalogue B1)."""

from typing import Any

from marshmallow import Schema, fields

from certflow.api.document import Blueprint
from certflow.api.fields import Words
from certflow.cases import versions
from certflow.core.access import SIGNED_IN, allow, current_actor
from certflow.core.db import db

blueprint = Blueprint("services", "What can be applied for")


class TimeLimitSchema(Schema):
    """In how many days a case has to end, and when they begin to count."""

    length = fields.Integer(required=True, metadata={"example": 30})
    unit = fields.String(required=True, metadata={"example": "working_days"})
    starts = fields.String(required=True, metadata={"example": "payment"})


class ServiceSchema(Schema):
    """A service as it is offered now."""

    key = fields.String(required=True, metadata={"example": "registration"})
    version = fields.Integer(required=True, metadata={"example": 1})
    title = Words()
    category = Words()
    summary = Words()
    time_limit = fields.Nested(TimeLimitSchema, required=True, allow_none=True)
    may_start = fields.Boolean(
        required=True, metadata={"description": "Whether the token's role may start it."}
    )


class ServicesSchema(Schema):
    """All services in force."""

    items = fields.List(fields.Nested(ServiceSchema), required=True)


@blueprint.operation("get", "/services", "cases:read")
@blueprint.answers(200, ServicesSchema)
@allow(SIGNED_IN)
def list_services() -> Any:
    """List the services in force."""
    return {"items": [_service(one) for one in versions.services(db.session())]}


@blueprint.operation("get", "/services/<key>", "cases:read", 404)
@blueprint.answers(200, ServiceSchema)
@allow(SIGNED_IN)
def get_service(key: str) -> Any:
    """Return one service."""
    return _service(versions.active(db.session(), key))


def _service(one: versions.Loaded) -> dict[str, Any]:
    settings = one.settings
    limit = settings.get("time_limit")
    return {
        "key": one.bundle.key,
        "version": one.number,
        "title": settings["title"],
        "category": settings["category"],
        "summary": settings["summary"],
        "time_limit": {**limit, "starts": limit.get("from", "")} if limit else None,
        "may_start": current_actor().role in settings["start_roles"],
    }
