"""What audited actions and clocks are called on the pages about a case."""

from certflow.calendar.models import WORKING_DAYS
from certflow.cases.versions import Loaded
from certflow.core.text import NOTHING, Text

ACTIONS: dict[str, tuple[Text, str, str]] = {
    "case.started": (Text("开始填报", "Application begun"), "done", "file-plus"),
    "case.submitted": (Text("提交申请", "Application submitted"), "done", "send"),
    "task.claimed": (Text("领取任务：{name}", "Task claimed: {name}"), "done", "user-check"),
    "task.released": (Text("退回任务：{name}", "Task released: {name}"), "done", "arrow-back-up"),
    "task.reassigned": (Text("转交任务：{name}", "Task reassigned: {name}"), "done", "user-share"),
    "case.withdrawn": (
        Text("申请人撤回申请", "Withdrawn by the applicant"),
        "mend",
        "arrow-back-up",
    ),
    "timer.fired": (Text("到时提醒：{name}", "Timer: {name}"), "done", "bell"),
    "case.held": (
        Text(
            "系统步骤出错，业务暂停，管理员正在处理",
            "A system step failed; an administrator is on it",
        ),
        "paused",
        "hand-stop",
    ),
    "case.reopened": (
        Text("申诉成立，重新办理：{name}", "Overturned on appeal, taken up again at: {name}"),
        "mend",
        "refresh",
    ),
    "case.retried": (
        Text("管理员让业务继续", "Resumed by an administrator"),
        "done",
        "player-play",
    ),
    "case.suspended": (Text("业务暂停办理", "Case suspended"), "paused", "player-pause"),
    "case.resumed": (Text("业务恢复办理", "Case resumed"), "done", "player-play"),
    "case.cancelled": (
        Text("协会终止办理", "Ended by the association"),
        "mend",
        "archive",
    ),
    "case.forsaken": (
        Text("随发起它的业务一并结束", "Ended with the case that called it"),
        "mend",
        "archive",
    ),
    "case.moved": (
        Text("管理员移动了办理环节", "Moved to another step by an administrator"),
        "done",
        "arrow-right",
    ),
    "case.migrated": (
        Text("改用新版流程办理", "Moved to another version of the process"),
        "done",
        "refresh",
    ),
    "": (Text("业务有更新 {name}", "The case was updated {name}"), "done", "refresh"),
}
"""Words, kind and icon of an audit action; {name} is the element's."""

CLOCK_ACTIONS: dict[str, Text] = {
    "deadline.started": Text("{name} {length}开始计算", "{name} of {length} started"),
    "deadline.paused": Text("{name}暂停", "{name} paused"),
    "deadline.resumed": Text("{name}继续计算", "{name} runs on"),
    "deadline.ended": NOTHING,
    "deadline.lapsed": Text("{name}已超期", "{name} has run out"),
    "deadline.extended": Text("{name}延长到 {length}", "{name} extended to {length}"),
}

WORKERS_ONLY = frozenset(
    {"task.claimed", "task.released", "task.reassigned", "case.held", "case.retried"}
    | {"case.migrated", "case.moved"}
)

_TIME_LIMIT = Text("办结期限", "Time limit")


def clock_name(loaded: Loaded, key: str) -> Text:
    """Return what a deadline is called (service.json `deadlines`)."""
    found = loaded.settings.get("deadlines", {}).get(key)
    return Text.read(found["name"]) if found else _TIME_LIMIT


def clock_note(loaded: Loaded, key: str) -> Text:
    """Return what a person should know of a deadline, empty when nothing is said."""
    return Text.read(loaded.settings.get("deadlines", {}).get(key, {}).get("note", ""))


def span(number: int, unit: str) -> Text:
    """Return a number of days in words: 30 个工作日, 60 天."""
    if unit == WORKING_DAYS:
        return Text(f"{number} 个工作日", f"{number} working day{'' if number == 1 else 's'}")
    return Text(f"{number} 天", f"{number} day{'' if number == 1 else 's'}")
