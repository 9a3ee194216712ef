"""Takes back what was done to somebody by a decision that was overturned (catalogue D3, D6)."""

from sqlalchemy import select

from certflow.core import audit
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.personnel.conduct import basis_of
from certflow.personnel.models import Certificate, CreditEntry

_OVERTURNED = "{basis} 的决定已撤销"


def take_back(
    session: Session, person_id: int | None, case_id: int, number: str, actor: Actor
) -> None:
    """Undo what was decided about a person in a case, as far as nothing was decided since.

    Its entries leave the credit file; its certificates are again what they were. To a body it
    was only said.
    """
    if person_id is None:
        return
    reason = _OVERTURNED.format(basis=basis_of(number))
    entries = select(CreditEntry).where(
        CreditEntry.person_id == person_id, CreditEntry.case_id == case_id
    )
    for entry in session.scalars(entries):
        audit.record(
            session,
            "credit.withdrawn",
            actor,
            subject=f"person/{person_id}",
            before={"entry": entry.id, "kind": entry.kind, "text": entry.text},
            reason=reason,
        )
        session.delete(entry)
    certificates = select(Certificate).where(Certificate.person_id == person_id)
    for certificate in session.scalars(certificates.with_for_update()):
        _restore(session, certificate, basis_of(number), reason, actor)
    session.flush()


def _restore(
    session: Session, certificate: Certificate, basis: str, reason: str, actor: Actor
) -> None:
    """Put a certificate back when the last decision about its state rests on this basis."""
    subject = f"certificate/{certificate.id}"
    decided = [one for one in audit.events(session, subject) if "state" in (one.after or {})]
    if not decided or decided[-1].reason != basis or certificate.state == "replaced":
        return
    now, certificate.state = certificate.state, decided[-1].before["state"]
    if certificate.state == "valid":
        certificate.suspended_until = None
    audit.record(
        session,
        "certificate.reinstated",
        actor,
        subject=subject,
        before={"state": now},
        after={"state": certificate.state},
        reason=reason,
    )
