"""Writes of cases: start, answer, keep a draft, withdraw, comment.

Each is one transition through `turn.act`, or touches nothing but a draft or an assignment.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, insert

from certflow.cases import answering, calling, naming, projection, queries, scope, versions
from certflow.cases.commands import earlier_case, note
from certflow.cases.conflicts import barred
from certflow.cases.errors import OWN_CASE, NotNow, NotYours, TaskGone
from certflow.cases.models import Answer, Case, Comment, Draft, HumanTask
from certflow.cases.opening import begin, draft_case, stands_against
from certflow.cases.paying import close_unpaid, lock_together
from certflow.cases.subjects import filer_of
from certflow.cases.turn import Turn, act, lock
from certflow.core import audit, clock
from certflow.core.actor import Actor
from certflow.core.db import Session, table_of
from certflow.core.errors import Forbidden, Invalid, NotFound
from certflow.core.prepared import Prepared
from certflow.core.text import Text
from certflow.forms.decides import decisions

_MOST_COMMENT = 2000


def start_case(
    session: Session,
    actor: Actor,
    service: str,
    *,
    key: str | None = None,
    given: Mapping[str, str] | None = None,
) -> Case:
    """Start a service for the actor, or for the organisation the actor acts for: a draft case.

    The same idempotency `key` again returns the case that was started first. `given` fills in
    fields of the first form: what the service is to be about.

    Raises:
        Forbidden: when the actor's role may not start this service.
        NotNow: when something stands against it, with the reason (registry.admission).

    """
    if key is not None and (known := earlier_case(session, key, actor)) is not None:
        return known
    loaded = versions.active(session, service)
    if actor.user_id is None or actor.role not in loaded.settings["start_roles"]:
        raise Forbidden
    if (reason := stands_against(session, actor, service, given or {})) is not None:
        raise NotNow(reason)
    case = draft_case(session, loaded, filer_of(actor))
    if key is not None and not note(session, key, case, actor):
        session.delete(case)  # the same click at the same moment was first: its case is the answer
        return earlier_case(session, key, actor) or case
    begin(Turn(session, case, actor, loaded), given or {})
    return case


def complete_task(
    session: Session,
    actor: Actor,
    task_id: int,
    submitted: Mapping[str, Any],
    outcome: str,
    *,
    key: str | None = None,
    seen: int | None = None,
) -> Case:
    """Answer a task's form with one of its outcomes; the process runs on.

    Raises:
        NotFound: when the task is not one of the actor's.
        Invalid: with a sentence a field; nothing is changed.
        TaskGone, StalePage, NotYours: when somebody else was faster.

    """
    task, case, drafted = queries.lock_task(session, actor, task_id)

    def change(turn: Turn) -> None:
        if task.state != "open":
            raise TaskGone
        _may_do(turn, task)
        form, data, reviewed = answering.accepted(turn, task, submitted, outcome)
        if drafted:
            session.execute(delete(Draft).where(Draft.task_id == task.id))
        _keep_answer(turn, task, answering.root_of(form), data, outcome)
        variables = decisions(form, data, outcome, reviewed=reviewed)
        naming.describe(turn, form, variables)
        turn.complete(task, variables)

    # What one of several experts does is no reason to refuse another's page.
    if seen not in {None, case.version} and queries.opened_together(session, task) > 1:
        seen = None
    return act(session, case, actor, change, key=key, seen=seen)


def check_task(
    session: Session, actor: Actor, task_id: int, submitted: Mapping[str, Any], outcome: str
) -> None:
    """Check what a person is about to submit and change nothing (the page 确认, catalogue B2).

    Raises:
        Invalid: with a sentence a field.
        TaskGone, NotYours: when the task is not theirs to submit.

    """
    task = queries.get_task(session, actor, task_id)
    if task.state != "open":
        raise TaskGone
    turn = Turn(session, task.case, actor, versions.loaded(session, task.case.version_id))
    turn.restore()
    _may_do(turn, task)
    answering.examined(turn, task, submitted, outcome)


def _may_do(turn: Turn, task: HumanTask) -> None:
    """Nobody works on what another has, nor decides on their own case (catalogue B10)."""
    actor = turn.actor
    if task.assignee_id not in (None, actor.user_id):
        raise NotYours
    if task.role != "applicant" and turn.case.applicant_id == actor.user_id:
        raise Forbidden(OWN_CASE)
    if (why := barred(turn.step(), task)) is not None:
        raise Forbidden(why)


def _keep_answer(
    turn: Turn, task: HumanTask, form: str, data: Mapping[str, Any], outcome: str
) -> None:
    session, actor, at = turn.session, turn.actor, clock.now()
    answer = {
        "case_id": turn.case.id,
        "task_id": task.id,
        "form": form,
        "task_form": task.form,
        "outcome": outcome,
        "round": int(str(turn.run.data.get("round") or 0)),
        "data": dict(data),
        "actor_id": actor.user_id,
        "actor_role": actor.role,
        "at": at,
    }
    _INSERT_ANSWER.run(session, answer)
    projection.finish(session, task, outcome, actor, at)
    after = {"outcome": outcome, "task": task.id}
    turn.record("task.completed", element=task.element, after=after)
    if turn.loaded.settings["submit"] == task.element:
        _submit(turn)


_INSERT_ANSWER = Prepared(insert(table_of(Answer)))


def _submit(turn: Turn) -> None:
    case = turn.case
    case.state, case.submitted_at = "open", clock.now()
    case.number = naming.next_case_number(turn.session)
    turn.record("case.submitted", after={"number": case.number})


def save_draft(
    session: Session, actor: Actor, task_id: int, data: Mapping[str, Any], page: str = ""
) -> Draft:
    """Keep what was typed into an open task, valid or not (catalogue B3)."""
    task, _case, _drafted = queries.lock_task(session, actor, task_id)
    if task.state != "open":
        raise TaskGone
    if task.assignee_id not in (None, actor.user_id):
        raise NotYours
    draft = queries.draft_of(session, task_id) or Draft(task_id=task_id)
    draft.data, draft.page, draft.saved_at = dict(data), page, clock.now()
    session.add(draft)
    session.flush()
    return draft


def delete_draft_case(session: Session, actor: Actor, case_id: int) -> None:
    """Delete a case that was never submitted."""
    queries.get_case(session, actor, case_id)
    case = lock(session, case_id)
    if case.state != "draft" or not scope.is_applicant(actor, case):
        raise Invalid(
            Text(
                "这件业务已经提交，不能删除。需要终止时请撤回申请。",
                "This case was submitted and cannot be deleted. Withdraw it instead.",
            )
        )
    audit.record(session, "case.deleted", actor, chain=case)
    calling.forget(session, case)
    session.flush()
    session.delete(case)
    session.flush()


def may_withdraw(case: Case, loaded: versions.Loaded) -> bool:
    """Whether the applicant may still take the case back."""
    allowed = set(loaded.settings.get("withdraw_until", []))
    at_rest = case.state != "open" or case.suspension is not None
    return not at_rest and bool(case.stages) and set(case.stages) <= allowed


def withdraw(session: Session, actor: Actor, case_id: int, reason: str, key: str | None) -> Case:
    """Take an application back; the case ends as withdrawn."""
    found = queries.get_case(session, actor, case_id)
    if not scope.is_applicant(actor, found):
        raise NotFound

    def change(turn: Turn) -> None:
        if not may_withdraw(turn.case, turn.loaded):
            raise Invalid(
                Text(
                    "现在这个环节不能撤回。如需终止，请联系受理人。",
                    "The case cannot be withdrawn at this stage. Please contact the association.",
                )
            )
        turn.record("case.withdrawn", reason=reason.strip())
        turn.run.cancel()
        projection.close(turn, "withdrawn")

    lock_together(session, found)
    case = act(session, case_id, actor, change, key=key)
    close_unpaid(session, case, actor)
    return case


def comment(
    session: Session, actor: Actor, case_id: int, body: str, *, internal: bool = False
) -> Comment:
    """Leave a comment on a case the actor may see (catalogue B9)."""
    case = queries.get_case(session, actor, case_id)
    if actor.role == "regulator":
        raise Forbidden  # looks on, writes nothing
    if not body.strip() or len(body) > _MOST_COMMENT:
        text = Text("请写 1 到 2000 个字。", "Please write 1 to 2,000 characters.")
        raise Invalid(text, {"body": text})
    lock(session, case_id)
    row = Comment(
        case_id=case_id,
        author_id=actor.user_id,
        author_role=actor.role,
        body=body.strip(),
        internal=internal and actor.role in scope.READS_ALL,
        at=clock.now(),
    )
    session.add(row)
    audit.record(session, "case.commented", actor, chain=case)
    session.flush()
    return row
