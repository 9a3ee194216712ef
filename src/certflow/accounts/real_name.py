"""Real-name verification behind an adapter (实名认证, catalogue A6).

A provider says whether a name and a document number belong together. It is asked by the outbox,
outside every transaction; what it said stands with the person. The sandbox invents answers by a
rule that testers can use: a name with 否 in it is refused, everything else passes. A provider for
production is another class with `verify`, chosen in `present_check`.
"""

import secrets
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from certflow.accounts.models import Person
from certflow.core import audit, clock, outbox, settings
from certflow.core.actor import SYSTEM, Actor
from certflow.core.db import Session, transaction
from certflow.core.errors import Conflict
from certflow.core.outbox import Send, handler
from certflow.core.text import Text

STATES = {
    "unchecked": Text("未认证", "Not verified"),
    "asked": Text("认证中", "Being verified"),
    "passed": Text("已实名", "Verified"),
    "refused": Text("未通过", "Refused"),
}


class RealNameCheck(Protocol):
    """Somebody who knows which name belongs to which document."""

    def verify(self, name: str, document_type: str, number: str) -> bool:
        """Whether they belong together; raises when there is no answer, to be asked again."""


class SandboxCheck:
    """Says no to names with 否 in them, yes to all others."""

    def verify(self, name: str, document_type: str, number: str) -> bool:
        """Answer by rule."""
        return "否" not in name


def present_check() -> RealNameCheck | None:
    """Return the provider that the settings name; None when nobody is asked."""
    return SandboxCheck() if settings.current().real_name_check == "sandbox" else None


def ask(session: Session, person: Person, actor: Actor, at: datetime) -> None:
    """Have a person's name verified; the answer comes later.

    Raises:
        Conflict: nobody can be asked here, or there is nothing to ask.

    """
    if present_check() is None or person.identity_state in {"asked", "passed"}:
        raise Conflict(
            Text(
                "现在不能发起实名认证，请稍后再看。", "It cannot be verified now. Try again later."
            )
        )
    person.identity_state, person.identity_at = "asked", at
    session.flush()
    key = f"real_name/{person.id}/{secrets.token_hex(8)}"
    outbox.enqueue(session, "real_name", key, {"person_id": person.id})
    audit.record(session, "identity.asked", actor, subject=f"person/{person.id}")


@handler("real_name")
def verify(session: Session, payload: dict[str, Any]) -> Send | None:
    """Ask the provider about one person, outside the transaction, and keep what it says."""
    person, check = session.get(Person, payload["person_id"]), present_check()
    if person is None or check is None or person.identity_state != "asked":
        return None
    question = partial(check.verify, person.name, person.document_type, person.document_number)
    return partial(_settle, person.id, question)


def _settle(person_id: int, question: "partial[bool]") -> None:
    passed = question()
    with transaction() as session:
        person = session.get_one(Person, person_id, with_for_update=True, populate_existing=True)
        if person.identity_state != "asked":
            return
        person.identity_state = "passed" if passed else "refused"
        person.identity_at = clock.now()
        session.flush()
        subject, after = f"person/{person_id}", {"state": person.identity_state}
        audit.record(session, "identity.answered", SYSTEM, subject=subject, after=after)
