"""Walks the other personnel services from step to step, as their people would (A8, D2, D5).

Used by the demo data and the process tests: one telling of each story.
"""

from dataclasses import dataclass, field
from typing import Any, Self

from certflow.accounts.changes import particulars
from certflow.accounts.queries import the_person
from certflow.cases import operations
from certflow.core.actor import Actor
from certflow.demo.quarrels import Answers, Walk

AGREED, WANTED = "材料齐全，同意。", "请补充说明和证明材料。"


@dataclass(kw_only=True)
class Filing(Walk):
    """A case that somebody files, the association reviews, and the approver decides."""

    applicant: Actor
    reviewer: Actor
    approver: Actor
    service: str = ""
    filed: Answers = field(default_factory=dict)

    def begin(self, **given: str) -> Self:
        """Start the service: a draft."""
        case = operations.start_case(self.session, self.applicant, self.service, given=given)
        self.case_id = case.id
        return self

    def apply(self, **changes: Any) -> Self:
        """Fill the application in and submit it."""
        self.filed = self.filed | changes
        self.do("apply", self.applicant, self.filed, "submit")
        return self

    def amend(self, **changes: Any) -> Self:
        """Mend a returned application."""
        self.filed = self.filed | changes
        self.do("amend", self.applicant, self.filed | {"amendment_note": "已补充。"}, "submit")
        return self

    def review(self, outcome: str = "pass") -> Self:
        """Let the association review it."""
        self.do("review", self.reviewer, {"opinion": _words(outcome)}, outcome)
        return self

    def approve(self, outcome: str = "approve", **answers: Any) -> Self:
        """Let the approver decide."""
        self.do("approve", self.approver, {"opinion": _words(outcome), **answers}, outcome)
        return self


@dataclass(kw_only=True)
class Transfer(Filing):
    """A transfer from one body to another."""

    service: str = "transfer"
    from_staff: Actor
    to_staff: Actor
    filed: Answers = field(
        default_factory=lambda: {"reason": "career", "settled": True, "consent": True}
    )

    def choose(self, **changes: Any) -> "Transfer":
        """Choose where to go; the self-check runs."""
        bodies = {
            "from_body": self.from_staff.organisation_id,
            "to_body": self.to_staff.organisation_id,
        }
        self.do("choose", self.applicant, bodies | changes, "submit")
        return self

    def release(self, outcome: str = "agree") -> "Transfer":
        """Let the present body answer."""
        answers = {"confirmed": outcome == "agree", "opinion": _words(outcome)}
        self.do("from_body_review", self.from_staff, answers, outcome)
        return self

    def take(self, outcome: str = "agree") -> "Transfer":
        """Let the new body answer."""
        answers = {"confirmed": outcome == "agree", "opinion": _words(outcome)}
        self.do("to_body_review", self.to_staff, answers, outcome)
        return self


@dataclass(kw_only=True)
class Cancellation(Filing):
    """A certificate is given up."""

    service: str = "certificate_cancellation"
    certificate: int = 0

    def apply(self, **changes: Any) -> Self:
        """Choose the certificate, see what it means, submit."""
        known = {"certificate": str(self.certificate), "reason": "left_field", "understood": True}
        return super().apply(**(known | changes))


@dataclass(kw_only=True)
class Change(Filing):
    """Some particulars are to be changed."""

    service: str = "profile_change"
    wanted: Answers = field(default_factory=lambda: {"employer": "云杉示例技术服务有限公司"})

    def apply(self, **changes: Any) -> Self:
        """Change what has to change, add evidence, submit."""
        known: Answers = particulars(the_person(self.session, self.applicant.user_id or 0))
        evidence = self.upload(self.applicant, "证明材料.pdf")
        rest = {"reason": "信息有变化。", "files": [evidence], "truthful": True}
        return super().apply(**(known | rest | self.wanted | changes))


@dataclass(kw_only=True)
class Appointment(Filing):
    """Somebody applies to be an expert."""

    service: str = "expert_application"
    fields: tuple[str, ...] = ("QMS",)

    def choose(self, *fields: str) -> "Appointment":
        """Choose the fields; the self-check runs."""
        self.do("choose", self.applicant, {"fields": list(fields or self.fields)}, "submit")
        return self

    def apply(self, **changes: Any) -> Self:
        """Tell about one's experience, promise, submit."""
        evidence = self.upload(self.applicant, "评价经历证明.pdf")
        known: Answers = {
            "years": 9,
            "title": "高级工程师",
            "experience": "从事体系审核九年，担任组长四十余次；参加过两次注册评价。",
            "files": [evidence],
        }
        promises = dict.fromkeys(("impartial", "confidential", "truthful"), True)
        return super().apply(**(known | promises | changes))

    def approve(self, outcome: str = "approve", **answers: Any) -> Self:
        """Let the approver decide, on a term of three years unless another is given."""
        return super().approve(outcome, **({"term": 3} | answers))


def _words(outcome: str) -> str:
    return AGREED if outcome in {"agree", "pass", "approve"} else WANTED
