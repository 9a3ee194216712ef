"""What an administrator does about work that failed or stuck (catalogue H8)."""

from collections.abc import Iterable
from dataclasses import dataclass

from certflow.cases.errors import BudgetExceeded, StepFailed
from certflow.cases.running import retry as retry_case
from certflow.core import audit, outbox
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Conflict
from certflow.core.given import reason_of
from certflow.core.incidents import Incident, open_incident, raise_incident, resolve
from certflow.core.text import Text

NO_RETRY = Text(
    "这类故障不能由平台重试，请按说明处理后标记为已解决。",
    "The platform cannot retry this kind. Deal with it as described, then mark it as resolved.",
)
FAILED_AGAIN = Text(
    "重试后仍未成功，原因已更新。请先排除原因。",
    "It failed again and shows the new reason. Mend the cause first.",
)
WHY = Text("请写明是怎样解决的。", "Please say how it was resolved.")


def can_retry(incident: Incident) -> bool:
    """Whether the platform can carry the failed work out again."""
    return incident.kind.startswith(("case.", "outbox."))


@dataclass(frozen=True)
class Retried:
    """What came of one retry; `why` says what stands against it, None: the work goes on."""

    case_id: int | None
    why: Text | None


def retry_incidents(session: Session, actor: Actor, incident_ids: Iterable[int]) -> list[Retried]:
    """Carry out again what failed, each in a savepoint of its own: none undoes the others.

    Raises:
        NotFound: one of them is no open incident.
        Conflict: one of them is of a kind that cannot be retried.

    """
    incidents = [open_incident(session, one) for one in incident_ids]
    if not all(can_retry(one) for one in incidents):
        raise Conflict(NO_RETRY)
    return [
        Retried(one.case_id, _retry(session, actor, one))
        for one in incidents
        if one.resolved_at is None  # else the retry of another of the same case settled it
    ]


def _retry(session: Session, actor: Actor, incident: Incident) -> Text | None:
    if incident.kind.startswith("outbox."):
        outbox.retry(session, int(incident.subject.partition("/")[2]))
        _settle(session, actor, incident, "incident.retried", "")
        return None
    return _retry_case(session, actor, incident)


def resolve_incident(session: Session, actor: Actor, incident_id: int, reason: str) -> None:
    """Close an incident that was dealt with elsewhere.

    Raises:
        NotFound: there is no such open incident.
        Invalid: nothing is said about how.

    """
    reason = reason_of(reason, WHY)
    incident = open_incident(session, incident_id)
    _settle(session, actor, incident, "incident.resolved", reason)


def _retry_case(session: Session, actor: Actor, incident: Incident) -> Text | None:
    case_id = incident.case_id or int(incident.subject.partition("/")[2])
    kind, subject, name = incident.kind, incident.subject, f"incident/{incident.id}"
    try:
        with session.begin_nested():
            retry_case(session, actor, case_id)
    except Conflict as error:  # it rests: nothing was tried
        return error.message
    except (StepFailed, BudgetExceeded) as error:
        raise_incident(session, kind, str(error), subject=subject, case_id=case_id)
        failed = {"result": "failed again"}
        audit.record(session, "incident.retried", actor, subject=name, after=failed)
        return FAILED_AGAIN
    audit.record(session, "incident.retried", actor, subject=name)
    return None


def _settle(session: Session, actor: Actor, incident: Incident, action: str, reason: str) -> None:
    about = {"kind": incident.kind, "subject": incident.subject}
    name = f"incident/{incident.id}"
    resolve(session, incident.kind, incident.subject)
    audit.record(session, action, actor, subject=name, after=about, reason=reason)
