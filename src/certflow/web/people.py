"""A person's numbers as offices see them: masked, and in full with a reason (B12; G8)."""

from typing import Any

from flask import Blueprint, render_template, request

from certflow.accounts import revealing
from certflow.accounts.identity import DOCUMENT_TYPES
from certflow.accounts.queries import get_organisation
from certflow.core import clock
from certflow.core.access import allow, current_actor
from certflow.core.crypto import mask_document, mask_phone
from certflow.core.db import db
from certflow.core.errors import Invalid, TooMany
from certflow.core.text import Text

blueprint = Blueprint("people", __name__)


@blueprint.get("/people/<int:person_id>")
@allow(*revealing.REVEALS)
def show(person_id: int) -> str:
    """Show who it is, with masked numbers."""
    return _page(person_id)


@blueprint.post("/people/<int:person_id>")
@allow(*revealing.REVEALS)
def reveal(person_id: int) -> Any:
    """Show the full numbers on this one answer."""
    reason = request.form.get("reason", "")
    try:
        shown = revealing.reveal(db.session(), current_actor(), person_id, reason, clock.now())
    except (Invalid, TooMany) as error:
        wrong = error.at("reason") if isinstance(error, Invalid) else {"reason": error.message}
        return _page(person_id, errors=wrong), error.status
    return _page(person_id, shown)


def _page(
    person_id: int,
    shown: revealing.Numbers | None = None,
    errors: dict[str, Text] | None = None,
) -> str:
    session = db.session()
    person: Any = revealing.person_of(session, current_actor(), person_id)
    body: Any = (
        get_organisation(session, person.organisation_id) if person.organisation_id else None
    )
    return render_template(
        "people/numbers.html",
        person=person,
        kind=DOCUMENT_TYPES.get(person.document_type, person.document_type),
        document=shown.document if shown else mask_document(person.document_number),
        phone=(shown.phone if shown else mask_phone(person.phone)) if person.phone else "",
        body=body.name if body else "",
        shown=shown is not None,
        errors=errors or {},
        most=revealing.MOST,
        reason=request.form.get("reason", ""),
    )
