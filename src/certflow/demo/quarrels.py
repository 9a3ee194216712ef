"""Walks appeals and complaints from step to step, as their people would (D3, D4).

Used by the demo data and the process tests: one telling of each story.
"""

from dataclasses import dataclass
from io import BytesIO
from typing import Any

from certflow.cases import operations, queries
from certflow.cases.models import Case, HumanTask
from certflow.core import clock, files
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.demo import records

Answers = dict[str, Any]


@dataclass(kw_only=True)
class Walk:
    """A case and how to do one of its tasks."""

    session: Session
    case_id: int = 0

    @property
    def case(self) -> Case:
        """The case as it stands."""
        return self.session.get_one(Case, self.case_id, populate_existing=True)

    def tasks(self, element: str) -> list[HumanTask]:
        """Return the open tasks of an element."""
        found = queries.tasks_of(self.session, self.case_id)
        return [task for task in found if task.element == element]

    def do(self, element: str, actor: Actor, answers: Answers, outcome: str) -> None:
        """Complete the first open task of an element."""
        task = self.tasks(element)[0]
        operations.complete_task(self.session, actor, task.id, answers, outcome)

    def upload(self, actor: Actor, name: str) -> str:
        """Let somebody upload a file; return its id."""
        return files.store(self.session, BytesIO(records.proof()), name, actor.user_id or 0).id


@dataclass(kw_only=True)
class Appeal(Walk):
    """An appeal against the case `decision`."""

    appellant: Actor
    office: Actor
    approver: Actor
    experts: tuple[Actor, ...]
    decision: int
    grounds: str = "不予受理的理由与我提交的材料不符，审核经历在附件第 3 页已经写明。"

    def begin(self) -> "Appeal":
        """Start the service."""
        given = {"case": str(self.decision)}
        case = operations.start_case(self.session, self.appellant, "appeal", given=given)
        self.case_id = case.id
        return self

    def file(self, **changes: Any) -> "Appeal":
        """Fill the appeal in and submit it."""
        self.do("file", self.appellant, self._filed() | changes, "submit")
        return self

    def amend(self, **changes: Any) -> "Appeal":
        """Complete a returned appeal."""
        answers = self._filed() | {"amendment_note": "已补充说明。"} | changes
        self.do("amend", self.appellant, answers, "submit")
        return self

    def accept(
        self, outcome: str = "accept", opinion: str = "属于申诉范围，予以受理。"
    ) -> "Appeal":
        """Let the association take it in, return or refuse it."""
        self.do("accept", self.office, {"opinion": opinion}, outcome)
        return self

    def assign(self, *experts: Actor) -> "Appeal":
        """Let the association assign experts."""
        chosen = [str(one.user_id) for one in experts or self.experts[:2]]
        self.do("assign_experts", self.office, {"experts": chosen}, "assign")
        return self

    def evaluate(self, result: str = "overturn", declines: tuple[Actor, ...] = ()) -> "Appeal":
        """Let every assigned expert evaluate, or decline."""
        for task in self.tasks("evaluate"):
            expert = next(one for one in self.experts if one.user_id == task.assignee_id)
            answers: Answers = {"result": result, "opinion": "附件第 3 页确有该次审核经历。"}
            if expert in declines:
                answers = {"decline_reason": "time"}
            outcome = "decline" if expert in declines else "submit"
            operations.complete_task(self.session, expert, task.id, answers, outcome)
        return self

    def decide(self, result: str = "overturn", reopen_at: str = "accept") -> "Appeal":
        """Let the approver decide."""
        answers: Answers = {"result": result, "opinion": "采纳专家意见。"}
        if result != "uphold":
            answers["reopen_at"] = reopen_at
        self.do("decide", self.approver, answers, "decide")
        return self

    def return_(self) -> "Appeal":
        """Let the approver ask for another evaluation."""
        self.do("decide", self.approver, {"opinion": "请补充评价第二点。"}, "return")
        return self

    def _filed(self) -> Answers:
        return {
            "case": str(self.decision),
            "wanted": "overturn",
            "grounds": self.grounds,
            "truthful": True,
        }


@dataclass(kw_only=True)
class Complaint(Walk):
    """A complaint about a person (`accused` with name and certificate) or about a body."""

    complainant: Actor
    office: Actor
    handler: Actor
    approver: Actor
    accused: Actor
    name: str = ""
    certificate: str = ""
    body: int = 0
    matter: str = "2026 年 9 月的现场审核中，审核员没有到现场，却在报告上签了字。"
    evidence: tuple[str, ...] = ("现场签到表.pdf",)

    def begin(self) -> "Complaint":
        """Start the service."""
        case = operations.start_case(self.session, self.complainant, "complaint")
        self.case_id = case.id
        return self

    def file(self, **changes: Any) -> "Complaint":
        """Fill the complaint in and submit it."""
        self.do("file", self.complainant, self._filed() | changes, "submit")
        return self

    def amend(self, **changes: Any) -> "Complaint":
        """Complete a returned complaint."""
        answers = self._filed() | {"amendment_note": "已补充签到表。"} | changes
        self.do("amend", self.complainant, answers, "submit")
        return self

    def accept(self, outcome: str = "accept", opinion: str = "属于受理范围。") -> "Complaint":
        """Let the association take it in, return or refuse it."""
        self.do("accept", self.office, {"opinion": opinion}, outcome)
        return self

    def assign(self, handler: Actor | None = None) -> "Complaint":
        """Let the association choose a handler."""
        chosen = (handler or self.handler).user_id
        self.do("assign_handler", self.office, {"handler": str(chosen)}, "assign")
        return self

    def prepare(
        self, points: str = "被指 2026 年 9 月的一次现场审核没有到场而签字。", **changes: Any
    ) -> "Complaint":
        """Let the handler put the points and ask for a statement."""
        shown = [self.upload(self.handler, "签到表（已遮盖）.pdf")]
        answers = {"points": points, "days": 10, "disclosed": shown} | changes
        self.do("prepare", self.handler, answers, "send")
        return self

    def decline(self) -> "Complaint":
        """Let the handler stand back."""
        self.do("prepare", self.handler, {"decline_reason": "relation"}, "decline")
        return self

    def state(self, statement: str = "当天我因病请假，签字是事后补的。") -> "Complaint":
        """Let the one complained of make a statement."""
        answers = {"position": "in_part", "statement": statement}
        self.do("state", self.accused, answers, "submit")
        return self

    def investigate(self, result: str = "founded") -> "Complaint":
        """Let the handler write down what was found."""
        answers = {
            "record": "调取签到系统记录，当日没有签到；电话核实受审核方联系人。",
            "result": result,
            "proposal": "记入信用档案，暂停证书。",
        }
        self.do("investigate", self.handler, answers, "submit")
        return self

    def decide(self, result: str = "founded", **changes: Any) -> "Complaint":
        """Let the approver decide."""
        answers: Answers = {
            "result": result,
            "opinion": "经核实，您反映的情况属实，协会已作出处理。",
            "told": "经核实，您在 2026 年 9 月的一次现场审核中没有到场而签字，违反行为准则。",
        }
        if result != "unfounded":
            answers |= {"credit": "none", "certificate_measure": "none"}
        self.do("decide", self.approver, answers | changes, "decide")
        return self

    def return_(self) -> "Complaint":
        """Let the approver ask for more inquiry."""
        self.do("decide", self.approver, {"return_note": "请补充受审核方的说明。"}, "return")
        return self

    def _filed(self) -> Answers:
        day = clock.today().replace(day=1).isoformat()
        about: Answers = {"subject": "body", "body": str(self.body)}
        if not self.body:
            named = {"person_name": self.name, "certificate_number": self.certificate}
            about = {"subject": "person", **named}
        papers = [self.upload(self.complainant, name) for name in self.evidence]
        return about | {
            "happened_on": day,
            "matter": self.matter,
            "evidence": papers,
            "truthful": True,
        }
