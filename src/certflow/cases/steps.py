"""Operations that every diagram may use (design §2): deadlines, payment, notices, reviews.

Their parameters are described in docs/add-a-process.md.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from certflow.accounts.queries import members, organisations, person_of_user
from certflow.calendar import queries as calendar
from certflow.calendar.models import Deadline
from certflow.calendar.operations.deadlines import (
    end_deadline,
    pause_deadline,
    resume_deadline,
    start_deadline,
)
from certflow.cases.models import Answer, Case, HumanTask
from certflow.cases.registry import Choice, Step, check, choice, operation
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
_PAUSED = Text("等待申请人整改", "Waiting for the applicant's corrections")


@operation("start_deadline")
def start(step: Step, key: str, length: int, unit: str, remind_before: int = 0) -> dict[str, Any]:
    """Start a clock; set `<key>_due` and `<key>_reminder` (ISO) (catalogue C6, C7)."""
    deadline = start_deadline(
        step.session, step.case.id, key, length, unit, clock.now(), **_who(step)
    )
    return _dates(step, deadline, remind_before)


@operation("switch_deadlines")
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
        pause_deadline(step.session, case_id, pause, at, _PAUSED, **_who(step))
    deadline = resume_deadline(
        step.session, case_id, resume, at, length=length, unit=unit, **_who(step)
    )
    return _dates(step, deadline, remind_before)


@operation("end_deadline")
def end(step: Step, key: str) -> None:
    """Stop a clock for good."""
    end_deadline(step.session, step.case.id, key, clock.now(), **_who(step))


def _who(step: Step) -> dict[str, Any]:
    return {"actor": step.actor, "chain": step.chain}


def _dates(step: Step, deadline: Deadline, remind_before: int) -> dict[str, Any]:
    due = deadline.due_at
    if due is None:
        return {}
    last = calendar.day_of(due) - timedelta(days=1)
    if deadline.unit == "working_days":
        remind = calendar.add_working_days(step.session, last, -remind_before)
    else:
        remind = last - timedelta(days=remind_before)
    earliest = calendar.end_of(clock.today())
    reminder = max(calendar.end_of(remind) - timedelta(hours=15), earliest)
    return {
        f"{deadline.key}_due": due.isoformat(),
        f"{deadline.key}_reminder": reminder.isoformat(),
    }


@operation("tally_reviews")
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
    query = select(HumanTask).where(HumanTask.case_id == case_id, HumanTask.element == element)
    tasks = list(session.scalars(query.order_by(HumanTask.id)))
    if not tasks:
        return []
    last = tasks[-1].opened_in
    ids = [task.id for task in tasks if task.opened_in == last]
    return list(session.scalars(select(Answer).where(Answer.task_id.in_(ids)).order_by(Answer.id)))


@choice("experts")
def experts(step: Step) -> list[Choice]:
    """Offer every expert; one in conflict stands there with the reason (catalogue B10)."""
    if "experts" in step.memo:
        return list(step.memo["experts"])
    conflicts = _conflicts(step.session, step.case)
    bodies = {
        one.id: Text(one.name, one.name_en or one.name) for one in organisations(step.session)
    }
    offered = step.memo["experts"] = [
        Choice(
            str(member.user_id),
            Text(member.name, member.name),
            note=bodies.get(member.body_id or member.organisation_id or 0),
            blocked=conflicts(member.user_id, member.body_id or member.organisation_id),
        )
        for member in members(step.session, "expert")
    ]
    return offered


@choice("organisation")
def certification_bodies(step: Step) -> list[Choice]:
    """Offer every certification body."""
    bodies = organisations(step.session, "certification_body")
    return [Choice(str(one.id), Text(one.name, one.name_en or one.name)) for one in bodies]


@check("cases.rounds_left")
def rounds_left(step: Step, _data: Mapping[str, Any], outcome: str) -> dict[str, Text]:
    """At most two corrective rounds, each with something to correct (catalogue C6)."""
    if outcome != "correct":
        return {}
    if int(step.data.get("round") or 0) >= MOST_ROUNDS:
        return {"opinion": NO_ROUND_LEFT}
    return {} if step.data.get("nonconformities") else {"opinion": NOTHING_TO_CORRECT}


@check("cases.result_matches_verdicts")
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
def nothing_failed(_step: Step, data: Mapping[str, Any], outcome: str) -> dict[str, Text]:
    """Who agrees has failed nothing: a returned record is judged again (catalogue B7, C2)."""
    if outcome not in {"agree", "approve", "pass"}:
        return {}
    return {f"verdicts/{path}": STILL_FAILED for path in failed_paths(data)}


@check("cases.experts_without_conflict")
def without_conflict(step: Step, data: Mapping[str, Any], _outcome: str) -> dict[str, Text]:
    """Refuse experts who would judge their own case or that of their own body."""
    offered = {one.value: one for one in experts(step)}
    for value in data.get("experts", []):
        found = offered.get(str(value))
        if found is not None and found.blocked is not None:
            who, why = found.label, found.blocked
            return {"experts": Text(f"{who.zh}：{why.zh}", f"{who.en}: {why.en}")}
    return {}


def conflict(session: Session, case: Case, user_id: int) -> Text | None:
    """Return why somebody may not evaluate a case; None when nothing stands against it (B10)."""
    person = person_of_user(session, user_id)
    reason: Text | None = _conflicts(session, case)(
        user_id, person.organisation_id if person else None
    )
    return reason


def _conflicts(session: Session, case: Case) -> Any:
    person = person_of_user(session, case.applicant_id)
    body = case.organisation_id or (person.organisation_id if person else None)
    declined = set(
        session.scalars(
            select(Answer.actor_id).where(Answer.case_id == case.id, Answer.outcome == "decline")
        )
    )

    def reason(user_id: int, organisation_id: int | None) -> Text | None:
        if user_id == case.applicant_id:
            return Text("是申请人本人，需要回避", "is the applicant and has to stand back")
        if organisation_id is not None and organisation_id == body:
            return Text(
                "与申请人同属一家机构，需要回避",
                "belongs to the applicant's own body and has to stand back",
            )
        if user_id in declined:
            return Text("已对本件申请回避", "has declined this case")
        return None

    return reason
