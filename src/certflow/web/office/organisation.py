"""A body's own pages for its administrators: contact, branches, colleagues (catalogue A7)."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from certflow.accounts import organisations, particulars, staff
from certflow.accounts.queries import get_organisation
from certflow.accounts.roles import ROLES
from certflow.cases.assignment import give_back_all
from certflow.core import clock
from certflow.core.access import allow, current_actor
from certflow.core.db import db
from certflow.core.errors import Conflict, Invalid
from certflow.web.account.telling import tell_bodies
from certflow.web.edge import locale
from certflow.web.office.area import blueprint

ADMIN = "body_admin"


@blueprint.get("/organisation")
@allow(ADMIN)
def organisation() -> str:
    """Show what the platform holds about the organisation, its contact and its branches."""
    return _organisation({})


@blueprint.post("/organisation/contact")
@allow(ADMIN)
def set_contact() -> Any:
    """Name another contact person."""
    actor = current_actor()
    try:
        particulars.set_contact(
            db.session(), actor.organisation_id or 0, request.form.to_dict(), actor
        )
    except Invalid as error:
        return _organisation(error.fields), error.status
    flash(gettext("联络信息已保存"), "passed")
    return redirect(url_for("office.organisation"), 303)


@blueprint.post("/organisation/branches")
@allow(ADMIN)
def add_branch() -> Any:
    """Add a branch."""
    actor, told = current_actor(), request.form.to_dict()
    try:
        organisations.add_branch(db.session(), actor.organisation_id or 0, told, clock.now(), actor)
    except Invalid as error:
        return _organisation(error.fields), error.status
    flash(gettext("分支机构已添加"), "passed")
    return redirect(url_for("office.organisation", _anchor="branches"), 303)


@blueprint.post("/organisation/branches/<int:branch_id>/close")
@allow(ADMIN)
def close_branch(branch_id: int) -> Response:
    """Close a branch."""
    actor = current_actor()
    organisations.close_branch(
        db.session(), actor.organisation_id or 0, branch_id, clock.now(), actor
    )
    flash(gettext("分支机构已撤销"), "passed")
    return redirect(url_for("office.organisation", _anchor="branches"), 303)


@blueprint.get("/staff")
@allow(ADMIN)
def colleagues() -> str:
    """List the people who work for the organisation, and offer an account for another."""
    return _colleagues()


@blueprint.post("/staff")
@allow(ADMIN)
def invite_colleague() -> Any:
    """Open an account; the initial password stands on this one answer."""
    form = request.form
    name, login, role = (form.get(one, "") for one in ("name", "login_name", "role"))
    try:
        made = staff.invite(db.session(), current_actor(), name, login, role, clock.now())
    except Invalid as error:
        return _colleagues(error.fields), error.status
    user, password = made
    return _colleagues(issued=[(user.name, user.login_name, password)])


@blueprint.post("/staff/<int:user_id>/role")
@allow(ADMIN)
def set_colleagues_role(user_id: int) -> Response:
    """Make a colleague an administrator, or staff."""
    role = request.form.get("role", "")
    try:
        staff.set_role(db.session(), current_actor(), user_id, role, clock.now())
        flash(gettext("角色已变更"), "passed")
    except (Conflict, Invalid) as error:
        flash(error.message.of(locale()), "warn")
    return redirect(url_for("office.colleagues"), 303)


@blueprint.post("/staff/<int:user_id>/password")
@allow(ADMIN)
def reset_colleagues_password(user_id: int) -> Any:
    """Set an initial password; it stands on this one answer."""
    session, actor = db.session(), current_actor()
    user = staff.colleague(session, actor, user_id)
    try:
        password = staff.reset_password(session, actor, user, clock.now())
    except Conflict as error:
        flash(error.message.of(locale()), "warn")
        return redirect(url_for("office.colleagues"), 303)
    tell_bodies(user)
    return _colleagues(issued=[(user.name, user.login_name, password)])


@blueprint.get("/staff/<int:user_id>/end")
@allow(ADMIN)
def ending_colleague(user_id: int) -> str:
    """Say what it means that a colleague leaves, and ask why."""
    user = staff.colleague(db.session(), current_actor(), user_id)
    return render_template("office/staff_end.html", user=user, errors={}, reason="")


@blueprint.post("/staff/<int:user_id>/end")
@allow(ADMIN)
def end_colleague(user_id: int) -> Any:
    """Let a colleague leave."""
    session, actor, reason = db.session(), current_actor(), request.form.get("reason", "")
    try:
        staff.end(session, actor, user_id, clock.now(), reason)
        give_back_all(session, actor, user_id)
    except Conflict as error:
        flash(error.message.of(locale()), "warn")
        return redirect(url_for("office.colleagues"), 303)
    except Invalid as error:
        user = staff.colleague(session, actor, user_id)
        wrong = {"errors": error.fields, "reason": reason}
        return render_template("office/staff_end.html", user=user, **wrong), error.status
    flash(gettext("已停止此人为本机构工作，其登录已全部退出"), "passed")
    return redirect(url_for("office.colleagues"), 303)


def _organisation(errors: Any) -> str:
    session, actor = db.session(), current_actor()
    body = get_organisation(session, actor.organisation_id or 0)
    typed = request.form if errors else {}
    present = {name: getattr(body, name) or "" for name in organisations.CONTACT}
    return render_template(
        "office/organisation.html",
        body=body,
        kinds=organisations.KINDS,
        contact=present | {name: typed[name] for name in present if name in typed},
        branches=organisations.branches_of(session, actor.organisation_id or 0),
        typed=typed,
        history=particulars.history(session, actor.organisation_id or 0),
        errors=errors,
    )


def _colleagues(errors: Any = None, issued: Any = ()) -> str:
    session, actor = db.session(), current_actor()
    people: list[Any] = staff.staff_of(session, actor.organisation_id or 0)
    return render_template(
        "office/staff.html",
        people=people,
        errors=errors or {},
        typed=request.form if errors else {},
        issued_now=issued,
        offered=[(key, ROLES[key].title) for key in reversed(staff.ROLES)],
    )
