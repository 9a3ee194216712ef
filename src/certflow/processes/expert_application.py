"""Application to be an expert: what its diagram asks of the domain (D5, C5)."""

from collections.abc import Mapping, Sequence
from typing import Any

from certflow.accounts.models import Person
from certflow.accounts.queries import lock_person, the_person
from certflow.cases import registry
from certflow.cases.conditions import none_open, unmet
from certflow.cases.registry import Exhibit, Step
from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.text import Text
from certflow.personnel import appointments, practising

SERVICE = "expert_application"


@registry.admission(SERVICE)
def why_not(session: Session, actor: Actor, _given: Mapping[str, str]) -> Text | None:
    """Only certified persons evaluate others."""
    held = practising.live_certificates(session, actor.person_id or 0, clock.today())
    return None if held else practising.NOT_CERTIFIED


@registry.operation(f"{SERVICE}.gather_facts")
@registry.sets(*registry.FACTS)
def gather_facts(step: Step) -> dict[str, Any]:
    """Work out what may stand against the appointment."""
    return dict(zip(("facts", "evidence"), _facts(step), strict=True))


@registry.check(f"{SERVICE}.still_allowed")
def still_allowed(step: Step, _data: Mapping[str, Any], _outcome: str) -> dict[str, Text]:
    """Check the conditions once more when it is submitted: a draft may be old."""
    if step.case.state != "draft":
        return {}
    lock_person(step.session, step.case.applicant_id)
    rows = unmet(step, "conditions", _facts(step)[0])
    return {"experience": Text(rows[0]["help_zh"], rows[0]["help_en"])} if rows else {}


@registry.exhibit(f"{SERVICE}.standing")
def standing(step: Step) -> Exhibit | None:
    """Show what the applicant holds in each field, and where an appointment counts already."""
    person, fields = _person(step), [str(one) for one in step.data.get("fields") or []]
    rows = appointments.standing(step.session, person, fields, clock.today())
    return Exhibit(*rows) if fields else None


@registry.operation(f"{SERVICE}.appoint")
def appoint(step: Step) -> None:
    """Appoint the expert for the term that was decided; the role comes with it."""
    appointments.appoint_expert(
        step.session,
        step.case.applicant_id,
        [str(one) for one in step.data["fields"]],
        int(step.data["term"]),
        clock.now(),
        case_id=step.case.id,
        actor=step.actor,
    )


@registry.credential("expert")
def fields(session: Session, user_ids: Sequence[int]) -> Mapping[int, Text]:
    """Show the fields of each expert where experts are chosen."""
    return appointments.expert_fields(session, user_ids, clock.today())


def _facts(step: Step) -> tuple[dict[str, int], dict[str, Any]]:
    fields = [str(one) for one in step.data["fields"]]
    own, said = appointments.figures(step.session, _person(step), fields, clock.today())
    others, evidence = none_open(step, SERVICE)
    return own | others, evidence | {name: {"said": text.as_json()} for name, text in said.items()}


def _person(step: Step) -> Person:
    return the_person(step.session, step.case.applicant_id)
