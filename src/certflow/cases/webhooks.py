"""What happens to a case is told to webhooks: from its trail, at the end of its turn (I1).

The turn writes down what happened once, and only where somebody listens; who of the listeners may
see the case is asked when it is handed on, outside the turn: outbox handler "webhook.event".
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select

from certflow.cases import scope
from certflow.cases.models import Case, HumanTask
from certflow.core import clock, outbox
from certflow.core.db import Session
from certflow.core.outbox import handler
from certflow.core.prepared import Prepared
from certflow.notifications.models import Webhook
from certflow.notifications.webhooks import deliver

if TYPE_CHECKING:
    from certflow.cases.turn import Turn
    from certflow.core.audit import AuditEvent

FROM_TRAIL = frozenset(
    {
        "case.submitted",
        "task.completed",
        "case.suspended",
        "case.resumed",
        "case.reopened",
        "case.closed",
    }
)
"""Events of the audit trail that are told as they are."""


class Happening(NamedTuple):
    """Something to tell: the name of the event and what goes with it, beside the case."""

    event: str
    more: Mapping[str, Any]


def announce(turn: "Turn", written: Iterable["AuditEvent"], opened: Iterable[HumanTask]) -> None:
    """Write down what this turn did, for the webhooks that want to know."""
    case, session = turn.case, turn.session
    if case.state == "draft":
        return
    happened = list(_happenings(turn, list(written), list(opened)))
    listening = _LISTENING.run(session, {}) if happened else ()
    wanted = {event for _, events in listening for event in events}
    told = [one for one in happened if one.event in wanted]
    if told:
        payload = {
            "case_id": case.id,
            "at": clock.now().isoformat(),
            "case": _shown(case),
            "events": [[one.event, one.more] for one in told],
        }
        key = f"webhook.event/{case.id}/{case.version}"
        outbox.enqueue(session, "webhook.event", key, payload)


def _happenings(
    turn: "Turn", written: list["AuditEvent"], opened: list[HumanTask]
) -> Iterator[Happening]:
    submitted = False
    for one in written:
        submitted = submitted or one.action == "case.submitted"
        if one.action in FROM_TRAIL:
            yield Happening(one.action, _of_event(one))
    for event, more in turn.memo.get("told", ()):
        yield Happening(event, more)
    for task in opened:
        shown = {"task": {"id": task.id, "element": task.element, "role": task.role}}
        if task.role == "applicant" and not submitted:
            yield Happening("case.returned", shown)
        yield Happening("task.opened", shown)


def _of_event(one: "AuditEvent") -> dict[str, Any]:
    if one.action != "task.completed":
        return {}
    after = one.after or {}
    return {
        "task": {
            "id": after.get("task"),
            "element": one.element,
            "outcome": after.get("outcome"),
        }
    }


def _shown(case: Case) -> dict[str, Any]:
    """Return what a message says of a case: ids, numbers, states; nobody's name."""
    return {
        "id": case.id,
        "number": case.number,
        "service": case.service,
        "state": case.state,
        "stages": list(case.stages),
        "outcome": case.outcome,
        "version": case.version,
    }


_LISTENING = Prepared(select(Webhook.id, Webhook.events))
"""Every action asks it: there are few webhooks, and who has none pays one small read."""


@handler("webhook.event")
def hand_on(session: Session, payload: dict[str, Any]) -> None:
    """Have every webhook told that wants to know and may see the case."""
    case_id, at = int(payload["case_id"]), datetime.fromisoformat(payload["at"])
    sees: dict[int | None, bool] = {}
    for webhook in session.scalars(select(Webhook).order_by(Webhook.id)):
        owner = webhook.organisation_id
        wanted = [(event, more) for event, more in payload["events"] if event in webhook.events]
        if wanted and owner not in sees:
            sees[owner] = _may_see(session, owner, case_id)
        for event, more in wanted:
            if sees[owner]:
                data = {"case": payload["case"], **more}
                deliver(session, [webhook.id], event, case_id, data, at)


def _may_see(session: Session, organisation_id: int | None, case_id: int) -> bool:
    seen = scope.visible_to_programs(organisation_id, case_id)
    query = select(Case.id).where(Case.id == case_id, seen)
    return session.scalar(query) is not None
