"""My road (C12): from what a person holds to the grade wanted, by the registration's own tables."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from certflow.cases import versions
from certflow.core import clock
from certflow.core.db import Session
from certflow.core.text import Text
from certflow.personnel import confirming, facts, queries
from certflow.personnel import standing as certified
from certflow.personnel.roadmap import Leg, Wait, leg_of
from certflow.processes.judging import figures, rows_for
from certflow.processes.windows import RENEWAL, Window, standings, windows


@dataclass(frozen=True)
class Road:
    """The way to a grade in a field: why so, what is held, its windows, the applications to make.

    `confirmations` are the annual confirmations of the certificate held, with what became of them.
    """

    why: Text
    held: queries.CertificateEntry | None
    confirmations: tuple[certified.Window, ...]
    renewal: Window | None
    legs: tuple[Leg, ...]


def road(session: Session, person_id: int, field: str, wanted: str, on: date) -> Road:
    """Return a person's road as of a day."""
    tables = versions.active(session, "registration").definition.tables
    found = figures(session, tables, person_id, field, on)
    asked = {"wanted": wanted, "facts": facts.values(found)}
    way = cast("dict[str, Any]", tables["road"].decide(asked, now=clock.now()))
    held = queries.held_certificate(session, person_id, field)
    known = standings(session, confirming.of_certificate(held.id)) if held else []
    renewal = windows(tables["windows"], held.valid_from, held.valid_until, RENEWAL) if held else []
    confirmations = known[0].windows if known else ()
    wait = _wait(confirmations, renewal[0] if renewal else None, on)
    legs = [
        leg_of(
            mode,
            rows_for(tables, {"mode": mode, "field": field}, found),
            wait if mode == RENEWAL else Wait(),
            first=not place,
        )
        for place, mode in enumerate(way["modes"])
    ]
    return Road(
        why=Text(way["text_zh"], way["text_en"]),
        held=queries.certificate_view(session, held.id, on) if held else None,
        confirmations=confirmations,
        renewal=renewal[0] if renewal else None,
        legs=tuple(legs),
    )


def _wait(confirmations: Iterable[certified.Window], renewal: Window | None, on: date) -> Wait:
    """Return what only time brings to a re-registration: its days are still to come."""
    coming = any(one.confirmed_on is None and one.closes_on >= on for one in confirmations)
    missed = any(one.confirmed_on is None and one.closes_on < on for one in confirmations)
    early = renewal is not None and renewal.state(on) == "early"
    found = {"expiry_window": early, "annual_confirmations": coming and not missed}
    return Wait(
        rules=frozenset(rule for rule, waits in found.items() if waits),
        until=renewal.opens_on if renewal and early else None,
    )
