"""Webhooks: which programs are told what happens to cases (catalogue I1).

A body's administrator keeps those of the body, a system administrator those of the association;
another's is not found. Messages are sent by `webhook_sending`, told of cases by `cases.webhooks`.
"""

import base64
import secrets
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, delete, func, select

from certflow.core import audit, clock, outbox
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Conflict, Forbidden, Invalid, NotFound
from certflow.core.given import refuse, wrong_in
from certflow.core.settings import current
from certflow.core.text import Text
from certflow.notifications.addresses import refused
from certflow.notifications.models import Webhook, WebhookDelivery

EVENTS: dict[str, Text] = {
    "case.submitted": Text("提交申请", "An application was submitted"),
    "task.opened": Text("新任务待办", "A task opened"),
    "task.completed": Text("任务办结", "A task was completed"),
    "case.returned": Text("等申请人补正或处理", "It is the applicant's turn: returned, to correct"),
    "case.suspended": Text("业务中止", "A case was suspended"),
    "case.resumed": Text("业务恢复", "A suspended case goes on"),
    "case.reopened": Text("业务重开", "A closed case was taken up again"),
    "case.closed": Text("业务办结", "A case was closed, with its outcome"),
    "certificate.issued": Text("颁发证书", "A certificate was issued"),
}
"""What a webhook can be told of."""

TEST = "ping"
MOST = 10
"""How many webhooks an organisation may have."""

INVALID = Text("没有保存，请按提示修改。", "Nothing was saved; see the marked fields.")
NO_NAME = Text("请写明用途，例如“业务系统同步”。", "Say what it is for, such as “our own system”.")
NO_EVENTS = Text("请至少选一种事件。", "Choose at least one event.")
ENOUGH = Text("最多 10 个订阅。请先删除不用的。", "There can be 10 webhooks. Delete one first.")
RUNNING = Text("这个订阅没有停止，不用恢复。", "This webhook is not stopped.")


class Issued(NamedTuple):
    """A webhook and its secret, which is shown only here."""

    webhook: Webhook
    secret: str


def new_webhook(session: Session, actor: Actor, told: Mapping[str, Any]) -> Issued:
    """Add a webhook; `told` has "name", "url" and "events".

    Raises:
        Invalid: with a sentence at each wrong field.

    """
    name, url, events = _checked(told)
    organisation_id = _owner(actor)
    session.flush()
    if session.scalar(select(func.count()).where(_mine(actor))) >= MOST:  # type: ignore[operator]
        raise Invalid(ENOUGH, {"name": ENOUGH})
    secret = _new_secret()
    webhook = Webhook(
        organisation_id=organisation_id,
        name=name,
        url=url,
        secret=secret,
        events=events,
        created_by=actor.user_id,
        created_at=clock.now(),
    )
    session.add(webhook)
    session.flush()
    _record(session, "webhook.created", actor, webhook, after={"events": events})
    return Issued(webhook, secret)


def change(session: Session, actor: Actor, webhook_id: int, told: Mapping[str, Any]) -> None:
    """Change name, address and events of a webhook.

    Raises:
        Invalid: with a sentence at each wrong field.
        NotFound: it is another's.

    """
    webhook = get_webhook(session, actor, webhook_id)
    name, url, events = _checked(told)
    before = {"events": webhook.events}
    after = {"events": events, "address_changed": url != webhook.url}
    webhook.name, webhook.url, webhook.events = name, url, events
    session.flush()
    _record(session, "webhook.changed", actor, webhook, before=before, after=after)


def renew_secret(session: Session, actor: Actor, webhook_id: int) -> Issued:
    """Give a webhook another secret; what is sent from now on is signed with it."""
    webhook = get_webhook(session, actor, webhook_id)
    webhook.secret = _new_secret()
    session.flush()
    _record(session, "webhook.secret_renewed", actor, webhook)
    return Issued(webhook, webhook.secret)


def remove(session: Session, actor: Actor, webhook_id: int) -> None:
    """Delete a webhook with the log of its deliveries."""
    webhook = get_webhook(session, actor, webhook_id)
    _record(session, "webhook.removed", actor, webhook, before={"events": webhook.events})
    session.execute(delete(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook.id))
    session.delete(webhook)
    session.flush()


def resume(session: Session, actor: Actor, webhook_id: int) -> int:
    """Let a stopped webhook go on: what failed or was held is sent now; return how much.

    Raises:
        Conflict: it is not stopped.

    """
    webhook = get_webhook(session, actor, webhook_id)
    if webhook.state != "stopped":
        raise Conflict(RUNNING)
    webhook.state, webhook.failure, webhook.stopped_at = "active", "", None
    webhook.quiet_until, webhook.resumed = None, webhook.resumed + 1
    query = select(WebhookDelivery).where(
        WebhookDelivery.webhook_id == webhook.id,
        WebhookDelivery.state.in_(("held", "failed")),
        WebhookDelivery.event != TEST,
    )
    left = list(session.scalars(query.order_by(WebhookDelivery.id)))
    for one in left:
        one.state, one.attempts = "waiting", 0
    session.flush()
    _record(session, "webhook.resumed", actor, webhook, after={"deliveries": len(left)})
    _post(session, left, again=f"/{webhook.resumed}")
    return len(left)


def test(session: Session, actor: Actor, webhook_id: int) -> WebhookDelivery:
    """Send a message that says nothing, to see whether the receiver takes it."""
    webhook = get_webhook(session, actor, webhook_id)
    (delivery,) = deliver(session, [webhook.id], TEST, None, {})
    _record(session, "webhook.tested", actor, webhook)
    return delivery


def deliver(
    session: Session,
    webhook_ids: Collection[int],
    event: str,
    case_id: int | None,
    data: Mapping[str, Any],
    at: datetime | None = None,
) -> list[WebhookDelivery]:
    """Have webhooks told of an event; `data` holds ids, numbers and states only."""
    at = at or clock.now()
    body = {"type": event, "timestamp": at.isoformat(), "data": dict(data)}
    made = [
        WebhookDelivery(
            webhook_id=webhook_id,
            key=f"msg_{secrets.token_hex(16)}",
            event=event,
            case_id=case_id,
            body=body,
            state="waiting",
            created_at=clock.now(),
        )
        for webhook_id in webhook_ids
    ]
    session.add_all(made)
    session.flush()
    _post(session, made)
    return made


def _post(session: Session, deliveries: list[WebhookDelivery], again: str = "") -> None:
    rows = {f"webhook/{one.id}{again}": {"delivery_id": one.id} for one in deliveries}
    outbox.enqueue_all(session, "webhook", rows)


def webhooks_of(session: Session, actor: Actor) -> list[Webhook]:
    """Return the webhooks that the actor keeps, the oldest first."""
    return list(session.scalars(select(Webhook).where(_mine(actor)).order_by(Webhook.id)))


def get_webhook(session: Session, actor: Actor, webhook_id: int) -> Webhook:
    """Return a webhook that the actor keeps.

    Raises:
        NotFound: it is another's.

    """
    found = session.scalar(select(Webhook).where(Webhook.id == webhook_id, _mine(actor)))
    if found is None:
        raise NotFound
    return found


def deliveries_of(
    session: Session, webhook: Webhook, limit: int, before_id: int | None = None
) -> list[WebhookDelivery]:
    """Return what was sent to a webhook, the newest first; `before_id` ends the page before."""
    query = select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook.id)
    if before_id is not None:
        query = query.where(WebhookDelivery.id < before_id)
    return list(session.scalars(query.order_by(WebhookDelivery.id.desc()).limit(limit)))


def waiting_in(session: Session, webhook: Webhook) -> int:
    """Return how many deliveries a stopped webhook would send when it is resumed."""
    query = select(func.count()).where(
        WebhookDelivery.webhook_id == webhook.id,
        WebhookDelivery.state.in_(("held", "failed")),
        WebhookDelivery.event != TEST,
    )
    return session.scalar(query) or 0


def forget(session: Session, before: datetime) -> int:
    """Forget deliveries of long ago, sent or not; return how many."""
    old = WebhookDelivery.created_at < before
    count = session.scalar(select(func.count()).where(old)) or 0
    session.execute(delete(WebhookDelivery).where(old))
    return count


def _owner(actor: Actor) -> int | None:
    """Return whose webhooks the actor keeps: an organisation's, None for the association's."""
    if actor.role == "body_admin" and actor.organisation_id is not None:
        return actor.organisation_id
    if actor.role == "system_admin":
        return None
    raise Forbidden


def _mine(actor: Actor) -> ColumnElement[bool]:
    owner = _owner(actor)
    return Webhook.organisation_id.is_(None) if owner is None else Webhook.organisation_id == owner


def _checked(told: Mapping[str, Any]) -> tuple[str, str, list[str]]:
    name, url = str(told.get("name", "")).strip(), str(told.get("url", "")).strip()
    events = [one for one in EVENTS if one in told.get("events", ())]
    faults = {
        "name": wrong_in(name, 100, NO_NAME),
        "url": refused(urlsplit_or_none(url), production=current().production),
        "events": None if events else NO_EVENTS,
    }
    refuse(faults, INVALID)
    return name, url, events


def urlsplit_or_none(url: str) -> Any:
    """Return the parts of an address, None when it is none."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def _record(session: Session, action: str, actor: Actor, webhook: Webhook, **more: Any) -> None:
    subject = f"organisation/{webhook.organisation_id}" if webhook.organisation_id else "platform"
    after = {"webhook": webhook.id, **(more.pop("after", None) or {})}
    audit.record(session, action, actor, subject=subject, after=after, **more)
