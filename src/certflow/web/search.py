"""One search over cases, people and certificates, as far as one's rights go (catalogue B12).

What is searched for travels in the body of a POST: numbers and names stand in no address and no
log. Each group is loaded through the actor's own scope.
"""

from typing import Any

from flask import Blueprint, render_template, request

from certflow.accounts.queries import get_organisation
from certflow.accounts.revealing import REVEALS
from certflow.accounts.searching import find_people
from certflow.cases.searching import find_cases
from certflow.core import clock
from certflow.core.access import allow, current_actor
from certflow.core.crypto import mask_document
from certflow.core.db import db
from certflow.personnel.searching import find_certificates
from certflow.web.office.area import READERS
from certflow.web.office.cases import rows_of
from certflow.web.portal.certificates import STATES

blueprint = Blueprint("search", __name__)
MOST = 10
_LONGEST = 60


@blueprint.get("/search")
@allow(*READERS)
def page() -> str:
    """Show the empty search."""
    return render_template("search.html", text="", found=None)


@blueprint.post("/search")
@allow(*READERS)
def find() -> str:
    """Search, and show what was found in groups."""
    text = " ".join(request.form.get("q", "").split())[:_LONGEST]
    return render_template("search.html", text=text, found=_found(text), badges=STATES)


def _found(text: str) -> dict[str, Any]:
    session, actor, today = db.session(), current_actor(), clock.today()
    if not text:
        return {"people": [], "cases": [], "certificates": []}
    people: list[Any] = find_people(session, actor, text, MOST + 1)
    users = [one.user_id for one in people if one.user_id is not None]
    cases = find_cases(session, actor, text, users, MOST + 1)
    holders = [one.id for one in people]
    bodies = {one.organisation_id for one in people if one.organisation_id}
    return {
        "people": people,
        "documents": {one.id: mask_document(one.document_number) for one in people},
        "opens": actor.role in REVEALS,
        "bodies": {one: get_organisation(session, one) for one in bodies},
        "cases": rows_of(session, actor, cases),
        "certificates": find_certificates(session, actor, text, holders, today, MOST + 1),
    }
