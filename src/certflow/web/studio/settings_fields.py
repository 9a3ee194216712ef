"""The settings of a service as the page draws them: sections of fields (catalogue H4).

A field is a path into service.json and a kind of control; assets/studio/settings draws both.
"""

from typing import Any

from flask_babel import gettext as _

Field = dict[str, Any]
UNITS = ("working_days", "calendar_days")


def sections() -> list[dict[str, Any]]:
    """Return every section with its fields, in the words of the request's language."""
    return [
        {"key": "about", "title": _("名称与目录"), "fields": _catalogue()},
        {"key": "who", "title": _("谁能办"), "fields": _people()},
        {"key": "limits", "title": _("时限与提醒"), "fields": _limits()},
        {"key": "stages", "title": _("环节、结果和步骤"), "fields": _stages()},
        {"key": "notices", "title": _("通知"), "fields": _notices()},
        {"key": "letters", "title": _("函件"), "fields": _letters()},
        {"key": "fee", "title": _("收费"), "fields": _fees()},
        {"key": "appeal", "title": _("申诉与代办"), "fields": _appeals()},
        {"key": "names", "title": _("英文名称"), "fields": _names()},
    ]


def known() -> list[str]:
    """Return the first words of every path that has a field; all else is shown as JSON."""
    paths = (field["path"] for section in sections() for field in section["fields"])
    return sorted({"key", *(path.partition(".")[0] for path in paths)})


def _field(path: str, kind: str, label: str, help_: str = "", **more: Any) -> Field:
    return {"path": path, "kind": kind, "label": label, "help": help_, **more}


def _catalogue() -> list[Field]:
    return [
        _field("title", "words", _("名称"), _("办事大厅和业务里显示的名称。")),
        _field("category", "words", _("分类"), _("同一分类的事项在办事大厅里排在一起。")),
        _field("summary", "words", _("简介"), _("两三句话：办什么、谁来办、要多久。"), long=True),
        _field("icon", "icon", _("图标")),
        _field("rank", "number", _("排序"), _("数字小的排在前面。"), low=1, high=999),
        _field("keywords", "lists", _("搜索词"), _("用逗号分开。搜到这些词就能找到这个事项。")),
        _field(
            "case_title",
            "group",
            _("业务标题"),
            _("不填就用事项的名称。变量由表单给出，标题里用它的名字占位，如 {field}。"),
            optional=True,
            fields=[
                _field("variables", "checks", _("用到的变量"), offer="variables"),
                _field("text", "words", _("标题"), places="case_title.variables"),
            ],
        ),
    ]


def _people() -> list[Field]:
    return [
        _field("start_roles", "checks", _("谁可以发起"), offer="starters"),
        _field("submit", "choice", _("提交的环节"), _("这个环节办完，业务才算提交。"), offer="tasks"),
        _field(
            "withdraw_until", "checks", _("可以撤回的环节"),
            _("业务停在这些环节时，申请人可以撤回。"), offer="stages",
        ),
        _field(
            "concludes", "checks", _("看得到专家意见的环节"),
            _("办理这些环节的人看得到各位专家的意见。"), offer="tasks",
        ),
        _field(
            "overseer", "choice", _("督办角色"), _("逾期时通知谁。不选是协会评价人员。"),
            offer="roles", optional=True,
        ),
        _field(
            "conceals_applicant", "flag", _("申请人只有协会看得到"),
            _("对方当事人和处理人看不到是谁提出的。"),
        ),
    ]  # fmt: skip


def _limits() -> list[Field]:
    units = [("working_days", _("个工作日")), ("calendar_days", _("个自然日"))]
    start = [("submission", _("提交")), ("acceptance", _("受理")), ("payment", _("到账"))]
    return [
        _field(
            "time_limit", "group", _("办理时限"), _("事项目录里公布的时限。"), optional=True, row=True,
            fields=[
                _field("length", "number", _("多少天"), low=1, high=999),
                _field("unit", "choice", _("按哪种天数"), options=units),
                _field("from", "choice", _("从何时起算"), options=start),
                _field("deadline", "choice", _("对应的时限"), offer="deadlines"),
            ],
        ),
        _field(
            "deadlines", "entries", _("各个时限"),
            _("流程图里用编号开始、暂停、结束一个时限；长度写在流程图里。"), add=_("添加时限"),
            fields=[
                _field("name", "words", _("名称")),
                _field("note", "words", _("说明"), long=True, optional=True),
                _field(
                    "remind_before", "number", _("提前几天提醒"),
                    _("0 是当天。不填不提醒。"), low=0, high=365, optional=True,
                ),
            ],
        ),
    ]  # fmt: skip


def _stages() -> list[Field]:
    kinds = [("good", _("办成")), ("bad", _("没有办成")), ("neutral", _("其他"))]
    return [
        _field(
            "stages", "entries", _("环节"), _("环节的名称，和业务停在这里时给申请人的话。"), offer="stages",
            fields=[
                _field("name", "words", _("名称")),
                _field("hint", "words", _("给申请人的话"), long=True, optional=True),
            ],
        ),
        _field(
            "outcomes", "entries", _("办理结果"), _("流程图的每个结束事件是一种结果。"), offer="ends",
            fields=[
                _field("name", "words", _("名称")),
                _field("kind", "choice", _("算什么"), options=kinds),
            ],
        ),
        _field(
            "steps", "rows", _("申请人看到的步骤"), _("四到六步。没有环节的一步是确认页。"), add=_("添加步骤"),
            fields=[
                _field("title", "words", _("名称")),
                _field("elements", "checks", _("包含的环节"), offer="stages"),
            ],
        ),
    ]  # fmt: skip


def _notices() -> list[Field]:
    events = [("entered", _("到达某个环节时")), ("called", _("流程图里的“发送通知”"))]
    return [
        _field(
            "notices", "entries", _("通知"), _("站内消息和邮件的文字。"), add=_("添加通知"),
            fields=[
                _field("event", "choice", _("什么时候发"), options=events),
                _field(
                    "on", "choice", _("哪个环节"), offer="elements", optional=True, empty="",
                    only={"event": "entered"},
                ),
                _field("to", "checks", _("发给谁"), offer="recipients", only={"event": "entered"}),
                _field("title", "words", _("标题"), places="notice"),
                _field("text", "words", _("正文"), long=True, places="notice"),
            ],
        )
    ]  # fmt: skip


def _letters() -> list[Field]:
    return [
        _field(
            "letters", "entries", _("函件"),
            _("“出具函件”用编号找到它，前面自动有称呼。还可以用表单填写项占位，如 {decide.opinion}。"),
            add=_("添加函件"),
            fields=[
                _field("title", "words", _("标题")),
                _field("paragraphs", "paragraphs", _("段落"), places="letter", add=_("添加一段")),
            ],
        )
    ]  # fmt: skip


def _fees() -> list[Field]:
    return [
        _field(
            "fee", "group", _("收费"), _("不收费的事项不用填。已由财务定价的，以财务定的为准。"), optional=True,
            fields=[
                _field(
                    "by", "choice", _("按什么区分金额"), _("不选就是统一收费。"), offer="variables",
                    optional=True,
                ),
                _field(
                    "amounts", "amounts", _("金额"), _("每种取值一个金额；统一收费时填任意编号。"),
                    add=_("添加金额"),
                ),
            ],
        )
    ]  # fmt: skip


def _appeals() -> list[Field]:
    about = [("certificate", _("证书")), ("exam_result", _("考试成绩")), ("case", _("业务"))]
    return [
        _field(
            "appealable", "group", _("可以申诉"), _("对这些结果可以申诉，成立时回到所选的环节。"),
            optional=True,
            fields=[
                _field("outcomes", "checks", _("对哪些结果"), offer="ends"),
                _field("reopen_at", "checks", _("可以回到哪些环节"), offer="tasks"),
            ],
        ),
        _field(
            "about", "choice", _("关于什么"),
            _("证书、成绩、业务的页面上会出现这个事项；第一张表单要有同名的填写项。"),
            options=about, optional=True,
        ),
        _field(
            "group_filing", "group", _("机构批量代办"), _("机构一次为多名人员填报。"), optional=True,
            fields=[
                _field("form", "choice", _("共用的表单"), offer="forms"),
                _field("exceptions", "checks", _("每人分别填写的项"), offer="fields"),
            ],
        ),
    ]  # fmt: skip


def _names() -> list[Field]:
    return [
        _field("lanes", "pairs", _("泳道"), offer="lanes"),
        _field(
            "names", "english", _("图上其他元素的英文名称"),
            _("中文名称在流程图上改。环节和结果的英文在上面填。"), offer="names",
        ),
    ]  # fmt: skip
