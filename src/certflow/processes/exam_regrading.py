"""Re-grading of exam results (成绩复核): what its diagram asks of the exams (E10)."""

from collections.abc import Mapping
from typing import Any

from certflow.cases import registry
from certflow.cases.queries import latest_answer
from certflow.cases.registry import Exhibit, Step
from certflow.cases.subjects import Filer, Subject, offered, still_free, subjects
from certflow.core import clock
from certflow.core.db import Session
from certflow.core.text import Text
from certflow.exams import errors, operations, rechecks

KEY = "exam_regrading"
paper = registry.exhibit("exam_regrading.paper")  # no name, no mark: for the second marker
paper(lambda step: Exhibit(*rechecks.paper(step.session, _result(step))))
whole = registry.exhibit("exam_regrading.result")
whole(lambda step: Exhibit(*rechecks.sheet(step.session, _result(step), _second(step))))
registry.starting("exam_regrading.second")(lambda step: {"score": _second(step).get("score")})
registry.stands_back(KEY)(lambda step: rechecks.who_stands_back(step.session, _result(step)))

registry.choice("exam_regrading.results")(offered)


@subjects(KEY, "exam_result", none=errors.NOTHING_TO_RECHECK)
def results(session: Session, filer: Filer, only: str) -> list[Subject]:
    """List one's published results: each can be re-checked once, in its window (E10)."""
    found = rechecks.offered(session, filer.user_id, clock.now(), only)
    return [Subject(one, name, blocked=why) for one, name, why in found]


@registry.check("exam_regrading.result_is_mine")
def result_is_mine(step: Step, data: Mapping[str, Any], outcome: str) -> dict[str, Text]:
    """The result may be re-checked, and the ticket number is the applicant's own (S3 4.2)."""
    asked = step.case.applicant_id, data["exam_result"], data["ticket_number"]
    differs = rechecks.ticket_differs(step.session, *asked)
    wrong = {"ticket_number": errors.TICKET_DIFFERS} if differs else {}
    return still_free(step, data, outcome) or wrong


@registry.check("exam_regrading.score_differs")
def score_differs(step: Step, data: Mapping[str, Any], outcome: str) -> dict[str, Text]:
    """Who changes a score gives another one."""
    same = outcome == "change" and data["score"] == rechecks.score_of(step.session, _result(step))
    return {"score": errors.SCORE_UNCHANGED} if same else {}


@registry.operation("exam_regrading.settle")
def settle(step: Step, score: int | None) -> None:
    """Publish the outcome with its history: the score decided, or (None) the first one."""
    settled = _result(step), score, step.case.id
    operations.settle_recheck(step.session, *settled, clock.now(), step.actor)


def _second(step: Step) -> Mapping[str, Any]:
    marked = latest_answer(step.session, step.case.id, "mark")
    return marked.data if marked and marked.outcome == "submit" else {}


def _result(step: Step) -> int:
    return int(step.data["exam_result"])
