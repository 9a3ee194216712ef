"""Cancellation of a certificate by its holder: what its diagram asks of the domain (D5)."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from certflow.accounts.queries import lock_person
from certflow.cases import registry
from certflow.cases.queries import open_cases_of
from certflow.cases.registry import Exhibit, Step
from certflow.cases.subjects import Filer, Subject, offered, still_free, still_there, subjects
from certflow.core import clock
from certflow.core.db import Session
from certflow.core.text import Text
from certflow.personnel import practising
from certflow.personnel.models import Certificate
from certflow.personnel.operations import set_certificate_state

SERVICE = "certificate_cancellation"
REGISTERING = Text(
    "您在这个领域的注册申请（{number}）正在办理，请等它办结或先撤回。",
    "Your registration in this field ({number}) is under way. Wait for its end, or withdraw it.",
)

registry.choice(f"{SERVICE}.certificates")(offered)
registry.check(f"{SERVICE}.still_held")(partial(still_there, granting="approve"))


@subjects(SERVICE, "certificate", none=practising.NONE_IN_FORCE)
def certificates(session: Session, filer: Filer, only: str) -> list[Subject]:
    """List one's certificates in force: only those can be given up."""
    found = practising.to_give_up(session, filer.user_id, clock.today(), only)
    return [Subject(*one) for one in found]


@registry.check(f"{SERVICE}.nothing_under_way")
def nothing_under_way(step: Step, data: Mapping[str, Any], outcome: str) -> dict[str, Text]:
    """Refuse a second cancellation, and one against a registration that builds on it."""
    session, case = step.session, step.case
    lock_person(session, case.applicant_id)
    field = session.get_one(Certificate, int(data["certificate"])).field
    for one in open_cases_of(session, case.applicant_id, "registration"):
        if one.summary.get("field") == field:
            return {"certificate": REGISTERING.filled(number=one.number)}
    return still_free(step, data, outcome)


@registry.exhibit(f"{SERVICE}.certificate")
def certificate(step: Step) -> Exhibit | None:
    """Show the certificate that is to be cancelled."""
    wanted = step.case.summary.get("certificate")
    return Exhibit(*practising.shown(step.session, int(wanted), clock.today())) if wanted else None


@registry.operation(f"{SERVICE}.cancel")
def cancel(step: Step) -> None:
    """Cancel the certificate, at once and for good (C13)."""
    found = step.session.get_one(Certificate, int(step.data["certificate"]))
    set_certificate_state(step.session, found, "cancelled", step.actor, step.case.chain_key)
