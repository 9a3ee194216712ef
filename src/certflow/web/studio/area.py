"""The studio's pages and what they share: the permissions, the frame with its tabs."""

from typing import Any

from flask import Blueprint, url_for
from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString

from certflow.core.db import db
from certflow.studio.overview import Overview, overview

blueprint = Blueprint("studio", __name__, url_prefix="/studio")

LOOK = "process_admin"
EDIT = "process_admin:edit"
APPROVE = "process_admin:approve"
PUBLISH = "process_admin:publish"
MIGRATE = "process_admin:migrate"
OPERATE = "process_admin:operate"

_DESIGN, _TEST, _RELEASE = (
    lazy_gettext("设计"),
    lazy_gettext("试运行"),
    lazy_gettext("发布与版本"),
)
TABS: tuple[tuple[LazyString, tuple[tuple[str, LazyString], ...]], ...] = (
    (lazy_gettext("概况"), (("studio.process", lazy_gettext("概况")),)),
    (
        _DESIGN,
        (
            ("studio.draft", lazy_gettext("流程图")),
            ("studio.forms", lazy_gettext("表单")),
            ("studio.tables", lazy_gettext("决策表")),
            ("studio.settings", lazy_gettext("设置")),
        ),
    ),
    (
        _TEST,
        (
            ("studio.trials", lazy_gettext("试运行")),
            ("studio.scenarios", lazy_gettext("测试")),
            ("studio.replays", lazy_gettext("回放")),
        ),
    ),
    (
        _RELEASE,
        (
            ("studio.release", lazy_gettext("检查与发布")),
            ("studio.versions", lazy_gettext("所有版本")),
        ),
    ),
    (lazy_gettext("迁移"), (("studio.migrations", lazy_gettext("迁移")),)),
    (lazy_gettext("运行"), (("studio.running", lazy_gettext("运行")),)),
)
"""The tabs of a process in the order of the work, each with its pages (called with `key`)."""


def frame(key: str, lit: str) -> dict[str, Any]:
    """Return what studio/frame.html needs: the process, the tabs, the pages of the lit tab.

    `lit` is the endpoint of the present page.

    Raises:
        NotFound: there is neither a version nor a draft of this process.

    """
    process: Overview = overview(db.session(), key)
    present = next(pages for _title, pages in TABS if lit in dict(pages))
    tabs = [_tab(pages[0][0], title, key, active=pages is present) for title, pages in TABS]
    pages = [_tab(endpoint, title, key, active=endpoint == lit) for endpoint, title in present]
    return {"process": process, "tabs": tabs, "pages": pages if len(pages) > 1 else []}


def _tab(endpoint: str, title: LazyString, key: str, *, active: bool) -> dict[str, Any]:
    return {"url": url_for(endpoint, key=key), "label": str(title), "active": active}
