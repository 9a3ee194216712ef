"""Webhooks: programs that are told what happens to cases (catalogue I1).

A body's administrator keeps those of the body, a system administrator the association's.
"""

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext

from certflow.core.access import allow, current_actor
from certflow.core.db import db
from certflow.core.errors import Invalid
from certflow.core.text import Text
from certflow.notifications import webhooks
from certflow.notifications.webhook_sending import in_words

blueprint = Blueprint("webhooks", __name__)

KEEPERS = ("body_admin", "system_admin")
PAGE = 20

STATES = {
    "waiting": ("going", Text("待发送", "Waiting")),
    "held": ("paused", Text("已暂存", "Held")),
    "done": ("passed", Text("已送达", "Delivered")),
    "failed": ("mend", Text("未送达", "Failed")),
}
TEST = Text("测试消息", "Test message")


@blueprint.get("/webhooks")
@allow(*KEEPERS)
def index() -> str:
    """List the webhooks and offer another."""
    return _index()


@blueprint.post("/webhooks")
@allow(*KEEPERS)
def create() -> Any:
    """Add a webhook; its secret is shown on this one answer."""
    try:
        made = webhooks.new_webhook(db.session(), current_actor(), _told())
    except Invalid as error:
        return _index(error.fields), error.status
    return _show(made.webhook, secret=made.secret)


@blueprint.get("/webhooks/<int:webhook_id>")
@allow(*KEEPERS)
def show(webhook_id: int) -> str:
    """Show a webhook and what was sent to it."""
    return _show(webhooks.get_webhook(db.session(), current_actor(), webhook_id))


@blueprint.post("/webhooks/<int:webhook_id>")
@allow(*KEEPERS)
def change(webhook_id: int) -> Any:
    """Change what it is told and where."""
    session, actor = db.session(), current_actor()
    try:
        webhooks.change(session, actor, webhook_id, _told())
    except Invalid as error:
        found = webhooks.get_webhook(session, actor, webhook_id)
        return _show(found, errors=error.fields), error.status
    flash(gettext("订阅已保存"), "passed")
    return _back(webhook_id)


@blueprint.post("/webhooks/<int:webhook_id>/test")
@allow(*KEEPERS)
def test(webhook_id: int) -> Any:
    """Send a test message."""
    webhooks.test(db.session(), current_actor(), webhook_id)
    flash(gettext("测试消息几秒内发出，请刷新本页查看结果"), "passed")
    return _back(webhook_id)


@blueprint.post("/webhooks/<int:webhook_id>/resume")
@allow(*KEEPERS)
def resume(webhook_id: int) -> Any:
    """Go on after it was stopped."""
    count = webhooks.resume(db.session(), current_actor(), webhook_id)
    flash(ngettext("已恢复，补发 %(num)s 条", "已恢复，补发 %(num)s 条", count), "passed")
    return _back(webhook_id)


@blueprint.post("/webhooks/<int:webhook_id>/secret")
@allow(*KEEPERS)
def renew_secret(webhook_id: int) -> str:
    """Make another secret; it is shown on this one answer."""
    made = webhooks.renew_secret(db.session(), current_actor(), webhook_id)
    return _show(made.webhook, secret=made.secret)


@blueprint.post("/webhooks/<int:webhook_id>/remove")
@allow(*KEEPERS)
def remove(webhook_id: int) -> Any:
    """Delete a webhook."""
    webhooks.remove(db.session(), current_actor(), webhook_id)
    flash(gettext("订阅已删除"), "passed")
    return redirect(url_for("webhooks.index"), 303)


def _told() -> dict[str, Any]:
    form = request.form
    told = {name: form.get(name, "") for name in ("name", "url")}
    return {**told, "events": form.getlist("event")}


def _back(webhook_id: int) -> Any:
    return redirect(url_for("webhooks.show", webhook_id=webhook_id), 303)


def _index(errors: dict[str, Text] | None = None) -> str:
    rows = webhooks.webhooks_of(db.session(), current_actor())
    return render_template(
        "webhooks/index.html",
        rows=[(one, urlsplit(one.url).hostname) for one in rows],
        errors=errors or {},
        typed=_told() if errors else {"name": "", "url": "", "events": ()},
        events=webhooks.EVENTS,
        of_body=current_actor().role == "body_admin",
    )


def _show(webhook: Any, secret: str = "", errors: dict[str, Text] | None = None) -> str:
    session = db.session()
    before = request.args.get("before", type=int)
    sent = webhooks.deliveries_of(session, webhook, PAGE + 1, before)
    kept = {"name": webhook.name, "url": webhook.url, "events": webhook.events}
    return render_template(
        "webhooks/show.html",
        webhook=webhook,
        host=urlsplit(webhook.url).hostname,
        secret=secret,
        errors=errors or {},
        typed=_told() if errors else kept,
        events=webhooks.EVENTS,
        names={**webhooks.EVENTS, webhooks.TEST: TEST},
        sent=sent[:PAGE],
        older=sent[PAGE - 1].id if len(sent) > PAGE else None,
        newer=before is not None,
        left=webhooks.waiting_in(session, webhook) if webhook.state == "stopped" else 0,
        states=STATES,
        in_words=in_words,
        of_body=current_actor().role == "body_admin",
    )
