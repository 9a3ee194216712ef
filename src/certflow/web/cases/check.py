"""The condition self-check: each rule with the person's own figures, and what to do (B2, C9-C11)."""

from collections.abc import Mapping
from typing import Any

from flask import render_template, url_for

from certflow.cases.conditions import MET, UNDECIDABLE, latest_conditions
from certflow.cases.verdicts import figures, state_of
from certflow.cases.versions import Loaded
from certflow.core.access import SIGNED_IN, allow, current_actor
from certflow.core.db import db
from certflow.core.text import Text
from certflow.personnel.fields import MODES
from certflow.web.cases.blueprint import blueprint, opened
from certflow.web.places import place_url

_ORDER = {"not_met": 0, UNDECIDABLE: 1, MET: 2}


@blueprint.get("/cases/<int:case_id>/check")
@allow(SIGNED_IN)
def check(case_id: int) -> Any:
    """Show the last self-check of a case: what is not met first, then what cannot be decided."""
    dossier = opened(case_id)
    result = latest_conditions(db.session(), case_id)
    rows = [_shown(row) for row in result["rows"]] if result else []
    rows.sort(key=lambda row: _ORDER[row["state"]])
    return render_template(
        "cases/check.html",
        case=dossier.case,
        loaded=dossier.loaded,
        result=result,
        rows=rows,
        short=[row for row in rows if row["state"] != MET],
        unclear=[row for row in rows if row["state"] == UNDECIDABLE],
        task=next(iter(dossier.mine), None),
        submits=dossier.loaded.settings.get("submit"),
        library=_uses_library(dossier.loaded),
    )


def _uses_library(loaded: Loaded) -> bool:
    """Whether a service's conditions speak of the records that one picks from the library."""
    return any(field.record for form in loaded.forms.values() for field in form.fields.values())


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """Give a judged row its state, its figures in words and the addresses where data are added."""
    mine = current_actor().role == "applicant"
    missing = [
        {"text": Text.read(gap["text"]), "url": place_url(gap.get("place") or "") if mine else ""}
        for gap in row.get("missing") or ()
    ]
    instead = MODES.get(str(row.get("instead") or ""))
    return {
        **row,
        "state": state_of(row),
        "missing": missing,
        "said": figures(row) if "said" in (row.get("evidence") or {}) else None,
        "place": place_url(row.get("place") or "") or url_for("portal.profile"),
        "in_library": mine and not str(row.get("place") or "profile/").partition("profile/")[0],
        "instead": instead.title if instead else None,
    }
