"""Operations that every diagram may use (design §2): deadlines, payment, notices, reviews.

Their parameters are described in docs/add-a-process.md.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, func, select

from certflow.accounts.queries import organisations
from certflow.calendar import queries as calendar
from certflow.calendar.models import Deadline
from certflow.calendar.operations.deadlines import (
    end_deadline,
    pause_deadline,
    resume_deadline,
    start_deadline,
)
from certflow.cases import reminding
from certflow.cases.described import Parameter, described
from certflow.cases.models import Answer, HumanTask
from certflow.cases.registry import Choice, Result, Step, check, choice, operation, sets
from certflow.cases.standstill import take_over
from certflow.core import clock
from certflow.core.db import Session
from certflow.core.text import Text

MOST_ROUNDS = 2
STILL_FAILED = Text(
    "这条仍是不符合。请改判为符合，或选择退回。",
    "This is still judged as failed. Judge it again, or return the application.",
)
NO_ROUND_LEFT = Text(
    "两次整改机会已经用完，请选择通过或不予注册。",
    "Both corrective rounds are used up. Choose pass or refuse.",
)
NOTHING_TO_CORRECT = Text(
    "专家没有指出不符合项，申请人没有可以整改的内容。请选择通过或不予注册。",
    "The experts found no nonconformity, so there is nothing to correct. Choose pass or refuse.",
)
_DEADLINE = Text("时限", "Deadline")
_LENGTH, _UNIT = Text("长度", "Length"), Text("单位", "Unit")
_IF_NEW = Text("可能是新开始的时限时填写。", "When it may be a new one.")
_PAUSED = Text("等待申请人整改", "Waiting for the applicant's corrections")


@operation("start_deadline")
@described(
    Text("开始计时", "Start a clock"),
    Text(
        "从现在起计算时限，到期日写入变量，可供计时器使用。",
        "Starts a time limit now; timers can use when it ends.",
    ),
    Parameter("key", "deadline", _DEADLINE),
    Parameter("length", "number", _LENGTH),
    Parameter("unit", "unit", _UNIT),
    Parameter(
        "remind_before",
        "number",
        Text("提前提醒", "Remind before"),
        Text(
            "到期前几天提醒，供计时器使用；不需要就留空。",
            "So many days before, for a timer; may stay empty.",
        ),
    ),
)
@sets(
    Result("{key}_due", "date", Text("期限的截止时间", "When the time limit ends")),
    Result("{key}_reminder", "date", Text("提醒的时间", "When to remind")),
)
def start(step: Step, key: str, length: int, unit: str, remind_before: int = 0) -> dict[str, Any]:
    """Start a clock; set `<key>_due` and `<key>_reminder` (ISO) (catalogue C6, C7)."""
    deadline = start_deadline(
        step.session, step.case.id, key, length, unit, clock.now(), **_who(step)
    )
    return _dates(step, deadline, remind_before)


@operation("switch_deadlines")
@described(
    Text("切换计时", "Switch clocks"),
    Text(
        "一个时限暂停，另一个继续或开始。", "One clock stands still, the other runs on or begins."
    ),
    Parameter("pause", "deadline", Text("暂停", "Pause")),
    Parameter("resume", "deadline", Text("继续", "Resume")),
    Parameter("length", "number", _LENGTH, _IF_NEW),
    Parameter("unit", "unit", _UNIT, _IF_NEW),
    Parameter(
        "remind_before",
        "number",
        Text("提前提醒", "Remind before"),
        Text("到期前几天提醒，供计时器使用。", "So many days before, for a timer."),
    ),
)
@sets(
    Result("{resume}_due", "date", Text("期限的截止时间", "When the time limit ends")),
    Result("{resume}_reminder", "date", Text("提醒的时间", "When to remind")),
)
def switch(  # one stop watch stops, the other runs on
    step: Step,
    pause: str,
    resume: str,
    length: int | None = None,
    unit: str | None = None,
    remind_before: int = 0,
) -> dict[str, Any]:
    """Pause one clock and let another run on; with length and unit it may be a new one."""
    at, case_id = clock.now(), step.case.id
    if calendar.find_deadline(step.session, case_id, pause) is not None:
        paused = pause_deadline(step.session, case_id, pause, at, _PAUSED, **_who(step))
        take_over(step.case, paused, _PAUSED)
    deadline = resume_deadline(
        step.session, case_id, resume, at, length=length, unit=unit, **_who(step)
    )
    return _dates(step, deadline, remind_before)


@operation("end_deadline")
@described(
    Text("结束计时", "End a clock"),
    Text(
        "时限不再计算。办结时会自动结束，只有提前结束才需要。",
        "The clock ends for good; only needed when it ends before the case.",
    ),
    Parameter("key", "deadline", _DEADLINE),
)
def end(step: Step, key: str) -> None:
    """Stop a clock for good."""
    end_deadline(step.session, step.case.id, key, clock.now(), **_who(step))


def _who(step: Step) -> dict[str, Any]:
    return {"actor": step.actor, "chain": step.chain}


def _dates(step: Step, deadline: Deadline, remind_before: int) -> dict[str, Any]:
    reminding.plan(step.session, deadline, step.settings)
    if deadline.due_at is None:
        return {}
    reminder = reminding.reminder_of(step.session, deadline, remind_before)
    return {
        f"{deadline.key}_due": deadline.due_at.isoformat(),
        f"{deadline.key}_reminder": reminder.isoformat(),
    }


@operation("tally_reviews")
@described(
    Text("汇总评价", "Tally the reviews"),
    Text("统计几人回避、几处不符合，写入变量。", "Counts who declined and what failed."),
    Parameter("element", "element", Text("评价环节", "The step with the reviews")),
)
@sets(
    Result("declined", "number", Text("申请回避的人数", "How many declined")),
    Result("nonconformities", "number", Text("不符合项的数量", "How many nonconformities")),
)
def tally(step: Step, element: str) -> dict[str, int]:
    """Count, over the tasks of `element` in its last pass, who declined and what failed."""
    latest = latest_pass(step.session, step.case.id, element)
    failed = {path for answer in latest for path in failed_paths(answer.data)}
    declined = sum(answer.outcome == "decline" for answer in latest)
    return {"declined": declined, "nonconformities": len(failed)}


def failed_paths(data: Mapping[str, Any]) -> list[str]:
    """Return the paths of what a review judged as failed."""
    verdicts = data.get("verdicts", {})
    return [path for path, one in verdicts.items() if one.get("verdict") == "fail"]


def latest_pass(session: Session, case_id: int, element: str) -> list[Answer]:
    """Return the answers to the tasks of an element that were opened together last."""
    return list(session.scalars(_LATEST_PASS, {"case": case_id, "element": element}))


_OF_ELEMENT = (HumanTask.case_id == bindparam("case"), HumanTask.element == bindparam("element"))
_LAST_OPENED = select(func.max(HumanTask.opened_in)).where(*_OF_ELEMENT).scalar_subquery()
_TASKS = select(HumanTask.id).where(*_OF_ELEMENT, HumanTask.opened_in == _LAST_OPENED)
_LATEST_PASS = (
    select(Answer)
    .where(Answer.case_id == bindparam("case"), Answer.task_id.in_(_TASKS))
    .order_by(Answer.id)
)


@choice("organisation")
@described(Text("认证机构", "Certification bodies"))
def certification_bodies(step: Step) -> list[Choice]:
    """Offer every certification body."""
    bodies = organisations(step.session, "certification_body")
    return [Choice(str(one.id), Text(one.name, one.name_en or one.name)) for one in bodies]


@check("cases.rounds_left")
@described(
    Text("整改不超过两次", "Two corrective rounds at most"),
    Text(
        "要求整改时，次数未用完且有不符合项。",
        "A round is left, and there is something to correct.",
    ),
)
def rounds_left(step: Step, _data: Mapping[str, Any], outcome: str) -> dict[str, Text]:
    """At most two corrective rounds, each with something to correct (catalogue C6)."""
    if outcome != "correct":
        return {}
    if int(step.data.get("round") or 0) >= MOST_ROUNDS:
        return {"opinion": NO_ROUND_LEFT}
    return {} if step.data.get("nonconformities") else {"opinion": NOTHING_TO_CORRECT}


@check("cases.result_matches_verdicts")
@described(
    Text("总体结果与逐条评价一致", "The result fits the verdicts"),
    Text("有一条不符合，总体就是不符合。", "With a failed record the whole is a fail."),
)
def result_matches(_step: Step, data: Mapping[str, Any], outcome: str) -> dict[str, Text]:
    """An evaluation that failed a record cannot pass as a whole (catalogue C5)."""
    failed = bool(failed_paths(data))
    if outcome != "submit" or failed == (data.get("result") == "fail"):
        return {}
    return {
        "result": Text(
            "总体结果与逐条评价不一致：有记录不符合时，总体应为不符合。",
            "The overall result does not fit the verdicts: with a failed record it is a fail.",
        )
    }


@check("cases.nothing_failed")
@described(
    Text("通过时没有不符合的记录", "Nothing failed when it passes"),
    Text("有不符合的记录时只能退回。", "With a failed record it can only be returned."),
)
def nothing_failed(_step: Step, data: Mapping[str, Any], outcome: str) -> dict[str, Text]:
    """Who agrees has failed nothing: a returned record is judged again (catalogue B7, C2)."""
    if outcome not in {"agree", "approve", "pass"}:
        return {}
    return {f"verdicts/{path}": STILL_FAILED for path in failed_paths(data)}
