"""Transfer of the practising body: what its diagram asks of the domain (D2)."""

from collections.abc import Mapping
from typing import Any

from certflow.accounts.models import Person
from certflow.accounts.queries import get_person, lock_person, the_person
from certflow.cases import registry
from certflow.cases.conditions import none_open, unmet
from certflow.cases.queries import latest_answer
from certflow.cases.registry import Exhibit, Step
from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.text import Text
from certflow.personnel import practising


@registry.admission("transfer")
def why_not(session: Session, actor: Actor, _given: Mapping[str, str]) -> Text | None:
    """Only certified persons transfer, and only from one body to another (D2)."""
    person = get_person(session, actor.person_id or 0)
    if person is None or not practising.live_certificates(session, person.id, clock.today()):
        return practising.NOT_CERTIFIED
    return None if person.organisation_id else practising.NO_BODY


@registry.operation("transfer.gather_facts")
@registry.sets(*registry.FACTS)
def gather_facts(step: Step) -> dict[str, Any]:
    """Work out what may stand against the transfer."""
    return dict(zip(("facts", "evidence"), _facts(step), strict=True))


@registry.check("transfer.still_allowed")
def still_allowed(step: Step, _data: Mapping[str, Any], _outcome: str) -> dict[str, Text]:
    """Check the conditions once more when it is submitted: a draft may be old."""
    if step.case.state != "draft":
        return {}
    lock_person(step.session, step.case.applicant_id)
    rows = unmet(step, "conditions", _facts(step)[0])
    return {"reason": Text(rows[0]["help_zh"], rows[0]["help_en"])} if rows else {}


@registry.exhibit("transfer.certificates")
def certificates(step: Step) -> Exhibit | None:
    """Show both bodies and the certificates that will change."""
    chosen = latest_answer(step.session, step.case.id, "choose")
    if chosen is None:
        return None
    bodies = int(chosen.data["from_body"]), int(chosen.data["to_body"])
    return Exhibit(*practising.moving(step.session, _person(step).id, *bodies, clock.today()))


@registry.operation("transfer.change_body")
def change_body(step: Step) -> None:
    """Let the person practise with the new body, everywhere at one instant (D2)."""
    to_body, cause = int(step.data["to_body"]), step.case.chain_key
    practising.change_practising_body(
        step.session, _person(step), to_body, clock.today(), step.actor, cause
    )


def _facts(step: Step) -> tuple[dict[str, int], dict[str, Any]]:
    person = _person(step)
    held = practising.live_certificates(step.session, person.id, clock.today())
    own = {
        "live_certificates": len(held),
        "another_body": int(int(step.data["to_body"]) != person.organisation_id),
    }
    others, evidence = none_open(step, "transfer", "registration")
    return own | others, evidence


def _person(step: Step) -> Person:
    return the_person(step.session, step.case.applicant_id)
