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
    ("portal.exams", lazy_gettext("我的考试"), "school"),
    ("portal.profile", lazy_gettext("基本信息库"), "id"),
    ("portal.payments", lazy_gettext("缴费记录"), "receipt"),
)
INBOX: Item = ("office.inbox", lazy_gettext("待办"), "inbox")
CASES: Item = ("office.cases", lazy_gettext("案件"), "folder")
STATISTICS: Item = ("office.statistics", lazy_gettext("统计"), "chart-bar")
CREDIT: Item = ("office.credit", lazy_gettext("信用档案"), "scale")
ORGANISATION: Item = ("office.organisation", lazy_gettext("本机构"), "building")
BODY: tuple[Item, ...] = (
    INBOX,
    CASES,
    ("office.people", lazy_gettext("机构人员"), "users"),
    ("portal.services", lazy_gettext("办理事项"), "layout-grid"),
    ("portal.cases", lazy_gettext("我们的申报"), "file-text"),
    ("office.filing", lazy_gettext("批量办理"), "users"),
    ("office.orders", lazy_gettext("缴费"), "receipt"),
)
MENUS: dict[str, tuple[Item, ...]] = {
    "applicant": PORTAL,
    "expert": (INBOX, CASES),
    "body_staff": BODY,
    "body_admin": (*BODY, ORGANISATION),
    "body_pending": (("portal.cases", lazy_gettext("我的申请"), "file-text"),),
    "complaints_office": (INBOX, CASES, CREDIT, STATISTICS),
    "training_office": (INBOX, CASES),
    "reviewer": (INBOX, CASES, CREDIT, STATISTICS),
    "approver": (INBOX, CASES, STATISTICS),
    "exam_office": (INBOX, CASES, ("office.exams", lazy_gettext("考试"), "school")),
    "finance": (("office.vouchers", lazy_gettext("凭证核对"), "receipt"), CASES),
    "regulator": (CASES, STATISTICS),
    "process_admin": (
        ("admin.home", lazy_gettext("运行"), "activity"),
        CASES,
        ("studio.home", lazy_gettext("流程设计"), "sitemap"),
        ("admin.working_days", lazy_gettext("工作日历"), "calendar"),
        ("admin.tasks", lazy_gettext("转交任务"), "user-share"),
    ),
    "system_admin": (
        ("admin.home", lazy_gettext("运行"), "activity"),
        INBOX,
        CASES,
        ("admin.audit_trail", lazy_gettext("审计记录"), "list-check"),
        ("admin.organisations", lazy_gettext("机构管理"), "building"),
        ("admin.imports", lazy_gettext("数据导入"), "upload"),
        ("admin.tasks", lazy_gettext("转交任务"), "user-share"),
        ("admin.permissions", lazy_gettext("流程权限"), "shield-lock"),
        ("admin.tokens", lazy_gettext("接口令牌"), "key"),
        ("admin.second_factors", lazy_gettext("动态验证码"), "shield-lock"),
    ),
}
SEARCHERS = frozenset(MENUS) - {"applicant", "body_pending"}
"""Roles that search over cases, people and certificates (B12)."""

BELOW: dict[str, tuple[str, ...]] = {
    "tasks.show": ("office.inbox", "portal.cases"),
    "tasks.submit": ("office.inbox", "portal.cases"),
    "tasks.confirm": ("office.inbox", "portal.cases"),
    "tasks.done": ("office.inbox", "portal.cases"),
    "cases.show": ("office.cases", "portal.cases"),
    "cases.check": ("office.cases", "portal.cases"),
    "cases.withdrawal": ("office.cases", "portal.cases"),
    "portal.certificate": ("portal.certificates",),
    "office.filing_people": ("office.filing",),
    "office.filing_prepare": ("office.filing",),
    "office.filing_show": ("office.filing",),
    "office.filing_discarding": ("office.filing",),
    "office.filing_submit": ("office.filing",),
    "office.credit_file": ("office.credit",),
    "office.enter_credit": ("office.credit",),
    "office.exam": ("office.exams",),
    "office.create_exam": ("office.exams",),
    "office.exam_entries": ("office.exams",),
    "office.exam_import": ("office.exams",),
    "office.new_import": ("office.exams",),
    "office.check_import": ("office.exams",),
    "portal.new_record": ("portal.profile",),
    "portal.edit_record": ("portal.profile",),
    "portal.my_road": ("portal.certificates",),
    "portal.my_data": ("portal.profile",),
    "office.due_soon": ("office.people",),
    "office.auditors": ("office.people",),
    "office.issue_passwords": ("office.people",),
    "office.new_auditor": ("office.people",),
    "office.add_auditor": ("office.people",),
    "office.leaving_auditor": ("office.people",),
    "office.new_auditors_import": ("office.people",),
    "office.check_auditors": ("office.people",),
    "office.auditors_import_": ("office.people",),
    "office.colleagues": ("office.organisation",),
    "office.invite_colleague": ("office.organisation",),
    "office.ending_colleague": ("office.organisation",),
    "office.end_colleague": ("office.organisation",),
    "office.reset_colleagues_password": ("office.organisation",),
    "office.set_contact": ("office.organisation",),
    "office.add_branch": ("office.organisation",),
    "tokens.of_body": ("office.organisation",),
    "tokens.issue_of_body": ("office.organisation",),
    "webhooks.index": ("office.organisation", "admin.tokens"),
    "webhooks.create": ("office.organisation", "admin.tokens"),
    "webhooks.show": ("office.organisation", "admin.tokens"),
    "webhooks.change": ("office.organisation", "admin.tokens"),
    "webhooks.renew_secret": ("office.organisation", "admin.tokens"),
    "admin.issue": ("admin.tokens",),
    "admin.new_bulk_import": ("admin.imports",),
    "admin.begin_import": ("admin.imports",),
    "admin.bulk_import": ("admin.imports",),
    "admin.organisation": ("admin.organisations",),
    "admin.open_administrator": ("admin.organisations",),
    "admin.particulars": ("admin.organisations",),
    "admin.set_particulars": ("admin.organisations",),
    "orders.show": ("portal.payments", "office.orders"),
    "admin.save_permissions": ("admin.permissions",),
    "admin.reassign": ("admin.tasks",),
}
"""Pages that are reached from an item of the menu, which stays lit."""


def main_nav(actor: Actor | None) -> list[dict[str, Any]]:
    """Return the items of the top bar for the actor's present role; one of them is lit."""
    items = [_shown(item) for item in MENUS.get(actor.role, ())] if actor else []
    lit = next((item for item in items if item["active"]), None)
    return [{**item, "active": item is lit} for item in items]


def links(actor: Actor | None) -> dict[str, str]:
    """Return the addresses that the frame of every page leads to, beside the menu."""
    found = {"verify": url_for("public.verify"), "announcements": url_for("announcements.index")}
    if actor is not None:
        found["notices"] = url_for("notices.index")
        found["help"] = url_for("help.index")
    if actor is not None and actor.role in SEARCHERS:
        found["find"] = url_for("search.page")
    if actor is not None and actor.role == "applicant":
        found["search"] = url_for("portal.services")
        found["profile"] = url_for("portal.profile")
        found["credit"] = url_for("portal.credit")
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
        "active": endpoint in (request.endpoint, *_above(request.endpoint or "")),
    }


def _above(endpoint: str) -> tuple[str, ...]:
    """Return the items below which a page lies; all of the studio's lie below its home."""
    return BELOW.get(endpoint, ("studio.home",) if endpoint.startswith("studio.") else ())
