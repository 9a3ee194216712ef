"""A person's figures judged by the registration's tables, for cases and for the road (C9-C12)."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, cast

from certflow.cases.conditions import judged
from certflow.core import clock
from certflow.core.db import Session
from certflow.core.text import Text
from certflow.personnel import facts
from certflow.personnel.counting import Fact, Records
from certflow.personnel.facts import NO_CERTIFICATE
from certflow.personnel.models import Certificate
from certflow.personnel.queries import held_certificate
from certflow.processes.limits import Tables, limits, tables_of
from certflow.processes.windows import RENEWAL, Window, windows

_EARLY = Text(
    "申请时间为 {opens} 至 {closes}，还有 {days} 天",
    "Can be applied for from {opens} to {closes}, in {days} days",
)
_OPEN = Text("申请时间为 {opens} 至 {closes}", "Can be applied for from {opens} to {closes}")
_LEFT = Text("{closes} 到期，还有 {days} 天", "Expires on {closes}, in {days} days")
_LATE = Text("已于 {closes} 到期", "Expired on {closes}")
_OF_WINDOWS = ("opens_on", "days_until_open", "days_since_close", "days_to_expiry")


def figures(
    session: Session,
    tables: Tables,
    person_id: int,
    field: str,
    on: date,
    records: Records | None = None,
    specialities: Collection[str] = (),
) -> dict[str, Fact]:
    """Work out a person's figures for a field on a day, as the tables count them."""
    known, counted = tables_of(session, tables), (records, specialities)
    found = facts.facts(session, person_id, field, on, limits(known, field, on), *counted)
    return {**found, **window_facts(known, held_certificate(session, person_id, field), on)}


def rows_for(
    tables: Tables, data: dict[str, Any], found: Mapping[str, Fact]
) -> list[dict[str, Any]]:
    """Return the rules that apply to a mode and field (in `data`), judged by figures."""
    known, evidence = facts.values(found), facts.evidence(found)
    rows = tables["eligibility"].decide({**data, "facts": known}, now=clock.now())
    return judged(cast("list[dict[str, Any]]", rows), known, evidence)


def window_facts(tables: Tables, held: Certificate | None, on: date) -> dict[str, Fact]:
    """Tell when a certificate can be re-registered: days until then, days too late."""
    dates = (held.valid_from, held.valid_until) if held else None
    found = windows(tables["windows"], *dates, RENEWAL) if dates else []
    if not found:
        return dict.fromkeys(_OF_WINDOWS, Fact(None, gaps=(NO_CERTIFICATE,)))
    opens, closes = found[0].opens_on, found[0].closes_on
    early, late = (opens - on).days, (on - closes).days
    return {
        "opens_on": Fact(opens.isoformat()),
        "days_until_open": Fact(early, said=_said(_EARLY if early > 0 else _OPEN, found[0], early)),
        "days_since_close": Fact(late, said=_said(_LATE if late > 0 else _LEFT, found[0], late)),
        "days_to_expiry": Fact(-late),  # as the first versions' tables read it
    }


def _said(text: Text, window: Window, days: int) -> Text:
    return text.filled(opens=window.opens_on, closes=window.closes_on, days=abs(days))
