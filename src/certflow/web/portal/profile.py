"""The profile library: records entered once, picked in any application (catalogue A9)."""

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext

from certflow.accounts.queries import get_organisation, get_person
from certflow.core import clock
from certflow.core.access import allow, current_actor
from certflow.core.actor import Actor
from certflow.core.crypto import mask_document, mask_phone
from certflow.core.db import Session, db
from certflow.core.errors import Conflict, Forbidden
from certflow.core.text import Text
from certflow.forms.parts import FormDefinition
from certflow.personnel import appointments, invitations, queries
from certflow.personnel import library as records_
from certflow.web.edge import locale
from certflow.web.portal import library
from certflow.web.portal.blueprint import APPLICANT, blueprint

LOCKED = Text(
    "这条记录已由平台核实，不能修改。如有错误，请联系协会工作人员。",
    "The platform has verified this record, so it is locked. If it is wrong, ask the association.",
)


@blueprint.get("/my/profile")
@allow(APPLICANT)
def profile() -> Any:
    """Show who I am and my records, kind by kind."""
    session, actor = db.session(), current_actor()
    kinds = library.kinds(session)
    records = queries.records_of(session, actor.person_id or 0)
    counts = {kind: sum(one.kind == kind for one in records) for kind in kinds}
    kind = request.args.get("kind", "")
    kind = kind if kind in kinds else next(iter(kinds), "")
    shown = [one for one in records if one.kind == kind]
    person = get_person(session, actor.person_id) if actor.person_id else None
    body = get_organisation(session, person.organisation_id or 0) if person else None
    invited: Any = invitations.invitations_to(session, actor.person_id or 0, clock.now())
    return render_template(
        "portal/profile.html",
        person=person,
        document=mask_document(person.document_number) if person else "",
        phone=mask_phone(person.phone) if person and person.phone else "",
        body=Text(body.name, body.name_en) if body else None,
        degree=_degree(kinds, person.highest_degree) if person else None,
        appointments=appointments.terms(session, actor.user_id or 0, clock.today()),
        invited=invited,
        kinds=kinds,
        counts=counts,
        kind=kind,
        records=library.shown(session, actor, kinds[kind], shown) if kind else [],
    )


@blueprint.post("/my/invitations")
@allow(APPLICANT)
def answer_invitation() -> Any:
    """Join the body that asks me to, or decline."""
    chosen, accept = request.form.get("invitation", 0, type=int), "accept" in request.form
    try:
        invitations.answer(db.session(), current_actor(), chosen, clock.now(), accept=accept)
    except Conflict as error:
        flash(error.message.of(locale()), "warn")
        return redirect(url_for("portal.profile"), 303)
    flash(gettext("您已加入该机构的执业人员名册") if accept else gettext("已谢绝邀请"), "passed")
    return redirect(url_for("portal.profile"), 303)


def _degree(kinds: Mapping[str, FormDefinition], degree: str) -> Text | None:
    """Return what a degree is called where degrees are entered."""
    field = kinds["education"].answered.get("degree") if "education" in kinds else None
    return (
        next((one.label for one in field.options if one.value == degree), None) if field else None
    )


@blueprint.get("/my/profile/new/<kind>")
@allow(APPLICANT)
def new_record(kind: str) -> Any:
    """Show the empty form of a record."""
    session = db.session()
    return library.page(session, current_actor(), library.kind_of(session, kind), {}, new=True)


@blueprint.post("/my/profile/new/<kind>")
@allow(APPLICANT)
def add_record(kind: str) -> Any:
    """Put a record into my library."""
    session, actor = db.session(), current_actor()
    form = library.kind_of(session, kind)
    given = library.posted(session, actor, form, {})
    if given.stays:
        page = library.page(session, actor, form, given.data, errors=given.errors, new=True)
        return page, 422 if given.errors else 200
    records_.add_record(session, _person(actor), kind, given.data, clock.now(), actor=actor)
    flash(gettext("已存入基本信息库，以后的申请都可以直接选用。"))
    return redirect(url_for("portal.profile", kind=kind), 303)


@blueprint.get("/my/profile/records/<int:record_id>")
@allow(APPLICANT)
def edit_record(record_id: int) -> Any:
    """Show a record in its form."""
    session, actor = db.session(), current_actor()
    record = _own(session, actor, record_id)
    form = library.kind_of(session, record.kind)
    return library.page(session, actor, form, record.data, new=False)


@blueprint.post("/my/profile/records/<int:record_id>")
@allow(APPLICANT)
def change_record(record_id: int) -> Any:
    """Replace what a record of mine says."""
    session, actor = db.session(), current_actor()
    record = _own(session, actor, record_id)
    form = library.kind_of(session, record.kind)
    given = library.posted(session, actor, form, record.data)
    if given.stays:
        page = library.page(session, actor, form, given.data, errors=given.errors, new=False)
        return page, 422 if given.errors else 200
    records_.update_record(session, _person(actor), record_id, given.data, clock.now(), actor)
    flash(gettext("修改已保存。已经提交的申请不受影响。"))
    return redirect(url_for("portal.profile", kind=record.kind), 303)


@blueprint.get("/my/profile/records/<int:record_id>/delete")
@allow(APPLICANT)
def confirm_record_deletion(record_id: int) -> Any:
    """Say what deleting a record means."""
    session, actor = db.session(), current_actor()
    record = _own(session, actor, record_id)
    form = library.kind_of(session, record.kind)
    shown = library.shown(session, actor, form, [record])[0]
    return render_template("portal/delete_record.html", shown=shown, form=form, kind=record.kind)


@blueprint.post("/my/profile/records/<int:record_id>/delete")
@allow(APPLICANT)
def delete_record(record_id: int) -> Any:
    """Take a record out of my library."""
    session, actor = db.session(), current_actor()
    kind = _own(session, actor, record_id).kind
    records_.delete_record(session, _person(actor), record_id, actor)
    flash(gettext("记录已删除。已经提交的申请不受影响。"))
    return redirect(url_for("portal.profile", kind=kind), 303)


def _person(actor: Actor) -> int:
    if actor.person_id is None:
        raise Forbidden
    return actor.person_id


def _own(session: Session, actor: Actor, record_id: int) -> Any:
    record = queries.record_of(session, _person(actor), record_id)
    if record.verified:
        raise Forbidden(LOCKED)
    return record
