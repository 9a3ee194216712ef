"""What is changed about a person by a decision: particulars, the practising body (A8, D2)."""

from collections.abc import Mapping
from datetime import date

from certflow.accounts.identity import read_document
from certflow.accounts.models import Person, User
from certflow.core import audit, clock
from certflow.core.actor import Actor
from certflow.core.db import Session

PARTICULARS = ("name", "pinyin", "highest_degree", "birth_date", "household", "employer")
"""What a person cannot change alone: staff decides on a change request (A8)."""
_SHOWN = 1


def particulars(person: Person) -> dict[str, str]:
    """Return a person's particulars as a form holds them."""
    values = {name: getattr(person, name) for name in PARTICULARS}
    return {name: "" if value is None else str(value) for name, value in values.items()}


def change_particulars(
    session: Session, person: Person, wanted: Mapping[str, str], actor: Actor, reason: str
) -> tuple[str, ...]:
    """Write particulars that differ and return their names; the audit trail has them masked (A8)."""
    present = particulars(person)
    changed = tuple(
        name for name in PARTICULARS if wanted.get(name, present[name]) != present[name]
    )
    for name in changed:
        value = wanted[name]
        setattr(person, name, date.fromisoformat(value) if name == "birth_date" else value)
    if "name" in changed and person.user_id is not None:
        session.get_one(User, person.user_id).name = person.name
    session.flush()
    audit.record(
        session,
        "person.changed",
        actor,
        subject=f"person/{person.id}",
        before={name: masked(present[name]) for name in changed},
        after={name: masked(wanted[name]) for name in changed},
        reason=reason,
    )
    return changed


def move_person(
    session: Session, person: Person, organisation_id: int, actor: Actor, reason: str
) -> None:
    """Let a person practise with another body from now on (D2)."""
    before, person.organisation_id = person.organisation_id, organisation_id
    session.flush()
    audit.record(
        session,
        "person.moved",
        actor,
        subject=f"person/{person.id}",
        before={"organisation_id": before},
        after={"organisation_id": organisation_id},
        reason=reason,
    )


def contradicts_document(person: Person, birth_date: str) -> bool:
    """Whether a birth date is not the one that the identity document tells (A1)."""
    told = read_document(person.document_type, person.document_number, clock.today()).birth_date
    return told is not None and birth_date != told.isoformat()


def masked(value: str) -> str:
    """Show how a particular begins, and no more."""
    return value[:_SHOWN] + "*" * min(len(value) - _SHOWN, 3) if value else ""
