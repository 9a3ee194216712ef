"""What cases hold about whom they were filed by, and which of it can go (issue 5 §1).

Submitted cases with their answers and decisions are kept; drafts are not.
"""

from typing import Any

from sqlalchemy import delete, select

from certflow.cases.calling import forget
from certflow.cases.models import Answer, Case, CaseLetter, Comment, Draft, HumanTask
from certflow.core import audit
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.holdings import Subject, holding, named

_CASE = (
    *("id", "number", "service", "title", "summary", "state", "stages", "outcome", "version"),
    *("applicant_id", "applicant_organisation_id", "organisation_id"),
    *("created_at", "updated_at", "submitted_at", "closed_at"),
)
_ANSWER = (
    *("id", "case_id", "task_id", "form", "task_form", "outcome", "round", "data"),
    *("actor_id", "actor_role", "at"),
)
_LETTER = ("id", "case_id", "letter", "to", "content", "at")
_COMMENT = ("id", "case_id", "author_id", "author_role", "body", "internal", "at")


@holding("cases")
def cases(session: Session, subject: Subject) -> Any:
    """Cases filed, answers given, letters received, comments written."""
    mine = Case.applicant_id == subject.user_id
    ids = select(Case.id).where(mine)
    answers = select(Answer).where(Answer.actor_id == subject.user_id).order_by(Answer.id)
    letters = select(CaseLetter).where(CaseLetter.case_id.in_(ids), CaseLetter.to == "applicant")
    comments = select(Comment).where(Comment.author_id == subject.user_id)
    return {
        "cases": [_case(one) for one in session.scalars(select(Case).where(mine))],
        "answers": [named(one, *_ANSWER) for one in session.scalars(answers)],
        "letters": [named(one, *_LETTER) for one in session.scalars(letters)],
        "comments": [named(one, *_COMMENT) for one in session.scalars(comments)],
    }


def _case(case: Case) -> dict[str, Any]:
    """Return a case as its page shows it: of a suspension since when and why."""
    rest = case.suspension
    shown = {"at": rest["at"], "why": rest["why"]} if rest is not None else None
    return {**named(case, *_CASE), "suspension": shown}


def others_open(session: Session, user_id: int, but: int) -> bool:
    """Whether somebody has an open case besides one."""
    query = select(Case.id).where(
        Case.applicant_id == user_id, Case.state == "open", Case.id != but
    )
    return session.scalar(query.limit(1)) is not None


def working(session: Session, user_id: int) -> bool:
    """Whether somebody has a task in hand that is another's case."""
    query = select(HumanTask.id).where(
        HumanTask.assignee_id == user_id, HumanTask.state == "open", HumanTask.role != "applicant"
    )
    return session.scalar(query.limit(1)) is not None


def drafts_of(session: Session, user_id: int) -> list[Case]:
    """Return the cases that somebody never submitted."""
    mine = Case.applicant_id == user_id, Case.state == "draft"
    return list(session.scalars(select(Case).where(*mine).order_by(Case.id)))


def records_used(session: Session, user_id: int) -> set[str]:
    """Return the ids of library records that a submitted answer of somebody was made from."""
    answers = session.scalars(select(Answer).where(Answer.actor_id == user_id))
    return {
        str(row["source"])
        for one in answers
        for rows in one.data.values()
        if isinstance(rows, list)
        for row in rows
        if isinstance(row, dict) and row.get("source")
    }


def erase_drafts(session: Session, user_id: int, actor: Actor) -> int:
    """Erase cases never submitted, and what was typed and not sent; return how many cases."""
    drafts = drafts_of(session, user_id)
    for case in drafts:
        audit.record(session, "case.deleted", actor, chain=case)
        forget(session, case)
        session.flush()
        session.delete(case)
    tasks = select(HumanTask.id).join(Case).where(Case.applicant_id == user_id)
    session.execute(delete(Draft).where(Draft.task_id.in_(tasks)))
    session.flush()
    return len(drafts)
