"""Credit files for the association: find somebody, read, enter something (catalogue D6)."""

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from certflow.accounts.queries import get_organisation, get_person
from certflow.cases.evidence import readable_files
from certflow.core import clock
from certflow.core.access import allow, current_actor
from certflow.core.actor import Actor
from certflow.core.db import Session, db
from certflow.core.errors import Invalid, NotFound
from certflow.core.given import NO_DAY, day_of
from certflow.core.http import keep_changes
from certflow.core.text import Text
from certflow.personnel.credit import KINDS, NewEntry, credit_evidence, enter, find_people
from certflow.web.credit import credit_rows
from certflow.web.files import serve, store_upload
from certflow.web.office.area import blueprint

KEEPERS = ("reviewer", "complaints_office")
Answer = Response | str | tuple[str, int]


@blueprint.get("/credit")
@allow(*KEEPERS)
def credit() -> str:
    """Find people whose credit file is wanted."""
    wanted = request.args.get("q", "").strip()
    found = find_people(db.session(), wanted)
    bodies = {
        one.organisation_id: get_organisation(db.session(), one.organisation_id)
        for one in found
        if one.organisation_id
    }
    return render_template("office/credit.html", q=wanted, found=found, bodies=bodies)


@blueprint.get("/credit/<int:person_id>")
@allow(*KEEPERS)
def credit_file(person_id: int) -> str:
    """Show somebody's credit file and the form for a new entry."""
    return _page(person_id)


@blueprint.post("/credit/<int:person_id>")
@allow(*KEEPERS)
def enter_credit(person_id: int) -> Answer:
    """Enter something; what was typed stays when something is wrong, an uploaded file as well."""
    session, actor = db.session(), current_actor()
    new, errors = _read(session, actor)
    try:
        enter(session, person_id, new, clock.now(), actor, errors)
    except Invalid as error:
        keep_changes()
        return _page(person_id, new, error.fields), error.status
    flash(gettext("已记入信用档案，本人会收到通知。"), "passed")
    return redirect(url_for("office.credit_file", person_id=person_id), 303)


@blueprint.get("/credit/entries/<int:entry_id>/files/<file_id>")
@allow(*KEEPERS)
def credit_evidence_file(entry_id: int, file_id: str) -> Response:
    """Give the evidence of an entry."""
    return serve(credit_evidence(db.session(), entry_id, file_id, None), preview=True)


def _read(session: Session, actor: Actor) -> tuple[NewEntry, dict[str, Text]]:
    """Read the form; an uploaded file is kept at once, so that it need not be chosen again."""
    errors: dict[str, Text] = {}
    files = list(readable_files(session, actor, request.form.getlist("file_id")))
    if request.files.get("evidence"):
        try:
            files.append(store_upload(session, actor, "evidence").id)
        except Invalid as error:
            errors["evidence"] = error.message
    words = {name: request.form.get(name, "").strip() for name in ("kind", "text", "basis")}
    until = request.form.get("expires_on", "").strip()
    expires_on = day_of(until)
    if until and expires_on is None:
        errors["expires_on"] = NO_DAY
    return NewEntry(**words, expires_on=expires_on, files=tuple(files)), errors


def _page(
    person_id: int, typed: NewEntry | None = None, errors: Mapping[str, Text] | None = None
) -> str:
    session, actor = db.session(), current_actor()
    person = get_person(session, person_id)
    if person is None:
        raise NotFound
    body = get_organisation(session, person.organisation_id) if person.organisation_id else None
    files = readable_files(session, actor, typed.files) if typed else {}
    return render_template(
        "office/credit_file.html",
        person=person,
        body=Text(body.name, body.name_en or body.name) if body else None,
        rows=credit_rows(session, actor, person_id, "office.credit_evidence_file"),
        kinds=KINDS,
        typed=request.form if typed else {},
        errors=errors or {},
        kept=list(files.values()),
        own=person.user_id == actor.user_id,
    )
