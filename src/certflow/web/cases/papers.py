"""What a case gives away as a paper: the diagram's XML, the print view, the PDF (B5, B13)."""

from typing import Any

from flask import Response, render_template

from certflow.cases.dossier import exhibits_beside
from certflow.cases.letters import get_letter
from certflow.cases.opinions import opinions
from certflow.cases.pdf import application_pdf, letter_pdf
from certflow.cases.printing import application_view, current_application, letter_view
from certflow.cases.standing import stage_of
from certflow.cases.story import timeline
from certflow.core.access import SIGNED_IN, allow, current_actor
from certflow.core.db import db
from certflow.core.errors import NotFound
from certflow.web.cases.blueprint import blueprint, opened
from certflow.web.edge import locale


@blueprint.get("/cases/<int:case_id>/diagram.bpmn")
@allow(SIGNED_IN)
def diagram(case_id: int) -> Any:
    """Give the diagram of the version that the case runs on."""
    answer = Response(opened(case_id).loaded.bundle.bpmn, mimetype="application/xml")
    answer.headers["Content-Disposition"] = "attachment; filename=diagram.bpmn"
    answer.headers["Cache-Control"] = "private, max-age=3600"
    return answer


@blueprint.get("/cases/<int:case_id>/print")
@allow(SIGNED_IN)
def print_view(case_id: int) -> Any:
    """Show the application on one page that a printer understands."""
    dossier = opened(case_id)
    return render_template(
        "cases/print.html",
        case=dossier.case,
        dossier=dossier,
        stage=stage_of(dossier),
        view=current_application(dossier),
        opinions=opinions(dossier),
        entries=timeline(dossier)[::-1],
        shown=exhibits_beside(db.session(), dossier),
    )


@blueprint.get("/cases/<int:case_id>/application.pdf")
@allow(SIGNED_IN)
def application(case_id: int) -> Any:
    """Give the application with its attachments list as a PDF."""
    dossier = opened(case_id)
    if dossier.case.number is None:
        raise NotFound
    answer = Response(application_pdf(application_view(dossier)), mimetype="application/pdf")
    answer.headers.set("Content-Disposition", "attachment", filename=f"{dossier.case.number}.pdf")
    return answer


@blueprint.get("/letters/<int:letter_id>.pdf")
@allow(SIGNED_IN)
def letter(letter_id: int) -> Any:
    """Give a letter to whom it is meant for, or to who may see its case (D3, D4)."""
    found = get_letter(db.session(), current_actor(), letter_id)
    answer = Response(letter_pdf(letter_view(found, locale())), mimetype="application/pdf")
    answer.headers.set("Content-Disposition", "attachment", filename=f"letter-{letter_id}.pdf")
    return answer
