"""My certificates: state, validity, download, print (catalogue C8)."""

from collections.abc import Sequence
from typing import Any

from flask import render_template
from markupsafe import Markup

from certflow.cases.versions import Loaded
from certflow.core import clock
from certflow.core.access import allow, current_actor
from certflow.core.actor import Actor
from certflow.core.db import Session, db
from certflow.core.errors import NotFound
from certflow.core.settings import current
from certflow.core.text import Text
from certflow.documents import qr
from certflow.personnel import queries
from certflow.personnel.confirming import confirmed_years, of_person
from certflow.personnel.tasks import CHECK_PATH, paper
from certflow.processes.windows import RENEWAL, certificate_windows, standings
from certflow.web.files import attachment
from certflow.web.portal.blueprint import APPLICANT, blueprint
from certflow.web.portal.services import about_services, refusals

READERS = (
    APPLICANT,
    "body_staff",
    "body_admin",
    "reviewer",
    "approver",
    "process_admin",
    "regulator",
)
PRESENT = frozenset({"valid", "suspended", "expired"})
STATES = {
    "valid": ("passed", Text("有效", "Valid")),
    "expired": ("overdue", Text("已过期", "Expired")),
    "suspended": ("paused", Text("暂停", "Suspended")),
    "cancelled": ("closed", Text("已注销", "Cancelled")),
    "replaced": ("closed", Text("已换发新证书", "Replaced")),
}


@blueprint.get("/my/certificates")
@allow(APPLICANT)
def certificates() -> Any:
    """List my certificates, newest first."""
    session, actor = db.session(), current_actor()
    person_id = actor.person_id or 0
    found = queries.certificates_of(session, person_id, clock.today())
    known = standings(session, of_person(person_id))
    return render_template(
        "portal/certificates.html",
        certificates=found,
        states=STATES,
        standings={one.certificate_id: one for one in known},
        renewals={
            one.certificate_id: certificate_windows(
                session, one.valid_from, one.valid_until, RENEWAL
            )
            for one in known
        },
        offers=_offers(session, actor, [one.id for one in found if one.state in PRESENT]),
        today=clock.today(),
    )


def _offers(
    session: Session, actor: Actor, certificate_ids: Sequence[int]
) -> dict[int, list[tuple[Loaded, Text | None]]]:
    """Return what can be applied for with each certificate, and why not now."""
    services = about_services(session, actor, "certificate")
    offers = {}
    for one in certificate_ids:
        why_not = refusals(session, actor, services, {"certificate": str(one)})
        offers[one] = [(service, why_not.get(service.bundle.key)) for service in services]
    return offers


@blueprint.get("/my/certificates/<int:certificate_id>")
@allow(APPLICANT)
def certificate(certificate_id: int) -> Any:
    """Show one certificate with its QR code, to look at and to print."""
    session = db.session()
    held = queries.readable_certificate(session, current_actor(), certificate_id)
    entry = queries.certificate_view(session, held.id, clock.today())
    if entry is None:
        raise NotFound
    address = f"{current().base_url.rstrip('/')}{CHECK_PATH}{entry.check_code}"
    return render_template(
        "portal/certificate.html",
        entry=entry,
        state=STATES[entry.state],
        address=address,
        code=Markup(qr.svg(address, 28)),  # noqa: S704 - segno escapes what it draws
        issuer=current().issuer,
        confirmed=confirmed_years(session, held.id),
        formerly=queries.former_bodies(session, held.id),
    )


@blueprint.get("/my/certificates/<int:certificate_id>/pdf")
@allow(*READERS)
def certificate_pdf(certificate_id: int) -> Any:
    """Give the e-certificate to its holder, its body or the association."""
    session = db.session()
    held = queries.readable_certificate(session, current_actor(), certificate_id)
    found = paper(session, held)
    return attachment(found.content, "application/pdf", found.name)
