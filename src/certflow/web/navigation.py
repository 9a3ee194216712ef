"""What each role finds in the menu."""

from typing import Any

from flask import request, url_for
from flask_babel import gettext

from certflow.core.actor import Actor

Item = tuple[str, str, str]

PORTAL: tuple[Item, ...] = (
    ("portal.home", "首页", "home"),
    ("portal.services", "事项", "layout-grid"),
    ("portal.cases", "我的事项", "folder"),
    ("portal.certificates", "我的证书", "certificate"),
    ("portal.profile", "基本信息库", "id"),
    ("portal.payments", "缴费记录", "receipt"),
)
INBOX: Item = ("office.inbox", "待办", "inbox")
CASES: Item = ("office.cases", "案件", "folder")
STATISTICS: Item = ("office.statistics", "统计", "chart-bar")
MENUS: dict[str, tuple[Item, ...]] = {
    "applicant": PORTAL,
    "expert": (INBOX, CASES),
    "body_staff": (INBOX, CASES, ("office.orders", "缴费", "receipt")),
    "body_admin": (INBOX, CASES, ("office.orders", "缴费", "receipt")),
    "reviewer": (INBOX, CASES, STATISTICS),
    "approver": (INBOX, CASES, STATISTICS),
    "finance": (("office.vouchers", "凭证核对", "receipt"), CASES),
    "regulator": (CASES, STATISTICS),
    "process_admin": (
        ("admin.home", "运行", "activity"),
        CASES,
        ("admin.processes", "流程", "sitemap"),
        ("admin.working_days", "工作日历", "calendar"),
    ),
    "system_admin": (
        ("admin.home", "运行", "activity"),
        CASES,
        ("admin.audit_trail", "审计记录", "list-check"),
    ),
}


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
        "label": gettext(label),
        "icon": icon,
        "active": request.endpoint == endpoint,
    }
