"""The timeline, standing and opinions of a case, told from rows in memory."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from certflow.app import find_processes
from certflow.calendar.queries import DeadlineClock
from certflow.cases import paying, steps, versions  # noqa: F401 - register what diagrams call
from certflow.cases.dossier import Dossier
from certflow.cases.models import Answer, Case, Comment, HumanTask
from certflow.cases.opinions import opinions
from certflow.cases.people import People
from certflow.cases.reading import MaskingReader, masked
from certflow.cases.standing import diagram_state, standing
from certflow.cases.standing import steps as step_list
from certflow.cases.story import timeline
from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.audit import AuditEvent
from certflow.core.text import Text
from certflow.payments.models import Order

ROOT = Path(__file__).parents[3]
NINE = datetime(2026, 11, 20, 9, 0, tzinfo=clock.SHANGHAI)
APPLICANT, STAFF, REVIEWER, FIRST, SECOND = 1, 2, 3, 11, 12
NAMES = {1: "林知夏", 2: "刘观澜", 3: "顾南乔", 11: "沈拾光", 12: "陆听澜"}
ROLES = {1: "applicant", 2: "body_staff", 3: "reviewer", 11: "expert", 12: "expert"}
RECORD = {"id": "r1", "organisation": "北川样例化工有限公司", "duties": "生产部 8.1"}


@pytest.fixture(scope="module")
def loaded() -> versions.Loaded:
    find_processes()
    return versions.build("registration", versions.read_folder(ROOT, "registration"))


class File:
    """Builds a dossier step by step, as the rows of a case would."""

    def __init__(self, loaded: versions.Loaded) -> None:
        self.loaded = loaded
        self.case = Case(
            id=7, service="registration", state="open", stages=[], visited=[], applicant_id=1
        )
        self.tasks: list[HumanTask] = []
        self.answers: list[Answer] = []
        self.events: list[AuditEvent] = []
        self.comments: list[Comment] = []
        self.orders: list[Order] = []
        self.clocks: dict[str, DeadlineClock] = {}

    def happened(self, action: str, by: int | None = None, **more: Any) -> "File":
        seq = len(self.events) + 1
        role = ROLES.get(by or 0, "system")
        at = NINE + timedelta(hours=seq)
        event = AuditEvent(seq=seq, at=at, action=action, actor_id=by, actor_role=role)
        event.element, event.reason = more.pop("element", ""), more.pop("reason", "")
        event.before, event.after = more.pop("before", None), more.pop("after", None)
        self.events.append(event)
        return self

    def answered(self, element: str, by: int, outcome: str, **data: Any) -> "File":
        form = self.loaded.definition.elements[element].form
        amends = self.loaded.forms[form].amends
        number = len(self.answers) + 1
        self.tasks.append(
            HumanTask(
                id=number,
                case_id=7,
                element=element,
                form=form,
                role=ROLES[by],
                assignee_id=by,
                closed_by=by,
                state="done",
                deadline_key="",
                opened_in=0,
            )
        )
        self.answers.append(
            Answer(
                id=number,
                task_id=number,
                form=amends.key if amends else form,
                task_form=form,
                outcome=outcome,
                data=data,
                actor_id=by,
                actor_role=ROLES[by],
                round=0,
                at=NINE + timedelta(hours=len(self.events) + 1),
            )
        )
        return self.happened("task.completed", by, element=element, after={"task": number})

    def waits(self, element: str, role: str, assignee: int | None, **more: Any) -> "File":
        form = self.loaded.definition.elements[element].form
        task = HumanTask(id=90 + len(self.tasks), element=element, form=form, role=role)
        task.assignee_id, task.state, task.opened_in = assignee, "open", 5
        task.pool, task.deadline_key = role, more.get("deadline", "")
        task.due_at = more.get("due_at")
        self.tasks.append(task)
        self.case.stages = sorted({*self.case.stages, element})
        return self

    def read_by(self, role: str, user_id: int, locale: str = "zh") -> Dossier:
        people = People(NAMES, (FIRST, SECOND), Text("云杉示例认证", "Spruce"), role, user_id)
        reader = Actor(user_id, NAMES.get(user_id, ""), role, locale=locale)
        return Dossier(
            self.case,
            self.loaded,
            reader,
            NINE + timedelta(days=1),
            people,
            MaskingReader(locale),
            self.tasks,
            self.answers,
            self.events,
            self.comments,
            (),
            self.orders,
            clocks=self.clocks,
        )


@pytest.fixture
def file(loaded: versions.Loaded) -> File:
    return File(loaded)


def applied(file: File) -> File:
    file.answered("apply", APPLICANT, "submit", audit=[RECORD])
    return file.happened("case.submitted", APPLICANT, after={"number": "20261120090004"})


def evaluated(file: File, by: int = FIRST) -> File:
    verdicts = {"audit/r1": {"verdict": "fail", "code": "J-06", "remark": "请写明部门"}}
    return file.answered("evaluate", by, "submit", verdicts=verdicts, result="fail", opinion="见下")


def told(dossier: Dossier) -> list[str]:
    return [one.what.zh for one in timeline(dossier)]


def test_the_newest_stands_first(file: File) -> None:
    file.happened("case.started", APPLICANT)
    assert told(applied(file).read_by("applicant", APPLICANT)) == ["提交申请", "开始填报"]


def test_submitting_is_told_once_with_the_number(file: File) -> None:
    [entry] = timeline(applied(file).read_by("applicant", APPLICANT))
    assert (entry.what.zh, entry.who.zh) == ("提交申请", "林知夏")
    assert "20261120090004" in entry.text.zh


def test_a_worker_is_named_with_their_side(file: File) -> None:
    applied(file).answered("accept", REVIEWER, "accept", opinion="材料齐全")
    entry = timeline(file.read_by("applicant", APPLICANT))[0]
    assert (entry.what.zh, entry.who.zh) == ("受理审查：受理", "顾南乔，协会")
    assert entry.text.zh == "材料齐全"


def test_a_returned_application_shows_the_remark_at_its_record(file: File) -> None:
    verdicts = {"audit/r1": {"verdict": "fail", "remark": "请写明部门"}}
    applied(file).answered("pre_review", STAFF, "return", verdicts=verdicts, opinion="请补正")
    entry = timeline(file.read_by("applicant", APPLICANT))[0]
    assert (entry.what.zh, entry.kind) == ("机构初核：退回补正（1 项）", "mend")
    assert entry.remarks[0]["who"].zh == "审核经历 第 1 条"
    assert entry.remarks[0]["text"] == "请写明部门"


def test_an_amended_application_shows_before_and_after(file: File) -> None:
    applied(file).answered("amend", APPLICANT, "submit", audit=[RECORD | {"duties": "质量部 9.1"}])
    [change] = timeline(file.read_by("reviewer", REVIEWER))[0].changes
    assert (change.before, change.after) == ("生产部 8.1", "质量部 9.1")


@pytest.mark.parametrize(
    ("role", "user_id", "name"),
    [
        ("applicant", APPLICANT, "评价专家 1"),
        ("body_staff", STAFF, "评价专家 1"),
        ("reviewer", REVIEWER, "沈拾光，评价专家"),
        ("expert", FIRST, "沈拾光，评价专家"),
    ],
)
def test_who_may_know_an_experts_name(file: File, role: str, user_id: int, name: str) -> None:
    evaluated(applied(file)).answered("conclude", REVIEWER, "correct", opinion="请整改")
    entry = timeline(file.read_by(role, user_id))[1]
    assert entry.who.zh == name


def test_what_experts_wrote_is_closed_until_the_conclusion(file: File) -> None:
    dossier = evaluated(applied(file)).read_by("applicant", APPLICANT)
    entry = timeline(dossier)[0]
    assert entry.what.zh == "专家评价：一位专家已完成"
    assert not entry.remarks
    assert not entry.text.zh
    assert not opinions(dossier)


def test_the_conclusion_opens_what_experts_wrote(file: File) -> None:
    evaluated(applied(file)).answered("conclude", REVIEWER, "correct", opinion="请整改")
    dossier = file.read_by("applicant", APPLICANT)
    entry = timeline(dossier)[1]
    assert entry.what.zh == "专家评价：不符合（1 项）"
    assert entry.remarks[0]["code"].startswith("J-06")
    assert [one.stage.zh for one in opinions(dossier)] == ["评价结论", "专家评价"]


def test_a_later_round_closes_the_new_opinions_again(file: File) -> None:
    evaluated(applied(file)).answered("conclude", REVIEWER, "correct", opinion="请整改")
    evaluated(file, SECOND)
    dossier = file.read_by("applicant", APPLICANT)
    assert [dossier.disclosed(one) for one in file.answers] == [True, True, True, False]


def test_experts_do_not_read_each_other_before_the_conclusion(file: File) -> None:
    evaluated(applied(file))
    answer = file.answers[-1]
    assert file.read_by("expert", FIRST).disclosed(answer)
    assert not file.read_by("expert", SECOND).disclosed(answer)


def test_why_an_expert_stood_back_is_never_opened(file: File) -> None:
    applied(file).answered("evaluate", FIRST, "decline", decline_note="曾是同事")
    file.answered("conclude", REVIEWER, "pass")
    dossier = file.read_by("applicant", APPLICANT)
    assert not dossier.disclosed(file.answers[1])
    assert told(dossier)[1] == "专家评价：一位专家回避"
    assert file.read_by("reviewer", REVIEWER).disclosed(file.answers[1])


def test_clocks_are_told_at_what_set_them_off(file: File) -> None:
    file.answered("conclude", REVIEWER, "correct", opinion="请整改。")
    file.clocks["correction"] = reading("correction", "calendar_days", 60)
    file.happened("deadline.paused", None, element="evaluation", after={"length": 30})
    file.happened("deadline.started", None, element="correction", after={"length": 60})
    [entry] = timeline(file.read_by("applicant", APPLICANT))
    assert entry.text.zh == "请整改。评价时限暂停；整改时限 60 天开始计算"


def test_a_payment_is_told_with_its_order(file: File) -> None:
    order = Order(number="P1", amount_fen=20000, method="online", state="paid", paid_at=NINE)
    file.orders.append(order)
    file.happened("message.received", None, element="payment_received")
    [entry] = timeline(file.read_by("applicant", APPLICANT))
    assert (entry.what.zh, entry.who.zh, entry.order) == ("缴费成功", "200.00 元，在线支付", "P1")


def test_claims_are_for_workers_only(file: File) -> None:
    file.happened("task.claimed", REVIEWER, element="accept")
    assert told(file.read_by("reviewer", REVIEWER)) == ["领取任务：受理审查"]
    assert told(file.read_by("applicant", APPLICANT)) == []


def test_a_reassigned_expert_keeps_the_number(file: File) -> None:
    after = {"assignee": SECOND}
    file.happened("task.reassigned", REVIEWER, element="evaluate", after=after, reason="休假")
    [entry] = timeline(file.read_by("body_staff", STAFF))
    assert entry.text.zh == "转给 评价专家 2：休假"


def test_every_action_has_words(file: File) -> None:
    for action in ("timer.fired", "case.held", "case.retried", "case.withdrawn", "case.unheard_of"):
        file.happened(action, REVIEWER, element="accept")
    for entry in timeline(file.read_by("reviewer", REVIEWER)):
        assert entry.what.zh.strip()
        assert "case." not in entry.what.zh


def test_a_good_end_is_told_as_such(file: File) -> None:
    file.happened("case.closed", REVIEWER, element="registered")
    [entry] = timeline(file.read_by("applicant", APPLICANT))
    assert (entry.what.zh, entry.kind) == ("准予注册", "passed")


def test_comments_stand_in_the_timeline_masked(file: File) -> None:
    file.comments.append(
        Comment(
            author_id=1, author_role="applicant", body="打 13800009999", internal=False, at=NINE
        )
    )
    [entry] = timeline(file.read_by("reviewer", REVIEWER))
    assert (entry.what.zh, entry.text.zh) == ("留言", "打 138****9999")


@pytest.mark.parametrize(
    ("plain", "shown"),
    [
        ("电话 13800009999。", "电话 138****9999。"),
        ("业务号 20261120090004", "业务号 20261120090004"),
        ("条款 8.1、8.5", "条款 8.1、8.5"),
    ],
)
def test_only_numbers_of_people_are_masked(plain: str, shown: str) -> None:
    assert masked(plain) == shown


def test_id_numbers_are_masked() -> None:
    assert "199003070" not in masked("身份证 999999199003070013")


def reading(key: str, unit: str, total: int, **more: Any) -> DeadlineClock:
    given = {
        "state": "running",
        "used": 0,
        "left": total,
        "due_at": None,
        "paused_since": None,
        "reason": None,
        "overdue_by": 0,
        "official": True,
        **more,
    }
    return DeadlineClock(key=key, unit=unit, total=total, **given)


def test_a_corrective_round_is_the_applicants_turn_with_its_own_clock(file: File) -> None:
    file.waits("correct", "applicant", APPLICANT, deadline="correction")
    file.clocks["correction"] = reading("correction", "calendar_days", 60, used=23, left=37)
    why = Text("等待申请人整改", "Waiting")
    file.clocks["evaluation"] = reading(
        "evaluation", "working_days", 30, used=12, state="paused", reason=why, paused_since=NINE
    )
    found = standing(file.read_by("applicant", APPLICANT))
    assert (found.kind, found.mending, found.round.zh) == ("mend", True, "第 1 次，共 2 次机会")
    assert [(one.key, one.state, one.unit) for one in found.clocks] == [
        ("correction", "mend", "calendar"),
        ("evaluation", "paused", "working"),
    ]
    assert found.clocks[1].note == why
    assert not found.turn.zh


def test_whose_turn_it_is_without_naming_the_expert(file: File) -> None:
    file.waits("evaluate", "expert", FIRST)
    assert standing(file.read_by("applicant", APPLICANT)).turn.zh == "评价专家 1"
    assert standing(file.read_by("reviewer", REVIEWER)).turn.zh == "沈拾光，评价专家"


def test_a_group_is_named_by_its_lane(file: File) -> None:
    file.waits("accept", "reviewer", None)
    assert standing(file.read_by("applicant", APPLICANT)).turn.zh == "协会"


@pytest.mark.parametrize(("hours", "kind"), [(-1, "overdue"), (30, "due"), (200, "going")])
def test_the_badge_warns_in_time(file: File, hours: int, kind: str) -> None:
    due_at = NINE + timedelta(days=1, hours=hours)
    file.waits("accept", "reviewer", None, due_at=due_at)
    assert standing(file.read_by("reviewer", REVIEWER)).kind == kind


def test_the_diagram_counts_experts_who_have_finished(file: File) -> None:
    evaluated(applied(file))
    file.tasks[-1].opened_in = 5
    file.waits("evaluate", "expert", SECOND)
    state = diagram_state(file.read_by("applicant", APPLICANT))
    assert state["labels"] == {"evaluate": "1/2 位完成"}


def test_english_names_reach_the_drawing(file: File) -> None:
    file.waits("accept", "reviewer", None)
    names = diagram_state(file.read_by("applicant", APPLICANT, "en"))["names"]
    assert (names["accept"], names["expert"]) == ("Acceptance check", "Experts")
    assert diagram_state(file.read_by("applicant", APPLICANT))["names"] == {}


def test_mending_is_a_step_only_where_it_happened(file: File) -> None:
    file.waits("accept", "reviewer", None)
    labels = [one.label.zh for one in step_list(file.read_by("applicant", APPLICANT))]
    assert "补正申请" not in labels
    file.case.visited = ["amend"]
    labels = [one.label.zh for one in step_list(file.read_by("applicant", APPLICANT))]
    assert "补正申请" in labels


def test_a_claimable_task_is_not_offered_to_the_applicant_themselves(file: File) -> None:
    file.waits("accept", "reviewer", None)
    assert file.read_by("reviewer", REVIEWER).claimable
    own = file.read_by("reviewer", REVIEWER)
    assert not replace(own, reader=replace(own.reader, user_id=APPLICANT)).claimable
