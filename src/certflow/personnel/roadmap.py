"""The pieces of a road to a grade, and until when each still counts (catalogue C12)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from certflow.core.text import Text
from certflow.personnel.fields import MODES

MET, LATER, WAITING, EXPIRING = "met", "later", "waiting", "expiring"


@dataclass(frozen=True)
class Piece:
    """A rule on the road: its judged row, its state, and until when what is there counts.

    `state` is met, not_met or undecidable as judged, "later" where only the step before brings it,
    "waiting" where only time does, "expiring" what is there now but not when one can apply.
    """

    row: Mapping[str, Any]
    state: str
    until: date | None


@dataclass(frozen=True)
class Leg:
    """One application on the road, `mode`, with its pieces."""

    mode: str
    title: Text
    pieces: tuple[Piece, ...]

    @property
    def short(self) -> list[Piece]:
        """What is not met or cannot be decided, and is not only a matter of time."""
        return [one for one in self.pieces if one.state in ("not_met", "undecidable")]

    @property
    def waiting(self) -> list[Piece]:
        """What only has to be waited for."""
        return [one for one in self.pieces if one.state == WAITING]

    @property
    def expiring(self) -> list[Piece]:
        """What will have run out by the time one can apply."""
        return [one for one in self.pieces if one.state == EXPIRING]

    @property
    def soonest(self) -> Piece | None:
        """The piece that expires first of those that are there."""
        dated = [one for one in self.pieces if one.until and one.state == MET]
        return min(dated, key=lambda one: one.until or date.max, default=None)


@dataclass(frozen=True)
class Wait:
    """What only time brings: the rules that it will meet, and the day on which one can apply."""

    rules: Collection[str] = ()
    until: date | None = None


def leg_of(mode: str, rows: Iterable[Mapping[str, Any]], wait: Wait, *, first: bool) -> Leg:
    """Return an application's leg. After the first one certificates are still to come."""
    pieces = []
    for row in rows:
        until = counts_until(row)
        pieces.append(Piece(row, _state(row, until, wait, first=first), until))
    return Leg(mode, MODES[mode].title, tuple(pieces))


def _state(row: Mapping[str, Any], until: date | None, wait: Wait, *, first: bool) -> str:
    if row["met"]:
        return EXPIRING if until and wait.until and until < wait.until else MET
    if not first and row["place"] == "certificates":
        return LATER
    return WAITING if row["rule"] in wait.rules else str(row["state"])


def counts_until(row: Mapping[str, Any]) -> date | None:
    """Return the last day on which a judged rule is met by what was counted for it now.

    For a rule that is not met: the last day of the first thing that runs out. None when nothing
    runs out, or nothing was counted.
    """
    counted = (row.get("evidence") or {}).get("counted") or ()
    if row.get("comparison") != ">=" or row["required"] is None:
        return None
    left = sum(one["amount"] for one in counted)
    for one in sorted((one for one in counted if one.get("until")), key=lambda one: one["until"]):
        left -= one["amount"]
        if not row["met"] or left < row["required"]:
            return date.fromisoformat(one["until"])
    return None
