"""Walks the re-check of an exam result from step to step, as its people would (E10).

Used by the demo data and the process tests: one telling of the story.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from certflow.cases import operations
from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.demo.people import Town
from certflow.demo.quarrels import Answers, Walk
from certflow.exams import mine

REASON = "估分与公布的成绩相差较大，申请重新阅卷。"


@dataclass(kw_only=True)
class Regrading(Walk):
    """A re-check of the result `result` (a subject that the applicant sat)."""

    applicant: Actor
    office: Actor
    experts: tuple[Actor, ...]
    result: int
    ticket: str

    def begin(self) -> "Regrading":
        """Start it from my exams."""
        given = {"exam_result": str(self.result)}
        case = operations.start_case(self.session, self.applicant, "exam_regrading", given=given)
        self.case_id = case.id
        return self

    def apply(self, **changes: Any) -> "Regrading":
        """Fill the application in and submit it."""
        self.do("apply", self.applicant, self._filled() | changes, "submit")
        return self

    def amend(self, **changes: Any) -> "Regrading":
        """Mend a returned application."""
        answers = self._filled() | {"amendment_note": "已补充。"} | changes
        self.do("amend", self.applicant, answers, "submit")
        return self

    def review(self, outcome: str = "accept") -> "Regrading":
        """Let the exam office accept, return or refuse it."""
        self.do("review", self.office, {"opinion": "请把疑问写具体。"}, outcome)
        return self

    def prepare(self) -> "Regrading":
        """Let the exam office upload the script, covered."""
        script = self.upload(self.office, f"{self.applicant.name}的答卷.pdf")
        self.do("prepare", self.office, {"script": [script]}, "send")
        return self

    def assign(self, marker: Actor | None = None) -> "Regrading":
        """Let the exam office assign the second marker."""
        chosen = str((marker or self.experts[0]).user_id)
        self.do("assign_marker", self.office, {"experts": [chosen]}, "assign")
        return self

    def mark(self, score: int = 61, *, decline: bool = False) -> "Regrading":
        """Let the second marker mark, or decline."""
        task = self.tasks("mark")[0]
        marker = next(one for one in self.experts if one.user_id == task.assignee_id)
        answers: Answers = {"score": score, "remark": "简答题第 3 题漏计 4 分。"}
        if decline:
            answers = {"decline_reason": "recognised"}
        self.do("mark", marker, answers, "decline" if decline else "submit")
        return self

    def decide(self, outcome: str = "change", **changes: Any) -> "Regrading":
        """Let the exam office decide."""
        answers = {"score": 61, "opinion": "采纳复核阅卷人的成绩。"} | changes
        self.do("decide", self.office, answers, outcome)
        return self

    def _filled(self) -> Answers:
        return {
            "exam_result": str(self.result),
            "ticket_number": self.ticket,
            "reason": REASON,
            "understood": True,
        }


Step = Callable[[Regrading], object]
FILED: list[Step] = [lambda r: r.begin().apply()]
MARKING: list[Step] = [*FILED, lambda r: r.review().prepare(), lambda r: r.assign()]
MARKED: list[Step] = [*MARKING, lambda r: r.mark()]
KEPT: list[Step] = [*MARKING, lambda r: r.mark(55)]
STORIES: Sequence[list[Step]] = (
    FILED,
    MARKING,
    [*FILED, lambda r: r.review("return")],
    MARKED,
    [*MARKED, lambda r: r.decide()],
    [*FILED, lambda r: r.review(), lambda r: r.prepare()],
    [*KEPT, lambda r: r.decide("keep", opinion="两次阅卷没有实质差异。")],
    MARKING,
)
"""How far each re-check of the demo has come."""


def tell(session: Session, town: Town, now: datetime) -> None:
    """Let candidates who missed a pass by little ask for a re-check; each is at another stage."""
    waiting = iter(STORIES)
    for applicant in town.applicants[40:160]:
        found = mine.my_subjects(session, applicant.person_id or 0, now).values()
        missed = [one for one in found if one.refusal is None and one.state == "failed"]
        steps = next(waiting, None) if missed else []
        if steps is None:
            return
        if steps:
            _walk(_regrading(session, town, applicant, missed[0]), steps, now)


def _regrading(session: Session, town: Town, applicant: Actor, missed: mine.MySubject) -> Regrading:
    others = [one for one in town.experts if one.organisation_id != applicant.organisation_id]
    return Regrading(
        session=session,
        applicant=applicant,
        office=town.staff["exam_office"],
        experts=tuple(others),
        result=missed.id,
        ticket=missed.ticket_number,
    )


def _walk(regrading: Regrading, steps: Sequence[Step], now: datetime) -> None:
    """Take the steps some hours apart, the last of them a few hours ago."""
    times = [now - timedelta(hours=9 * (len(steps) - number)) for number in range(len(steps) + 1)]
    for (at, _next), step in zip(pairwise(times), steps, strict=True):
        with clock.frozen(at):
            step(regrading)
