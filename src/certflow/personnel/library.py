"""The profile library: records put in, changed and taken out, each told of in the trail (A9)."""

from collections.abc import Mapping
from datetime import datetime

from certflow.core import audit
from certflow.core.actor import SYSTEM, Actor
from certflow.core.db import Session
from certflow.core.errors import Forbidden
from certflow.core.text import Text
from certflow.personnel import queries
from certflow.personnel.models import ProfileRecord


def add_record(
    session: Session,
    person_id: int,
    kind: str,
    data: Mapping[str, object],
    at: datetime,
    *,
    source: str = "own",
    verified: bool = False,
    actor: Actor = SYSTEM,
) -> ProfileRecord:
    """Put a record into the profile library; `data` has been validated by its form (A9)."""
    record = ProfileRecord(
        person_id=person_id,
        kind=kind,
        data=dict(data),
        source=source,
        verified=verified,
        created_at=at,
        updated_at=at,
    )
    session.add(record)
    session.flush()
    _told(session, "record.added", record, actor)
    return record


def update_record(
    session: Session,
    person_id: int,
    record_id: int,
    data: Mapping[str, object],
    at: datetime,
    actor: Actor = SYSTEM,
) -> ProfileRecord:
    """Replace the content of a person's own record; applications keep what they were sent with.

    Raises:
        NotFound: no such record of this person.
        Forbidden: the platform has verified it.

    """
    record = _changeable(session, person_id, record_id)
    record.data, record.updated_at = dict(data), at
    session.flush()
    _told(session, "record.changed", record, actor)
    return record


def delete_record(session: Session, person_id: int, record_id: int, actor: Actor = SYSTEM) -> None:
    """Take a record out of the library; applications keep their copy.

    Raises:
        NotFound: no such record of this person.
        Forbidden: the platform has verified it.

    """
    record = _changeable(session, person_id, record_id)
    _told(session, "record.deleted", record, actor)
    session.delete(record)
    session.flush()


def _told(session: Session, action: str, record: ProfileRecord, actor: Actor) -> None:
    """Write down what was done with a record, not what stands in it: that is personal."""
    after = {"record": record.id, "kind": record.kind}
    audit.record(session, action, actor, subject=f"person/{record.person_id}", after=after)
    session.flush()


def _changeable(session: Session, person_id: int, record_id: int) -> ProfileRecord:
    record = queries.record_of(session, person_id, record_id)
    if record.verified:
        raise Forbidden(
            Text(
                "这条记录已由平台核实，不能自行修改或删除。如有错误，请联系协会工作人员。",
                "The platform has verified this record, so you cannot change or delete it. If it "
                "is wrong, please ask the association.",
            )
        )
    return record
