"""The accounts of a body's auditors: open, import, issue passwords, let leave (catalogue A7)."""

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from certflow.accounts import staff
from certflow.accounts.identity import DOCUMENT_TYPES, read_document
from certflow.accounts.operations import NewPerson
from certflow.accounts.people_import import SEXES
from certflow.core import clock, imports
from certflow.core.access import allow, current_actor
from certflow.core.db import db
from certflow.core.errors import Conflict, Invalid
from certflow.core.given import NO_DAY, NOT_OFFERED, day_of, refuse, wrong_in
from certflow.core.text import Text
from certflow.personnel import auditors as auditors_
from certflow.personnel import auditors_import, invitations, rosters
from certflow.web.edge import locale
from certflow.web.office.area import blueprint, chosen_ids, here
from certflow.web.office.exam_imports import sent_file
from certflow.web.office.export import as_file
from certflow.web.office.people import frame, own_body, page_number

ADMIN = "body_admin"
PAGE = 20
AT_ONCE = 20
"""So many passwords are issued at once: each is hashed slowly, as it should be."""
SHOWN = 200
NOBODY = Text("请先选择人员。", "Choose somebody first.")


@blueprint.get("/people/accounts")
@allow(ADMIN)
def auditors() -> str:
    """List the auditors with their accounts."""
    return _auditors()


@blueprint.post("/people/accounts/passwords")
@allow(ADMIN)
def issue_passwords() -> Any:
    """Issue initial passwords to those chosen; they stand on this one answer."""
    chosen = chosen_ids("person")[:AT_ONCE]
    if not chosen:
        return _auditors(errors={"roster": NOBODY}), Invalid.status
    try:
        issued = auditors_.issue_passwords(db.session(), current_actor(), chosen, clock.now())
    except Conflict as error:
        return _auditors(errors={"roster": error.message}), error.status
    return _auditors(issued)


@blueprint.get("/people/new")
@allow(ADMIN)
def new_auditor() -> str:
    """Ask whom to put on the list."""
    return _new({})


@blueprint.post("/people/new")
@allow(ADMIN)
def add_auditor() -> Any:
    """Put somebody on the list; an initial password stands on this one answer."""
    form = request.form
    new = NewPerson(
        name=form.get("name", "").strip(),
        document_type=form.get("document_type", ""),
        document_number=form.get("document_number", ""),
        pinyin=form.get("pinyin", "").strip(),
        sex=form.get("sex") or None,
        birth_date=day_of(form.get("birth_date", "")),
    )
    session, actor, login = db.session(), current_actor(), form.get("login_name", "")
    try:
        refuse(_faults(form))
        person, password = auditors_.add(session, actor, new, login, clock.now())
    except Invalid as error:
        return _new(error.at("document_number")), error.status
    if password is None:
        flash(gettext("已请 %(name)s 本人确认，同意后加入名册", name=person.name), "passed")
        return redirect(url_for("office.auditors"), 303)
    return _auditors([(person.name, login.strip().lower(), password)])


@blueprint.post("/people/invitations/withdraw")
@allow(ADMIN)
def withdraw_invitation() -> Response:
    """Take back what somebody was asked."""
    chosen = request.form.get("invitation", 0, type=int)
    invitations.withdraw(db.session(), current_actor(), chosen, clock.now())
    flash(gettext("邀请已撤回"), "passed")
    return redirect(url_for("office.auditors"), 303)


@blueprint.get("/people/<int:person_id>/leave")
@allow(ADMIN)
def leaving_auditor(person_id: int) -> str:
    """Say what leaving the list means, and ask why."""
    person = auditors_.auditor(db.session(), current_actor(), person_id)
    return render_template("office/auditor_leave.html", person=person, errors={}, reason="")


@blueprint.post("/people/<int:person_id>/leave")
@allow(ADMIN)
def let_auditor_leave(person_id: int) -> Any:
    """Take somebody off the list."""
    session, actor = db.session(), current_actor()
    person = auditors_.auditor(session, actor, person_id)
    reason = request.form.get("reason", "")
    try:
        auditors_.leave(session, actor, person_id, reason, clock.now())
    except Invalid as error:
        wrong = {"errors": error.fields, "reason": reason}
        return render_template("office/auditor_leave.html", person=person, **wrong), error.status
    flash(gettext("%(name)s 已离开本机构名册，本人会收到通知", name=person.name), "passed")
    return redirect(url_for("office.auditors"), 303)


@blueprint.get("/people/import")
@allow(ADMIN)
def new_auditors_import() -> str:
    """Ask for a file and say what it has to look like."""
    return _upload_page({})


@blueprint.get("/people/import/template.<any(xlsx, csv):kind>")
@allow(ADMIN)
def auditors_template(kind: str) -> Response:
    """Give an empty file with the columns."""
    head = [column.title.of(locale()) for column in auditors_import.COLUMNS]
    return as_file(kind, "auditors", head, [])


@blueprint.post("/people/import")
@allow(ADMIN)
def check_auditors() -> Any:
    """Check a file: nothing is changed by it."""
    try:
        upload = sent_file()
        made = auditors_import.check(db.session(), current_actor(), upload, clock.now())
    except Invalid as error:
        return _upload_page(error.at("file")), error.status
    return redirect(url_for("office.auditors_import_", import_id=made.id), 303)


@blueprint.get("/people/import/<int:import_id>")
@allow(ADMIN)
def auditors_import_(import_id: int) -> str:
    """Show the report of a file."""
    made = _import(import_id)
    rejected = imports.rejected_rows(db.session(), made, SHOWN)
    return render_template("office/auditors_import.html", made=made, rejected=rejected, shown=SHOWN)


@blueprint.post("/people/import/<int:import_id>")
@allow(ADMIN)
def close_auditors_import(import_id: int) -> Response:
    """Open the accounts of the good rows, or forget the file."""
    session, at, made = db.session(), clock.now(), _import(import_id)
    if request.form.get("outcome") == "discard":
        imports.discard_import(session, made, at)
        flash(gettext("已放弃这个文件，没有任何改动"), "passed")
        return redirect(url_for("office.auditors"), 303)
    done = auditors_import.accept(session, current_actor(), made, at)
    flash(gettext("已为 %(n)s 人开通账号，请在这里发放初始密码", n=done.good), "passed")
    return redirect(url_for("office.auditors_import_", import_id=import_id), 303)


@blueprint.get("/people/import/<int:import_id>/rejected.<any(xlsx, csv):kind>")
@allow(ADMIN)
def rejected_auditors(import_id: int, kind: str) -> Response:
    """Give the bad rows back as they came, with the reason beside each."""
    head, rows = imports.given_back(db.session(), _import(import_id), locale())
    return as_file(kind, f"auditors-{import_id}-rejected", head, rows)


def _import(import_id: int) -> Any:
    subject = auditors_import.subject_of(own_body())
    return imports.find_import(db.session(), import_id, auditors_import.KIND, subject)


def _auditors(issued: Any = (), errors: Mapping[str, Text] | None = None) -> str:
    session, today, number = db.session(), clock.today(), page_number()
    wanted = rosters.RosterFilter(request.args.get("q", "") if request.method == "GET" else "")
    first = (number - 1) * PAGE
    found, total = rosters.roster(session, own_body(), wanted, today, PAGE, first)
    accounts: Any = auditors_.accounts_of(session, [one.person_id for one in found])
    invited: Any = invitations.invited_by(session, own_body(), clock.now())
    return render_template(
        "office/auditors.html",
        people=found,
        accounts=accounts,
        own={key for key, one in accounts.items() if staff.is_own(session, one)},
        invited=invited,
        total=total,
        first=first + 1 if found else 0,
        previous=here(page=str(number - 1)) if number > 1 else None,
        next=here(page=str(number + 1)) if first + PAGE < total else None,
        wanted=wanted,
        issued_now=issued,
        errors=errors or {},
        at_once=AT_ONCE,
        **frame(session, today, "accounts"),
    )


def _faults(form: Mapping[str, str]) -> dict[str, Text | None]:
    """Look over what a new person is said to be."""
    born = form.get("birth_date", "")
    return {
        "name": wrong_in(form.get("name", ""), 100, auditors_.NO_NAME),
        "pinyin": wrong_in(form.get("pinyin", ""), 100),
        "sex": None if form.get("sex", "") in {"", *SEXES} else NOT_OFFERED,
        "document_number": _wrong_document(form),
        "birth_date": NO_DAY if born.strip() and day_of(born) is None else None,
    }


def _wrong_document(form: Mapping[str, str]) -> Text | None:
    try:
        read_document(form.get("document_type", ""), form.get("document_number", ""), clock.today())
    except Invalid as error:
        return error.fields.get("document_number")
    return None


def _new(errors: Any) -> str:
    return render_template(
        "office/auditor_new.html",
        errors=errors,
        typed=request.form,
        types=list(DOCUMENT_TYPES.items()),
        sexes=list(SEXES.items()),
    )


def _upload_page(errors: Mapping[str, Text]) -> str:
    columns = auditors_import.COLUMNS
    most = auditors_import.MOST
    return render_template("office/auditors_upload.html", errors=errors, columns=columns, most=most)
