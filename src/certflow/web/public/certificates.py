"""The certificate check: by QR code, or by number and name (catalogue C13).

It shows no more than the certificate itself, and answers an unknown number and a wrong name in
the same words. Number and name travel in the body of a POST, so that no log holds them.
"""

from typing import Any

from flask import redirect, render_template, request, url_for

from certflow.core import clock
from certflow.core.access import PUBLIC, allow
from certflow.core.db import db
from certflow.core.given import wrong_in
from certflow.core.settings import current
from certflow.core.text import Text
from certflow.personnel import queries
from certflow.personnel.confirming import confirmed_years
from certflow.web.limits import CODES, LOOKUPS, limiter
from certflow.web.public.blueprint import blueprint

NEEDED = {
    "number": Text("请填写证书编号。", "Enter the certificate's number."),
    "name": Text("请填写持证人姓名。", "Enter the holder's name."),
}
MOST = {"number": 60, "name": 120}
STATES = {
    "valid": ("passed", Text("有效", "Valid")),
    "expired": ("overdue", Text("已过期", "Expired")),
    "suspended": ("paused", Text("暂停", "Suspended")),
    "cancelled": ("overdue", Text("已注销", "Cancelled")),
    "replaced": ("closed", Text("已换发新证书", "Replaced")),
}


@blueprint.get("/verify")
@allow(PUBLIC)
def verify() -> Any:
    """Show the form that asks for number and name."""
    return render_template("public/verify.html", errors={}, missing=False, number="", name="")


@blueprint.post("/verify")
@limiter.limit(LOOKUPS)
@allow(PUBLIC)
def look_up() -> Any:
    """Look a certificate up; a hit leads to its check page."""
    number, name = request.form.get("number", "").strip(), request.form.get("name", "").strip()
    given = {"number": number, "name": name}
    checked = {field: wrong_in(given[field], MOST[field], NEEDED[field]) for field in NEEDED}
    errors = {field: text for field, text in checked.items() if text}
    found = None
    if not errors:
        found = queries.lookup_certificate(db.session(), number, name, clock.today())
    if found is not None:
        return redirect(url_for("public.certificate", check_code=found.check_code), 303)
    page = render_template("public/verify.html", errors=errors, missing=not errors, **given)
    return page, 422 if errors else 404


@blueprint.get("/v/<check_code>")
@limiter.limit(CODES)
@allow(PUBLIC)
def certificate(check_code: str) -> Any:
    """Show the certificate that a QR code names, and its state today."""
    today = clock.today()
    entry = queries.lookup_check_code(db.session(), check_code, today)
    if entry is None:
        return render_template("public/unknown.html"), 404
    kind, state = STATES[entry.state]
    return render_template(
        "public/certificate.html",
        entry=entry,
        kind=kind,
        state=state,
        checked_at=clock.now(),
        issuer=current().issuer,
        confirmed=confirmed_years(db.session(), entry.id),
        formerly=queries.former_bodies(db.session(), entry.id),
    )
