"""What each role finds in the menu."""

from typing import Any

from flask import request, url_for
from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString

from certflow.core.actor import Actor

Item = tuple[str, LazyString, str]

PORTAL: tuple[Item, ...] = (
    ("portal.home", lazy_gettext("首页"), "home"),
    ("portal.services", lazy_gettext("事项"), "layout-grid"),
    ("portal.cases", lazy_gettext("我的事项"), "folder"),
    ("portal.certificates", lazy_gettext("我的证书"), "certificate"),
    ("portal.profile", lazy_gettext("基本信息库"), "id"),
    ("portal.payments", lazy_gettext("缴费记录"), "receipt"),
)
INBOX: Item = ("office.inbox", lazy_gettext("待办"), "inbox")
CASES: Item = ("office.cases", lazy_gettext("案件"), "folder")
STATISTICS: Item = ("office.statistics", lazy_gettext("统计"), "chart-bar")
MENUS: dict[str, tuple[Item, ...]] = {
    "applicant": PORTAL,
    "expert": (INBOX, CASES),
    "body_staff": (INBOX, CASES, ("office.orders", lazy_gettext("缴费"), "receipt")),
    "body_admin": (INBOX, CASES, ("office.orders", lazy_gettext("缴费"), "receipt")),
    "reviewer": (INBOX, CASES, STATISTICS),
    "approver": (INBOX, CASES, STATISTICS),
    "finance": (("office.vouchers", lazy_gettext("凭证核对"), "receipt"), CASES),
    "regulator": (CASES, STATISTICS),
    "process_admin": (
        ("admin.home", lazy_gettext("运行"), "activity"),
        CASES,
        ("admin.processes", lazy_gettext("流程"), "sitemap"),
        ("admin.working_days", lazy_gettext("工作日历"), "calendar"),
        ("admin.tasks", lazy_gettext("转交任务"), "user-share"),
    ),
    "system_admin": (
        ("admin.home", lazy_gettext("运行"), "activity"),
        CASES,
        ("admin.audit_trail", lazy_gettext("审计记录"), "list-check"),
        ("admin.tasks", lazy_gettext("转交任务"), "user-share"),
        ("admin.tokens", lazy_gettext("接口令牌"), "key"),
    ),
}

BELOW: dict[str, tuple[str, ...]] = {
    "tasks.show": ("office.inbox", "portal.cases"),
    "tasks.submit": ("office.inbox", "portal.cases"),
    "tasks.confirm": ("office.inbox", "portal.cases"),
    "tasks.done": ("office.inbox", "portal.cases"),
    "cases.show": ("office.cases", "portal.cases"),
    "cases.check": ("office.cases", "portal.cases"),
    "cases.withdrawal": ("office.cases", "portal.cases"),
    "portal.certificate": ("portal.certificates",),
    "portal.new_record": ("portal.profile",),
    "portal.edit_record": ("portal.profile",),
    "orders.show": ("portal.payments", "office.orders"),
    "admin.process": ("admin.processes",),
    "admin.reassign": ("admin.tasks",),
}
"""Pages that are reached from an item of the menu, which stays lit."""


def main_nav(actor: Actor | None) -> list[dict[str, Any]]:
    """Return the items of the top bar for the actor's present role."""
    return [_shown(item) for item in MENUS.get(actor.role, ())] if actor else []


def links(actor: Actor | None) -> dict[str, str]:
    """Return the addresses that the frame of every page leads to, beside the menu."""
    found = {"verify": url_for("public.verify")}
    if actor is not None:
        found["notices"] = url_for("notices.index")
    if actor is not None and actor.role == "applicant":
        found["search"] = url_for("portal.services")
        found["profile"] = url_for("portal.profile")
    return found


def bottom_nav(actor: Actor | None) -> list[dict[str, Any]]:
    """Return the phone's bottom bar: at most four items."""
    return main_nav(actor)[:4]


def _shown(item: Item) -> dict[str, Any]:
    endpoint, label, icon = item
    return {
        "url": url_for(endpoint),
        "label": str(label),
        "icon": icon,
        "active": endpoint in (request.endpoint, *BELOW.get(request.endpoint or "", ())),
    }
