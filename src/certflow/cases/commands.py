"""Commands are carried out once: their idempotency keys (reliability B2)."""

from typing import Self

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from certflow.cases.errors import KeyTaken
from certflow.cases.models import Case, CaseCommand
from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session, table_of
from certflow.core.prepared import Prepared


class Key(str):
    """A command's idempotency key with a `digest` of all that is asked for under it.

    A plain string will do where whoever made up the key never asks for two things under it.
    """

    __slots__ = ("digest",)
    digest: str

    def __new__(cls, value: str, digest: str) -> Self:
        """Put the two together."""
        key = super().__new__(cls, value)
        key.digest = digest
        return key


def earlier_case(session: Session, key: str, actor: Actor) -> Case | None:
    """Return the case that was started with this key before.

    Raises:
        KeyTaken: when it was another person's command, or another one.

    """
    query = select(Case, CaseCommand).join(CaseCommand, CaseCommand.case_id == Case.id)
    found = session.execute(query.where(CaseCommand.key == key)).one_or_none()
    if found is None:
        return None
    case, command = found
    if (command.actor_id, command.digest) != (actor.user_id, _digest(key)):
        raise KeyTaken
    return case


def first_time(session: Session, key: str, case: Case, actor: Actor) -> bool:
    """Note a command's idempotency key; False when it was carried out before.

    Raises:
        KeyTaken: when it was another person's command, one on another case, or another one.

    """
    if note(session, key, case, actor):
        return True
    columns = (CaseCommand.case_id, CaseCommand.actor_id, CaseCommand.digest)
    known = session.execute(select(*columns).where(CaseCommand.key == key)).one()
    if tuple(known) != (case.id, actor.user_id, _digest(key)):
        raise KeyTaken
    return False


def note(session: Session, key: str, case: Case, actor: Actor) -> bool:
    """Note a command's idempotency key; False when it is known, whoever used it for what."""
    row = {
        "key": str(key),
        "case_id": case.id,
        "actor_id": actor.user_id,
        "digest": _digest(key),
        "at": clock.now(),
    }
    return bool(_NOTE[session.get_bind().dialect.name].run(session, row))


_COMMANDS = table_of(CaseCommand)
_NOTE = {
    name: Prepared(
        dialect.insert(_COMMANDS)
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(_COMMANDS.c.key)
    )
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}


def _digest(key: str) -> str:
    return key.digest if isinstance(key, Key) else ""
