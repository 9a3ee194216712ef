"""What an administrator does about work that failed or stuck (catalogue H8)."""

from certflow.cases.errors import BudgetExceeded, StepFailed
from certflow.cases.running import retry as retry_case
from certflow.core import audit, outbox
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Conflict, Invalid
from certflow.core.incidents import Incident, open_incident, raise_incident, resolve
from certflow.core.text import Text

NO_RETRY = Text(
    "这类故障不能由平台重试，请按说明处理后标记为已解决。",
    "The platform cannot retry this kind. Deal with it as described, then mark it as resolved.",
)
WHY = Text("请写明是怎样解决的。", "Please say how it was resolved.")


def can_retry(incident: Incident) -> bool:
    """Whether the platform can carry the failed work out again."""
    return incident.kind.startswith(("case.", "outbox."))


def retry_incident(session: Session, actor: Actor, incident_id: int) -> bool:
    """Carry out again what failed; False when it failed again, with the new reason shown.

    Each is tried in a savepoint of its own, so one that fails again does not undo the others.

    Raises:
        NotFound: there is no such open incident.
        Conflict: this kind cannot be retried.

    """
    incident = open_incident(session, incident_id)
    if not can_retry(incident):
        raise Conflict(NO_RETRY)
    if incident.kind.startswith("outbox."):
        outbox.retry(session, int(incident.subject.partition("/")[2]))
        _settle(session, actor, incident, "incident.retried", "")
        return True
    return _retry_case(session, actor, incident)


def resolve_incident(session: Session, actor: Actor, incident_id: int, reason: str) -> None:
    """Close an incident that was dealt with elsewhere.

    Raises:
        NotFound: there is no such open incident.
        Invalid: nothing is said about how.

    """
    if not reason.strip():
        raise Invalid(WHY, {"reason": WHY})
    incident = open_incident(session, incident_id)
    _settle(session, actor, incident, "incident.resolved", reason.strip())


def _retry_case(session: Session, actor: Actor, incident: Incident) -> bool:
    case_id = incident.case_id or int(incident.subject.partition("/")[2])
    kind, subject, incident_id = incident.kind, incident.subject, incident.id
    try:
        with session.begin_nested():
            retry_case(session, actor, case_id)
    except (StepFailed, BudgetExceeded) as error:
        raise_incident(session, kind, str(error), subject=subject, case_id=case_id)
        failed = {"result": "failed again"}
        audit.record(
            session, "incident.retried", actor, subject=f"incident/{incident_id}", after=failed
        )
        return False
    audit.record(session, "incident.retried", actor, subject=f"incident/{incident_id}")
    return True


def _settle(session: Session, actor: Actor, incident: Incident, action: str, reason: str) -> None:
    about = {"kind": incident.kind, "subject": incident.subject}
    name = f"incident/{incident.id}"
    resolve(session, incident.kind, incident.subject)
    audit.record(session, action, actor, subject=name, after=about, reason=reason)
