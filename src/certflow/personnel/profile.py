"""Particulars that a person asked to be changed: as they were, and as decided (A8)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from certflow.accounts.changes import change_particulars, particulars
from certflow.accounts.models import Person
from certflow.accounts.queries import the_person
from certflow.core.actor import Actor
from certflow.core.clock import SHANGHAI
from certflow.core.db import Session
from certflow.personnel.models import ProfileChange
from certflow.personnel.practising import live_certificates, print_again

ON_CERTIFICATES = frozenset({"name", "pinyin"})


def note_present(session: Session, case_id: int, user_id: int) -> None:
    """Keep how a person's particulars are when their change is asked for; once a case."""
    if session.get(ProfileChange, case_id) is None:
        person = the_person(session, user_id)
        before = particulars(person)
        session.add(ProfileChange(case_id=case_id, person_id=person.id, before=before))
        session.flush()


def before_change(session: Session, case_id: int, user_id: int) -> dict[str, str]:
    """Return the particulars that a case started from; the present ones as long as it is a draft."""
    noted = session.get(ProfileChange, case_id)
    return dict(noted.before) if noted else particulars(the_person(session, user_id))


def differing(before: Mapping[str, str], asked: Mapping[str, Any]) -> dict[str, str]:
    """Return the particulars that are asked to be different, as they are to be."""
    wanted = {name: str(asked.get(name) or "") for name in before}
    return {name: value for name, value in wanted.items() if value != before[name]}


def apply_change(
    session: Session, case_id: int, asked: Mapping[str, Any], actor: Actor, at: datetime
) -> None:
    """Write what was decided; certificates that show it are made again (A8, C8).

    What the person left as it was is not touched, even if it has changed since.
    """
    noted, cause = session.get_one(ProfileChange, case_id), f"case/{case_id}"
    person = session.get_one(Person, noted.person_id)
    wanted = differing(noted.before, asked)
    changed = change_particulars(session, person, wanted, actor, cause)
    if ON_CERTIFICATES & set(changed):
        on = at.astimezone(SHANGHAI).date()
        print_again(session, live_certificates(session, person.id, on), cause)
    noted.applied_at = at
    session.flush()
