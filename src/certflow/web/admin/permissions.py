"""Who may do what with processes, person by person (catalogue A10, H3-H8)."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from certflow.accounts.permissions import LastHolder, holdings, set_permissions
from certflow.accounts.roles import PERMISSIONS
from certflow.core.access import allow, current_actor
from certflow.core.db import db
from certflow.core.errors import NotFound
from certflow.web.admin.area import blueprint

_ROLE = "process_admin"


@blueprint.get("/permissions")
@allow("system_admin")
def permissions() -> str:
    """List the process administrators with what each may do."""
    return _page()


@blueprint.post("/permissions")
@allow("system_admin")
def save_permissions() -> Response | tuple[str, int]:
    """Say what one of them may do; leaving a permission to nobody has to be said twice."""
    user = request.form.get("user_id", "")
    user_id = int(user) if user.isdecimal() else 0
    wanted = [one for one in request.form.getlist("permission") if one in PERMISSIONS[_ROLE]]
    session, even_last = db.session(), request.form.get("even_last") == "1"
    person = next((one for one in holdings(session, _ROLE) if one.user_id == user_id), None)
    if person is None:
        raise NotFound
    try:
        set_permissions(session, current_actor(), user_id, _ROLE, wanted, even_last=even_last)
    except LastHolder as error:
        return _page(error, user_id, wanted), error.status
    flash(gettext("%(name)s 的权限已保存，从下一次操作起生效", name=person.name), "passed")
    return redirect(url_for("admin.permissions"), 303)


def _page(
    error: LastHolder | None = None, user_id: int = 0, wanted: list[str] | None = None
) -> str:
    people = holdings(db.session(), _ROLE)
    held = {name: sum(name in p.permissions and not p.disabled for p in people)
            for name in PERMISSIONS[_ROLE]}  # fmt: skip
    return render_template(
        "admin/permissions.html",
        people=people,
        titles=PERMISSIONS[_ROLE],
        nobody=[PERMISSIONS[_ROLE][name] for name, number in held.items() if not number],
        error=error,
        chosen=user_id,
        wanted=wanted or [],
    )
