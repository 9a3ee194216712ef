"""Tasks: the inbox, one task with its form, and what can be done with it (catalogue B6, B7)."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

from marshmallow import Schema, fields, validate

from certflow.accounts.roles import WORKING
from certflow.api.bearer import command_key
from certflow.api.document import Blueprint
from certflow.api.errors import language
from certflow.api.fields import Answers, Body, Line, Words
from certflow.api.v1.cases import CaseSchema, case_view
from certflow.api.v1.forms import TaskFormSchema, task_form
from certflow.cases import assignment, operations, queries, scope
from certflow.cases.inbox import InboxFilter, page_of_tasks
from certflow.cases.worksheet import open_worksheet
from certflow.core import clock
from certflow.core.access import SIGNED_IN, allow, current_actor
from certflow.core.db import db
from certflow.core.errors import Invalid
from certflow.core.text import Text

blueprint = Blueprint("tasks", "What waits for somebody")

TASK = "/tasks/<int(max=2147483647):task_id>"
SOON = timedelta(days=3)


class InboxQuery(Body):
    """Which open tasks to list."""

    view = fields.String(load_default="mine", validate=validate.OneOf(["mine", "group", "all"]))
    service = Line(60, load_default="")
    element = Line(80, load_default="")
    due = fields.String(
        load_default="",
        validate=validate.OneOf(["overdue", "soon"]),
        metadata={"description": "Overdue, or due within three days."},
    )
    text = Line(100, load_default="", metadata={"description": "A case number, or a name."})
    after = Line(120, load_default="", metadata={"description": "`next` of the page before."})
    limit = fields.Integer(load_default=20, validate=validate.Range(1, 100))


class CompletionBody(Body):
    """The filled form, the outcome chosen, the case version it was filled against."""

    outcome = Line(40, least=1, required=True, metadata={"example": "submit"})
    data = Answers(
        required=True,
        metadata={"example": {"field": "QMS", "mode": "first_intern", "payer": "person"}},
    )
    seen = fields.Integer(
        required=True, validate=validate.Range(0, 2**31 - 1), metadata={"example": 1}
    )


class DraftBody(Body):
    """What was filled in so far, valid or not."""

    data = Answers(required=True, metadata={"example": {"field": "QMS"}})
    page = Line(60, load_default="")


class TaskCaseSchema(Schema):
    """The case of a task."""

    id = fields.Integer(required=True)
    number = fields.String(required=True, allow_none=True)
    title = Words()
    version = fields.Integer(required=True)
    state = fields.String(required=True)


class TaskSchema(Schema):
    """A task."""

    id = fields.Integer(required=True)
    element = fields.String(required=True, metadata={"example": "accept"})
    name = Words()
    service = fields.String(required=True, metadata={"example": "registration"})
    role = fields.String(required=True, metadata={"example": "reviewer"})
    state = fields.String(required=True, metadata={"enum": ["open", "done", "cancelled"]})
    claimed = fields.Boolean(required=True, metadata={"description": "Somebody has it."})
    mine = fields.Boolean(required=True)
    opened_at = fields.AwareDateTime(required=True)
    due_at = fields.AwareDateTime(required=True, allow_none=True)
    case = fields.Nested(TaskCaseSchema, required=True)


class TasksSchema(Schema):
    """A page of tasks, the most urgent first; `next` leads to the one after."""

    items = fields.List(fields.Nested(TaskSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class TaskDetailSchema(TaskSchema):
    """A task with its form."""

    form = fields.Nested(TaskFormSchema, required=True)


class DraftSchema(Schema):
    """When a draft was kept."""

    saved_at = fields.AwareDateTime(required=True)


@blueprint.operation("get", "/tasks", "cases:read", 422)
@blueprint.takes(InboxQuery, "query")
@blueprint.answers(200, TasksSchema)
@allow(SIGNED_IN)
def list_tasks(wanted: dict[str, Any]) -> Any:
    """List the open tasks of the token's account: its own, its group's, or both."""
    limit, at = wanted.pop("limit"), clock.now()
    after = _place(wanted.pop("after"))
    filters = InboxFilter(**wanted, after=after, until=at + SOON)
    found = page_of_tasks(db.session(), current_actor(), filters, at, limit)
    more = len(found) > limit
    return {
        "items": [task_view(task) for task in found[:limit]],
        "next": _cursor(found[limit - 1]) if more else None,
    }


@blueprint.operation("get", TASK, "cases:read", 404)
@blueprint.answers(200, TaskDetailSchema)
@allow(SIGNED_IN)
def get_task(task_id: int) -> Any:
    """Return a task with its form, the data it opens with and the outcomes to choose from."""
    session, actor = db.session(), current_actor()
    sheet = open_worksheet(session, actor, task_id, language())
    return task_view(sheet.task) | {"form": task_form(session, sheet, actor)}


@blueprint.operation("post", f"{TASK}/complete", "cases:write", 400, 404, 415, once=True)
@blueprint.takes(CompletionBody)
@blueprint.answers(200, CaseSchema, "The case after the task.")
@allow(*WORKING)
def complete_task(sent: dict[str, Any], task_id: int) -> Any:
    """Answer a task's form with an outcome; the process runs on.

    409 when the case has moved on since `seen`, or somebody else has done the task; 422 names
    each field that is wrong. Nothing is changed then.
    """
    case = operations.complete_task(
        db.session(),
        current_actor(),
        task_id,
        sent["data"],
        sent["outcome"],
        key=command_key(),
        seen=sent["seen"],
    )
    return case_view(case)


@blueprint.operation("put", f"{TASK}/draft", "cases:write", 400, 404, 409, 415, 422)
@blueprint.takes(DraftBody)
@blueprint.answers(200, DraftSchema)
@allow(*WORKING)
def save_draft(sent: dict[str, Any], task_id: int) -> Any:
    """Keep what was filled in so far."""
    return operations.save_draft(db.session(), current_actor(), task_id, sent["data"], sent["page"])


@blueprint.operation("post", f"{TASK}/claim", "cases:write", 404, once=True)
@blueprint.answers(200, TaskSchema)
@allow(*WORKING)
def claim_task(task_id: int) -> Any:
    """Take a task of the group."""
    assignment.claim(db.session(), current_actor(), task_id, key=command_key())
    return task_view(queries.get_task(db.session(), current_actor(), task_id))


@blueprint.operation("post", f"{TASK}/release", "cases:write", 404, once=True)
@blueprint.answers(200, TaskSchema)
@allow(*WORKING)
def release_task(task_id: int) -> Any:
    """Give a task back to the group."""
    assignment.release(db.session(), current_actor(), task_id, key=command_key())
    return task_view(queries.get_task(db.session(), current_actor(), task_id))


def task_view(task: Any) -> dict[str, Any]:
    """Return what `TaskSchema` shows of a task."""
    actor = current_actor()
    plain = ("id", "element", "name", "service", "role", "state", "opened_at", "due_at")
    return {key: getattr(task, key) for key in plain} | {
        "claimed": task.assignee_id is not None,
        "mine": scope.has(actor, task),
        "case": task.case,
    }


def _cursor(task: Any) -> str:
    place = f"{task.sort_at.astimezone(UTC).isoformat()}|{task.id}"
    return urlsafe_b64encode(place.encode()).decode()


def _place(cursor: str) -> tuple[datetime, int] | None:
    if not cursor:
        return None
    try:
        at, _, task_id = urlsafe_b64decode(cursor.encode()).decode().partition("|")
        return datetime.fromisoformat(at).astimezone(UTC), int(task_id) % 2**31
    except (ValueError, OverflowError) as error:
        text = Text("请用上一页的 next。", "Use `next` of the page before.")
        raise Invalid(text, {"after": text}) from error
