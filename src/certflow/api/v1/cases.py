"""Cases: start, find, look into, take back (catalogue B3-B5)."""

from typing import Any

from flask import url_for
from marshmallow import Schema, fields, validate

from certflow.accounts.roles import FILING_ROLES, WORKING
from certflow.api.bearer import command_key
from certflow.api.document import Blueprint
from certflow.api.errors import language
from certflow.api.fields import Body, Line, NamedSchema, Words
from certflow.calendar.queries import DeadlineClock, clocks_of
from certflow.cases import operations, queries, scope, versions
from certflow.cases.dossier import open_dossier
from certflow.cases.story import Entry, timeline
from certflow.cases.words import clock_name
from certflow.cases.worklists import CaseFilter, cases_wanted
from certflow.core import clock
from certflow.core.access import SIGNED_IN, allow, current_actor
from certflow.core.db import db
from certflow.core.text import Text

blueprint = Blueprint("cases", "Runs of a service")

CASE = "/cases/<int(max=2147483647):case_id>"


class CaseQuery(Body):
    """Which cases to list."""

    service = Line(60, load_default="", metadata={"example": "registration"})
    state = fields.String(load_default="", validate=validate.OneOf(["draft", "open", "closed"]))
    text = Line(100, load_default="", metadata={"description": "Of number, title, applicant."})
    stage = Line(80, load_default="", metadata={"description": "An element they wait at."})
    overdue = fields.Boolean(load_default=False)
    page = fields.Integer(load_default=1, validate=validate.Range(1, 10_000))
    page_size = fields.Integer(load_default=20, validate=validate.Range(1, 100))


class NewCaseBody(Body):
    """Which service to start."""

    service = Line(60, least=1, required=True, metadata={"example": "registration"})


class WithdrawalBody(Body):
    """Why an application is taken back."""

    reason = Line(500, required=True, metadata={"example": "材料还不齐"})


class CaseSchema(Schema):
    """A case. `version` counts its transitions; commands say which one they saw."""

    id = fields.Integer(required=True)
    number = fields.String(required=True, allow_none=True, metadata={"example": "20261120090004"})
    service = fields.String(required=True, metadata={"example": "registration"})
    title = Words()
    state = fields.String(required=True, metadata={"enum": ["draft", "open", "closed"]})
    stages = fields.List(
        fields.Nested(NamedSchema), required=True, metadata={"description": "Where it waits."}
    )
    outcome = fields.Nested(NamedSchema, required=True, allow_none=True)
    version = fields.Integer(required=True)
    created_at = fields.AwareDateTime(required=True)
    updated_at = fields.AwareDateTime(required=True)
    submitted_at = fields.AwareDateTime(required=True, allow_none=True)
    closed_at = fields.AwareDateTime(required=True, allow_none=True)


class CasesSchema(Schema):
    """A page of cases, the last changed first."""

    items = fields.List(fields.Nested(CaseSchema), required=True)
    total = fields.Integer(required=True)


class ClockSchema(Schema):
    """A deadline: `used` and `left` of `total` days of its unit."""

    key = fields.String(required=True, metadata={"example": "evaluation"})
    name = Words()
    unit = fields.String(required=True, metadata={"enum": ["working_days", "calendar_days"]})
    state = fields.String(required=True, metadata={"example": "running"})
    used = fields.Integer(required=True)
    left = fields.Integer(required=True)
    total = fields.Integer(required=True)
    due_at = fields.AwareDateTime(required=True, allow_none=True)
    overdue = fields.Boolean(required=True)
    paused_since = fields.AwareDateTime(required=True, allow_none=True)
    paused_because = Words(allow_none=True)


class OpenTaskSchema(Schema):
    """A task that the case waits for; `mine` and `claimable` are for the token's account."""

    id = fields.Integer(required=True)
    element = fields.String(required=True, metadata={"example": "apply"})
    name = Words()
    role = fields.String(required=True, metadata={"example": "applicant"})
    due_at = fields.AwareDateTime(required=True, allow_none=True)
    mine = fields.Boolean(required=True)
    claimable = fields.Boolean(required=True)


class CaseDetailSchema(CaseSchema):
    """A case with its clocks and open tasks."""

    withdrawable = fields.Boolean(required=True)
    clocks = fields.List(fields.Nested(ClockSchema), required=True)
    open_tasks = fields.List(fields.Nested(OpenTaskSchema), required=True)


class RemarkSchema(Schema):
    """What a reviewer found wrong, and with what."""

    about = Words()
    text = fields.String(required=True)
    code = fields.String(required=True)


class ChangeSchema(Schema):
    """An answer that differs from the round before."""

    path = fields.String(required=True)
    label = fields.String(required=True)
    before = fields.String(required=True)
    after = fields.String(required=True)


class EntrySchema(Schema):
    """Something that happened; people whom the reader may not know are numbers."""

    at = fields.AwareDateTime(required=True, allow_none=True)
    what = Words()
    who = Words()
    text = Words()
    kind = fields.String(required=True, metadata={"example": "done"})
    remarks = fields.List(fields.Nested(RemarkSchema), required=True)
    changes = fields.List(fields.Nested(ChangeSchema), required=True)


class TimelineSchema(Schema):
    """What happened to a case, newest first."""

    items = fields.List(fields.Nested(EntrySchema), required=True)


@blueprint.operation("get", "/cases", "cases:read", 422)
@blueprint.takes(CaseQuery, "query")
@blueprint.answers(200, CasesSchema)
@allow(SIGNED_IN)
def list_cases(wanted: dict[str, Any]) -> Any:
    """List the cases that the token's role may see."""
    page, size = wanted.pop("page"), wanted.pop("page_size")
    session = db.session()
    cases, total = cases_wanted(
        session, current_actor(), CaseFilter(**wanted), clock.now(), size, (page - 1) * size
    )
    return {"items": [case_view(case) for case in cases], "total": total}


@blueprint.operation("post", "/cases", "cases:write", 400, 404, 415, once=True)
@blueprint.takes(NewCaseBody)
@blueprint.answers(201, CaseDetailSchema, headers={"Location": {"schema": {"type": "string"}}})
@allow(*WORKING)
def create_case(sent: dict[str, Any]) -> Any:
    """Start a service: a draft case at its first task."""
    case = operations.start_case(db.session(), current_actor(), sent["service"], key=command_key())
    address = url_for("api_v1_cases.get_case", case_id=case.id)
    return _detail(case), 201, {"Location": address}


@blueprint.operation("get", CASE, "cases:read", 404)
@blueprint.answers(200, CaseDetailSchema)
@allow(SIGNED_IN)
def get_case(case_id: int) -> Any:
    """Return a case with its stages, clocks and open tasks."""
    return _detail(queries.get_case(db.session(), current_actor(), case_id))


@blueprint.operation("get", f"{CASE}/timeline", "cases:read", 404)
@blueprint.answers(200, TimelineSchema)
@allow(SIGNED_IN)
def get_timeline(case_id: int) -> Any:
    """Return what happened to a case, newest first.

    Remarks and changes quote answers, with phone and ID numbers masked.
    """
    dossier = open_dossier(db.session(), current_actor(), case_id, clock.now(), language())
    return {"items": [_entry(one) for one in timeline(dossier)]}


@blueprint.operation("post", f"{CASE}/withdraw", "cases:write", 400, 404, 415, once=True)
@blueprint.takes(WithdrawalBody)
@blueprint.answers(200, CaseSchema)
@allow(*FILING_ROLES)
def withdraw_case(sent: dict[str, Any], case_id: int) -> Any:
    """Take an application back; the case ends as withdrawn."""
    key = command_key()
    return case_view(
        operations.withdraw(db.session(), current_actor(), case_id, sent["reason"], key)
    )


def case_view(case: Any) -> dict[str, Any]:
    """Return what `CaseSchema` shows of a case."""
    loaded = versions.loaded(db.session(), case.version_id)
    shown = {name: getattr(case, name) for name in _PLAIN}
    outcome = loaded.name_of(case.outcome or "")
    return shown | {
        "stages": [{"key": one, "name": loaded.name_of(one)} for one in case.stages],
        "outcome": {"key": case.outcome, "name": outcome} if case.outcome else None,
    }


_PLAIN = (
    "id", "number", "service", "title", "state", "version",
    "created_at", "updated_at", "submitted_at", "closed_at",
)  # fmt: skip


def _detail(case: Any) -> dict[str, Any]:
    session, actor = db.session(), current_actor()
    loaded = versions.loaded(session, case.version_id)
    clocks = clocks_of(session, [case.id], clock.now()).get(case.id, {})
    own = scope.is_applicant(actor, case)
    return case_view(case) | {
        "withdrawable": own and operations.may_withdraw(case, loaded),
        "clocks": [_clock(clock_name(loaded, key), one) for key, one in clocks.items()],
        "open_tasks": [_open_task(one, own=own) for one in queries.tasks_of(session, case.id)],
    }


def _open_task(task: Any, *, own: bool) -> dict[str, Any]:
    actor = current_actor()
    return {
        "id": task.id,
        "element": task.element,
        "name": task.name,
        "role": task.role,
        "due_at": task.due_at,
        "mine": scope.has(actor, task),
        "claimable": not own and task.assignee_id is None and task.pool in scope.pools_of(actor),
    }


def _clock(name: Text, one: DeadlineClock) -> dict[str, Any]:
    plain = ("key", "unit", "state", "used", "left", "total", "due_at", "overdue", "paused_since")
    return {key: getattr(one, key) for key in plain} | {"name": name, "paused_because": one.reason}


def _entry(one: Entry) -> dict[str, Any]:
    return {
        "at": one.at,
        "what": one.what,
        "who": one.who,
        "text": one.text,
        "kind": one.kind,
        "remarks": [{**remark, "about": remark["who"]} for remark in one.remarks],
        "changes": one.changes,
    }
