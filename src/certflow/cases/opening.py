"""A new case: whose it is, what may stand against it, its first steps."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from certflow.cases import queries, registry
from certflow.cases.models import Case, Draft
from certflow.cases.subjects import Filer
from certflow.cases.versions import Loaded
from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.text import Text
from certflow.engine.runner import Run

if TYPE_CHECKING:
    from certflow.cases.turn import Turn


def stands_against(
    session: Session, actor: Actor, service: str, given: Mapping[str, str]
) -> Text | None:
    """Return why the actor cannot start a service now; None when nothing stands against it."""
    admitted = registry.admissions.get(service)
    return admitted(session, actor, given) if admitted else None


def draft_case(session: Session, loaded: Loaded, filer: Filer) -> Case:
    """Add a case of a service that nobody has submitted yet."""
    at = clock.now()
    case = Case(
        service=loaded.bundle.key,
        version_id=loaded.version_id,
        title=Text.read(loaded.settings["title"]).as_json(),
        summary={},
        state="draft",
        stages=[],
        visited=[],
        applicant_id=filer.user_id,
        applicant_organisation_id=filer.organisation_id,
        version=0,
        run=b"",
        audit_seq=0,
        audit_head="",
        created_at=at,
        updated_at=at,
    )
    session.add(case)
    session.flush()
    return case


def begin(turn: "Turn", given: Mapping[str, Any]) -> None:
    """Let a new case run to where it first waits; `given` fills in fields of its first form."""
    turn.record("case.started")
    turn.run = Run.start(turn.loaded.definition, {"applicant": turn.case.applicant_id}, turn)
    turn.settle()
    for task in queries.tasks_of(turn.session, turn.case.id) if given else ():
        known = turn.loaded.forms[task.form].answered
        data = {name: value for name, value in given.items() if name in known}
        if data:
            turn.session.add(Draft(task_id=task.id, data=data, page="", saved_at=clock.now()))
    turn.session.flush()
