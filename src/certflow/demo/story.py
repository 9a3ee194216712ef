"""Walks a registration case from step to step, as its people would.

Used by the demo data, the process tests and the benchmarks: one telling of the story.
"""

import dataclasses
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from certflow.cases import operations, queries
from certflow.cases.models import Case, HumanTask
from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.demo import records
from certflow.payments.operations import Payment, mark_paid
from certflow.payments.queries import order_of_case

Answers = dict[str, Any]


@dataclass(frozen=True)
class Cast:
    """Who plays: the applicant, the body's staff, the association, two experts or more."""

    applicant: Actor
    staff: Actor
    reviewer: Actor
    approver: Actor
    experts: tuple[Actor, ...]


@dataclass
class Story:
    """One case and its people. Each method is one step; `fails` are record paths to fail."""

    session: Session
    cast: Cast
    field: str = "QMS"
    mode: str = "first_intern"
    payer: str = "person"
    case_id: int = 0
    specialities: tuple[str, ...] = ()
    application: Answers = dataclasses.field(default_factory=dict)

    @property
    def case(self) -> Case:
        """The case as it stands."""
        return self.session.get_one(Case, self.case_id, populate_existing=True)

    def begin(self) -> "Story":
        """Start the service: a draft."""
        self.case_id = operations.start_case(self.session, self.cast.applicant, "registration").id
        return self

    def choose(self) -> "Story":
        """Choose field and mode; the self-check runs."""
        answers = {
            "field": self.field,
            "mode": self.mode,
            "specialities": list(self.specialities or records.specialities(self.field)),
            "narrow": False,
            "organisation": self.cast.staff.organisation_id,
            "payer": self.payer,
        }
        return self.do("choose", self.cast.applicant, answers, "submit")

    def apply(self) -> "Story":
        """Fill the application with the records of the profile library and submit it."""
        person_id = self.cast.applicant.person_id or 0
        self.application = records.application(self.session, person_id, self.field)
        return self.do("apply", self.cast.applicant, self.application, "submit")

    def pre_review(self, outcome: str = "agree", fails: Collection[str] = ()) -> "Story":
        """Let the body agree, return or reject."""
        verdicts = self._verdicts(fails)
        answers = {"verdicts": verdicts, "opinion": "材料已核对。"}
        return self.do("pre_review", self.cast.staff, answers, outcome)

    def amend(self, changes: Mapping[str, Any] | None = None) -> "Story":
        """Let the applicant mend a returned application."""
        return self.do("amend", self.cast.applicant, self._changed(changes), "submit")

    def pay(self) -> "Story":
        """Let the fee arrive."""
        order = order_of_case(self.session, self.case_id)
        if order is None:
            raise LookupError("the case has no order")
        payment = Payment("online", f"T{order.number}", order.amount_fen, "CNY", clock.now())
        mark_paid(self.session, order.id, payment)
        return self

    def accept(self, outcome: str = "accept") -> "Story":
        """Let the association take the case in."""
        answers = {"complete": True, "in_scope": True, "opinion": "材料齐全，予以受理。"}
        return self.do("accept", self.cast.reviewer, answers, outcome)

    def assign(self, *experts: Actor) -> "Story":
        """Let the association assign two experts."""
        chosen = experts or self.cast.experts[:2]
        answers = {"experts": [str(expert.user_id) for expert in chosen]}
        return self.do("assign_experts", self.cast.reviewer, answers, "assign")

    def evaluate(self, fails: Collection[str] = (), declines: Collection[int] = ()) -> "Story":
        """Let every assigned expert evaluate, or decline."""
        for task in self.tasks("evaluate"):
            expert = self._expert(task)
            if expert.user_id in declines:
                answers: Answers = {"decline_reason": "colleague", "decline_note": "曾是同事。"}
                self.complete(task, expert, answers, "decline")
                continue
            verdicts = self._verdicts(fails, self.cast.experts.index(expert), code=True)
            result = "fail" if fails else "pass"
            answers = {"verdicts": verdicts, "result": result, "opinion": "逐条评价完毕。"}
            self.complete(task, expert, answers, "submit")
        return self

    def conclude(self, outcome: str = "pass") -> "Story":
        """Let the association conclude."""
        return self.do("conclude", self.cast.reviewer, {"opinion": "同意专家意见。"}, outcome)

    def correct(self, changes: Mapping[str, Any] | None = None) -> "Story":
        """Let the applicant correct what was flagged."""
        answers = self._changed(changes) | {"explanation": "已按意见整改。"}
        return self.do("correct", self.cast.applicant, answers, "submit")

    def approve(self, outcome: str = "approve") -> "Story":
        """Let the approver decide."""
        return self.do("approve", self.cast.approver, {"opinion": "同意。"}, outcome)

    def do(self, element: str, actor: Actor, answers: Answers, outcome: str) -> "Story":
        """Complete the one open task of an element."""
        self.complete(self.tasks(element)[0], actor, answers, outcome)
        return self

    def complete(self, task: HumanTask, actor: Actor, answers: Answers, outcome: str) -> None:
        """Complete a task, with only the answers that its form has for the outcome."""
        operations.complete_task(self.session, actor, task.id, answers, outcome)

    def tasks(self, element: str) -> list[HumanTask]:
        """Return the open tasks of an element."""
        tasks = queries.tasks_of(self.session, self.case_id)
        return [task for task in tasks if task.element == element]

    def _expert(self, task: HumanTask) -> Actor:
        return next(one for one in self.cast.experts if one.user_id == task.assignee_id)

    def _changed(self, changes: Mapping[str, Any] | None) -> Answers:
        self.application = {**self.application, **(changes or {})}
        return self.application

    def _verdicts(self, fails: Collection[str], who: int = 0, *, code: bool = False) -> Answers:
        verdicts: Answers = {}
        for kind in records.KINDS:
            for row in self.application.get(kind, []):
                path = f"{kind}/{row['id']}"
                verdicts[path] = {"verdict": "pass"}
                if path in fails:
                    remark = records.REMARKS[kind][who % 2]
                    verdicts[path] = {"verdict": "fail", "remark": remark}
                    if code:
                        verdicts[path]["code"] = records.NONCONFORMITY[kind]
        return verdicts
