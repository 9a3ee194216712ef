"""My credit file (信用档案): what stands in it, what it affects, until when (catalogue D6)."""

from typing import Any

from flask import render_template, request

from certflow.core.access import allow, current_actor
from certflow.core.db import db
from certflow.personnel.credit import credit_evidence
from certflow.web.credit import credit_rows
from certflow.web.files import serve
from certflow.web.portal.blueprint import APPLICANT, blueprint


@blueprint.get("/credit")
@allow(APPLICANT)
def credit() -> Any:
    """List my entries, newest first."""
    actor = current_actor()
    rows = credit_rows(db.session(), actor, actor.person_id or 0, "portal.credit_file")
    return render_template("portal/credit.html", rows=rows)


@blueprint.get("/credit/<int:entry_id>/files/<file_id>")
@allow(APPLICANT)
def credit_file(entry_id: int, file_id: str) -> Any:
    """Give the evidence of one of my entries."""
    person_id = current_actor().person_id or 0
    file = credit_evidence(db.session(), entry_id, file_id, person_id)
    return serve(file, preview=bool(request.args.get("preview")))
