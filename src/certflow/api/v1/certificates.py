"""Certificates: one's own, and the public check (catalogue C8, C13)."""

from typing import Any

from marshmallow import Schema, fields

from certflow.api.document import Blueprint
from certflow.api.fields import Body, Line, NamedSchema, Words
from certflow.api.v1.files import attached
from certflow.core import clock
from certflow.core.access import PUBLIC, SIGNED_IN, allow, current_actor
from certflow.core.db import db
from certflow.core.errors import NotFound
from certflow.core.limits import LOOKUPS, limiter
from certflow.core.text import Text
from certflow.personnel import queries
from certflow.personnel.queries import CertificateEntry
from certflow.personnel.tasks import paper

blueprint = Blueprint("certificates", "Registration certificates of people")

UNKNOWN = Text(
    "没有与这个编号和姓名相符的证书。请核对后再查。",
    "No certificate has this number and name. Check both and try again.",
)


class CheckBody(Body):
    """What stands on the certificate to be checked. Sent as a body: a name does not belong in a URL."""

    number = Line(60, least=1, required=True, metadata={"example": "2026-N0QMS-0000018"})
    name = Line(100, least=1, required=True, metadata={"example": "林知远"})


class CheckedSchema(Schema):
    """What the paper shows, and how it stands today."""

    number = fields.String(required=True, metadata={"example": "2026-N0QMS-0000018"})
    name = fields.String(required=True, metadata={"example": "林知远"})
    organisation = Words(allow_none=True)
    field = fields.Nested(NamedSchema, required=True)
    grade = fields.Nested(NamedSchema, required=True)
    specialities = fields.List(Words(), required=True)
    issued_on = fields.Date(required=True)
    valid_from = fields.Date(required=True)
    valid_until = fields.Date(required=True)
    state = fields.String(
        required=True,
        metadata={"enum": ["valid", "expired", "suspended", "cancelled", "replaced"]},
    )


class CertificateSchema(CheckedSchema):
    """A certificate of one's own."""

    id = fields.Integer(required=True)
    check_code = fields.String(required=True, metadata={"description": "Of its QR code."})


class CertificatesSchema(Schema):
    """Certificates, newest first."""

    items = fields.List(fields.Nested(CertificateSchema), required=True)


@blueprint.operation("get", "/certificates", "certificates:read")
@blueprint.answers(200, CertificatesSchema)
@allow(SIGNED_IN)
def list_certificates() -> Any:
    """List the certificates of the person behind the token."""
    person_id = current_actor().person_id or 0
    found = queries.certificates_of(db.session(), person_id, clock.today())
    return {"items": [_view(one) for one in found]}


@blueprint.operation(
    "get",
    "/certificates/<int(max=2147483647):certificate_id>/pdf",
    "certificates:read",
    404,
)
@blueprint.answers(200, {"type": "string", "format": "binary"}, content_type="application/pdf")
@allow(SIGNED_IN)
def get_certificate_pdf(certificate_id: int) -> Any:
    """Return the e-certificate to its holder, its body or the association."""
    session = db.session()
    held = queries.readable_certificate(session, current_actor(), certificate_id)
    found = paper(session, held)
    return attached(found.content, "application/pdf", found.name)


@blueprint.operation("post", "/certificates/check", None, 400, 404, 415, 422, 429)
@blueprint.takes(CheckBody)
@blueprint.answers(200, CheckedSchema)
@limiter.limit(LOOKUPS)
@allow(PUBLIC)
def check_certificate(sent: dict[str, Any]) -> Any:
    """Check a certificate by number and name; no token needed.

    A wrong name and a wrong number get the same 404.
    """
    found = queries.lookup_certificate(db.session(), sent["number"], sent["name"], clock.today())
    if found is None:
        raise NotFound(UNKNOWN)
    return _view(found)


def _view(one: CertificateEntry) -> dict[str, Any]:
    return {
        **{name: getattr(one, name) for name in _PLAIN},
        "field": {"key": one.field_key, "name": one.field},
        "grade": {"key": one.grade_key, "name": one.grade},
    }


_PLAIN = (
    "id", "number", "name", "organisation", "specialities", "issued_on", "valid_from",
    "valid_until", "state", "check_code",
)  # fmt: skip
