"""The guide for process administrators: pages of our own beside this file (catalogue I6)."""

from functools import cache
from pathlib import Path
from typing import Final

from flask import Blueprint, render_template
from markupsafe import Markup

from certflow.core.access import SIGNED_IN, allow
from certflow.core.errors import NotFound
from certflow.core.text import Text
from certflow.web.edge import locale

blueprint = Blueprint("help", __name__, url_prefix="/help")
FOLDER: Final = Path(__file__).parent
PAGES: Final[dict[str, Text]] = {
    "overview": Text("概览与权限", "Overview and permissions"),
    "drawing": Text("画流程图", "Drawing the diagram"),
    "forms": Text("表单与条件", "Forms and conditions"),
    "tables": Text("决策表与设置", "Decision tables and settings"),
    "trying": Text("试运行、测试与回放", "Trying out, tests and replays"),
    "publishing": Text("检查、发布与版本", "Checking, publishing and versions"),
    "operating": Text("迁移与运行操作", "Moving and operating cases"),
    "new": Text("新建一个事项（从头到尾）", "A new service from beginning to end"),
}
"""The pages in the order of the work; each is a fragment <name>.<language>.html of this folder."""


@blueprint.get("")
@allow(SIGNED_IN)
def index() -> str:
    """List the pages of the guide."""
    return render_template("help/index.html", pages=PAGES, summaries=_SUMMARIES)


@blueprint.get("/<page>")
@allow(SIGNED_IN)
def show(page: str) -> str:
    """Show one page of the guide.

    Raises:
        NotFound: there is no such page.

    """
    if page not in PAGES:
        raise NotFound
    names = list(PAGES)
    at = names.index(page)
    return render_template(
        "help/page.html",
        pages=PAGES,
        page=page,
        text=_text(page, locale()),
        before=names[at - 1] if at else None,
        after=names[at + 1] if at + 1 < len(names) else None,
    )


@cache
def _text(page: str, language: str) -> Markup:
    """Return a page's own words: files of the product, never anything that people typed."""
    return Markup((FOLDER / f"{page}.{language}.html").read_text(encoding="utf-8"))  # noqa: S704


_SUMMARIES: Final[dict[str, Text]] = {
    "overview": Text(
        "流程设计能做什么，草稿和版本是什么关系，谁能做哪一步。",
        "What the studio is for, how drafts become versions, who may do what.",
    ),
    "drawing": Text(
        "环节、泳道、判断、自动办理和等待；自动保存与多人同时编辑。",
        "Steps, lanes, choices, automatic steps, waiting; saving, working together.",
    ),
    "forms": Text(
        "问题、重复的一组、什么时候显示；哪些回答告诉流程。",
        "Questions, repeated groups, when to show them; what the process is told.",
    ),
    "tables": Text(
        "用表格写规则并当场试算；时限、收费、通知等设置。",
        "Rules in tables, tried on the spot; time limits, fees, notices.",
    ),
    "trying": Text(
        "不影响任何人，把草稿从头走到尾；存成测试；用办结的业务回放。",
        "Walk a draft without touching anybody; keep tests; replay finished cases.",
    ),
    "publishing": Text(
        "检查结果、差异、审批、定时生效、回退。",
        "Findings, differences, approval, a time to come into force, rolling back.",
    ),
    "operating": Text(
        "在办业务换到新版本；看业务停在哪里；暂停、移动、终止。",
        "Running cases to a new version; where they wait; suspend, move, end.",
    ),
    "new": Text(
        "照着做一遍：一个收费、限时、由协会审核的新事项，当天上线。",
        "Step by step: a new service with a fee and a time limit, live the same day.",
    ),
}
