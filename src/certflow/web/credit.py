"""How entries of a credit file are shown, to the person and to the association (catalogue D6)."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for

from certflow.cases.queries import get_case
from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import NotFound
from certflow.core.text import Text
from certflow.personnel.credit import CreditKind, credit_evidence, kind_of
from certflow.personnel.queries import credit_file


@dataclass(frozen=True)
class CreditRow:
    """One entry: what it is, whether it still counts, the case behind it where one may see it."""

    id: int
    kind: CreditKind
    text: Text
    entered_on: date
    expires_on: date | None
    counts: bool
    basis: str
    case: Any
    files: list[dict[str, str]]


def credit_rows(session: Session, actor: Actor, person_id: int, endpoint: str) -> list[CreditRow]:
    """Return a person's entries, newest first; `endpoint` serves their evidence."""
    today = clock.today()
    return [
        CreditRow(
            id=entry.id,
            kind=kind_of(entry.kind),
            text=Text.read(entry.text),
            entered_on=entry.entered_on,
            expires_on=entry.expires_on,
            counts=entry.expires_on is None or entry.expires_on >= today,
            basis=entry.basis,
            case=_case(session, actor, entry.case_id),
            files=[
                {
                    "name": credit_evidence(session, entry.id, file_id, person_id).name,
                    "url": url_for(endpoint, entry_id=entry.id, file_id=file_id),
                }
                for file_id in entry.files
            ],
        )
        for entry in credit_file(session, person_id)
    ]


def _case(session: Session, actor: Actor, case_id: int | None) -> Any:
    try:
        return get_case(session, actor, case_id) if case_id else None
    except NotFound:
        return None
