"""People found by what is known of them, within one's rights (catalogue B12).

Numbers of documents and phones are found by their exact value through the keyed index only.
"""

import re
from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_, select

from certflow.accounts.identity import DOCUMENT_TYPES
from certflow.accounts.models import Person
from certflow.accounts.queries import document_index
from certflow.accounts.roles import ORGANISATION_ROLES
from certflow.accounts.spelling import is_phone
from certflow.core.actor import Actor
from certflow.core.beginnings import begins
from certflow.core.cells import folded
from certflow.core.crypto import blind_index
from certflow.core.db import Session

READS_EVERYBODY = frozenset(
    {
        "reviewer",
        "approver",
        "complaints_office",
        "exam_office",
        "regulator",
        "system_admin",
    }
)
"""Roles of the association that deal with people whatever their body."""
_NUMBER = re.compile(r"(?=.*[0-9])[0-9A-Z]{5,20}")


def find_people(session: Session, actor: Actor, text: str, limit: int) -> list[Person]:
    """Return people by the beginning of a name, or an exact archive, document or phone number.

    A body finds its own people, an office of the association everybody, all others nobody.
    """
    whose = _in_reach(actor)
    if whose is None or not text.strip():
        return []
    query = select(Person).where(or_(*_called(session, text.strip())), *whose)
    return list(session.scalars(query.order_by(Person.name, Person.id).limit(limit)))


def _in_reach(actor: Actor) -> Sequence[ColumnElement[bool]] | None:
    if actor.role in READS_EVERYBODY:
        return ()
    if actor.role in ORGANISATION_ROLES and actor.organisation_id:
        return (Person.organisation_id == actor.organisation_id,)
    return None


def _called(session: Session, text: str) -> list[ColumnElement[bool]]:
    number = folded(text)
    if not _NUMBER.fullmatch(number) and not is_phone(number):
        return [begins(session, Person.name, text)]
    index = [document_index(kind, number) for kind in DOCUMENT_TYPES]
    exact = [Person.document_index.in_(index), Person.archive_number == text.strip()]
    return [*exact, Person.phone_index == blind_index("phone", number)]
